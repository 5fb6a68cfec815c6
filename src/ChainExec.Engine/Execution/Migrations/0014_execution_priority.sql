-- Execution: a client may say which of its intents bind first when a sender has more to do than nonces in flight.

alter table execution.intent add column priority integer not null default 5 check (priority between 0 and 9);
-- Due intents in the order in which they are taken.
create index intent_due_by_priority on execution.intent (priority desc, next_step_at, id) where next_step_at is not null;
drop index execution.intent_due;
-- Who waits for a nonce of a sender.
create index intent_preparing on execution.intent (chain_id, sender, priority) where state = 'preparing';
