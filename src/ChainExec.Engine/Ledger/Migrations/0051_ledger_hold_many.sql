-- Holds for new work that many ask for at once: the account is locked and moved once, not once for each.
-- All of an account's are placed, or none: who finds that they do not fit together asks one by one, and hears for each what place_hold
-- says.
create function ledger.place_holds(p_ids uuid[], p_accounts text[], p_amounts numeric[], p_bound_to text[])
returns table (hold_id uuid)
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  now_at timestamptz;
begin
  perform ledger.require_read_committed();
  if cardinality(p_ids) is distinct from cardinality(p_accounts) or cardinality(p_ids) is distinct from cardinality(p_amounts)
     or cardinality(p_ids) is distinct from cardinality(p_bound_to) or cardinality(p_ids) > 1000
     or exists (select from unnest(p_ids, p_accounts, p_amounts, p_bound_to) as r (id, code, amount, bound_to)
                where r.id is null or r.code is null or r.bound_to is null or ledger.amount_problem(r.amount) is not null) then
    raise exception 'each hold has an id, an account, an amount and what it is bound to' using errcode = 'CE003';
  end if;
  -- In the order in which postings lock them. What is available is read by the next statement, behind the locks.
  perform from ledger.account c where c.code = any (p_accounts) order by c.id for no key update;
  now_at := storage.clock();
  return query
  with asked as (
    select * from unnest(p_ids, p_accounts, p_amounts, p_bound_to) with ordinality as r (id, code, amount, bound_to, place)),
  fits as (
    select c.id, c.code
    from   (select a.code, sum(a.amount) as total from asked a group by a.code) t
    join   ledger.account c on c.code = t.code
    where  not c.closed and c.policy = 'strict' and ledger.available(c) >= t.total),
  placed as (
    insert into ledger.hold (id, account_id, amount, kind, bound_to, state, created_at)
    select a.id, f.id, trim_scale(a.amount), 'bound', a.bound_to, 'held', now_at
    from   asked a join fits f on f.code = a.code
    order  by a.place
    returning id, account_id, amount, bound_to),
  told as (
    insert into ledger.hold_history (hold_id, ordinal, from_state, event, to_state, amount, reason, at)
    select p.id, 1, null, 'placed', 'held', p.amount, p.bound_to, now_at from placed p),
  moved as (
    update ledger.account c set held = trim_scale(c.held + s.total)
    from   (select p.account_id, sum(p.amount) as total from placed p group by p.account_id) s
    where  c.id = s.account_id)
  select p.id from placed p;
end
$$;

-- For who posts to some accounts and gives back holds in others: the order in which postings lock, for all of them at once.
create function ledger.lock_accounts(p_codes text[]) returns void
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  perform from ledger.account c where c.code = any (p_codes) and c.policy = 'strict' order by c.id for no key update;
end
$$;

revoke all on function ledger.lock_accounts(text[]) from public;
grant execute on function ledger.lock_accounts(text[]) to ce_app;
revoke all on function ledger.place_holds(uuid[], text[], numeric[], text[]) from public;
grant execute on function ledger.place_holds(uuid[], text[], numeric[], text[]) to ce_app;
