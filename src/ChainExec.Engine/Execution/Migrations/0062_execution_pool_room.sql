-- Execution: what a pool of senders is drawn by, again.

create index incident_open_by_sender on execution.incident (chain_id, sender) where closed_at is null and sender is not null;

-- Whose nonce an intent of whatever state is, or was, to be carried by: money that is held for it is that sender's to spend.
create view execution.v_intent_sender as select id as intent_id, chain_id, sender from execution.intent;

-- What is under way is counted by it; what is held is in the ledger.
drop view execution.v_open_intent;
create view execution.v_open_intent as
  select id as intent_id, chain_id, sender from execution.intent
  where  state not in ('confirmed', 'failed', 'cancelled', 'expired', 'escalated');
grant select on execution.v_open_intent, execution.v_intent_sender to ce_app, ce_read;

-- The account with a pool that was asked to pay: who freezes it stops what is paid in its name.
alter table execution.intent add column front_id uuid;

alter table execution.intent drop constraint intent_wish_check;
alter table execution.intent add constraint intent_wish_check
  check (wish in ('cancel', 'deadline', 'freeze', 'would_revert', 'unsendable'));

-- Who answered a send with the hash of another transaction lately, and has answered none since. Not for ever: without it there may be no
-- quorum, and without a quorum nothing to send.
create view execution.v_lying_provider as
  select chain_id, substr(subject, position(':' in subject) + 1) as name, opened_at from execution.incident
  where  kind = 'provider_lied' and closed_at is null and opened_at > storage.clock() - interval '10 minutes';
grant select on execution.v_lying_provider to ce_app, ce_read;

-- What is in a block that may be orphaned is told to end as well: it would be sent again.
drop index execution.intent_on_its_way;
create index intent_on_its_way on execution.intent (id) where state in ('signing', 'executing', 'included') and wish is null;
