-- Ledger, second form: postings come in batches and are judged one after another, refusals are answers and may be frozen under their key,
-- accounts have limits or take entries without a lock, entries are partitioned by account, and every transaction carries the hash of its
-- content, so that nothing can be added to it later. What was booked before is converted; keys, ids and versions stay.

drop view ledger.v_account_proof, ledger.v_trial_balance, ledger.v_hold_history, ledger.v_hold, ledger.v_entry, ledger.v_transaction,
  ledger.v_account;
drop function ledger.post(uuid, text, text, jsonb, timestamptz, text[], text[], numeric[], uuid, numeric, bigint);
drop function ledger.spend_hold(uuid, numeric, uuid, text[], text[], numeric[], timestamptz);
drop function ledger.check_lines(text[], text[], numeric[]);
drop function ledger.place_hold(uuid, text, numeric, text);
drop function ledger.release_hold(uuid, text);
drop trigger entry_balances on ledger.entry;
drop trigger transaction_balances on ledger.transaction;
drop function ledger.check_transaction();

-- Strict accounts are locked by a posting, have limits, holds and a version for each entry at once. Append-only ones take entries without
-- a lock and know no limit; a roll-up gives version and running balance afterwards. Nothing here is indexed: updates stay on their page.
alter table ledger.account
  add column policy text not null default 'strict' check (policy in ('strict', 'append_only')),
  add column debits_must_not_exceed_credits boolean not null default false,
  add column credits_must_not_exceed_debits boolean not null default false,
  -- By how much the flag's limit may be passed. It moves: an account may be beyond a limit that was lowered, and then only comes nearer.
  add column overdraft ledger.total not null default 0,
  add column closed boolean not null default false,
  add column tags text[] not null default '{}' check (cardinality(tags) <= 16),
  -- When the newest entry was recorded; time never goes backwards in one account.
  add column recorded_at timestamptz not null default '-infinity',
  add check (not (debits_must_not_exceed_credits and credits_must_not_exceed_debits)),
  add check (policy = 'strict' or not (debits_must_not_exceed_credits or credits_must_not_exceed_debits) and held = 0);
create trigger account_keeps_its_policy before update of policy on ledger.account
  for each row execute function storage.refuse_change();

create table ledger.account_change (
  account_id  bigint not null references ledger.account,
  ordinal     integer not null check (ordinal > 0),
  change      jsonb not null,
  actor       text not null check (length(actor) between 1 and 200),
  reason      text not null check (length(reason) between 1 and 500),
  at          timestamptz not null,
  primary key (account_id, ordinal)
);

-- A request's key, what it asked and what became of it: posted, held, or a refusal that stays one. Narrow and not partitioned, because
-- it is what makes a key unique for ever.
create table ledger.key (
  key             text primary key check (length(key) between 1 and 200),
  fingerprint     bytea not null check (octet_length(fingerprint) = 32),
  outcome         text not null check (outcome ~ '^[a-z_]{1,40}$'),
  transaction_id  uuid unique,
  hold_id         uuid unique,
  culprit         text check (length(culprit) between 1 and 200),
  detail          text check (length(detail) <= 500),
  recorded_at     timestamptz not null,
  check ((outcome = 'posted') = (transaction_id is not null) and (outcome = 'held') = (hold_id is not null))
);
insert into ledger.key (key, fingerprint, outcome, transaction_id, recorded_at)
select idempotency_key, fingerprint, 'posted', id, recorded_at from ledger.transaction;

-- The bytes that a transaction's hash covers. Never jsonb: its text may change with a release of PostgreSQL.
create function ledger.content_hash(
  p_id uuid, p_key text, p_kind text, p_effective_at timestamptz, p_recorded_at timestamptz, p_source bigint, p_actor text, p_node text,
  p_intent uuid, p_call uuid, p_external text, p_reverses uuid, p_group uuid, p_lines text, p_context text)
returns bytea
language plpgsql immutable
set search_path = pg_catalog, pg_temp
as $$
begin
  return sha256(convert_to(format(E'chainexec ledger transaction 1\n%s\n%L\n%s\n%s\n%s\n%L\n%L\n%L\n%L\n%L\n%L\n%L\n%L\n%s\n%s',
    p_id, p_key, p_kind, extract(epoch from p_effective_at), extract(epoch from p_recorded_at), p_source, p_actor, p_node, p_intent,
    p_call, p_external, p_reverses, p_group, p_lines, p_context), 'UTF8'));
end
$$;

alter table ledger.transaction disable trigger user;
alter table ledger.transaction drop constraint transaction_context_check;
alter table ledger.transaction alter column context type json using context::text::json;
alter table ledger.transaction
  add check (json_typeof(context) = 'object' and octet_length(context::text) <= 16384),
  -- Accounts and versions of the entries in their order: the way from a transaction to its entries, along the entries' own primary key.
  add column accounts bigint[],
  add column versions bigint[],
  add column content_hash bytea check (octet_length(content_hash) = 32),
  add column actor text check (length(actor) between 1 and 200),
  add column flow_node text check (length(flow_node) between 1 and 200),
  add column intent_id uuid,
  add column call_id uuid,
  add column external_event text check (length(external_event) between 1 and 200),
  add column reverses uuid,
  add column group_id uuid;
