-- Ledger: our books. Append-only entries, debits = credits per transaction and asset, holds that resolve once. Services may read the
-- tables; every write goes through the functions below, which run as their owner with a search path that no session can change.
--
-- Errors of the functions: CE001 another posting has this key, CE002 unbalanced, CE003 malformed, CE004 no such account,
-- CE005 the account exists with another meaning, CE006 another hold has this place, CE007 no such hold, CE008 the hold does not carry this.

create schema ledger;
grant usage on schema ledger to ce_app, ce_read;

-- numeric(78,0) would round 1.5 to 2 in silence; a domain over bare numeric refuses it, for the owner's hands too.
create domain ledger.amount as numeric
  check (value > 0 and value < 115792089237316195423570985008687907853269984665640564039457584007913129639936 and scale(value) = 0);
-- Sums may pass 2^256 but not 10^96; the bounds also keep NaN and the infinities out.
create domain ledger.total as numeric check (value >= 0 and value < 1e96 and scale(value) = 0);
create domain ledger.balance as numeric check (value > -1e96 and value < 1e96 and scale(value) = 0);

-- No index on a column that changes and room on every page: counters are updated in place.
create table ledger.account (
  id             bigint generated always as identity primary key,
  code           text not null unique check (code ~ '^[a-z0-9][a-z0-9:._-]{0,199}$'),
  kind           text not null check (kind in ('asset', 'liability', 'equity', 'income', 'expense', 'suspense')),
  asset          text not null check (asset ~ '^[a-z0-9][a-z0-9._-]{0,63}$'),
  owner_id       uuid,
  -- Suspense holds what came and is not explained yet: we owe it to somebody until we know whom.
  normal_side    text not null generated always as (case when kind in ('asset', 'expense') then 'debit' else 'credit' end) stored,
  posted_debit   ledger.total not null default 0,
  posted_credit  ledger.total not null default 0,
  held           ledger.total not null default 0,
  version        bigint not null default 0 check (version >= 0),
  opened_at      timestamptz not null default storage.clock(),
  unique (id, asset)
) with (fillfactor = 70);
create index account_by_owner on ledger.account (owner_id, id) where owner_id is not null;
create trigger account_keeps_its_meaning before delete or update of id, code, kind, asset, owner_id, opened_at on ledger.account
  for each row execute function storage.refuse_change();

create table ledger.transaction (
  id               uuid primary key,
  idempotency_key  text not null unique check (length(idempotency_key) between 1 and 200),
  fingerprint      bytea not null check (octet_length(fingerprint) = 32),
  kind             text not null check (kind ~ '^[a-z][a-z_.]{0,59}$'),
  context          jsonb not null check (jsonb_typeof(context) = 'object' and octet_length(context::text) <= 16384),
  source_position  bigint check (source_position > 0),
  entry_count      integer not null check (entry_count between 2 and 100),
  effective_at     timestamptz not null,
  recorded_at      timestamptz not null
);
create index transaction_by_source on ledger.transaction (source_position) where source_position is not null;

-- The version counts an account's entries without a gap, so that any entry can be checked against its neighbour.
create table ledger.entry (
  account_id      bigint not null,
  version         bigint not null check (version > 0),
  transaction_id  uuid not null references ledger.transaction,
  ordinal         integer not null check (ordinal > 0),
  side            text not null check (side in ('debit', 'credit')),
  amount          ledger.amount not null,
  asset           text not null,
  balance_after   ledger.balance not null,
  primary key (account_id, version),
  unique (transaction_id, ordinal),
  foreign key (account_id, asset) references ledger.account (id, asset)
);

