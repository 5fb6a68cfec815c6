-- Processors: each has a cursor on the stream of transactions whose attribution is decided. What they make of logs are records, tentative
-- until their block is final; a record's life is its phases, and one that was orphaned is closed by a row.

create table attribution.processor (
  name           text primary key check (name ~ '^[a-z][a-z0-9_.]{0,63}$'),
  position       bigint not null default 0,
  registered_at  timestamptz not null default storage.clock(),
  updated_at     timestamptz not null default storage.clock()
);
grant select on attribution.processor to ce_app, ce_read;
grant insert (name) on attribution.processor to ce_app;
grant update (position, updated_at) on attribution.processor to ce_app;

-- Which phase of which transaction reached whom, where something came of it. Once for ever.
create table attribution.processed (
  processor    text not null references attribution.processor,
  chain_id     bigint not null,
  block_hash   bytea not null,
  incarnation  integer not null,
  tx_hash      bytea not null,
  phase        text not null check (phase in ('included', 'confirmed', 'orphaned')),
  position     bigint not null,
  at           timestamptz not null default storage.clock(),
  primary key (chain_id, block_hash, incarnation, tx_hash, processor, phase),
  foreign key (chain_id, block_hash, incarnation, tx_hash) references attribution.transaction (chain_id, block_hash, incarnation, tx_hash)
);
-- A transaction ends one way only.
create unique index processed_one_end on attribution.processed (chain_id, block_hash, incarnation, tx_hash, processor)
  where phase in ('confirmed', 'orphaned');
grant select, insert on attribution.processed to ce_app;
grant select on attribution.processed to ce_read;
create trigger processed_is_append_only before update or delete on attribution.processed
  for each row execute function storage.refuse_change();

create table attribution.record (
  id             bigint generated always as identity primary key,
  processor      text not null references attribution.processor,
  chain_id       bigint not null,
  block_hash     bytea not null,
  incarnation    integer not null,
  tx_hash        bytea not null,
  -- The log's index in its block; -1 for a record of the whole transaction.
  log_index      integer not null check (log_index >= -1),
  ordinal        integer not null check (ordinal >= 0),
  kind           text not null check (kind ~ '^[a-z][a-z0-9_]{0,63}$'),
  body           jsonb not null check (octet_length(body::text) <= 65536),
  intent_id      uuid,
  call_id        uuid,
  alert_kind     text check (length(alert_kind) <= 500),
  alert_subject  text check (length(alert_subject) <= 500),
  recorded_at    timestamptz not null default storage.clock(),
  unique (chain_id, block_hash, incarnation, tx_hash, processor, log_index, ordinal),
  foreign key (chain_id, block_hash, incarnation, tx_hash) references attribution.transaction (chain_id, block_hash, incarnation, tx_hash),
  check ((alert_kind is null) = (alert_subject is null))
);
create index record_by_processor on attribution.record (processor, id);
create index record_by_call on attribution.record (call_id) where call_id is not null;
grant select on attribution.record to ce_app, ce_read;
grant insert (processor, chain_id, block_hash, incarnation, tx_hash, log_index, ordinal, kind, body, intent_id, call_id, alert_kind,
              alert_subject) on attribution.record to ce_app;
create trigger record_is_append_only before update or delete on attribution.record for each row execute function storage.refuse_change();

create table attribution.record_phase (
  record_id  bigint not null references attribution.record,
  phase      text not null check (phase in ('included', 'confirmed', 'orphaned')),
  position   bigint not null,
  at         timestamptz not null default storage.clock(),
  primary key (record_id, phase)
);
-- A record ends one way only.
create unique index record_phase_one_end on attribution.record_phase (record_id) where phase in ('confirmed', 'orphaned');
grant select, insert on attribution.record_phase to ce_app;
grant select on attribution.record_phase to ce_read;
create trigger record_phase_is_append_only before update or delete on attribution.record_phase
  for each row execute function storage.refuse_change();

-- Contracts that factories made, by the processor that follows them. One of an orphaned transaction counts no longer.
create table attribution.factory_child (
  processor    text not null references attribution.processor,
  chain_id     bigint not null,
  block_hash   bytea not null,
  incarnation  integer not null,
  tx_hash      bytea not null,
  log_index    integer not null,
  child        bytea not null check (octet_length(child) = 20),
  primary key (chain_id, child, processor, block_hash, incarnation, tx_hash),
  foreign key (chain_id, block_hash, incarnation, tx_hash) references attribution.transaction (chain_id, block_hash, incarnation, tx_hash)
);
grant select, insert on attribution.factory_child to ce_app;
grant select on attribution.factory_child to ce_read;
create trigger factory_child_is_append_only before update or delete on attribution.factory_child
  for each row execute function storage.refuse_change();

-- A processor that threw at a block waits there for itself: its other blocks and the other processors go on.
create table attribution.parked_block (
  id               bigint generated always as identity primary key,
  processor        text not null references attribution.processor,
  chain_id         bigint not null,
  block_hash       bytea not null,
  incarnation      integer not null,
  block_number     bigint not null,
  -- It did not throw itself: it reads the records of one that is parked there.
  waits            boolean not null,
  error            text not null check (length(error) <= 4000),
  attempts         integer not null default 1,
  retry_requested  boolean not null default false,
  parked_at        timestamptz not null default storage.clock(),
  resolved_at      timestamptz
);
create unique index parked_block_open on attribution.parked_block (processor, chain_id, block_hash, incarnation) where resolved_at is null;
create index parked_block_due on attribution.parked_block (id) where retry_requested;
grant select on attribution.parked_block to ce_app, ce_read;
grant insert (processor, chain_id, block_hash, incarnation, block_number, waits, error) on attribution.parked_block to ce_app;
grant update (waits, error, attempts, retry_requested, resolved_at) on attribution.parked_block to ce_app;

create view attribution.v_record as
  select r.id, r.processor, r.chain_id, r.block_hash, r.incarnation, r.tx_hash, r.log_index, r.ordinal, r.kind, r.body,
         coalesce(l.intent_id, r.intent_id) as intent_id, coalesce(l.call_id, r.call_id) as call_id, r.recorded_at,
         case when e.phase is null then 'included' else e.phase end as phase,
         coalesce(e.position, i.position)                          as phase_position,
         coalesce(e.at, i.at)                                      as phase_at
  from   attribution.record r
  join   attribution.record_phase i on i.record_id = r.id and i.phase = 'included'
  left   join attribution.record_phase e on e.record_id = r.id and e.phase in ('confirmed', 'orphaned')
  left   join attribution.v_log l on l.chain_id = r.chain_id and l.block_hash = r.block_hash and l.incarnation = r.incarnation
         and l.tx_hash = r.tx_hash and l.log_index = r.log_index;
create view attribution.v_processor as
  select p.name, p.position, (select coalesce(max(position), 0) from facts.v_stream) - p.position as behind, p.registered_at, p.updated_at,
         (select count(*) from attribution.parked_block b where b.processor = p.name and b.resolved_at is null) as parked
  from   attribution.processor p;
create view attribution.v_parked_block as
  select id, processor, chain_id, block_hash, incarnation, block_number, waits, error, attempts, parked_at
  from   attribution.parked_block
  where  resolved_at is null;
grant select on attribution.v_record, attribution.v_processor, attribution.v_parked_block to ce_app, ce_read;

-- A movement names its call also where that is one of several.
alter table attribution.movement
  drop constraint movement_attribution_check,
  drop constraint movement_check2,
  add constraint movement_attribution_check check (attribution in ('single_call', 'call', 'unattributed')),
  add constraint movement_names_its_call check ((attribution = 'unattributed') = (call_id is null));
