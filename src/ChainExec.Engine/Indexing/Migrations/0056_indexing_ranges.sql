-- Indexing: which range says how a height was read, ranges of pruned blocks that say no more than is true, and who is quarantined.

-- The newest range over a height. One from before the height was taken back says nothing of the block that is there now.
create function indexing.range_over(of_chain bigint, height bigint) returns indexing.backfill_range
language sql stable
set search_path = pg_catalog, pg_temp
as $$
  select r
  from   indexing.backfill_range r
  where  r.chain_id = of_chain and r.to_number >= height and r.from_number <= height
  and    not exists (select from indexing.reorg x
                     where x.chain_id = of_chain and x.at > r.at and coalesce(x.ancestor_number, -1) < height)
  order  by r.id desc
  limit  1
$$;
revoke execute on function indexing.range_over(bigint, bigint) from public;
grant execute on function indexing.range_over(bigint, bigint) to ce_app;

-- As before (0055), but: a range covers heights in a row that were read block by block, each of which had a row; what was read in a range
-- is described by that one already. Its time is that of the last block in it: whoever was registered later is not missing there, and
-- whoever was registered in between may be.
create or replace function indexing.prune_blocks(of_chain bigint, kept interval, heights_max integer) returns bigint
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
  with ranges as materialized (
    select r.from_number, least(r.to_number, (select min(coalesce(x.ancestor_number, -1)) from indexing.reorg x
                                              where x.chain_id = of_chain and x.at > r.at)) as to_number
    from   indexing.backfill_range r
    where  r.chain_id = of_chain and r.to_number >= low and r.from_number < high),
  followed as materialized (
    select b.hash, b.incarnation, b.number - row_number() over (order by b.number) as row_of
    from   indexing.block b
    where  b.chain_id = of_chain and b.number >= low and b.number < high and b.status = 'final'
    and    not exists (select from ranges r where b.number between r.from_number and r.to_number)),
  gone as (
    delete from indexing.block b
    where  b.chain_id = of_chain and b.number >= low and b.number < high and b.status <> 'canonical'
    and    not exists (select from indexing.transaction t
                       where t.chain_id = of_chain and t.block_number = b.number and t.block_hash = b.hash)
    returning b.number, b.hash, b.incarnation, b.proof, b.header_proof, b.observed_at)
  insert into indexing.backfill_range (chain_id, from_number, to_number, to_hash, reads, proof, header_proof, transactions, logs, epoch, at)
  select of_chain, min(g.number), max(g.number), (array_agg(g.hash order by g.number desc))[1], 'transactions',
         case when bool_or(g.proof = 'none') then 'none' when bool_or(g.proof = 'bloom') then 'bloom' else 'receipts' end,
         case when bool_or(g.header_proof = 'none') then 'none' when bool_or(g.header_proof = 'header') then 'header'
              else 'transactions' end,
         0, 0, c.lease_epoch, max(g.observed_at)
  from   followed f join gone g on g.hash = f.hash and g.incarnation = f.incarnation
  group  by f.row_of
  order  by min(g.number);
  update indexing.chain set pruned_to = high where chain_id = of_chain;
  return high - low;
end
$$;

-- Whose word does not count, for whoever asks providers anything.
create view indexing.v_quarantined_provider as
  select chain_id, name, quarantined_at, contradicted from indexing.provider where quarantined_at is not null;
grant select on indexing.v_quarantined_provider to ce_app, ce_read;