create table ledger.hold (
  id              uuid primary key,
  account_id      bigint not null references ledger.account,
  amount          ledger.amount not null,
  kind            text not null check (kind in ('bound', 'timed')),
  bound_to        text check (length(bound_to) between 1 and 200),
  state           text not null check (state in ('held', 'partial', 'posted', 'released')),
  posted_amount   ledger.total not null default 0,
  created_at      timestamptz not null,
  resolved_at     timestamptz,
  expires_at      timestamptz,
  -- One unit of work may hold in several accounts (a token and its gas), but once in each.
  unique (bound_to, account_id),
  -- Only the end of what a bound hold is bound to may resolve it: it has no expiry.
  check ((kind = 'bound') = (bound_to is not null) and (kind = 'timed') = (expires_at is not null)),
  check (case state
    when 'held' then posted_amount = 0 and resolved_at is null
    when 'partial' then posted_amount > 0 and posted_amount < amount and resolved_at is null
    when 'posted' then posted_amount = amount and resolved_at is not null
    else posted_amount < amount and resolved_at is not null end)
);
create index hold_open on ledger.hold (account_id) where state in ('held', 'partial');
create trigger hold_keeps_its_meaning before delete or update of id, account_id, amount, kind, bound_to, created_at, expires_at
  on ledger.hold for each row execute function storage.refuse_change();

create table ledger.hold_history (
  hold_id         uuid not null references ledger.hold,
  ordinal         integer not null check (ordinal > 0),
  from_state      text,
  event           text not null check (event in ('placed', 'posted_in_part', 'posted_in_full', 'released')),
  to_state        text not null,
  amount          ledger.amount not null,
  reason          text not null check (length(reason) between 1 and 200),
  transaction_id  uuid references ledger.transaction,
  at              timestamptz not null,
  primary key (hold_id, ordinal)
);

do $$
declare append_only text;
begin
  foreach append_only in array array['transaction', 'entry', 'hold_history'] loop
    execute format('create trigger %I before update or delete on ledger.%I for each row execute function storage.refuse_change()',
      append_only || '_is_append_only', append_only);
  end loop;
  foreach append_only in array array['account', 'transaction', 'entry', 'hold', 'hold_history'] loop
    execute format('create trigger %I before truncate on ledger.%I for each statement execute function storage.refuse_change()',
      append_only || '_is_not_truncated', append_only);
  end loop;
end
$$;

-- The last line of defence, whatever wrote the rows: at commit every touched transaction balances and is complete, for ever.
create function ledger.check_transaction() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  checked uuid;
begin
  if tg_table_name = 'entry' then
    checked := new.transaction_id;
  else
    checked := new.id;
  end if;
  if exists (select from ledger.entry e where e.transaction_id = checked
             group by e.asset having sum(case e.side when 'debit' then e.amount else -e.amount end) <> 0) then
    raise exception 'transaction % is not balanced', checked using errcode = 'CE002';
  end if;
  if (select count(*) from ledger.entry e where e.transaction_id = checked)
     <> (select t.entry_count from ledger.transaction t where t.id = checked) then
    raise exception 'transaction % does not have the entries that it was posted with', checked using errcode = 'CE002';
  end if;
  return null;
end
$$;
create constraint trigger entry_balances after insert on ledger.entry
  deferrable initially deferred for each row execute function ledger.check_transaction();
create constraint trigger transaction_balances after insert on ledger.transaction
  deferrable initially deferred for each row execute function ledger.check_transaction();

-- What is wrong with an amount, or nothing.
create function ledger.amount_problem(p_amount numeric) returns text
language sql immutable
set search_path = pg_catalog, pg_temp
as $$
  select case
    when p_amount is null then 'is missing'
    when p_amount <= 0 then 'is not above zero'
    when p_amount >= 115792089237316195423570985008687907853269984665640564039457584007913129639936 then 'is not below 2^256'
    when p_amount <> trunc(p_amount) then 'is not a whole number of base units'
  end
$$;

