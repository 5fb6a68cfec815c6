-- Ledger: balances and statements at a moment that has passed.

-- How many entries an account had recorded before a moment. Exact for ever: whoever was recording one is waited for, and who comes later
-- records it later. Recorded times never go backwards in an account, so the place is found by halving, however long the account is.
create function ledger.version_at(p_account bigint, p_at timestamptz) returns bigint
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  a       ledger.account;
  low     bigint := 0;
  high    bigint;
  middle  bigint;
  found_at timestamptz;
begin
  select * into a from ledger.account where id = p_account;
  if not found then
    return null;
  end if;
  if p_at > storage.clock() then
    raise exception 'the moment has not passed' using errcode = 'CE003';
  end if;
  if a.policy = 'strict' then
    select * into a from ledger.account where id = p_account for share;
    high := a.version;
  else
    perform pg_advisory_xact_lock_shared(76, 2);
    select coalesce(max(r.version), 0) into high from ledger.roll r where r.account_id = p_account;
  end if;
  -- low entries are before the moment; what is above high is not.
  while low < high loop
    middle := (low + high + 1) / 2;
    if a.policy = 'strict' then
      select t.recorded_at into found_at from ledger.entry e join ledger.transaction t on t.id = e.transaction_id
      where  e.account_id = p_account and e.version = middle;
    else
      select r.recorded_at into found_at from ledger.roll r where r.account_id = p_account and r.version = middle;
    end if;
    if found_at < p_at then
      low := middle;
    else
      high := middle - 1;
    end if;
  end loop;
  return low;
end
$$;
revoke all on function ledger.version_at(bigint, timestamptz) from public;
grant execute on function ledger.version_at(bigint, timestamptz) to ce_app;
