-- Execution: several rungs of one nonce slot. A slot's bytes may be re-priced, cancelled by a fill, or carried on by a child intent; every
-- hash of the slot is watched until finality, and whichever is mined resolves it.

alter table execution.intent drop constraint intent_state_check;
alter table execution.intent add constraint intent_state_check check (
  state in ('created', 'waiting', 'preparing', 'signing', 'executing', 'included', 'cancelling',
            'confirmed', 'failed', 'cancelled', 'expired', 'escalated'));
-- A child carries on under its root's hold.
alter table execution.intent drop constraint intent_hold_id_key;
create unique index intent_hold on execution.intent (hold_id) where parent_id is null;
alter table execution.intent
  -- Why this intent is to end without its effect, if it still can: asked by its owner or an operator, by its deadline, or by a freeze.
  add column wish       text check (wish in ('cancel', 'deadline', 'freeze', 'would_revert')),
  -- How often this intent may be re-priced before a child carries on.
  add column rungs_max  integer not null default 8 check (rungs_max between 1 and 64),
  add column generation integer not null default 0 check (generation between 0 and 16),
  -- What follows a final revert: the end, or a child intent on a new nonce.
  add column on_revert  text not null default 'fail' check (on_revert in ('fail', 'retry'));
alter table execution.intent alter column rungs_max drop default;
create index intent_family_members on execution.intent (root_id, id);
create index intent_on_its_way on execution.intent (id) where state in ('signing', 'executing') and wish is null;
-- At most one member of a family is alive.
create unique index one_live_member on execution.intent (root_id)
  where state not in ('confirmed', 'failed', 'cancelled', 'expired', 'escalated');

alter table execution.nonce_slot
  -- Set when the slot is to be consumed by a transfer of nothing instead of what it carries. The carrier of that fill.
  add column fill_carrier_id uuid unique references execution.carrier;

alter table execution.prepared_call
  -- The place of this price in its slot, from 0: whatever carrier it is of, a higher rung pays more on both fields.
  add column rung        integer not null default 0 check (rung >= 0),
  -- The index's head when it was priced: its age is told in blocks.
  add column head_number bigint;
update execution.prepared_call p set rung = n.rung
from   (select id, row_number() over (partition by slot_id order by created_at, id) - 1 as rung from execution.prepared_call) n
where  n.id = p.id;
create unique index rung_of_slot on execution.prepared_call (slot_id, rung);

-- What was signed on a nonce stays with its family and its effect: a re-priced slot may change hands within the family and never leave it.
create function execution.keep_effect() returns trigger
language plpgsql
as $$
begin
  if old.carrier_id is not null and new.carrier_id is distinct from old.carrier_id
     and exists (select from execution.prepared_call p join execution.execution e on e.prepared_call_id = p.id
                 where p.slot_id = old.id and p.carrier_id is distinct from old.fill_carrier_id and e.state = 'signed')
     and not exists (select from execution.carrier o
                     join execution.carrier n on n.family_key = o.family_key and n.effect_hash = o.effect_hash
                     where o.id = old.carrier_id and n.id = new.carrier_id) then
    raise exception 'slot % carries signed bytes of another family or effect', old.id using errcode = 'restrict_violation';
  end if;
  return new;
end
$$;
create trigger signed_effect_stays before update of carrier_id on execution.nonce_slot
  for each row execute function execution.keep_effect();

-- Senders that bind and sign nothing new: out of funds, or stopped by an operator.
create table execution.sender_pause (
  chain_id    bigint not null,
  sender      bytea not null check (octet_length(sender) = 20),
  kind        text not null check (kind in ('empty', 'operator')),
  reason      text not null check (length(reason) between 1 and 500),
  paused_by   text not null,
  paused_at   timestamptz not null default storage.clock(),
  primary key (chain_id, sender, kind)
);
grant select, insert, update, delete on execution.sender_pause to ce_app;
grant select on execution.sender_pause to ce_read;

drop view execution.v_transaction_intent;
drop view execution.v_intent;
create view execution.v_intent as
  select id as intent_id, root_id, parent_id, owner_id, chain_id, account_id, sender, client_reference, state, reason, detail, hold_id,
         created_at, updated_at, needs_operator, wish, generation
  from   execution.intent;
-- Which intent signed a transaction, shown as its family's root. An EOA carries one intent with one call, which is the root's.
create view execution.v_transaction_intent as
  select s.chain_id, e.tx_hash, i.root_id as intent_id, c.id as call_id
  from   execution.execution e
  join   execution.prepared_call p on p.id = e.prepared_call_id
  join   execution.nonce_slot s on s.id = p.slot_id
  join   execution.carrier_member m on m.carrier_id = p.carrier_id
  join   execution.intent i on i.id = m.intent_id
  left   join calls.v_call c on c.intent_id = i.root_id and c.ordinal = 0
  where  e.state = 'signed';
create view execution.v_sender_pause as select chain_id, sender, kind, reason, paused_by, paused_at from execution.sender_pause;
grant select on execution.v_intent, execution.v_transaction_intent, execution.v_sender_pause to ce_app, ce_read;
