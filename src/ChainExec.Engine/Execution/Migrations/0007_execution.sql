-- Execution: intents, what carries them, the nonce slots they share, and every attempt. The database refuses impossible combinations.

create schema execution;
grant usage on schema execution to ce_app, ce_read;

create table execution.intent (
  id                uuid primary key,
  root_id           uuid not null references execution.intent,
  parent_id         uuid references execution.intent,
  owner_id          uuid not null,
  chain_id          bigint not null,
  account_id        uuid not null,
  sender            bytea not null check (octet_length(sender) = 20),
  -- Derived from what the client calls the payment, not from our ids: it survives a restored backup, and the signer knows it.
  family_key        text not null check (family_key ~ '^[A-Za-z0-9._:-]{1,128}$'),
  client_reference  text check (length(client_reference) between 1 and 128),
  state             text not null check (state in ('created', 'waiting', 'preparing', 'signing', 'executing', 'included',
                                                   'confirmed', 'failed', 'cancelled', 'expired')),
  reason            text check (length(reason) <= 64),
  detail            text check (length(detail) <= 2000),
  spends            boolean not null,
  treasury          boolean not null default false,
  hold_id           uuid unique,
  deadline          timestamptz,
  max_total_fee     numeric(78,0) not null check (max_total_fee > 0),
  created_by        text not null,
  created_at        timestamptz not null default storage.clock(),
  updated_at        timestamptz not null default storage.clock(),
  next_step_at      timestamptz,
  leased_by         text,
  leased_until      timestamptz,
  lease_epoch       bigint not null default 0,
  attempts          integer not null default 0,
  needs_operator    text check (length(needs_operator) <= 4000),
  check ((parent_id is null) = (root_id = id)),
  -- Money is held before anything is prepared, or the intent says openly that it spends the house's own.
  constraint hold_before_preparing check (
    not spends or treasury or hold_id is not null or state in ('created', 'waiting', 'cancelled', 'expired'))
);
create unique index intent_family on execution.intent (family_key) where parent_id is null;
create unique index intent_client_reference on execution.intent (owner_id, client_reference)
  where parent_id is null and client_reference is not null;
create index intent_due on execution.intent (next_step_at, id) where next_step_at is not null;
create index intent_by_owner on execution.intent (owner_id, id desc) where parent_id is null;
grant select, insert, update on execution.intent to ce_app;
grant select on execution.intent to ce_read;

create table execution.intent_dependency (
  intent_id   uuid not null references execution.intent,
  depends_on  uuid not null references execution.intent,
  primary key (intent_id, depends_on),
  check (intent_id <> depends_on)
);
create index dependents on execution.intent_dependency (depends_on);
grant select, insert on execution.intent_dependency to ce_app;
grant select on execution.intent_dependency to ce_read;

create table execution.lane (
  chain_id     bigint not null,
  sender       bytea not null check (octet_length(sender) = 20),
  first_nonce  bigint not null check (first_nonce >= 0),
  opened_at    timestamptz not null default storage.clock(),
  primary key (chain_id, sender)
);
grant select, insert, update on execution.lane to ce_app;
grant select on execution.lane to ce_read;

create table execution.carrier (
  id           uuid primary key,
  chain_id     bigint not null,
  sender       bytea not null check (octet_length(sender) = 20),
  kind         text not null check (kind in ('intent', 'fill', 'unknown_family')),
  family_key   text not null,
  -- Every attempt of a carrier has byte-identical effects: prepared calls refer to this hash by foreign key.
  effect_hash  bytea not null check (octet_length(effect_hash) = 32),
  state        text not null check (state in ('open', 'frozen', 'resolved')),
  created_at   timestamptz not null default storage.clock(),
  unique (id, effect_hash)
);
create index carrier_by_family on execution.carrier (family_key);
grant select, insert, update on execution.carrier to ce_app;
grant select on execution.carrier to ce_read;

create table execution.carrier_member (
  carrier_id   uuid not null references execution.carrier,
  intent_id    uuid not null references execution.intent,
  resolved_at  timestamptz,
  primary key (carrier_id, intent_id)
);
-- Invariant 1: an intent has at most one unresolved carrier.
create unique index one_unresolved_carrier on execution.carrier_member (intent_id) where resolved_at is null;
grant select, insert, update (resolved_at) on execution.carrier_member to ce_app;
grant select on execution.carrier_member to ce_read;

