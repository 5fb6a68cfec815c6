-- Indexing: old blocks that hold nothing of ours may go (docs/decisions/0020). What holds something of ours is evidence and stays.

-- Below it, blocks without anything of ours have no row; a range says how they were read.
alter table indexing.chain add column pruned_to bigint;

-- The owner itself may delete no other block.
create function indexing.check_block_deletion() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  if old.status = 'canonical'
     or old.number >= coalesce((select final_number from indexing.chain where chain_id = old.chain_id), 0)
     or exists (select from indexing.transaction t
                where t.chain_id = old.chain_id and t.block_number = old.number and t.block_hash = old.hash) then
    raise exception 'block % of chain % is needed', old.number, old.chain_id using errcode = 'restrict_violation';
  end if;
  return old;
end
$$;
drop trigger block_is_not_deleted on indexing.block;
create trigger block_is_not_deleted before delete on indexing.block for each row execute function indexing.check_block_deletion();

-- A block's history goes with its block, and not otherwise.
create function indexing.check_history_deletion() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  if exists (select from indexing.block b
             where b.chain_id = old.chain_id and b.hash = old.hash and b.incarnation = old.incarnation) then
    raise exception 'rows of indexing.block_history are append-only' using errcode = 'restrict_violation';
  end if;
  return old;
end
$$;
drop trigger block_history_is_append_only on indexing.block_history;
create trigger block_history_is_append_only before update on indexing.block_history
  for each row execute function storage.refuse_change();
create trigger block_history_goes_with_its_block before delete on indexing.block_history
  for each row execute function indexing.check_history_deletion();
alter table indexing.block_history drop constraint block_history_chain_id_hash_incarnation_fkey;
alter table indexing.block_history add foreign key (chain_id, hash, incarnation) references indexing.block on delete cascade;

-- Deletes blocks of the next heights that are final, older than so long and hold nothing of ours; the lowest block stays, because its time
-- says who was registered before anything was indexed. Answers how many heights it passed: 0 when there is nothing to do yet.
create function indexing.prune_blocks(of_chain bigint, kept interval, heights_max integer) returns bigint
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  c        indexing.chain;
  low      bigint;
  high     bigint;
begin
  -- Whoever adds to a final block takes this lock too.
  select * into c from indexing.chain where chain_id = of_chain and halted_at is null and backfill_target is null for update;
  if c.final_number is null then
    return 0;
  end if;
  low := coalesce(c.pruned_to, (select min(number) + 1 from indexing.block where chain_id = of_chain and status = 'final'));
  high := least(low + heights_max, c.final_number);
  high := least(high, (select min(number) from indexing.block
                       where chain_id = of_chain and status = 'final' and number >= low and number < high
                       and   observed_at > storage.clock() - kept));
  if high is null or high <= low then
    return 0;
  end if;
  with gone as (
    delete from indexing.block b
    where  b.chain_id = of_chain and b.number >= low and b.number < high and b.status <> 'canonical'
    and    not exists (select from indexing.transaction t
                       where t.chain_id = of_chain and t.block_number = b.number and t.block_hash = b.hash)
    returning b.number, b.hash, b.status, b.proof, b.header_proof, b.observed_at),
  final as (select * from gone where status = 'final')
  insert into indexing.backfill_range (chain_id, from_number, to_number, to_hash, reads, proof, header_proof, transactions, logs, epoch, at)
  select of_chain, min(number), max(number), (select hash from final order by number desc limit 1), 'transactions',
         case when bool_or(proof = 'none') then 'none' when bool_or(proof = 'bloom') then 'bloom' else 'receipts' end,
         case when bool_or(header_proof = 'none') then 'none' when bool_or(header_proof = 'header') then 'header' else 'transactions' end,
         0, 0, c.lease_epoch, min(observed_at)
  from   final
  having count(*) > 0;
  update indexing.chain set pruned_to = high where chain_id = of_chain;
  return high - low;
end
$$;
revoke execute on function indexing.prune_blocks(bigint, interval, integer) from public;
grant execute on function indexing.prune_blocks(bigint, interval, integer) to ce_app;

create or replace view indexing.v_chain as
  select chain_id, genesis_hash, start_number, head_number, head_seen_at, tip_number, tip_hash, final_number, final_hash,
         halted_at, halt_reason, backfill_target, safe_number, head_time, stalled_at, pruned_to
  from   indexing.chain;
