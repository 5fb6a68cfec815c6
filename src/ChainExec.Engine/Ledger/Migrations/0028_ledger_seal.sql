-- Ledger: the seal, a hash chain over the hashes of all transactions in the order of the fact stream, whose positions have no gap and never
-- change. Whoever keeps one hash of it outside can tell whether anything before was rewritten.

-- What was booked before transactions left facts leaves them now, in the order in which it was recorded.
do $$
begin
  perform facts.append('ledger.transaction_posted', array_agg('ledger:' || t.id::text), array_agg(null::uuid),
    array_agg(jsonb_build_object('transaction', t.id, 'sha256', encode(t.content_hash, 'hex'), 'entries', t.entry_count)))
  from  (select x.* from ledger.transaction x order by x.recorded_at, x.id) t
  having count(*) > 0;
end
$$;

create table ledger.seal (
  number        bigint primary key check (number > 0),
  last_position bigint not null unique check (last_position > 0),
  transactions  bigint not null check (transactions > 0),
  hash          bytea not null check (octet_length(hash) = 32),
  sealed_at     timestamptz not null
);
create trigger seal_is_append_only before update or delete on ledger.seal for each row execute function storage.refuse_change();
create trigger seal_is_not_truncated before truncate on ledger.seal for each statement execute function storage.refuse_change();

-- The next link: 32 bytes before, the position as eight, the transaction's hash.
create function ledger.seal_link(p_before bytea, p_position bigint, p_sha256 text) returns bytea
language plpgsql immutable
set search_path = pg_catalog, pg_temp
as $$
begin
  return sha256(p_before || int8send(p_position) || decode(p_sha256, 'hex'));
end
$$;

-- Seals the transactions that have a position and no seal, at most so many; how many that were.
create function ledger.seal_next(p_limit integer) returns integer
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  before  ledger.seal;
  chained bytea;
  sealed  integer := 0;
  fact    record;
begin
  perform pg_advisory_xact_lock(76, 3);
  select * into before from ledger.seal s order by s.number desc limit 1;
  chained := coalesce(before.hash, decode(repeat('00', 32), 'hex'));
  for fact in
    select f.position, f.payload->>'sha256' as sha256 from facts.v_stream f
    where  f.position > coalesce(before.last_position, 0) and f.type = 'ledger.transaction_posted'
    order  by f.position
    limit  least(p_limit, 10000)
  loop
    chained := ledger.seal_link(chained, fact.position, fact.sha256);
    sealed := sealed + 1;
  end loop;
  if sealed > 0 then
    insert into ledger.seal (number, last_position, transactions, hash, sealed_at)
    values (coalesce(before.number, 0) + 1, fact.position, sealed, chained, storage.clock());
  end if;
  return sealed;
end
$$;
revoke all on function ledger.seal_link(bytea, bigint, text), ledger.seal_next(integer) from public;
grant execute on function ledger.seal_next(integer) to ce_app;
create view ledger.v_seal as select s.number, s.last_position, s.transactions, s.hash, s.sealed_at from ledger.seal s;
grant select on ledger.seal, ledger.v_seal to ce_app, ce_read;
