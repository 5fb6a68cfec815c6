-- Indexing: what is in the canonical chain, what was, and what is final. Blocks and transactions are never deleted: an orphaned block
-- stays with its status, and when it comes back it is a new incarnation.

create schema indexing;
grant usage on schema indexing to ce_app, ce_read;

-- One row per chain. Its lock is what every write of the chain takes first, its epoch what every write checks.
create table indexing.chain (
  chain_id      bigint primary key check (chain_id > 0),
  genesis_hash  bytea not null check (octet_length(genesis_hash) = 32),
  start_number  bigint not null check (start_number >= 0),
  tip_number    bigint check (tip_number >= start_number),
  tip_hash      bytea check (octet_length(tip_hash) = 32),
  final_number  bigint,
  final_hash    bytea check (octet_length(final_hash) = 32),
  head_number   bigint,
  head_seen_at  timestamptz,
  halted_at     timestamptz,
  halt_reason   text check (length(halt_reason) <= 2000),
  leased_by     text,
  lease_epoch   bigint not null default 0,
  leased_until  timestamptz,
  check ((tip_number is null) = (tip_hash is null)),
  check ((final_number is null) = (final_hash is null)),
  -- When there is a final block there is a tip, and it is not below.
  check (final_number is null or (tip_number is not null and final_number <= tip_number)),
  check ((halted_at is null) = (halt_reason is null))
);
grant select on indexing.chain to ce_app, ce_read;
grant insert (chain_id, genesis_hash, start_number) on indexing.chain to ce_app;
grant update (tip_number, tip_hash, final_number, final_hash, head_number, head_seen_at, halted_at, halt_reason,
              leased_by, lease_epoch, leased_until) on indexing.chain to ce_app;

-- A final block is a promise: neither does the final head go back, nor does a halt end, by the service's own hand.
create function indexing.keep_promises() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  if old.final_number is not null and (new.final_number is null or new.final_number < old.final_number
      or (new.final_number = old.final_number and new.final_hash <> old.final_hash)) then
    raise exception 'the final head of chain % cannot go back from % to %', old.chain_id, old.final_number, new.final_number
      using errcode = 'restrict_violation';
  end if;
  if old.halted_at is not null and new.halted_at is null and not pg_has_role(session_user, 'ce_owner', 'member') then
    raise exception 'chain % is halted; an operator ends that', old.chain_id using errcode = 'restrict_violation';
  end if;
  return new;
end
$$;
create trigger chain_keeps_promises before update on indexing.chain
  for each row execute function indexing.keep_promises();

create table indexing.block (
  chain_id     bigint not null references indexing.chain,
  hash         bytea not null check (octet_length(hash) = 32),
  incarnation  integer not null check (incarnation >= 1),
  number       bigint not null check (number >= 0),
  parent_hash  bytea not null check (octet_length(parent_hash) = 32),
  block_time   timestamptz not null,
  status       text not null default 'canonical' check (status in ('canonical', 'orphaned', 'final')),
  observed_at  timestamptz not null default storage.clock(),
  primary key (chain_id, hash, incarnation)
);
create unique index block_one_per_height on indexing.block (chain_id, number) where status in ('canonical', 'final');
grant select, insert on indexing.block to ce_app;
grant update (status) on indexing.block to ce_app;
grant select on indexing.block to ce_read;

-- Canonical may become orphaned or final; both are ends.
create function indexing.check_block_move() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  if old.status <> 'canonical' then
    raise exception 'block % of chain % is % and cannot become %', old.number, old.chain_id, old.status, new.status
      using errcode = 'restrict_violation';
  end if;
  return new;
end
$$;
create trigger block_moves_once before update on indexing.block
  for each row execute function indexing.check_block_move();

create table indexing.block_history (
  chain_id     bigint not null,
  hash         bytea not null,
  incarnation  integer not null,
  from_status  text not null,
  to_status    text not null,
  reason       text not null check (length(reason) <= 200),
  epoch        bigint not null,
  at           timestamptz not null default storage.clock(),
  primary key (chain_id, hash, incarnation, to_status),
  foreign key (chain_id, hash, incarnation) references indexing.block
);
grant select, insert on indexing.block_history to ce_app;
grant select on indexing.block_history to ce_read;
create trigger block_history_is_append_only before update or delete on indexing.block_history
  for each row execute function storage.refuse_change();

-- Only transactions that concern us: sent by, paying to, or moving a listed token of one of our accounts.
create table indexing.transaction (
  chain_id             bigint not null,
  block_hash           bytea not null,
  incarnation          integer not null,
  tx_hash              bytea not null check (octet_length(tx_hash) = 32),
  tx_index             integer not null check (tx_index >= 0),
  block_number         bigint not null,
  "from"               bytea not null check (octet_length("from") = 20),
  "to"                 bytea check (octet_length("to") = 20),
  nonce                bigint not null check (nonce >= 0),
  value                numeric(78,0) not null check (value >= 0),
  succeeded            boolean not null,
  -- keccak of the calldata: enough to recognise a transaction of ours, whoever sent it again.
  input_hash           bytea not null check (octet_length(input_hash) = 32),
  gas_used             numeric(78,0) not null check (gas_used >= 0),
  effective_gas_price  numeric(78,0) not null check (effective_gas_price >= 0),
  primary key (chain_id, block_hash, incarnation, tx_hash),
  foreign key (chain_id, block_hash, incarnation) references indexing.block
);
create index transaction_by_hash on indexing.transaction (chain_id, tx_hash);
create index transaction_by_sender on indexing.transaction (chain_id, "from", nonce);
create index transaction_by_height on indexing.transaction (chain_id, block_number, tx_index);
grant select, insert on indexing.transaction to ce_app;
grant select on indexing.transaction to ce_read;
create trigger transaction_is_append_only before update or delete on indexing.transaction
  for each row execute function storage.refuse_change();