-- Opens what is missing, in the order of codes so that two openers never wait for one another in a circle.
create function ledger.open_accounts(p_codes text[], p_kinds text[], p_assets text[], p_owners uuid[]) returns void
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  other text;
begin
  if cardinality(p_codes) > 100 then
    raise exception 'more than 100 accounts at once' using errcode = 'CE003';
  end if;
  insert into ledger.account (code, kind, asset, owner_id)
  select w.code, w.kind, w.asset, w.owner_id
  from   unnest(p_codes, p_kinds, p_assets, p_owners) as w(code, kind, asset, owner_id)
  where  not exists (select from ledger.account a where a.code = w.code)
  order  by w.code
  on conflict (code) do nothing;

  select w.code into other
  from   unnest(p_codes, p_kinds, p_assets, p_owners) as w(code, kind, asset, owner_id)
  join   ledger.account a on a.code = w.code
  where  (a.kind, a.asset) <> (w.kind, w.asset) or a.owner_id is distinct from w.owner_id
  order  by w.code
  limit  1;
  if other is not null then
    raise exception 'account % is open with another kind, asset or owner', other using errcode = 'CE005';
  end if;
end
$$;

create function ledger.open_account(p_code text, p_kind text, p_asset text, p_owner uuid) returns bigint
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  perform ledger.open_accounts(array[p_code], array[p_kind], array[p_asset], array[p_owner]);
  return (select a.id from ledger.account a where a.code = p_code);
end
$$;

-- Refuses what is malformed whatever the state of the books: shape, sides, amounts.
create function ledger.check_lines(p_accounts text[], p_sides text[], p_amounts numeric[]) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  problem text;
begin
  if p_accounts is null or p_sides is null or p_amounts is null
     or cardinality(p_accounts) <> cardinality(p_sides) or cardinality(p_accounts) <> cardinality(p_amounts) then
    raise exception 'accounts, sides and amounts differ in length' using errcode = 'CE003';
  end if;
  if cardinality(p_accounts) not between 2 and 100 then
    raise exception 'a transaction has 2 to 100 entries, not %', cardinality(p_accounts) using errcode = 'CE003';
  end if;
  select format('entry %s: %s', l.ordinal, p.problem) into problem
  from   unnest(p_accounts, p_sides, p_amounts) with ordinality as l(account, side, amount, ordinal)
  cross  join lateral (select case
           when l.account is null then 'the account is missing'
           when l.side is null or l.side not in ('debit', 'credit') then 'the side is neither debit nor credit'
           else 'the amount ' || ledger.amount_problem(l.amount) end) as p(problem)
  where  p.problem is not null
  order  by l.ordinal
  limit  1;
  if problem is not null then
    raise exception '%', problem using errcode = 'CE003';
  end if;
end
$$;

-- Moves what a posting spends of a hold. The hold's account is locked by the caller already: accounts first, holds after.
create function ledger.spend_hold(
  p_hold uuid, p_amount numeric, p_transaction uuid, p_accounts text[], p_sides text[], p_amounts numeric[], p_now timestamptz)
returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  h        ledger.hold;
  drawn    numeric;
  target   text;
begin
  if ledger.amount_problem(p_amount) is not null then
    raise exception 'the hold''s amount %', ledger.amount_problem(p_amount) using errcode = 'CE003';
  end if;
  select * into h from ledger.hold where id = p_hold for update;
  if not found then
    raise exception 'there is no hold %', p_hold using errcode = 'CE007';
  end if;
  if h.state not in ('held', 'partial') then
    raise exception 'hold % is % already', p_hold, h.state using errcode = 'CE008';
  end if;
  if p_amount > h.amount - h.posted_amount then
    raise exception 'hold % has % left, not %', p_hold, h.amount - h.posted_amount, trunc(p_amount) using errcode = 'CE008';
  end if;
  select coalesce(sum(l.amount) filter (where l.side <> a.normal_side), 0) into drawn
  from   unnest(p_accounts, p_sides, p_amounts) as l(code, side, amount)
  join   ledger.account a on a.code = l.code
  where  a.id = h.account_id;
  if p_amount > drawn then
    raise exception 'the posting draws % from the account of hold %, not %', drawn, p_hold, trunc(p_amount) using errcode = 'CE008';
  end if;

  target := case when h.posted_amount + p_amount = h.amount then 'posted' else 'partial' end;
  update ledger.hold
  set    state = target, posted_amount = trim_scale(h.posted_amount + p_amount), resolved_at = case target when 'posted' then p_now end
  where  id = p_hold;
  insert into ledger.hold_history (hold_id, ordinal, from_state, event, to_state, amount, reason, transaction_id, at)
  select p_hold, 1 + (select max(o.ordinal) from ledger.hold_history o where o.hold_id = p_hold), h.state,
         case target when 'posted' then 'posted_in_full' else 'posted_in_part' end, target, trim_scale(p_amount), t.kind, t.id, p_now
  from   ledger.transaction t
  where  t.id = p_transaction;
  update ledger.account set held = trim_scale(held - p_amount) where id = h.account_id;
