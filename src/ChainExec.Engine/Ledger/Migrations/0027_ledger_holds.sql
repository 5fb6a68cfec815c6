-- Ledger: holds, the roll-up of append-only accounts, changes of accounts, closed periods, and the views.

-- What an account has left for new holds and limited postings.
create function ledger.available(a ledger.account) returns numeric
language plpgsql immutable
set search_path = pg_catalog, pg_temp
as $$
begin
  return case a.normal_side when 'debit' then a.posted_debit - a.posted_credit else a.posted_credit - a.posted_debit end - a.held
    + case when case a.normal_side when 'debit' then a.credits_must_not_exceed_debits else a.debits_must_not_exceed_credits end
      then a.overdraft else 0 end;
end
$$;

-- Reserves money of an account, or says what is available. A bound hold has no expiry, only the end of what it is bound to resolves it; a
-- timed one has. Codes in order: key_reused, account_closed, no_holds_here, insufficient_funds, held; 'already' when the work holds the
-- same there. With a key the answer is kept under it, a refusal too. Available is what is left after the answer.
create function ledger.place_hold(
  p_id uuid, p_account text, p_amount numeric, p_bound_to text, p_lasts interval default null, p_key text default null,
  p_print text default null, p_to text default null, p_group uuid default null, p_actor text default null)
returns table (outcome text, hold_id uuid, available numeric, replayed boolean)
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  a        ledger.account;
  known    ledger.hold;
  answered ledger.key;
  target   bigint;
  free     numeric;
  now_at   timestamptz;
  answer   text := 'held';
begin
  if ledger.amount_problem(p_amount) is not null then
    raise exception 'the hold''s amount %', ledger.amount_problem(p_amount) using errcode = 'CE003';
  end if;
  if (p_bound_to is null) = (p_lasts is null) or p_lasts <= interval '0' or p_lasts > interval '1 year'
     or (p_key is null) <> (p_print is null) or (p_print is not null and p_print !~ '^[0-9a-f]{64}$') then
    raise exception 'a hold is bound to something or lasts up to a year, and a key comes with its fingerprint' using errcode = 'CE003';
  end if;
  select * into a from ledger.account where code = p_account for no key update;
  now_at := storage.clock();
  if p_key is not null then
    select * into answered from ledger.key y where y.key = p_key;
    if found then
      if encode(answered.fingerprint, 'hex') <> p_print then
        return query select 'key_reused', null::uuid, 0::numeric, false;
      else
        return query select answered.outcome, answered.hold_id, coalesce(ledger.available(a), 0), true;
      end if;
      return;
    end if;
  end if;
  if p_to is not null then
    select c.id into target from ledger.account c where c.code = p_to and c.asset = a.asset;
    if target is null then
      raise exception 'account % is not open for %', p_to, a.asset using errcode = 'CE004';
    end if;
  end if;
  free := coalesce(ledger.available(a), 0);

  select * into known from ledger.hold h where h.bound_to = p_bound_to and h.account_id = a.id;
  if found then
    if known.amount <> p_amount then
      raise exception '% holds % in account % already', p_bound_to, known.amount, p_account using errcode = 'CE006';
    end if;
    return query select 'already', known.id, free, false;
    return;
  end if;
  answer := case
    when a.closed then 'account_closed'
    when a.policy = 'append_only' then 'no_holds_here'
    when free < p_amount then 'insufficient_funds'
    else 'held' end;
  if answer = 'held' then
    insert into ledger.hold (id, account_id, amount, kind, bound_to, state, created_at, expires_at, to_account, group_id, actor)
    values (p_id, a.id, trim_scale(p_amount), case when p_lasts is null then 'bound' else 'timed' end, p_bound_to, 'held', now_at,
            now_at + p_lasts, target, p_group, p_actor);
    insert into ledger.hold_history (hold_id, ordinal, from_state, event, to_state, amount, reason, at)
    values (p_id, 1, null, 'placed', 'held', trim_scale(p_amount), coalesce(p_bound_to, 'timed'), now_at);
    update ledger.account set held = trim_scale(held + p_amount) where id = a.id;
    free := free - p_amount;
  end if;
  if p_key is not null then
    insert into ledger.key (key, fingerprint, outcome, hold_id, recorded_at)
    values (p_key, decode(p_print, 'hex'), answer, case answer when 'held' then p_id end, now_at)
    on conflict (key) do nothing;
    if not found then
      raise exception 'the key was used by another meanwhile' using errcode = 'serialization_failure';
    end if;
  end if;
  return query select answer, case answer when 'held' then p_id end, trim_scale(free), false;
end
$$;

