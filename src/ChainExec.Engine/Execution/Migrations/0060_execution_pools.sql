-- Execution: what a pool of senders is drawn by.

create index intent_open_by_sender on execution.intent (chain_id, sender)
  where state not in ('confirmed', 'failed', 'cancelled', 'expired', 'escalated');

-- What a sender has under way and has still to spend: a family's hold is its root's.
create view execution.v_open_intent as
  select i.id as intent_id, i.chain_id, i.sender, r.hold_id
  from   execution.intent i join execution.intent r on r.id = i.root_id
  where  i.state not in ('confirmed', 'failed', 'cancelled', 'expired', 'escalated');

-- Which sender signed, or is to sign, for a family: also for one that only the signer's journal knew.
create view execution.v_family_sender as
  select c.family_key, c.chain_id, c.sender from execution.carrier c
  union all
  select f.family_key, c.chain_id, c.sender from execution.carrier_call f join execution.carrier c on c.id = f.carrier_id;
grant select on execution.v_open_intent, execution.v_family_sender to ce_app, ce_read;
