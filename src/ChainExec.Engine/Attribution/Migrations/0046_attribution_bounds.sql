-- Processors are bounded by logs, not by transactions alone; they have versions; and incidents follow the records that tell of them.

-- A cursor stands between two facts, or inside the transaction of the fact behind it: logs below next_log are done.
alter table attribution.processor
  add column next_log integer not null default 0 check (next_log >= 0),
  add column version  integer not null default 1 check (version >= 1);
grant insert (version) on attribution.processor to ce_app;
grant update (next_log, version) on attribution.processor to ce_app;

-- How far inside a transaction a processor is that had made something of it. Ended with the transaction.
create table attribution.partial (
  processor    text not null references attribution.processor,
  chain_id     bigint not null,
  block_hash   bytea not null,
  incarnation  integer not null,
  tx_hash      bytea not null,
  next_log     integer not null check (next_log > 0),
  primary key (chain_id, block_hash, incarnation, tx_hash, processor)
);
grant select, insert, delete, update (next_log) on attribution.partial to ce_app;
grant select on attribution.partial to ce_read;

-- A processor that was changed says so by its version, and runs over its whole history again.
alter table attribution.processed
  add column version integer not null default 1 check (version >= 1),
  drop constraint processed_pkey,
  add primary key (chain_id, block_hash, incarnation, tx_hash, processor, version, phase);
drop index attribution.processed_one_end;
create unique index processed_one_end on attribution.processed (chain_id, block_hash, incarnation, tx_hash, processor, version)
  where phase in ('confirmed', 'orphaned');

alter table attribution.record
  add column version      integer not null default 1 check (version >= 1),
  add column alert_over   boolean not null default false,
  add column alert_detail text check (length(alert_detail) <= 500),
  drop constraint record_chain_id_block_hash_incarnation_tx_hash_processor_lo_key,
  add constraint record_once unique (chain_id, block_hash, incarnation, tx_hash, processor, version, log_index, ordinal);
create index record_by_alert on attribution.record (alert_kind, alert_subject, id) where alert_kind is not null;
grant insert (version, alert_over, alert_detail) on attribution.record to ce_app;

alter table attribution.factory_child
  add column version integer not null default 1 check (version >= 1),
  drop constraint factory_child_pkey,
  add primary key (chain_id, child, processor, version, block_hash, incarnation, tx_hash);

-- What a later version of its processor has made anew.
create table attribution.record_replaced (
  record_id  bigint primary key references attribution.record,
  -- The position of the fact that the later version was at.
  position   bigint not null,
  at         timestamptz not null default storage.clock()
);
grant select, insert on attribution.record_replaced to ce_app;
grant select on attribution.record_replaced to ce_read;
create trigger record_replaced_is_append_only before update or delete on attribution.record_replaced
  for each row execute function storage.refuse_change();

-- What processors told at finality, so that a later version tells only what differs and withdraws what it does not say any more.
create table attribution.told_fact (
  id           bigint generated always as identity primary key,
  processor    text not null references attribution.processor,
  version      integer not null,
  chain_id     bigint not null,
  block_hash   bytea not null,
  incarnation  integer not null,
  tx_hash      bytea not null,
  log_index    integer not null,
  type         text not null,
  payload      jsonb not null,
  owner_id     uuid,
  -- The later version that says the same, or does not say it any more.
  ended_by     integer check (ended_by > version),
  withdrawn    boolean not null default false check (not withdrawn or ended_by is not null)
);
create index told_fact_by_transaction on attribution.told_fact (chain_id, tx_hash, processor) where ended_by is null;
grant select, insert (processor, version, chain_id, block_hash, incarnation, tx_hash, log_index, type, payload, owner_id)
  on attribution.told_fact to ce_app;
grant update (ended_by, withdrawn) on attribution.told_fact to ce_app;
grant select on attribution.told_fact to ce_read;

drop view attribution.v_record;
create view attribution.v_record as
  select r.id, r.processor, r.version, r.chain_id, r.block_hash, r.incarnation, r.tx_hash, r.log_index, r.ordinal, r.kind, r.body,
         coalesce(l.intent_id, r.intent_id) as intent_id, coalesce(l.call_id, r.call_id) as call_id, r.recorded_at,
         case when x.record_id is not null then 'replaced' when e.phase is null then 'included' else e.phase end as phase,
         coalesce(x.position, e.position, i.position)                                                            as phase_position,
         coalesce(x.at, e.at, i.at)                                                                              as phase_at
  from   attribution.record r
  join   attribution.record_phase i on i.record_id = r.id and i.phase = 'included'
  left   join attribution.record_phase e on e.record_id = r.id and e.phase in ('confirmed', 'orphaned')
  left   join attribution.record_replaced x on x.record_id = r.id
  left   join attribution.v_log l on l.chain_id = r.chain_id and l.block_hash = r.block_hash and l.incarnation = r.incarnation
         and l.tx_hash = r.tx_hash and l.log_index = r.log_index;
create or replace view attribution.v_processor as
  select p.name, p.position, (select coalesce(max(position), 0) from facts.v_stream) - p.position as behind, p.registered_at, p.updated_at,
         (select count(*) from attribution.parked_block b where b.processor = p.name and b.resolved_at is null) as parked, p.version
  from   attribution.processor p;
grant select on attribution.v_record to ce_app, ce_read;

-- Below the native value and the gas of a transaction: what its frames moved, each by its frame.
alter table attribution.movement
  drop constraint movement_check,
  drop constraint movement_log_index_check,
  add constraint movement_kind_has_its_index check (
    (kind = 'token') = (log_index >= 0) and (kind = 'gas') = (log_index = -2) and (kind = 'native') = (log_index = -1 or log_index < -2));