-- Ends what is left of holds, under the locks of their accounts: accounts first, in the order of ids, holds after.
create function ledger.end_holds(p_ids uuid[], p_event text, p_reason text)
returns table (hold_id uuid, released numeric, state text)
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  now_at timestamptz;
begin
  perform from ledger.account a where a.id in (select h.account_id from ledger.hold h where h.id = any (p_ids))
  order by a.id for no key update;
  perform from ledger.hold h where h.id = any (p_ids) order by h.id for no key update;
  now_at := storage.clock();
  return query
  with open as materialized (
    select h.id, h.account_id, h.state as from_state, h.amount - h.posted_amount as remains
    from   ledger.hold h
    where  h.id = any (p_ids) and h.state in ('held', 'partial') and (p_event <> 'expired' or h.expires_at <= now_at)),
  ended as (
    update ledger.hold h set state = p_event, resolved_at = now_at from open o where h.id = o.id),
  told as (
    insert into ledger.hold_history (hold_id, ordinal, from_state, event, to_state, amount, reason, at)
    select o.id, 1 + (select max(x.ordinal) from ledger.hold_history x where x.hold_id = o.id), o.from_state, p_event, p_event, o.remains,
           left(p_reason, 200), now_at
    from   open o),
  freed as (
    update ledger.account a set held = trim_scale(a.held - x.remains)
    from  (select o.account_id, sum(o.remains) as remains from open o group by o.account_id) x where a.id = x.account_id)
  select h.id, coalesce(o.remains, 0), case when o.id is null then h.state else p_event end
  from   ledger.hold h left join open o on o.id = h.id
  where  h.id = any (p_ids)
  order  by h.id;
end
$$;

-- Gives back what is left of a hold. Again, or after it was posted in full, nothing happens and zero is released. A reason that is too
-- long is cut: money must not stay reserved because somebody explained himself at length.
create function ledger.release_hold(p_id uuid, p_reason text) returns table (released numeric, state text)
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  if not exists (select from ledger.hold h where h.id = p_id) then
    raise exception 'there is no hold %', p_id using errcode = 'CE007';
  end if;
  return query select e.released, e.state from ledger.end_holds(array[p_id], 'released', p_reason) e;
end
$$;

-- The same for every hold of a group, at most 1,000.
create function ledger.release_group(p_group uuid, p_reason text) returns table (hold_id uuid, released numeric, state text)
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  members uuid[];
begin
  select array_agg(h.id) into members from ledger.hold h where h.group_id = p_group;
  if cardinality(members) > 1000 then
    raise exception 'a group has at most 1000 holds' using errcode = 'CE003';
  end if;
  return query select * from ledger.end_holds(members, 'released', p_reason);
end
$$;

-- Ends timed holds that are past their time; until then they count as pending and cannot be posted.
create function ledger.sweep_holds(p_limit integer) returns integer
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  due uuid[];
begin
  select array_agg(x.id) into due
  from  (select h.id from ledger.hold h where h.state in ('held', 'partial') and h.expires_at <= storage.clock()
         order by h.expires_at limit least(p_limit, 1000)) x;
  if due is null then
    return 0;
  end if;
  return (select count(*) filter (where e.released > 0) from ledger.end_holds(due, 'expired', 'expired') e);
end
$$;

-- Gives entries of append-only accounts their version and what the account had moved by then. One at a time; rows are only added.
create function ledger.roll_up(p_limit integer) returns integer
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  rolled integer;
begin
  perform pg_advisory_xact_lock(76, 2);
  with batch as (
    delete from ledger.unrolled u
    where  (u.account_id, u.version) in (
             select x.account_id, x.version from ledger.unrolled x order by x.version limit least(p_limit, 10000))
    returning u.account_id, u.version),
  told as (
    insert into ledger.roll (account_id, version, entry_version, debit, credit, recorded_at)
    select b.account_id, coalesce(l.version, 0) + row_number() over earlier, b.version,
           coalesce(l.debit, 0) + sum(case e.side when 'debit' then e.amount else 0 end) over earlier,
           coalesce(l.credit, 0) + sum(case e.side when 'credit' then e.amount else 0 end) over earlier,
           greatest(storage.clock(), l.recorded_at)
    from   batch b
    join   ledger.entry e on e.account_id = b.account_id and e.version = b.version
    left   join lateral (select r.version, r.debit, r.credit, r.recorded_at from ledger.roll r where r.account_id = b.account_id
                         order by r.version desc limit 1) l on true
    window earlier as (partition by b.account_id order by b.version rows unbounded preceding)
    returning 1)
  select count(*) into rolled from told;
  return rolled;
end
$$;