-- All logs of those transactions, also of contracts nobody listed: they are evidence.
create table indexing.log (
  chain_id     bigint not null,
  block_hash   bytea not null,
  incarnation  integer not null,
  log_index    integer not null check (log_index >= 0),
  tx_hash      bytea not null,
  address      bytea not null check (octet_length(address) = 20),
  topics       bytea[] not null check (cardinality(topics) <= 4),
  data         bytea not null,
  primary key (chain_id, block_hash, incarnation, log_index),
  foreign key (chain_id, block_hash, incarnation, tx_hash) references indexing.transaction
);
create index log_by_transaction on indexing.log (chain_id, block_hash, incarnation, tx_hash, log_index);
grant select, insert on indexing.log to ce_app;
grant select on indexing.log to ce_read;
create trigger log_is_append_only before update or delete on indexing.log
  for each row execute function storage.refuse_change();

-- Anyone can emit logs. Transfers of unlisted contracts that name one of our accounts are counted, by contract up to a bound and then in
-- the one row with the empty contract. Sightings, not truth: a reorg takes nothing back.
create table indexing.unlisted_movement (
  chain_id       bigint not null references indexing.chain,
  contract       bytea not null check (octet_length(contract) in (0, 20)),
  count          bigint not null check (count > 0),
  first_seen_at  timestamptz not null,
  last_seen_at   timestamptz not null,
  primary key (chain_id, contract)
);
grant select, insert on indexing.unlisted_movement to ce_app;
grant update (count, last_seen_at) on indexing.unlisted_movement to ce_app;
grant select on indexing.unlisted_movement to ce_read;

-- One row per reorg; a deep one is rolled back in several transactions, which make its row longer.
create table indexing.reorg (
  id               bigint generated always as identity primary key,
  chain_id         bigint not null references indexing.chain,
  from_number      bigint not null,
  from_hash        bytea not null,
  ancestor_number  bigint,
  ancestor_hash    bytea,
  depth            integer not null check (depth > 0),
  transactions     integer not null check (transactions >= 0),
  at               timestamptz not null default storage.clock()
);
create index reorg_by_chain on indexing.reorg (chain_id, id);
grant select on indexing.reorg to ce_app, ce_read;
grant insert (chain_id, from_number, from_hash, ancestor_number, ancestor_hash, depth, transactions) on indexing.reorg to ce_app;
grant update (ancestor_number, ancestor_hash, depth, transactions) on indexing.reorg to ce_app;

-- What each node of a chain last answered; for people, nothing is decided from it.
create table indexing.provider (
  chain_id     bigint not null references indexing.chain,
  name         text not null check (length(name) between 1 and 100),
  state        text not null check (state in ('ok', 'unavailable', 'faulty')),
  head_number  bigint,
  detail       text check (length(detail) <= 500),
  seen_at      timestamptz not null,
  primary key (chain_id, name)
);
grant select, insert on indexing.provider to ce_app;
grant update (state, head_number, detail, seen_at) on indexing.provider to ce_app;
grant select on indexing.provider to ce_read;

create view indexing.v_chain as
  select chain_id, genesis_hash, start_number, head_number, head_seen_at, tip_number, tip_hash, final_number, final_hash,
         halted_at, halt_reason
  from   indexing.chain;

create view indexing.v_block as
  select chain_id, number, hash, incarnation, parent_hash, block_time, status, status in ('canonical', 'final') as is_canonical, observed_at
  from   indexing.block;

create view indexing.v_transaction as
  select t.chain_id, t.block_number, t.block_hash, t.incarnation, b.block_time, t.tx_hash, t.tx_index, t."from", t."to",
         t.nonce, t.value, t.succeeded, t.input_hash, t.gas_used, t.effective_gas_price,
         b.status, b.status in ('canonical', 'final') as is_canonical, b.observed_at
  from   indexing.transaction t
  join   indexing.block b on b.chain_id = t.chain_id and b.hash = t.block_hash and b.incarnation = t.incarnation;

create view indexing.v_log as
  select l.chain_id, l.block_hash, l.incarnation, l.log_index, l.tx_hash, l.address, l.topics, l.data,
         b.number as block_number, b.status, b.status in ('canonical', 'final') as is_canonical
  from   indexing.log l
  join   indexing.block b on b.chain_id = l.chain_id and b.hash = l.block_hash and b.incarnation = l.incarnation;

create view indexing.v_unlisted_movement as
  select chain_id, contract, count, first_seen_at, last_seen_at from indexing.unlisted_movement;
create view indexing.v_reorg as
  select chain_id, id, from_number, from_hash, ancestor_number, ancestor_hash, depth, transactions, at from indexing.reorg;

grant select on indexing.v_chain, indexing.v_block, indexing.v_transaction, indexing.v_log, indexing.v_unlisted_movement, indexing.v_reorg
  to ce_app, ce_read;