create function execution.refuse_new_member() returns trigger
language plpgsql
as $$
begin
  if (select state from execution.carrier where id = new.carrier_id for share) <> 'open' then
    raise exception 'the composition of carrier % is frozen', new.carrier_id using errcode = 'restrict_violation';
  end if;
  return new;
end
$$;
create trigger composition_is_frozen before insert on execution.carrier_member
  for each row execute function execution.refuse_new_member();

create table execution.nonce_slot (
  id                uuid primary key,
  chain_id          bigint not null,
  kind              text not null default 'eoa' check (kind in ('eoa')),
  account           bytea not null check (octet_length(account) = 20),
  key               numeric(58,0) not null default 0 check (key >= 0),
  nonce             bigint not null check (nonce >= 0),
  carrier_id        uuid unique references execution.carrier,
  state             text not null check (state in ('reserved', 'released', 'sign_requested', 'signed', 'broadcast_unknown', 'accepted',
                                                   'mined', 'finalized', 'filled', 'taken', 'adopted', 'externally_consumed')),
  state_before      text,
  tx_hash           bytea check (octet_length(tx_hash) = 32),
  block_hash        bytea check (octet_length(block_hash) = 32),
  block_number      bigint,
  signer_told       boolean not null default false,
  created_at        timestamptz not null default storage.clock(),
  updated_at        timestamptz not null default storage.clock(),
  next_step_at      timestamptz,
  leased_by         text,
  leased_until      timestamptz,
  -- Fences the database and the signer alike. It never falls, whoever owns the slot.
  lease_epoch       bigint not null default 0,
  needs_operator    text check (length(needs_operator) <= 4000),
  unique (chain_id, kind, account, key, nonce),
  constraint carrier_unless_foreign check (carrier_id is not null or state in ('released', 'taken', 'externally_consumed')),
  constraint released_is_empty check (state <> 'released' or carrier_id is null),
  constraint mined_has_block check (state not in ('mined', 'finalized', 'filled', 'taken', 'adopted', 'externally_consumed')
                                    or (tx_hash is not null and block_hash is not null and block_number is not null)),
  constraint taken_remembers check ((state = 'taken') = (state_before is not null))
);
create index slot_due on execution.nonce_slot (next_step_at, id) where next_step_at is not null;
create index slot_in_flight on execution.nonce_slot (chain_id, account, nonce)
  where state in ('reserved', 'sign_requested', 'signed', 'broadcast_unknown', 'accepted');
create index slot_unresolved on execution.nonce_slot (chain_id, account, nonce)
  where state not in ('released', 'finalized', 'filled', 'adopted', 'externally_consumed');
create index slot_released on execution.nonce_slot (chain_id, account, nonce) where state = 'released';
grant select, insert, update on execution.nonce_slot to ce_app;
grant select on execution.nonce_slot to ce_read;

-- A signed slot is never released: no code path, no operator, no slip. One that a foreign transaction took goes back to where it was.
create function execution.refuse_release() returns trigger
language plpgsql
as $$
begin
  if new.state = 'released' and old.state not in ('reserved', 'released')
      and (old.state, old.state_before) is distinct from ('taken', 'released') then
    raise exception 'slot % was asked to be signed and cannot be released', old.id using errcode = 'restrict_violation';
  end if;
  if new.lease_epoch < old.lease_epoch then
    raise exception 'the epoch of slot % fell', old.id using errcode = 'restrict_violation';
  end if;
  return new;
end
$$;
create trigger signed_is_never_released before update on execution.nonce_slot
  for each row execute function execution.refuse_release();

create table execution.prepared_call (
  id                        uuid primary key,
  carrier_id                uuid not null,
  effect_hash               bytea not null,
  slot_id                   uuid not null references execution.nonce_slot,
  state                     text not null check (state in ('live', 'superseded')),
  "to"                      bytea not null check (octet_length("to") = 20),
  value                     numeric(78,0) not null check (value >= 0),
  data                      bytea not null,
  gas_limit                 bigint not null check (gas_limit > 0),
  max_fee_per_gas           numeric(78,0) not null check (max_fee_per_gas > 0),
  max_priority_fee_per_gas  numeric(78,0) not null check (max_priority_fee_per_gas >= 0 and max_priority_fee_per_gas <= max_fee_per_gas),
  inputs                    jsonb not null,
  created_at                timestamptz not null default storage.clock(),
  foreign key (carrier_id, effect_hash) references execution.carrier (id, effect_hash)
);
create unique index one_live_prepared_call on execution.prepared_call (carrier_id) where state = 'live';
create index prepared_call_by_slot on execution.prepared_call (slot_id);
grant select, insert, update (state) on execution.prepared_call to ce_app;
grant select on execution.prepared_call to ce_read;