-- Opens an account, or finds it open with the same meaning. The policy of an account that is open stays as it is.
create function ledger.open_account(p_code text, p_kind text, p_asset text, p_owner uuid, p_policy text default 'strict') returns bigint
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  found_account ledger.account;
begin
  insert into ledger.account (code, kind, asset, owner_id, policy)
  select p_code, p_kind, p_asset, p_owner, p_policy where not exists (select from ledger.account a where a.code = p_code)
  on conflict (code) do nothing;
  select * into found_account from ledger.account a where a.code = p_code;
  if (found_account.kind, found_account.asset) <> (p_kind, p_asset) or found_account.owner_id is distinct from p_owner then
    raise exception 'account % is open with another kind, asset or owner', p_code using errcode = 'CE005';
  end if;
  return found_account.id;
end
$$;
drop function ledger.open_account(text, text, text, uuid);
drop function ledger.open_accounts(text[], text[], text[], uuid[]);

-- Limits, closing and tags, each change a row. Null leaves as it is.
create function ledger.change_account(
  p_code text, p_debits_limited boolean, p_credits_limited boolean, p_overdraft numeric, p_closed boolean, p_tags text[], p_actor text,
  p_reason text) returns void
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  a ledger.account;
begin
  select * into a from ledger.account where code = p_code for no key update;
  if not found then
    raise exception 'account % is not open', p_code using errcode = 'CE004';
  end if;
  insert into ledger.account_change (account_id, ordinal, change, actor, reason, at)
  select a.id, 1 + coalesce(max(c.ordinal), 0),
         jsonb_strip_nulls(jsonb_build_object('debits_must_not_exceed_credits', p_debits_limited,
           'credits_must_not_exceed_debits', p_credits_limited, 'overdraft', p_overdraft::text, 'closed', p_closed,
           'tags', to_jsonb(p_tags))),
         p_actor, p_reason, storage.clock()
  from   ledger.account_change c where c.account_id = a.id;
  update ledger.account
  set    debits_must_not_exceed_credits = coalesce(p_debits_limited, debits_must_not_exceed_credits),
         credits_must_not_exceed_debits = coalesce(p_credits_limited, credits_must_not_exceed_debits),
         overdraft = coalesce(p_overdraft, overdraft), closed = coalesce(p_closed, closed), tags = coalesce(p_tags, tags)
  where  id = a.id;
end
$$;

create function ledger.request_close(p_id uuid, p_until timestamptz, p_actor text, p_reason text) returns void
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  if p_until is null or not isfinite(p_until) or p_until > storage.clock() then
    raise exception 'books are closed up to a moment that has passed' using errcode = 'CE003';
  end if;
  insert into ledger.period_close (id, until, reason, requested_by, requested_at)
  values (p_id, p_until, p_reason, p_actor, storage.clock());
end
$$;

-- By somebody else than who asked. Waits for postings under way; what begins later sees the books closed.
create function ledger.approve_close(p_id uuid, p_actor text) returns text
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  c ledger.period_close;
begin
  perform pg_advisory_xact_lock(76, 1);
  select * into c from ledger.period_close where id = p_id for update;
  if not found then
    return 'unknown_period';
  elsif c.approved_at is not null then
    return 'approved';
  elsif c.requested_by = p_actor then
    return 'same_person';
  end if;
  update ledger.period_close set approved_by = p_actor, approved_at = storage.clock() where id = p_id;
  return 'approved';
end
$$;

-- Counters of strict accounts; for append-only ones what was rolled up and what waits for it.
create view ledger.v_account as
  select a.id, a.code, a.kind, a.asset, a.owner_id, a.normal_side, c.posted_debit, c.posted_credit, b.balance, a.held,
         b.balance - a.held as available, c.version, a.opened_at, a.policy, a.debits_must_not_exceed_credits,
         a.credits_must_not_exceed_debits, a.overdraft, a.closed, a.tags
  from   ledger.account a
  left   join lateral (
    select r.version, r.debit, r.credit from ledger.roll r
    where  a.policy = 'append_only' and r.account_id = a.id order by r.version desc limit 1) r on true
  left   join lateral (
    select count(*) as entries, sum(e.amount) filter (where e.side = 'debit') as debit,
           sum(e.amount) filter (where e.side = 'credit') as credit
    from   ledger.unrolled u join ledger.entry e on e.account_id = u.account_id and e.version = u.version
    where  a.policy = 'append_only' and u.account_id = a.id) t on true
  cross  join lateral (
    select a.posted_debit + coalesce(r.debit, 0) + coalesce(t.debit, 0) as posted_debit,
           a.posted_credit + coalesce(r.credit, 0) + coalesce(t.credit, 0) as posted_credit,
           a.version + coalesce(r.version, 0) + coalesce(t.entries, 0) as version) c
  cross  join lateral (
    select case a.normal_side when 'debit' then c.posted_debit - c.posted_credit else c.posted_credit - c.posted_debit end) as b(balance);
