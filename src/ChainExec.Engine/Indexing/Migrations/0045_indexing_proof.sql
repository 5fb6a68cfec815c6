-- Indexing: what a block's own hashes prove of its header and its transactions, beside what the header proves of receipts and logs.

alter table indexing.block
  add column header_proof text not null default 'none' check (header_proof in ('none', 'header', 'transactions'));

create or replace view indexing.v_block as
  select chain_id, number, hash, incarnation, parent_hash, block_time, status, status in ('canonical', 'final') as is_canonical,
         observed_at, proof, header_proof
  from   indexing.block;

-- The weakest of the blocks that were read; 'none' where only logs were.
alter table indexing.backfill_range
  add column header_proof text not null default 'none' check (header_proof in ('none', 'header', 'transactions'));

create or replace view indexing.v_backfill_range as
  select chain_id, id, from_number, to_number, to_hash, reads, proof, transactions, logs, at, header_proof from indexing.backfill_range;

-- Whole sets of rows arrive at once, and a foreign key looks up, and locks, one parent for each of them: half of what COPY takes. Blocks
-- and transactions are never deleted and their keys never change, so that a row's parent is there when it comes is all that a key would
-- hold.
create trigger block_is_not_deleted before delete on indexing.block for each row execute function storage.refuse_change();
create trigger block_keeps_its_name before update of chain_id, hash, incarnation, number, parent_hash on indexing.block
  for each row execute function storage.refuse_change();
create trigger block_is_not_truncated before truncate on indexing.block for each statement execute function storage.refuse_change();
create trigger transaction_is_not_truncated before truncate on indexing.transaction
  for each statement execute function storage.refuse_change();

-- The limit makes each parent one look-up in its key, whatever the planner believes of the number of rows.
create function indexing.check_transactions() returns trigger
  language plpgsql set search_path = pg_catalog, pg_temp set jit = off set enable_seqscan = off as $$
declare
  lost record;
begin
  select a.chain_id, a.block_hash, a.incarnation into lost
  from   (select distinct chain_id, block_hash, incarnation from added) as a
  left   join lateral (
         select true as found from indexing.block b
         where  b.chain_id = a.chain_id and b.hash = a.block_hash and b.incarnation = a.incarnation limit 1) as parent on true
  where  parent.found is null
  limit  1;
  if found then
    raise exception 'incarnation % of block % of chain % is not indexed', lost.incarnation, encode(lost.block_hash, 'hex'), lost.chain_id
      using errcode = 'foreign_key_violation';
  end if;
  return null;
end
$$;

create function indexing.check_logs() returns trigger
  language plpgsql set search_path = pg_catalog, pg_temp set jit = off set enable_seqscan = off as $$
declare
  lost record;
begin
  select a.chain_id, a.tx_hash, a.block_hash, a.incarnation into lost
  from   (select distinct chain_id, tx_hash, block_hash, incarnation from added) as a
  left   join lateral (
         select true as found from indexing.transaction t
         where  t.chain_id = a.chain_id and t.tx_hash = a.tx_hash and t.block_hash = a.block_hash and t.incarnation = a.incarnation
         limit  1) as parent on true
  where  parent.found is null
  limit  1;
  if found then
    raise exception 'transaction % in incarnation % of block % of chain % is not indexed', encode(lost.tx_hash, 'hex'),
      lost.incarnation, encode(lost.block_hash, 'hex'), lost.chain_id using errcode = 'foreign_key_violation';
  end if;
  return null;
end
$$;

alter table indexing.transaction drop constraint transaction_chain_id_block_hash_incarnation_fkey;
create trigger transaction_has_its_block after insert on indexing.transaction referencing new table as added
  for each statement execute function indexing.check_transactions();
alter table indexing.log drop constraint log_chain_id_tx_hash_block_hash_incarnation_fkey;
create trigger log_has_its_transaction after insert on indexing.log referencing new table as added
  for each statement execute function indexing.check_logs();