update ledger.transaction t
set    accounts = e.accounts, versions = e.versions,
       content_hash = ledger.content_hash(
         t.id, t.idempotency_key, t.kind, t.effective_at, t.recorded_at, t.source_position, t.actor, t.flow_node, t.intent_id, t.call_id,
         t.external_event, t.reverses, t.group_id, e.lines, t.context::text)
from  (select transaction_id, array_agg(account_id order by ordinal) as accounts, array_agg(version order by ordinal) as versions,
              string_agg(concat_ws(' ', account_id, version, side, amount, asset), E'\n' order by ordinal) as lines
       from   ledger.entry group by transaction_id) e
where  e.transaction_id = t.id;
alter table ledger.transaction enable trigger user;
alter table ledger.transaction
  alter column accounts set not null, alter column versions set not null, alter column content_hash set not null,
  add check (cardinality(accounts) = entry_count and cardinality(versions) = entry_count),
  drop constraint transaction_idempotency_key_key;
create index transaction_by_intent on ledger.transaction (intent_id) where intent_id is not null;
create index transaction_by_call on ledger.transaction (call_id) where call_id is not null;
create index transaction_by_node on ledger.transaction (flow_node) where flow_node is not null;
create index transaction_by_external on ledger.transaction (external_event) where external_event is not null;
create index transaction_by_reverses on ledger.transaction (reverses) where reverses is not null;
create index transaction_by_group on ledger.transaction (group_id) where group_id is not null;

-- One index, the primary key. That an entry's transaction and account exist is checked for all entries of a statement at once, by the
-- trigger below; a foreign key would ask row by row, and what it points to is never deleted.
alter table ledger.entry rename to entry_before;
alter table ledger.entry_before rename constraint entry_pkey to entry_before_pkey;
create table ledger.entry (
  account_id      bigint not null,
  -- Strict: counts the account's entries from 1 without a gap. Append-only: any number, once; ledger.roll has the count.
  version         bigint not null check (version > 0),
  transaction_id  uuid not null,
  ordinal         integer not null check (ordinal > 0),
  side            text not null check (side in ('debit', 'credit')),
  amount          ledger.amount not null,
  asset           text not null,
  balance_after   ledger.balance,
  primary key (account_id, version)
) partition by hash (account_id);
do $$
begin
  for n in 0..7 loop
    execute format('create table ledger.entry_%s partition of ledger.entry for values with (modulus 8, remainder %s)', n, n);
  end loop;
end
$$;
insert into ledger.entry (account_id, version, transaction_id, ordinal, side, amount, asset, balance_after)
select account_id, version, transaction_id, ordinal, side, amount, asset, balance_after from ledger.entry_before;
drop table ledger.entry_before;

-- Append-only accounts: what has no running balance yet, and what the roll-up said, for ever.
create sequence ledger.tail_number;
create table ledger.unrolled (
  account_id  bigint not null,
  version     bigint not null,
  primary key (account_id, version)
);
create table ledger.roll (
  account_id     bigint not null references ledger.account,
  version        bigint not null check (version > 0),
  entry_version  bigint not null,
  debit          ledger.total not null,
  credit         ledger.total not null,
  recorded_at    timestamptz not null,
  primary key (account_id, version),
  unique (account_id, entry_version)
);

-- Holds: an expiry of their own for timed ones, a group that is resolved as one, and where a posting of it goes unless it says otherwise.
alter table ledger.hold
  add column to_account bigint references ledger.account,
  add column group_id uuid,
  add column actor text check (length(actor) between 1 and 200),
  drop constraint hold_state_check,
  add constraint hold_state_check check (state in ('held', 'partial', 'posted', 'released', 'expired')),
  add check (state <> 'expired' or kind = 'timed');
create index hold_due on ledger.hold (expires_at) where state in ('held', 'partial') and expires_at is not null;
create index hold_by_group on ledger.hold (group_id) where group_id is not null;
create trigger hold_keeps_its_group before update of to_account, group_id, actor on ledger.hold
  for each row execute function storage.refuse_change();
alter table ledger.hold_history
  drop constraint hold_history_event_check,
  add constraint hold_history_event_check check (event in ('placed', 'posted_in_part', 'posted_in_full', 'released', 'expired'));