end
$$;

-- Posts a balanced transaction, once per key. What was observed always posts: a balance may go below zero here, a hold may not.
create function ledger.post(
  p_id uuid, p_key text, p_kind text, p_context jsonb, p_effective_at timestamptz, p_accounts text[], p_sides text[], p_amounts numeric[],
  p_hold uuid default null, p_hold_amount numeric default null, p_source_position bigint default null)
returns table (transaction_id uuid, already_posted boolean)
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  print   bytea;
  known   ledger.transaction;
  problem text;
  now_at  timestamptz;
begin
  perform ledger.check_lines(p_accounts, p_sides, p_amounts);
  if p_key is null or p_kind is null or p_context is null or p_effective_at is null or (p_hold is null) <> (p_hold_amount is null) then
    raise exception 'key, kind, context and effective time are required, a hold comes with its amount' using errcode = 'CE003';
  end if;

  -- What the posting says, in an order and form that no formatting of JSON can change. Codes, sides and kinds hold no line break.
  print := sha256(convert_to(concat_ws(E'\n', p_kind, extract(epoch from p_effective_at), array_to_string(p_accounts, E'\n'),
    array_to_string(p_sides, E'\n'), (select string_agg(trunc(u.amount)::text, E'\n' order by u.n)
                                      from unnest(p_amounts) with ordinality as u(amount, n)),
    p_hold, trunc(p_hold_amount)), 'UTF8'));

  -- One statement, in the order of ids: two postings never wait for one another in a circle.
  perform from ledger.account a where a.code = any (p_accounts) order by a.id for no key update;
  now_at := storage.clock();

  insert into ledger.transaction (id, idempotency_key, fingerprint, kind, context, source_position, entry_count, effective_at, recorded_at)
  values (p_id, p_key, print, p_kind, p_context, p_source_position, cardinality(p_accounts), p_effective_at, now_at)
  on conflict (idempotency_key) do nothing;
  if not found then
    select * into known from ledger.transaction t where t.idempotency_key = p_key;
    if known.fingerprint <> print then
      raise exception 'key % belongs to another posting', p_key using errcode = 'CE001';
    end if;
    return query select known.id, true;
    return;
  end if;

  select l.code into problem from unnest(p_accounts) as l(code)
  where  not exists (select from ledger.account a where a.code = l.code) limit 1;
  if problem is not null then
    raise exception 'account % is not open', problem using errcode = 'CE004';
  end if;
  select format('%s: debits minus credits are %s', a.asset, sum(case l.side when 'debit' then l.amount else -l.amount end)) into problem
  from   unnest(p_accounts, p_sides, p_amounts) as l(code, side, amount) join ledger.account a on a.code = l.code
  group  by a.asset
  having sum(case l.side when 'debit' then l.amount else -l.amount end) <> 0
  order  by a.asset limit 1;
  if problem is not null then
    raise exception 'the posting is not balanced in %', problem using errcode = 'CE002';
  end if;

  insert into ledger.entry (account_id, version, transaction_id, ordinal, side, amount, asset, balance_after)
  select a.id, a.version + row_number() over earlier, p_id, l.ordinal, l.side, trim_scale(l.amount), a.asset,
         trim_scale(case a.normal_side when 'debit' then a.posted_debit - a.posted_credit else a.posted_credit - a.posted_debit end
                    + sum(case when l.side = a.normal_side then l.amount else -l.amount end) over earlier)
  from   unnest(p_accounts, p_sides, p_amounts) with ordinality as l(code, side, amount, ordinal)
  join   ledger.account a on a.code = l.code
  window earlier as (partition by a.id order by l.ordinal rows unbounded preceding);

  update ledger.account a
  set    posted_debit = a.posted_debit + moved.debit, posted_credit = a.posted_credit + moved.credit, version = a.version + moved.entries
  from  (select e.account_id, count(*) as entries,
                coalesce(sum(e.amount) filter (where e.side = 'debit'), 0) as debit,
                coalesce(sum(e.amount) filter (where e.side = 'credit'), 0) as credit
         from   ledger.entry e where e.transaction_id = p_id group by e.account_id) moved
  where  a.id = moved.account_id;

  if p_hold is not null then
    perform ledger.spend_hold(p_hold, p_hold_amount, p_id, p_accounts, p_sides, p_amounts, now_at);
  end if;
  return query select p_id, false;
