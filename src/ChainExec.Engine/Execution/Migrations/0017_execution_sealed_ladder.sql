-- Execution: the sealed fee ladder of user custody. At one approval every price that the owner's limit allows is signed for one slot, and a
-- fill above them; a sealed price is not sent before it is its turn.

alter table execution.prepared_call drop constraint prepared_call_state_check;
alter table execution.prepared_call add constraint prepared_call_state_check check (state in ('live', 'sealed', 'superseded'));
-- A sealed price was decided long before it is used: its age is told from the head at which it became live.
grant update (head_number) on execution.prepared_call to ce_app;
create index sealed_prices on execution.prepared_call (slot_id) where state = 'sealed';
