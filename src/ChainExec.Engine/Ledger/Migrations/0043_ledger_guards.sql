-- Ledger: what a review found open. A hold that is resolved is no hold that is there already; a bound hold is released only for what it is
-- bound to; a fact that tells of nothing in the books cannot stop the seal; nothing is judged from a snapshot of before the locks; and
-- turns of the roll-up and the seal wait for one another at tables that nobody else may lock.

-- Locks of tables, as of ledger.period_gate.
create table ledger.roll_gate ();
create table ledger.seal_gate ();

-- What is read after a lock must be what stands then. Only read committed takes a new snapshot for each statement.
create function ledger.require_read_committed() returns void
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
  if current_setting('transaction_isolation') <> 'read committed' then
    raise exception 'the books are written in read committed, not in %', current_setting('transaction_isolation')
      using errcode = 'CE003';
  end if;
end
$$;

-- Several requests may have found the same hold: each keeps its answer.
alter table ledger.key drop constraint key_hold_id_key;

-- As before, but for work that held here before and whose hold is resolved: 'hold_resolved', for nothing is reserved. 'already' only while
-- the hold is open; it is kept under the key like any answer.
create or replace function ledger.place_hold(
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
  answer   text;
  placed   uuid;
begin
  perform ledger.require_read_committed();
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
  if known.state in ('held', 'partial') and known.amount <> p_amount then
    raise exception '% holds % in account % already', p_bound_to, known.amount, p_account using errcode = 'CE006';
  end if;
  answer := case
    when known.state in ('held', 'partial') then 'already'
    when known.id is not null then 'hold_resolved'
    when a.closed then 'account_closed'
    when a.policy = 'append_only' then 'no_holds_here'
    when free < p_amount then 'insufficient_funds'
    else 'held' end;
  placed := case answer when 'held' then p_id when 'already' then known.id end;
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
    values (p_key, decode(p_print, 'hex'), case when placed is null then answer else 'held' end, placed, now_at)
    on conflict (key) do nothing;
    if not found then
      raise exception 'the key was used by another meanwhile' using errcode = 'serialization_failure';
    end if;
  end if;
  return query select answer, placed, trim_scale(free), false;
end
$$;

create or replace function ledger.end_holds(p_ids uuid[], p_event text, p_reason text)
returns table (hold_id uuid, released numeric, state text)
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  now_at timestamptz;
begin
  perform ledger.require_read_committed();
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

-- Gives back what is left of a hold. Again, or after it was posted in full, nothing happens and zero is released. A bound hold is released
-- for what it is bound to only: its whole name, or the part up to a colon that all of a kind have. A reason that is too long is cut: money
-- must not stay reserved because somebody explained himself at length.
drop function ledger.release_hold(uuid, text);
create function ledger.release_hold(p_id uuid, p_by text, p_reason text) returns table (released numeric, state text)
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  known ledger.hold;
begin
  select * into known from ledger.hold h where h.id = p_id;
  if not found then
    raise exception 'there is no hold %', p_id using errcode = 'CE007';
  end if;
  if known.bound_to is distinct from p_by and not coalesce(p_by like '%:' and starts_with(known.bound_to, p_by), false) then
    raise exception 'hold % is bound to something else than %', p_id, p_by using errcode = 'CE003';
  end if;
  return query select e.released, e.state from ledger.end_holds(array[p_id], 'released', p_reason) e;
end
$$;

-- One at a time, with one moment for all that it rolls up: times never go backwards in an account.
create or replace function ledger.roll_up(p_limit integer) returns integer
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  rolled integer;
  now_at timestamptz;
begin
  perform ledger.require_read_committed();
  lock table ledger.roll_gate in exclusive mode;
  now_at := storage.clock();
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
           greatest(now_at, l.recorded_at)
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

create or replace function ledger.version_at(p_account bigint, p_at timestamptz) returns bigint
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
  perform ledger.require_read_committed();
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
    lock table ledger.roll_gate in row share mode;
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

-- The transaction that a fact tells of; nothing for what is no id.
create function ledger.told_transaction(p_payload jsonb) returns uuid
language sql immutable
set search_path = pg_catalog, pg_temp
as $$
  select case when p_payload->>'transaction' ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then (p_payload->>'transaction')::uuid end
$$;

-- Seals the transactions that have a position and no seal, at most so many; how many that were. A fact that is not what a transaction in
-- the books left is passed by: the verification tells of it, and it stops nothing.
create or replace function ledger.seal_next(p_limit integer) returns integer
language plpgsql security definer
set search_path = pg_catalog, pg_temp
-- Along the stream, and each transaction by its key.
set jit = off
set enable_hashjoin = off
set enable_mergejoin = off
as $$
declare
  before  ledger.seal;
  chained bytea;
  sealed  integer := 0;
  fact    record;
begin
  perform ledger.require_read_committed();
  lock table ledger.seal_gate in exclusive mode;
  select * into before from ledger.seal s order by s.number desc limit 1;
  chained := coalesce(before.hash, decode(repeat('00', 32), 'hex'));
  for fact in
    select f.position, f.payload->>'sha256' as sha256
    from   facts.v_stream f
    join   ledger.transaction t on t.id = ledger.told_transaction(f.payload) and encode(t.content_hash, 'hex') = f.payload->>'sha256'
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

-- By somebody else than who asked. Waits for postings under way; what begins later sees the books closed.
create or replace function ledger.approve_close(p_id uuid, p_actor text) returns text
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  c ledger.period_close;
begin
  perform ledger.require_read_committed();
  lock table ledger.period_gate in exclusive mode;
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

revoke all on function ledger.require_read_committed(), ledger.told_transaction(jsonb), ledger.release_hold(uuid, text, text) from public;
grant execute on function ledger.release_hold(uuid, text, text) to ce_app;