end
$$;

-- Reserves money of an account for one unit of work, or says what is available. 'held' and 'already' name the hold; available is what is
-- left after the answer. An account that nobody opened has nothing to hold.
create function ledger.place_hold(p_id uuid, p_account text, p_amount numeric, p_bound_to text)
returns table (outcome text, hold_id uuid, available numeric)
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  a       ledger.account;
  known   ledger.hold;
  free    numeric;
  now_at  timestamptz;
begin
  if ledger.amount_problem(p_amount) is not null then
    raise exception 'the hold''s amount %', ledger.amount_problem(p_amount) using errcode = 'CE003';
  end if;
  if p_bound_to is null then
    raise exception 'a hold is bound to something' using errcode = 'CE003';
  end if;
  select * into a from ledger.account where code = p_account for no key update;
  if not found then
    return query select 'insufficient_funds', null::uuid, 0::numeric;
    return;
  end if;
  free := case a.normal_side when 'debit' then a.posted_debit - a.posted_credit else a.posted_credit - a.posted_debit end - a.held;

  select * into known from ledger.hold h where h.bound_to = p_bound_to and h.account_id = a.id;
  if found then
    if known.amount <> p_amount then
      raise exception '% holds % in account % already', p_bound_to, known.amount, p_account using errcode = 'CE006';
    end if;
    return query select 'already', known.id, free;
    return;
  end if;
  if free < p_amount then
    return query select 'insufficient_funds', null::uuid, free;
    return;
  end if;

  now_at := storage.clock();
  insert into ledger.hold (id, account_id, amount, kind, bound_to, state, created_at)
  values (p_id, a.id, trim_scale(p_amount), 'bound', p_bound_to, 'held', now_at);
  insert into ledger.hold_history (hold_id, ordinal, from_state, event, to_state, amount, reason, at)
  values (p_id, 1, null, 'placed', 'held', trim_scale(p_amount), p_bound_to, now_at);
  update ledger.account set held = trim_scale(held + p_amount) where id = a.id;
  return query select 'held', p_id, trim_scale(free - p_amount);
end
$$;

-- Gives back what is left of a hold. Again, or after it was posted in full, nothing happens and zero is released. A reason that is too
-- long is cut: money must not stay reserved because somebody explained himself at length.
create function ledger.release_hold(p_id uuid, p_reason text) returns table (released numeric, state text)
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  h       ledger.hold;
  remains numeric;
  now_at  timestamptz;
begin
  select * into h from ledger.hold where id = p_id;
  if not found then
    raise exception 'there is no hold %', p_id using errcode = 'CE007';
  end if;
  perform from ledger.account where id = h.account_id for no key update;
  select * into h from ledger.hold where id = p_id for update;
  if h.state not in ('held', 'partial') then
    return query select 0::numeric, h.state;
    return;
  end if;

  remains := h.amount - h.posted_amount;
  now_at := storage.clock();
  update ledger.hold set state = 'released', resolved_at = now_at where id = p_id;
  insert into ledger.hold_history (hold_id, ordinal, from_state, event, to_state, amount, reason, at)
  values (p_id, 1 + (select max(o.ordinal) from ledger.hold_history o where o.hold_id = p_id), h.state, 'released', 'released', remains,
          left(p_reason, 200), now_at);
  update ledger.account set held = held - remains where id = h.account_id;
  return query select remains, 'released';