create view ledger.v_transaction as
  select t.id, t.idempotency_key, t.kind, t.context, t.source_position, t.entry_count, t.effective_at, t.recorded_at, t.accounts,
         t.versions, t.content_hash, t.actor, t.flow_node, t.intent_id, t.call_id, t.external_event, t.reverses, t.group_id
  from   ledger.transaction t;
create view ledger.v_key as
  select k.key, k.outcome, k.transaction_id, k.hold_id, k.culprit, k.detail, k.recorded_at from ledger.key k;
-- Entries with their place in the account. What an append-only account has not rolled up yet is not here, and will be within a moment.
create view ledger.v_entry as
  select e.account_id, e.version, a.code as account_code, a.owner_id, e.transaction_id, e.ordinal, e.side, e.amount, e.asset,
         e.balance_after, t.kind as transaction_kind, t.context, t.source_position, t.effective_at, t.recorded_at
  from   ledger.entry e
  join   ledger.account a on a.id = e.account_id
  join   ledger.transaction t on t.id = e.transaction_id
  where  a.policy = 'strict'
  union  all
  select e.account_id, r.version, a.code, a.owner_id, e.transaction_id, e.ordinal, e.side, e.amount, e.asset,
         case a.normal_side when 'debit' then r.debit - r.credit else r.credit - r.debit end, t.kind, t.context, t.source_position,
         t.effective_at, r.recorded_at
  from   ledger.roll r
  join   ledger.entry e on e.account_id = r.account_id and e.version = r.entry_version
  join   ledger.account a on a.id = e.account_id
  join   ledger.transaction t on t.id = e.transaction_id;
create view ledger.v_hold as
  select h.id, h.account_id, a.code as account_code, a.owner_id, a.asset, h.amount, h.posted_amount,
         case when h.resolved_at is null then h.amount - h.posted_amount else 0 end as remaining,
         h.kind, h.bound_to, h.state, h.created_at, h.resolved_at, h.expires_at, t.code as to_account, h.group_id, h.actor
  from   ledger.hold h
  join   ledger.account a on a.id = h.account_id
  left   join ledger.account t on t.id = h.to_account;
create view ledger.v_hold_history as
  select hold_id, ordinal, from_state, event, to_state, amount, reason, transaction_id, at from ledger.hold_history;
create view ledger.v_account_change as
  select c.account_id, a.code, c.ordinal, c.change, c.actor, c.reason, c.at
  from   ledger.account_change c join ledger.account a on a.id = c.account_id;
create view ledger.v_period_close as
  select id, until, reason, requested_by, requested_at, approved_by, approved_at from ledger.period_close;
create view ledger.v_trial_balance as
  select asset, id as account_id, code, kind, owner_id, posted_debit as debits, posted_credit as credits, balance from ledger.v_account;
-- Each account's counters beside what its entries and open holds add up to; agrees is false where they differ anywhere.
create view ledger.v_account_proof as
  select p.*, (p.posted_debit, p.posted_credit, p.balance, p.held, p.version)
              = (p.entry_debit, p.entry_credit, p.entry_balance, p.open_holds, p.entry_count)
              and p.last_version = p.version as agrees
  from  (select a.id as account_id, a.code, a.asset, a.posted_debit, e.debit as entry_debit, a.posted_credit, e.credit as entry_credit,
                a.balance,
                case when a.policy = 'strict' then coalesce(l.balance_after, 0)
                  else (e.debit - e.credit) * case a.normal_side when 'debit' then 1 else -1 end end as entry_balance,
                a.held, h.remaining as open_holds, a.version,
                e.entries as entry_count, case when a.policy = 'strict' then coalesce(l.version, 0) else e.entries end as last_version
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

-- Services read the tables and run these functions; nothing of the partitions is theirs.
revoke all on all functions in schema ledger from public;
revoke all on all tables in schema ledger from ce_app, ce_read;
grant select on all tables in schema ledger to ce_app, ce_read;
do $$
declare part text;
begin
  foreach part in array array['entry_0', 'entry_1', 'entry_2', 'entry_3', 'entry_4', 'entry_5', 'entry_6', 'entry_7'] loop
    execute format('revoke all on ledger.%I from ce_app, ce_read', part);
  end loop;
end
$$;
grant execute on function
  ledger.post_batch(jsonb, text[], text[], text[], uuid[], text[], integer[], integer[], text[], numeric[], boolean),
  ledger.place_hold(uuid, text, numeric, text, interval, text, text, text, uuid, text),
  ledger.release_hold(uuid, text), ledger.release_group(uuid, text), ledger.sweep_holds(integer), ledger.roll_up(integer),
  ledger.open_account(text, text, text, uuid, text),
  ledger.change_account(text, boolean, boolean, numeric, boolean, text[], text, text),
  ledger.request_close(uuid, timestamptz, text, text), ledger.approve_close(uuid, text)
  to ce_app;