-- The books are closed up to a moment once somebody else than who asked for it has approved.
create table ledger.period_close (
  id            uuid primary key,
  until         timestamptz not null,
  reason        text not null check (length(reason) between 1 and 500),
  requested_by  text not null check (length(requested_by) between 1 and 200),
  requested_at  timestamptz not null,
  approved_by   text check (length(approved_by) between 1 and 200),
  approved_at   timestamptz,
  check ((approved_by is null) = (approved_at is null) and approved_by is distinct from requested_by)
);
create trigger period_close_keeps_its_meaning before delete or update of id, until, reason, requested_by, requested_at
  on ledger.period_close for each row execute function storage.refuse_change();

do $$
declare guarded text;
begin
  foreach guarded in array array['key', 'entry', 'roll', 'account_change'] loop
    execute format('create trigger %I before update or delete on ledger.%I for each row execute function storage.refuse_change()',
      guarded || '_is_append_only', guarded);
  end loop;
  foreach guarded in array array['key', 'entry', 'roll', 'account_change', 'unrolled', 'period_close',
    'entry_0', 'entry_1', 'entry_2', 'entry_3', 'entry_4', 'entry_5', 'entry_6', 'entry_7'] loop
    execute format('create trigger %I before truncate on ledger.%I for each statement execute function storage.refuse_change()',
      guarded || '_is_not_truncated', guarded);
  end loop;
end
$$;

-- The last line of defence, whoever wrote the rows. The entries of a transaction come in one statement: they balance in each asset, and
-- number, places and hash are those of the transaction's row, which cannot change: nothing can be added later.
create function ledger.check_entries() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
set jit = off
set enable_seqscan = off
set enable_mergejoin = off
as $$
declare
  wrong uuid;
begin
  select x.transaction_id into wrong
  from  (select a.transaction_id, count(*) as entries, array_agg(a.account_id order by a.ordinal) as accounts,
                array_agg(a.version order by a.ordinal) as versions, max(a.ordinal) as last_ordinal, count(distinct a.ordinal) as ordinals,
                string_agg(concat_ws(' ', a.account_id, a.version, a.side, a.amount, a.asset), E'\n' order by a.ordinal) as lines
         from   added a group by a.transaction_id) x
  left   join ledger.transaction t on t.id = x.transaction_id
  where  t.id is null or t.entry_count <> x.entries or x.last_ordinal <> x.entries or x.ordinals <> x.entries
  or     t.accounts <> x.accounts or t.versions <> x.versions
  or     t.content_hash <> ledger.content_hash(
           t.id, t.idempotency_key, t.kind, t.effective_at, t.recorded_at, t.source_position, t.actor, t.flow_node, t.intent_id, t.call_id,
           t.external_event, t.reverses, t.group_id, x.lines, t.context::text)
  limit  1;
  if wrong is not null then
    raise exception 'transaction % does not have the entries that it was posted with', wrong using errcode = 'CE002';
  end if;
  select a.transaction_id into wrong from added a group by a.transaction_id, a.asset
  having sum(case a.side when 'debit' then a.amount else -a.amount end) <> 0 limit 1;
  if wrong is not null then
    raise exception 'transaction % is not balanced', wrong using errcode = 'CE002';
  end if;
  select a.transaction_id into wrong
  from   added a left join ledger.account c on c.id = a.account_id
  where  c.asset is distinct from a.asset or (c.policy = 'strict') <> (a.balance_after is not null)
  limit  1;
  if wrong is not null then
    raise exception 'an entry of transaction % is not one of its account', wrong using errcode = 'CE002';
  end if;
  return null;
end
$$;
-- A trigger of the parent does not see what is written to a partition directly.
do $$
declare part text;
begin
  foreach part in array array['entry', 'entry_0', 'entry_1', 'entry_2', 'entry_3', 'entry_4', 'entry_5', 'entry_6', 'entry_7'] loop
    execute format('create trigger %I after insert on ledger.%I referencing new table as added
      for each statement execute function ledger.check_entries()', part || '_is_whole', part);
  end loop;
end
$$;

-- A transaction comes with its entries, in one statement.
create function ledger.check_transactions() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
-- Few rows against a large table: by index, whatever the statistics of a young table say.
set jit = off
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
as $$
declare
  wrong uuid;
begin
  select t.id into wrong
  from   added t
  cross  join lateral (
    select count(*) as entries from unnest(t.accounts, t.versions) as p(account_id, version)
    join   ledger.entry e on e.account_id = p.account_id and e.version = p.version and e.transaction_id = t.id) f
  where  f.entries <> t.entry_count
  limit  1;
  if wrong is not null then
    raise exception 'transaction % does not have its entries', wrong using errcode = 'CE002';
  end if;
  select t.id into wrong from added t
  where  t.reverses is not null and not exists (select from ledger.transaction o where o.id = t.reverses)
  limit  1;
  if wrong is not null then
    raise exception 'transaction % reverses none', wrong using errcode = 'CE002';
  end if;
  return null;
end
$$;
create trigger transaction_is_whole after insert on ledger.transaction referencing new table as added
  for each statement execute function ledger.check_transactions();
