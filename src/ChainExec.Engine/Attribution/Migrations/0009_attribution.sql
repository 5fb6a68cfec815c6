-- Attribution: what each transaction moved and which business call explains it. Append-only: a movement's life is its phases, and an
-- orphaned movement is reversed by a row, never deleted.

create schema attribution;
grant usage on schema attribution to ce_app, ce_read;

create table attribution.movement (
  id             bigint generated always as identity primary key,
  chain_id       bigint not null,
  block_hash     bytea not null check (octet_length(block_hash) = 32),
  incarnation    integer not null check (incarnation >= 1),
  tx_hash        bytea not null check (octet_length(tx_hash) = 32),
  -- The log's index in its block; -1 is the transaction's native value, -2 its gas.
  log_index      integer not null check (log_index >= -2),
  kind           text not null check (kind in ('token', 'native', 'gas')),
  asset_id       text not null,
  "from"         bytea not null check (octet_length("from") = 20),
  "to"           bytea check (octet_length("to") = 20),
  amount         numeric(78,0) not null check (amount >= 0),
  -- Who read it, and who is asked again when it becomes final.
  processor      text not null check (length(processor) between 1 and 100),
  intent_id      uuid,
  call_id        uuid,
  attribution    text not null check (attribution in ('single_call', 'unattributed')),
  reason         text check (length(reason) <= 200),
  recorded_at    timestamptz not null default storage.clock(),
  unique (chain_id, block_hash, incarnation, tx_hash, log_index),
  check ((kind = 'native') = (log_index = -1) and (kind = 'gas') = (log_index = -2)),
  check ((kind = 'gas') = ("to" is null)),
  check ((attribution = 'single_call') = (call_id is not null)),
  check ((attribution = 'unattributed') = (reason is not null)),
  check (call_id is null or intent_id is not null)
);
create index movement_by_transaction on attribution.movement (chain_id, tx_hash);
create index movement_by_intent on attribution.movement (intent_id) where intent_id is not null;
grant select on attribution.movement to ce_app, ce_read;
grant insert (chain_id, block_hash, incarnation, tx_hash, log_index, kind, asset_id, "from", "to", amount,
              processor, intent_id, call_id, attribution, reason) on attribution.movement to ce_app;
create trigger movement_is_append_only before update or delete on attribution.movement
  for each row execute function storage.refuse_change();

create table attribution.movement_phase (
  movement_id  bigint not null references attribution.movement,
  phase        text not null check (phase in ('included', 'confirmed', 'orphaned')),
  -- The position of the fact that brought it.
  position     bigint not null,
  at           timestamptz not null default storage.clock(),
  primary key (movement_id, phase)
);
-- A movement ends one way only.
create unique index movement_phase_one_end on attribution.movement_phase (movement_id) where phase in ('confirmed', 'orphaned');
grant select, insert on attribution.movement_phase to ce_app;
grant select on attribution.movement_phase to ce_read;
create trigger movement_phase_is_append_only before update or delete on attribution.movement_phase
  for each row execute function storage.refuse_change();

-- A log of a listed contract that looks like an event of ours and does not decode: a row with a reason, never an exception.
create table attribution.undecodable_log (
  chain_id     bigint not null,
  block_hash   bytea not null,
  incarnation  integer not null,
  log_index    integer not null,
  tx_hash      bytea not null,
  processor    text not null,
  reason       text not null check (length(reason) <= 500),
  recorded_at  timestamptz not null default storage.clock(),
  primary key (chain_id, block_hash, incarnation, log_index, processor)
);
grant select, insert on attribution.undecodable_log to ce_app;
grant select on attribution.undecodable_log to ce_read;
create trigger undecodable_log_is_append_only before update or delete on attribution.undecodable_log
  for each row execute function storage.refuse_change();

create view attribution.v_movement as
  select m.id, m.chain_id, m.block_hash, m.incarnation, m.tx_hash, m.log_index, m.kind, m.asset_id, m."from", m."to", m.amount,
         m.processor, m.intent_id, m.call_id, m.attribution, m.reason, m.recorded_at,
         case when e.phase is null then 'included' else e.phase end as phase,
         coalesce(e.position, i.position)                          as phase_position,
         coalesce(e.at, i.at)                                      as phase_at
  from   attribution.movement m
  join   attribution.movement_phase i on i.movement_id = m.id and i.phase = 'included'
  left   join attribution.movement_phase e on e.movement_id = m.id and e.phase in ('confirmed', 'orphaned');
create view attribution.v_undecodable_log as
  select chain_id, block_hash, incarnation, log_index, tx_hash, processor, reason, recorded_at from attribution.undecodable_log;
grant select on attribution.v_movement, attribution.v_undecodable_log to ce_app, ce_read;
