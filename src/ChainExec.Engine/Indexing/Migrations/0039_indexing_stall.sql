-- Indexing: since when a chain does not move although there is something to read; said once until it moves.

alter table indexing.chain add column stalled_at timestamptz;
grant update (stalled_at) on indexing.chain to ce_app;
create or replace view indexing.v_chain as
  select chain_id, genesis_hash, start_number, head_number, head_seen_at, tip_number, tip_hash, final_number, final_hash,
         halted_at, halt_reason, backfill_target, safe_number, head_time, stalled_at
  from   indexing.chain;