end
$$;

revoke all on all functions in schema ledger from public;
grant execute on function
  ledger.open_account(text, text, text, uuid), ledger.open_accounts(text[], text[], text[], uuid[]),
  ledger.post(uuid, text, text, jsonb, timestamptz, text[], text[], numeric[], uuid, numeric, bigint),
  ledger.place_hold(uuid, text, numeric, text), ledger.release_hold(uuid, text)
  to ce_app;
grant select on all tables in schema ledger to ce_app, ce_read;

create view ledger.v_account as
  select a.id, a.code, a.kind, a.asset, a.owner_id, a.normal_side, a.posted_debit, a.posted_credit, b.balance, a.held,
         b.balance - a.held as available, a.version, a.opened_at
  from   ledger.account a
  cross  join lateral (
    select case a.normal_side when 'debit' then a.posted_debit - a.posted_credit else a.posted_credit - a.posted_debit end) as b(balance);
create view ledger.v_transaction as
  select t.id, t.idempotency_key, t.kind, t.context, t.source_position, t.entry_count, t.effective_at, t.recorded_at
  from   ledger.transaction t;
create view ledger.v_entry as
  select e.account_id, e.version, a.code as account_code, a.owner_id, e.transaction_id, e.ordinal, e.side, e.amount, e.asset,
         e.balance_after, t.kind as transaction_kind, t.context, t.source_position, t.effective_at, t.recorded_at
  from   ledger.entry e
  join   ledger.account a on a.id = e.account_id
  join   ledger.transaction t on t.id = e.transaction_id;
create view ledger.v_hold as
  select h.id, h.account_id, a.code as account_code, a.owner_id, a.asset, h.amount, h.posted_amount,
         case when h.resolved_at is null then h.amount - h.posted_amount else 0 end as remaining,
         h.kind, h.bound_to, h.state, h.created_at, h.resolved_at, h.expires_at
  from   ledger.hold h
  join   ledger.account a on a.id = h.account_id;
create view ledger.v_hold_history as
  select hold_id, ordinal, from_state, event, to_state, amount, reason, transaction_id, at from ledger.hold_history;
create view ledger.v_trial_balance as
  select asset, id as account_id, code, kind, owner_id, posted_debit as debits, posted_credit as credits, balance from ledger.v_account;
-- Each account's counters beside what its entries and open holds add up to; agrees is false where they differ anywhere.
create view ledger.v_account_proof as
  select p.*, (p.posted_debit, p.posted_credit, p.balance, p.held, p.version)
              = (p.entry_debit, p.entry_credit, p.entry_balance, p.open_holds, p.entry_count)
              and p.last_version = p.version as agrees
  from  (select a.id as account_id, a.code, a.asset, a.posted_debit, e.debit as entry_debit, a.posted_credit, e.credit as entry_credit,
                a.balance, coalesce(l.balance_after, 0) as entry_balance, a.held, h.remaining as open_holds, a.version,
                e.entries as entry_count, coalesce(l.version, 0) as last_version
         from   ledger.v_account a
         cross  join lateral (
           select count(*) as entries, coalesce(sum(x.amount) filter (where x.side = 'debit'), 0) as debit,
                  coalesce(sum(x.amount) filter (where x.side = 'credit'), 0) as credit
           from   ledger.entry x where x.account_id = a.id) e
         left   join lateral (
           select x.version, x.balance_after from ledger.entry x where x.account_id = a.id order by x.version desc limit 1) l on true
         cross  join lateral (
           select coalesce(sum(x.amount - x.posted_amount), 0) as remaining
           from   ledger.hold x where x.account_id = a.id and x.state in ('held', 'partial')) h) p;
do $$
declare published text;
begin
  foreach published in array array['account', 'transaction', 'entry', 'hold', 'hold_history', 'trial_balance', 'account_proof'] loop
    execute format('grant select on ledger.%I to ce_app, ce_read', 'v_' || published);
  end loop;
end
$$;
