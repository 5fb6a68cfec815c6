-- Indexing: final blocks far below the head are read in ranges. A block gets a row when something of ours is in it, or when a write ended
-- at it; what lies between was read as the range's row says.

alter table indexing.block
  -- What shows that nothing of it was left out: 'receipts' their trie's root, 'bloom' the header's filter, 'none' the provider's word.
  add column proof text not null default 'none' check (proof in ('none', 'bloom', 'receipts'));

alter table indexing.chain
  -- Up to where final blocks are being read in ranges; nothing while blocks are followed one by one.
  add column backfill_target bigint,
  add column safe_number bigint,
  add column head_time timestamptz;
grant update (backfill_target, safe_number, head_time) on indexing.chain to ce_app;

alter table indexing.provider
  -- What was learned of it: blocks in one eth_getLogs, calls in one batch, requests a second (nothing when it never refused any).
  add column block_range integer check (block_range >= 1),
  add column batch_size integer check (batch_size >= 1),
  add column requests_per_second integer check (requests_per_second > 0),
  add column is_well boolean;
grant update (block_range, batch_size, requests_per_second, is_well) on indexing.provider to ce_app;

-- One row per write of such a range: how far, how it was read, what came of it. The newest say how fast it goes.
create table indexing.backfill_range (
  id            bigint generated always as identity primary key,
  chain_id      bigint not null references indexing.chain,
  from_number   bigint not null,
  to_number     bigint not null,
  to_hash       bytea not null check (octet_length(to_hash) = 32),
  -- transactions: every block's transactions and the logs of listed tokens. logs: only the logs. nothing: there was no account to look for.
  reads         text not null check (reads in ('transactions', 'logs', 'nothing')),
  -- The weakest proof of the blocks without a row: 'bloom' when their headers' filters were compared with the logs.
  proof         text not null check (proof in ('none', 'bloom', 'receipts')),
  transactions  integer not null check (transactions >= 0),
  logs          integer not null check (logs >= 0),
  epoch         bigint not null,
  at            timestamptz not null default storage.clock(),
  check (to_number >= from_number)
);
create index backfill_range_by_chain on indexing.backfill_range (chain_id, id);
create index backfill_range_by_height on indexing.backfill_range (chain_id, to_number);
grant select, insert on indexing.backfill_range to ce_app;
grant select on indexing.backfill_range to ce_read;
create trigger backfill_range_is_append_only before update or delete on indexing.backfill_range
  for each row execute function storage.refuse_change();

create or replace view indexing.v_chain as
  select chain_id, genesis_hash, start_number, head_number, head_seen_at, tip_number, tip_hash, final_number, final_hash,
         halted_at, halt_reason, backfill_target, safe_number, head_time
  from   indexing.chain;

create or replace view indexing.v_block as
  select chain_id, number, hash, incarnation, parent_hash, block_time, status, status in ('canonical', 'final') as is_canonical,
         observed_at, proof
  from   indexing.block;

create view indexing.v_backfill_range as
  select chain_id, id, from_number, to_number, to_hash, reads, proof, transactions, logs, at from indexing.backfill_range;
grant select on indexing.v_backfill_range to ce_app, ce_read;