create table execution.execution (
  id                uuid primary key,
  prepared_call_id  uuid not null references execution.prepared_call,
  state             text not null check (state in ('requested', 'signed', 'refused')),
  tx_hash           bytea unique check (octet_length(tx_hash) = 32),
  raw               bytea,
  requested_at      timestamptz not null default storage.clock(),
  answered_at       timestamptz,
  refusal           text check (length(refusal) <= 2000),
  constraint signed_has_bytes check ((state = 'signed') = (tx_hash is not null) and (state = 'signed') = (raw is not null))
);
create unique index one_live_execution on execution.execution (prepared_call_id) where state in ('requested', 'signed');
grant select, insert, update (state, tx_hash, raw, answered_at, refusal) on execution.execution to ce_app;
grant select on execution.execution to ce_read;

create table execution.node (
  id             uuid primary key,
  execution_id   uuid not null references execution.execution,
  provider       text not null,
  state          text not null check (state in ('unknown', 'accepted', 'refused')),
  answer_class   text,
  answer         text check (length(answer) <= 500),
  sends          integer not null default 0,
  first_sent_at  timestamptz,
  last_sent_at   timestamptz,
  answered_at    timestamptz,
  provider_head  bigint,
  unique (execution_id, provider)
);
grant select, insert, update on execution.node to ce_app;
grant select on execution.node to ce_read;

-- Every move of every machine is a row.
create table execution.history (
  id          bigint generated always as identity primary key,
  machine     text not null check (machine in ('intent', 'slot', 'carrier', 'execution', 'node')),
  entity_id   uuid not null,
  from_state  text,
  event       text not null,
  to_state    text not null,
  reason      text,
  evidence    jsonb not null default '{}',
  actor       text not null,
  at          timestamptz not null default storage.clock()
);
create index history_by_entity on execution.history (entity_id, id);
grant select, insert on execution.history to ce_app;
grant select on execution.history to ce_read;
create trigger history_is_append_only before update or delete on execution.history for each row execute function storage.refuse_change();

-- What an operator must be told.
create table execution.incident (
  id         uuid primary key,
  kind       text not null,
  subject    text not null,
  chain_id   bigint not null,
  sender     bytea,
  detail     text not null check (length(detail) <= 2000),
  evidence   jsonb not null default '{}',
  opened_at  timestamptz not null default storage.clock(),
  closed_at  timestamptz
);
-- Open once per subject; what recurs after it was closed is told again.
create unique index incident_open on execution.incident (kind, subject) where closed_at is null;
grant select, insert, update (closed_at) on execution.incident to ce_app;
grant select on execution.incident to ce_read;

create view execution.v_intent as
  select id as intent_id, root_id, parent_id, owner_id, chain_id, account_id, sender, client_reference, state, reason, detail, hold_id,
         created_at, updated_at, needs_operator
  from   execution.intent;
-- Which intent signed a transaction. An EOA carries one intent with one call.
create view execution.v_transaction_intent as
  select s.chain_id, e.tx_hash, m.intent_id, c.id as call_id
  from   execution.execution e
  join   execution.prepared_call p on p.id = e.prepared_call_id
  join   execution.nonce_slot s on s.id = p.slot_id
  join   execution.carrier_member m on m.carrier_id = p.carrier_id
  left   join calls.v_call c on c.intent_id = m.intent_id and c.ordinal = 0
  where  e.state = 'signed';
create view execution.v_incident as
  select id, kind, subject, chain_id, sender, detail, evidence, opened_at from execution.incident where closed_at is null;
create view execution.v_slot as
  select id as slot_id, chain_id, account, nonce, carrier_id, state, tx_hash, block_hash, block_number, created_at, updated_at,
    needs_operator
  from   execution.nonce_slot;
grant select on execution.v_intent, execution.v_transaction_intent, execution.v_incident, execution.v_slot to ce_app, ce_read;
