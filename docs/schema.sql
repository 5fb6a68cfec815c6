-- The schema after all migrations, written by a test (UPDATE_SNAPSHOTS=1 writes it anew). Read it; never run it.

CREATE SCHEMA admission;

CREATE SCHEMA attribution;

CREATE SCHEMA calls;

CREATE SCHEMA custody;

CREATE SCHEMA execution;

CREATE SCHEMA facts;

CREATE SCHEMA flows;

CREATE SCHEMA governance;

CREATE SCHEMA indexing;

CREATE SCHEMA ledger;

CREATE SCHEMA payments;

CREATE SCHEMA storage;

CREATE DOMAIN ledger.amount AS numeric
	CONSTRAINT amount_check CHECK (((VALUE > (0)::numeric) AND (VALUE < '115792089237316195423570985008687907853269984665640564039457584007913129639936'::numeric) AND (scale(VALUE) = 0)));

CREATE DOMAIN ledger.balance AS numeric
	CONSTRAINT balance_check CHECK (((VALUE > '-1000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000'::numeric) AND (VALUE < '1000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000'::numeric) AND (scale(VALUE) = 0)));

CREATE DOMAIN ledger.total AS numeric
	CONSTRAINT total_check CHECK (((VALUE >= (0)::numeric) AND (VALUE < '1000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000'::numeric) AND (scale(VALUE) = 0)));

CREATE FUNCTION custody.keep_decision() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
  if old.state <> 'asked' then
    raise exception 'approval % is % already', old.id, old.state using errcode = 'restrict_violation';
  end if;
  return new;
end
$$;

CREATE FUNCTION execution.keep_effect() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
  if old.carrier_id is not null and new.carrier_id is distinct from old.carrier_id
     and exists (select from execution.prepared_call p join execution.execution e on e.prepared_call_id = p.id
                 where p.slot_id = old.id and p.carrier_id is distinct from old.fill_carrier_id and e.state = 'signed')
     and not exists (select from execution.carrier o
                     join execution.carrier n on n.family_key = o.family_key and n.effect_hash = o.effect_hash
                     where o.id = old.carrier_id and n.id = new.carrier_id) then
    raise exception 'slot % carries signed bytes of another family or effect', old.id using errcode = 'restrict_violation';
  end if;
  return new;
end
$$;

CREATE FUNCTION execution.refuse_new_member() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
  if (select state from execution.carrier where id = new.carrier_id for share) <> 'open' then
    raise exception 'the composition of carrier % is frozen', new.carrier_id using errcode = 'restrict_violation';
  end if;
  return new;
end
$$;

CREATE FUNCTION execution.refuse_release() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
  if new.state = 'released' and old.state not in ('reserved', 'released')
      and (old.state, old.state_before) is distinct from ('taken', 'released') then
    raise exception 'slot % was asked to be signed and cannot be released', old.id using errcode = 'restrict_violation';
  end if;
  if new.lease_epoch < old.lease_epoch then
    raise exception 'the epoch of slot % fell', old.id using errcode = 'restrict_violation';
  end if;
  return new;
end
$$;

CREATE FUNCTION facts.append(p_type text, p_keys text[], p_owners uuid[], p_payloads jsonb[]) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
  now_at timestamptz := storage.clock();
begin
  insert into facts.pending (type, key, owner_id, payload, occurred_at)
  select p_type, f.key, f.owner_id, f.payload, now_at
  from   unnest(p_keys, p_owners, p_payloads) with ordinality as f(key, owner_id, payload, place)
  order  by f.place;
end
$$;

CREATE FUNCTION indexing.check_block_deletion() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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

CREATE FUNCTION indexing.check_block_move() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
  if old.status = 'final' and new.status = 'orphaned' and pg_has_role(session_user, 'ce_owner', 'member')
     and exists (select from indexing.chain where chain_id = old.chain_id and halted_at is not null)
     and not exists (select from indexing.transaction t
                     where t.chain_id = old.chain_id and t.block_hash = old.hash and t.incarnation = old.incarnation
                     and   not exists (select from indexing.undone u
                                       where u.chain_id = t.chain_id and u.tx_hash = t.tx_hash and u.block_hash = t.block_hash
                                       and   u.incarnation = t.incarnation)) then
    return new;
  end if;
  if old.status <> 'canonical' then
    raise exception 'block % of chain % is % and cannot become %', old.number, old.chain_id, old.status, new.status
      using errcode = 'restrict_violation';
  end if;
  return new;
end
$$;

CREATE FUNCTION indexing.check_history_deletion() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
  if exists (select from indexing.block b
             where b.chain_id = old.chain_id and b.hash = old.hash and b.incarnation = old.incarnation) then
    raise exception 'rows of indexing.block_history are append-only' using errcode = 'restrict_violation';
  end if;
  return old;
end
$$;

CREATE FUNCTION indexing.check_logs() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET jit TO 'off'
    SET enable_seqscan TO 'off'
    AS $$
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

CREATE FUNCTION indexing.check_transactions() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET jit TO 'off'
    SET enable_seqscan TO 'off'
    AS $$
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

CREATE FUNCTION indexing.keep_promises() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
  if old.final_number is not null and (new.final_number is null or new.final_number < old.final_number
      or (new.final_number = old.final_number and new.final_hash <> old.final_hash))
     and not (old.halted_at is not null and new.final_number is not null and pg_has_role(session_user, 'ce_owner', 'member')) then
    raise exception 'the final head of chain % cannot go back from % to %', old.chain_id, old.final_number, new.final_number
      using errcode = 'restrict_violation';
  end if;
  if old.halted_at is not null and new.halted_at is null and not pg_has_role(session_user, 'ce_owner', 'member') then
    raise exception 'chain % is halted; an operator ends that', old.chain_id using errcode = 'restrict_violation';
  end if;
  return new;
end
$$;

CREATE FUNCTION indexing.prune_blocks(of_chain bigint, kept interval, heights_max integer) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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

CREATE FUNCTION storage.clock() RETURNS timestamp with time zone
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
  return (select clock_timestamp() + shift from storage.clock_offset);
end
$$;

CREATE TABLE indexing.backfill_range (
    id bigint NOT NULL,
    chain_id bigint NOT NULL,
    from_number bigint NOT NULL,
    to_number bigint NOT NULL,
    to_hash bytea NOT NULL,
    reads text NOT NULL,
    proof text NOT NULL,
    transactions integer NOT NULL,
    logs integer NOT NULL,
    epoch bigint NOT NULL,
    at timestamp with time zone DEFAULT storage.clock() NOT NULL,
    header_proof text DEFAULT 'none'::text NOT NULL,
    CONSTRAINT backfill_range_check CHECK ((to_number >= from_number)),
    CONSTRAINT backfill_range_header_proof_check CHECK ((header_proof = ANY (ARRAY['none'::text, 'header'::text, 'transactions'::text]))),
    CONSTRAINT backfill_range_logs_check CHECK ((logs >= 0)),
    CONSTRAINT backfill_range_proof_check CHECK ((proof = ANY (ARRAY['none'::text, 'bloom'::text, 'receipts'::text]))),
    CONSTRAINT backfill_range_reads_check CHECK ((reads = ANY (ARRAY['transactions'::text, 'logs'::text, 'nothing'::text]))),
    CONSTRAINT backfill_range_to_hash_check CHECK ((octet_length(to_hash) = 32)),
    CONSTRAINT backfill_range_transactions_check CHECK ((transactions >= 0))
);

CREATE FUNCTION indexing.range_over(of_chain bigint, height bigint) RETURNS indexing.backfill_range
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
  select r
  from   indexing.backfill_range r
  where  r.chain_id = of_chain and r.to_number >= height and r.from_number <= height
  and    not exists (select from indexing.reorg x
                     where x.chain_id = of_chain and x.at > r.at and coalesce(x.ancestor_number, -1) < height)
  order  by r.id desc
  limit  1
$$;

CREATE FUNCTION ledger.amount_problem(p_amount numeric) RETURNS text
    LANGUAGE sql IMMUTABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
  select case
    when p_amount is null then 'is missing'
    when p_amount <= 0 then 'is not above zero'
    when p_amount >= 115792089237316195423570985008687907853269984665640564039457584007913129639936 then 'is not below 2^256'
    when p_amount <> trunc(p_amount) then 'is not a whole number of base units'
  end
$$;

CREATE FUNCTION ledger.approve_close(p_id uuid, p_actor text) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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

CREATE TABLE ledger.account (
    id bigint NOT NULL,
    code text NOT NULL,
    kind text NOT NULL,
    asset text NOT NULL,
    owner_id uuid,
    normal_side text GENERATED ALWAYS AS (
CASE
    WHEN (kind = ANY (ARRAY['asset'::text, 'expense'::text])) THEN 'debit'::text
    ELSE 'credit'::text
END) STORED NOT NULL,
    posted_debit ledger.total DEFAULT 0 NOT NULL,
    posted_credit ledger.total DEFAULT 0 NOT NULL,
    held ledger.total DEFAULT 0 NOT NULL,
    version bigint DEFAULT 0 NOT NULL,
    opened_at timestamp with time zone DEFAULT storage.clock() NOT NULL,
    policy text DEFAULT 'strict'::text NOT NULL,
    debits_must_not_exceed_credits boolean DEFAULT false NOT NULL,
    credits_must_not_exceed_debits boolean DEFAULT false NOT NULL,
    overdraft ledger.total DEFAULT 0 NOT NULL,
    closed boolean DEFAULT false NOT NULL,
    tags text[] DEFAULT '{}'::text[] NOT NULL,
    recorded_at timestamp with time zone DEFAULT '-infinity'::timestamp with time zone NOT NULL,
    CONSTRAINT account_asset_check CHECK (((length(asset) <= 64) AND (asset ~ '^[a-z0-9]'::text) AND (asset !~ '[^a-z0-9._-]'::text))),
    CONSTRAINT account_check CHECK ((NOT (debits_must_not_exceed_credits AND credits_must_not_exceed_debits))),
    CONSTRAINT account_check1 CHECK (((policy = 'strict'::text) OR ((NOT (debits_must_not_exceed_credits OR credits_must_not_exceed_debits)) AND ((held)::numeric = (0)::numeric)))),
    CONSTRAINT account_code_check CHECK (((length(code) <= 200) AND (code ~ '^[a-z0-9]'::text) AND (code !~ '[^a-z0-9:._-]'::text))),
    CONSTRAINT account_kind_check CHECK ((kind = ANY (ARRAY['asset'::text, 'liability'::text, 'equity'::text, 'income'::text, 'expense'::text, 'suspense'::text]))),
    CONSTRAINT account_policy_check CHECK ((policy = ANY (ARRAY['strict'::text, 'append_only'::text]))),
    CONSTRAINT account_tags_check CHECK ((cardinality(tags) <= 16)),
    CONSTRAINT account_version_check CHECK ((version >= 0))
)
WITH (fillfactor='70');

CREATE FUNCTION ledger.available(a ledger.account) RETURNS numeric
    LANGUAGE plpgsql IMMUTABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
  return case a.normal_side when 'debit' then a.posted_debit - a.posted_credit else a.posted_credit - a.posted_debit end - a.held
    + case when case a.normal_side when 'debit' then a.credits_must_not_exceed_debits else a.debits_must_not_exceed_credits end
      then a.overdraft else 0 end;
end
$$;

CREATE FUNCTION ledger.change_account(p_code text, p_debits_limited boolean, p_credits_limited boolean, p_overdraft numeric, p_closed boolean, p_tags text[], p_actor text, p_reason text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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

CREATE FUNCTION ledger.check_entries() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET jit TO 'off'
    SET enable_seqscan TO 'off'
    SET enable_hashjoin TO 'off'
    SET enable_mergejoin TO 'off'
    SET enable_material TO 'off'
    AS $$
declare
  wrong uuid;
begin
  select x.transaction_id into wrong
  from  (select a.transaction_id, count(*) as entries, array_agg(a.account_id) as accounts, array_agg(a.version) as versions,
                array_agg(a.ordinal) as ordinals,
                string_agg(concat_ws(' ', a.account_id, a.version, a.side, a.amount, a.asset), E'\n') as lines
         from  (select * from added order by transaction_id, ordinal) a group by a.transaction_id) x
  left   join ledger.transaction t on t.id = x.transaction_id
  where  t.id is null or t.entry_count <> x.entries or x.ordinals[x.entries] <> x.entries or x.ordinals[1] <> 1
  or     t.accounts <> x.accounts or t.versions <> x.versions
  or     t.content_hash <> sha256(convert_to(format(
           E'chainexec ledger transaction 1\n%s\n%L\n%s\n%s\n%s\n%L\n%L\n%L\n%L\n%L\n%L\n%L\n%L\n%s\n%s',
           t.id, t.idempotency_key, t.kind, extract(epoch from t.effective_at), extract(epoch from t.recorded_at), t.source_position,
           t.actor, t.flow_node, t.intent_id, t.call_id, t.external_event, t.reverses, t.group_id, x.lines, t.context::text), 'UTF8'))
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

CREATE FUNCTION ledger.check_items(p_ids uuid[], p_keys text[], p_prints bytea[], p_kinds text[], p_contexts text[], p_effective timestamp with time zone[], p_sources bigint[], p_actors text[], p_nodes text[], p_externals text[], p_holds uuid[], p_hold_amounts numeric[], p_modes text[], p_assets text[], p_line_item integer[], p_line_account integer[], p_line_side text[], p_line_amount numeric[]) RETURNS TABLE(n integer, code text, detail text)
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET enable_hashjoin TO 'on'
    AS $$
begin
  if cardinality(p_ids) not between 1 and 1000 or cardinality(p_line_item) > 100000
     or cardinality(p_line_item) <> cardinality(p_line_account) or cardinality(p_line_item) <> cardinality(p_line_side)
     or cardinality(p_line_item) <> cardinality(p_line_amount) or cardinality(p_keys) <> cardinality(p_ids)
     or cardinality(p_prints) <> cardinality(p_ids) or cardinality(p_kinds) <> cardinality(p_ids)
     or cardinality(p_contexts) <> cardinality(p_ids) or cardinality(p_effective) <> cardinality(p_ids) then
    raise exception 'items and lines do not fit together' using errcode = 'CE003';
  end if;
  return query
  with line as materialized (
    select l.item, l.place::integer as place, l.side, l.amount, p_assets[l.account] as asset,
           case
             when p_assets[l.account] is null then 'the account is missing'
             when l.side is null or l.side not in ('debit', 'credit') then 'the side is neither debit nor credit'
             when l.amount > 0 and l.amount = trunc(l.amount)
               and l.amount < 115792089237316195423570985008687907853269984665640564039457584007913129639936 then null
             else 'the amount ' || coalesce(ledger.amount_problem(l.amount), 'is no number') end as problem
    from   unnest(p_line_item, p_line_account, p_line_side, p_line_amount) with ordinality as l(item, account, side, amount, place)),
  shape as (
    select l.item, min(l.place) as first_line, count(*)::integer as lines, min(l.place) filter (where l.problem is not null) as wrong,
           min(l.asset) = max(l.asset) and min(l.side) <> max(l.side) and min(l.amount) = max(l.amount) as is_even
    from   line l group by l.item),
  uneven as (
    select u.item, min(u.asset) as asset
    from  (select l.item, l.asset from line l where l.problem is null group by l.item, l.asset
           having sum(case l.side when 'debit' then l.amount else -l.amount end) <> 0) u
    group  by u.item),
  judged as (
    select i.n, u.asset as uneven, case
        when i.id is null or i.effective is null or not isfinite(i.effective)
          or i.effective not between timestamptz '1970-01-01T00:00:00Z' and timestamptz '2200-01-01T00:00:00Z'
          then 'id and an effective time from 1970 to 2200 are required'
        when i.key is null or length(i.key) not between 1 and 200 then 'the key has 1 to 200 characters'
        when i.print is null or octet_length(i.print) <> 32 then 'the fingerprint is missing'
        when i.kind is null or length(i.kind) > 60 or i.kind !~ '^[a-z]' or i.kind ~ '[^a-z_.]'
          then 'the kind is 1 to 60 lower-case letters, points and underscores'
        when i.context is null or length(i.context) > 16384
          or (i.context <> '{}' and json_typeof(i.context::json) <> 'object')
          then 'the context is a JSON object of at most 16 KiB'
        when length(i.actor) not between 1 and 200 or length(i.node) not between 1 and 200 or length(i.external) not between 1 and 200
          then 'actor, node and external event have 1 to 200 characters'
        when i.source <= 0 then 'the source position is above zero'
        when coalesce(i.mode, 'fixed') not in ('fixed', 'up_to', 'hold_all') then 'the mode is none of fixed, up_to, hold_all'
        when coalesce(s.lines, 0) not between 2 and 100 then format('a transaction has 2 to 100 entries, not %s', coalesce(s.lines, 0))
        when s.wrong is not null
          then (select format('entry %s: %s', l.place - s.first_line + 1, l.problem) from line l where l.place = s.wrong)
        when i.mode in ('up_to', 'hold_all') and not (s.lines = 2 and s.is_even)
          then 'what is moved up to an amount has one debit and one credit of the same amount'
        when (i.hold is null and (i.hold_amount is not null or i.mode = 'hold_all'))
          or (i.hold is not null and (i.hold_amount is null) <> (coalesce(i.mode, 'fixed') = 'hold_all'))
          or (i.hold is not null and i.mode = 'up_to')
          then 'a hold comes with its amount, or is posted whole'
        when i.hold_amount is not null and ledger.amount_problem(i.hold_amount) is not null
          then 'the hold''s amount ' || ledger.amount_problem(i.hold_amount)
      end as problem
    from   unnest(p_ids, p_keys, p_prints, p_kinds, p_contexts, p_effective, p_sources, p_actors, p_nodes, p_externals, p_holds,
             p_hold_amounts, p_modes) with ordinality
             as i(id, key, print, kind, context, effective, source, actor, node, external, hold, hold_amount, mode, n)
    left   join shape s on s.item = i.n
    left   join uneven u on u.item = i.n)
  select j.n::integer, case when j.problem is not null then 'malformed' else 'unbalanced' end,
         coalesce(j.problem, 'the posting is not balanced in ' || j.uneven)
  from   judged j
  where  j.problem is not null or j.uneven is not null;
end
$$;

CREATE FUNCTION ledger.check_transactions() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET jit TO 'off'
    SET enable_seqscan TO 'off'
    SET enable_hashjoin TO 'off'
    SET enable_memoize TO 'off'
    SET enable_mergejoin TO 'off'
    SET enable_material TO 'off'
    AS $$
declare
  wrong uuid;
begin
  -- Its first entry is there: whoever wrote that one wrote all of them with it, or the guard of entries had refused it.
  select t.id into wrong
  from   added t
  left   join ledger.entry e on e.account_id = t.accounts[1] and e.version = t.versions[1]
  where  e.transaction_id is distinct from t.id
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

CREATE FUNCTION ledger.content_hash(p_id uuid, p_key text, p_kind text, p_effective_at timestamp with time zone, p_recorded_at timestamp with time zone, p_source bigint, p_actor text, p_node text, p_intent uuid, p_call uuid, p_external text, p_reverses uuid, p_group uuid, p_lines text, p_context text) RETURNS bytea
    LANGUAGE plpgsql IMMUTABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
  return sha256(convert_to(format(E'chainexec ledger transaction 1\n%s\n%L\n%s\n%s\n%s\n%L\n%L\n%L\n%L\n%L\n%L\n%L\n%L\n%s\n%s',
    p_id, p_key, p_kind, extract(epoch from p_effective_at), extract(epoch from p_recorded_at), p_source, p_actor, p_node, p_intent,
    p_call, p_external, p_reverses, p_group, p_lines, p_context), 'UTF8'));
end
$$;

CREATE FUNCTION ledger.end_holds(p_ids uuid[], p_event text, p_reason text) RETURNS TABLE(hold_id uuid, released numeric, state text)
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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

CREATE FUNCTION ledger.lock_accounts(p_codes text[]) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
  perform from ledger.account c where c.code = any (p_codes) and c.policy = 'strict' order by c.id for no key update;
end
$$;

CREATE FUNCTION ledger.open_account(p_code text, p_kind text, p_asset text, p_owner uuid, p_policy text DEFAULT 'strict'::text) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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

CREATE FUNCTION ledger.place_hold(p_id uuid, p_account text, p_amount numeric, p_bound_to text, p_lasts interval DEFAULT NULL::interval, p_key text DEFAULT NULL::text, p_print text DEFAULT NULL::text, p_to text DEFAULT NULL::text, p_group uuid DEFAULT NULL::uuid, p_actor text DEFAULT NULL::text) RETURNS TABLE(outcome text, hold_id uuid, available numeric, replayed boolean)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $_$
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
$_$;

CREATE FUNCTION ledger.place_holds(p_ids uuid[], p_accounts text[], p_amounts numeric[], p_bound_to text[]) RETURNS TABLE(hold_id uuid)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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

CREATE FUNCTION ledger.post_batch(p_ids uuid[], p_keys text[], p_prints bytea[], p_kinds text[], p_contexts text[], p_effective timestamp with time zone[], p_sources bigint[], p_actors text[], p_nodes text[], p_intents uuid[], p_calls uuid[], p_externals text[], p_reverses uuid[], p_groups uuid[], p_holds uuid[], p_hold_amounts numeric[], p_modes text[], p_linked boolean[], p_observed boolean[], p_codes text[], p_account_kinds text[], p_assets text[], p_owners uuid[], p_policies text[], p_line_item integer[], p_line_account integer[], p_line_side text[], p_line_amount numeric[], p_freeze boolean) RETURNS TABLE(codes text[], details text[], transactions uuid[], replays boolean[], culprits integer[], versions bigint[], amounts numeric[], balances numeric[])
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET jit TO 'off'
    SET enable_seqscan TO 'off'
    SET enable_hashjoin TO 'off'
    SET enable_mergejoin TO 'off'
    SET enable_material TO 'off'
    SET plan_cache_mode TO 'force_generic_plan'
    AS $_$
#variable_conflict use_column
declare
  items        integer := cardinality(p_ids);
  accounts     integer := cardinality(p_codes);
  i_first integer[]; i_lines integer[]; i_static text[]; i_static_detail text[]; i_effective timestamptz[];
  -- the answer, item by item
  i_code text[]; i_detail text[]; i_culprit integer[]; i_stored boolean[]; i_replay boolean[]; i_transaction uuid[];
  i_start integer[]; i_echo integer[]; is_held boolean;
  -- the accounts as they stand, and as they will
  a_id bigint[]; a_policy text[]; a_debit numeric[]; a_credit numeric[]; a_held numeric[]; a_version bigint[]; a_normal_debit boolean[];
  a_debit_limited boolean[]; a_credit_limited boolean[]; a_overdraft numeric[]; a_closed boolean[]; a_other boolean[];
  a_used boolean[];
  h_id uuid[]; h_account integer[]; h_amount numeric[]; h_posted numeric[]; h_state text[]; h_expires timestamptz[];
  l_version bigint[]; l_balance numeric[]; l_amount numeric[];
  closed_until timestamptz; clock_at timestamptz; now_at timestamptz; last_at timestamptz; locked integer; known record;
  i integer; l integer; a integer; h integer; k integer; start integer; failed integer; problem text; why text;
  amount numeric; moved numeric; excess numeric; missing integer; opened integer; expected integer; written integer; round integer := 0;
  fact_keys text[]; fact_payloads jsonb[]; is_linked boolean; is_appended boolean := false; is_guarded boolean; has_known boolean;
begin
  -- Locks first and reads after only means something when later statements see what others have committed meanwhile.
  if current_setting('transaction_isolation') <> 'read committed' then
    raise exception 'postings are judged in READ COMMITTED transactions only' using errcode = 'CE003';
  end if;
  -- One dimension that begins at 1: what is read by place and what is read in order are the same.
  if 1 <> any (array[
       array_ndims(p_ids), array_ndims(p_keys), array_ndims(p_prints), array_ndims(p_kinds), array_ndims(p_contexts),
       array_ndims(p_effective), array_ndims(p_sources), array_ndims(p_actors), array_ndims(p_nodes), array_ndims(p_intents),
       array_ndims(p_calls), array_ndims(p_externals), array_ndims(p_reverses), array_ndims(p_groups), array_ndims(p_holds),
       array_ndims(p_hold_amounts), array_ndims(p_modes), array_ndims(p_linked), array_ndims(p_observed), array_ndims(p_codes),
       array_ndims(p_account_kinds), array_ndims(p_assets), array_ndims(p_owners), array_ndims(p_policies), array_ndims(p_line_item),
       array_ndims(p_line_account), array_ndims(p_line_side), array_ndims(p_line_amount),
       array_lower(p_ids, 1), array_lower(p_keys, 1), array_lower(p_prints, 1), array_lower(p_kinds, 1), array_lower(p_contexts, 1),
       array_lower(p_effective, 1), array_lower(p_sources, 1), array_lower(p_actors, 1), array_lower(p_nodes, 1),
       array_lower(p_intents, 1), array_lower(p_calls, 1), array_lower(p_externals, 1), array_lower(p_reverses, 1),
       array_lower(p_groups, 1), array_lower(p_holds, 1), array_lower(p_hold_amounts, 1), array_lower(p_modes, 1),
       array_lower(p_linked, 1), array_lower(p_observed, 1), array_lower(p_codes, 1), array_lower(p_account_kinds, 1),
       array_lower(p_assets, 1), array_lower(p_owners, 1), array_lower(p_policies, 1), array_lower(p_line_item, 1),
       array_lower(p_line_account, 1), array_lower(p_line_side, 1), array_lower(p_line_amount, 1)]) then
    raise exception 'arguments have one dimension from 1' using errcode = 'CE003';
  end if;
  if accounts not between 1 and 10000 or cardinality(p_account_kinds) <> accounts or cardinality(p_assets) <> accounts
     or cardinality(p_owners) <> accounts or cardinality(p_policies) <> accounts
     or (select count(distinct c.code) from unnest(p_codes) as c(code)) <> accounts then
    raise exception 'the accounts do not fit together' using errcode = 'CE003';
  end if;
  i_first := array_fill(null::integer, array[items]);
  i_lines := array_fill(0, array[items]);
  for l in 1..cardinality(p_line_item) loop
    i := p_line_item[l];
    if i is null or i not between 1 and items or i < p_line_item[l - 1] then
      raise exception 'items and lines do not fit together' using errcode = 'CE003';
    end if;
    if i_lines[i] = 0 then
      i_first[i] := l;
    end if;
    i_lines[i] := i_lines[i] + 1;
  end loop;
  i_static := array_fill(null::text, array[items]);
  i_static_detail := i_static;
  for known in
    select c.n, c.code, c.detail
    from   ledger.check_items(p_ids, p_keys, p_prints, p_kinds, p_contexts, p_effective, p_sources, p_actors, p_nodes, p_externals, p_holds,
             p_hold_amounts, p_modes, p_assets, p_line_item, p_line_account, p_line_side, p_line_amount) c
  loop
    i_static[known.n] := known.code;
    i_static_detail[known.n] := known.detail;
  end loop;
  is_linked := coalesce(true = any (p_linked), false);
  if p_linked[items] and i_static[items] is null then
    i_static[items] := 'malformed';
    i_static_detail[items] := 'the last posting is linked to none';
  end if;

  -- A posting and the closing of a period never pass each other unseen.
  lock table ledger.period_gate in row share mode;
  loop
    round := round + 1;
    if round > 4 then
      raise exception 'accounts were opened by others meanwhile' using errcode = 'serialization_failure';
    end if;
    -- One statement, in the order of ids: two postings never wait for one another in a circle. What follows reads in later statements.
    select count(*) into locked
    from  (select from ledger.account c where c.code = any (p_codes) and c.policy = 'strict' order by c.id for no key update) held;
    if exists (select from unnest(p_reverses) as r(id) where r.id is not null) then
      perform from ledger.transaction t where t.id = any (p_reverses) order by t.id for no key update;
    end if;
    if exists (select from unnest(p_holds) as r(id) where r.id is not null) then
      perform from ledger.hold b where b.id = any (p_holds) order by b.id for no key update;
    end if;

    select array_agg(x.id), array_agg(x.policy), array_agg(x.debit), array_agg(x.credit), array_agg(x.held), array_agg(x.version),
           array_agg(x.normal_debit), array_agg(x.debit_limited), array_agg(x.credit_limited), array_agg(x.overdraft), array_agg(x.closed),
           array_agg(x.other), max(x.recorded_at)
    into   a_id, a_policy, a_debit, a_credit, a_held, a_version, a_normal_debit, a_debit_limited, a_credit_limited, a_overdraft, a_closed,
           a_other, last_at
    from  (select c.id, coalesce(c.policy, s.policy) as policy, coalesce(c.posted_debit, 0) as debit,
                  coalesce(c.posted_credit, 0) as credit,
                  coalesce(c.held, 0) as held, coalesce(c.version, 0) as version, s.kind in ('asset', 'expense') as normal_debit,
                  coalesce(c.debits_must_not_exceed_credits, false) as debit_limited,
                  coalesce(c.credits_must_not_exceed_debits, false) as credit_limited, coalesce(c.overdraft, 0) as overdraft,
                  coalesce(c.closed, false) as closed, c.recorded_at,
                  c.id is not null and ((c.kind, c.asset) <> (s.kind, s.asset) or c.owner_id is distinct from s.owner_id) as other
           from   unnest(p_codes, p_account_kinds, p_assets, p_owners, p_policies) with ordinality
                    as s(code, kind, asset, owner_id, policy, n)
           left   join ledger.account c on c.code = s.code
           order  by s.n) x;
    -- Opened by another after we locked: seen, and not ours to judge by yet.
    continue when locked <> (select count(*) from unnest(a_id, a_policy) as x(id, policy) where x.id is not null and x.policy = 'strict');
    a_used := array_fill(false, array[accounts]);
    select array_agg(b.id), array_agg(array_position(a_id, b.account_id)), array_agg(b.amount), array_agg(b.posted_amount),
           array_agg(b.state), array_agg(b.expires_at)
    into   h_id, h_account, h_amount, h_posted, h_state, h_expires
    from   ledger.hold b where b.id = any (p_holds);
    select max(p.until) into closed_until from ledger.period_close p where p.approved_at is not null;
    -- Time never goes backwards in an account; whether a hold has expired is said by the clock alone.
    clock_at := storage.clock();
    now_at := greatest(clock_at, last_at);
    i_effective := p_effective;
    is_guarded := true = any (a_other) or true = any (a_closed) or closed_until is not null;
    is_appended := 'append_only' = any (a_policy);
    is_held := 0::numeric < any (a_held);
    i_echo := array_fill(null::integer, array[items]);
    i_code := i_static;
    i_detail := i_static_detail;
    i_culprit := array_fill(null::integer, array[items]);
    i_stored := array_fill(false, array[items]);
    i_replay := array_fill(false, array[items]);
    i_transaction := p_ids;
    select array_agg(n) into i_start from generate_series(1, items) as g(n);
    l_version := array_fill(null::bigint, array[cardinality(p_line_item)]);
    l_balance := array_fill(null::numeric, array[cardinality(p_line_item)]);
    l_amount := p_line_amount;

    if is_linked then
      for i in 2..items loop
        if p_linked[i - 1] then
          i_start[i] := i_start[i - 1];
        end if;
      end loop;
    end if;
    for i in 1..case when is_guarded then items else 0 end loop
      if i_code[i] is null then
        for l in i_first[i]..i_first[i] + i_lines[i] - 1 loop
          if a_other[p_line_account[l]] then
            i_code[i] := 'account_of_another_meaning';
            i_detail[i] := format('account %s is open with another kind, asset or owner', p_codes[p_line_account[l]]);
          end if;
        end loop;
      end if;
    end loop;
    if array_position(a_id, null) is not null then
      for known in
        select s.n
        from   unnest(p_codes, p_account_kinds, p_assets, p_policies, a_id) with ordinality as s(code, kind, asset, policy, id, n)
        where  s.id is null
        and    (s.code !~ '^[a-z0-9][a-z0-9:._-]*$' or length(s.code) > 200 or s.asset !~ '^[a-z0-9][a-z0-9._-]*$' or length(s.asset) > 64
                or (s.kind in ('asset', 'liability', 'equity', 'income', 'expense', 'suspense')) is not true
                or (s.policy in ('strict', 'append_only')) is not true)
      loop
        for l in 1..cardinality(p_line_item) loop
          if p_line_account[l] = known.n and i_code[p_line_item[l]] is null then
            i_code[p_line_item[l]] := 'malformed';
            i_detail[p_line_item[l]] := format('account %s cannot be opened', p_codes[known.n]);
          end if;
        end loop;
      end loop;
    end if;
    -- Keys that are known, with the answer they were given; a key that stands twice in one batch is known the second time.
    has_known := (select count(distinct k.key) from unnest(p_keys) as k(key)) <> items
      or exists (select from ledger.key y where y.key = any (p_keys));
    for known in
      select x.n, y.outcome, y.detail, y.transaction_id, coalesce(y.fingerprint = x.print, false) as same,
             y.key is null and p_prints[array_position(p_keys, x.key)] = x.print as echoed
      from  (select w.*, row_number() over (partition by w.key order by w.n) as turn
             from unnest(p_keys, p_prints) with ordinality as w(key, print, n)) x
      left   join ledger.key y on y.key = x.key
      where  has_known and (y.key is not null or x.turn > 1)
    loop
      continue when i_code[known.n] is not null;
      if known.same then
        i_code[known.n] := known.outcome;
        i_detail[known.n] := known.detail;
        i_replay[known.n] := true;
        i_transaction[known.n] := known.transaction_id;
      else
        i_echo[known.n] := case when known.echoed then array_position(p_keys, p_keys[known.n]) end;
        i_code[known.n] := 'key_reused';
        i_detail[known.n] := format('key %s belongs to another posting', p_keys[known.n]);
      end if;
    end loop;
    -- A member that cannot be judged, or was answered before, takes the others of its group with it, and nothing of the group is stored: a
    -- group is answered again whole or judged whole.
    for i in 1..case when is_linked then items else 0 end loop
      if i_code[i] is not null and i_culprit[i] is null then
        for k in i_start[i]..items loop
          exit when i_start[k] <> i_start[i];
          if k <> i and not i_replay[k] and (i_code[k] is null) then
            i_code[k] := 'linked_failed';
            i_culprit[k] := i;
          end if;
        end loop;
      end if;
    end loop;

    for i in 1..items loop
      continue when i_code[i] is not null;
      problem := null;
      why := null;
      if i_effective[i] <= closed_until and p_observed[i] then
        i_effective[i] := closed_until + interval '1 microsecond';
      elsif i_effective[i] <= closed_until then
        problem := 'period_closed';
        why := format('the books are closed up to %s', to_char(closed_until at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'));
      end if;
      if is_guarded and problem is null and not coalesce(p_observed[i], false) then
        for l in i_first[i]..i_first[i] + i_lines[i] - 1 loop
          if a_closed[p_line_account[l]]
             and (p_holds[i] is null or h_account[array_position(h_id, p_holds[i])] is distinct from p_line_account[l]) then
            problem := 'account_closed';
            why := format('account %s is closed', p_codes[p_line_account[l]]);
          end if;
        end loop;
      end if;
      if problem is null and p_reverses[i] is not null then
        select ledger.reversal_problem(p_reverses[i], array_agg(a_id[p_line_account[n.l]]), array_agg(p_line_side[n.l]),
                                       array_agg(l_amount[n.l]))
        into   problem
        from   generate_series(i_first[array_position(p_reverses, p_reverses[i])], i_first[i] + i_lines[i] - 1) as n(l)
        where  p_line_item[n.l] = i
        or     (p_reverses[p_line_item[n.l]] = p_reverses[i] and i_code[p_line_item[n.l]] = 'posted'
                and not i_replay[p_line_item[n.l]]);
        why := 'transaction ' || p_reverses[i];
      end if;

      h := null;
      if problem is null and p_holds[i] is not null then
        h := array_position(h_id, p_holds[i]);
        if h is null then
          problem := 'unknown_hold';
          why := format('there is no hold %s', p_holds[i]);
        elsif h_state[h] not in ('held', 'partial') or h_posted[h] = h_amount[h] then
          problem := 'hold_resolved';
          why := format('hold %s is %s already', p_holds[i], case when h_posted[h] = h_amount[h] then 'posted' else h_state[h] end);
        elsif h_expires[h] <= clock_at then
          problem := 'hold_expired';
          why := format('hold %s has expired', p_holds[i]);
        else
          moved := case when p_modes[i] = 'hold_all' then h_amount[h] - h_posted[h] else p_hold_amounts[i] end;
          if moved > h_amount[h] - h_posted[h] then
            problem := 'hold_does_not_carry';
            why := format('hold %s has %s left, not %s', p_holds[i], h_amount[h] - h_posted[h], trunc(moved));
          end if;
        end if;
      end if;
      if problem is null and p_modes[i] = 'hold_all' then
        l_amount[i_first[i]] := moved;
        l_amount[i_first[i] + 1] := moved;
      elsif problem is null and p_modes[i] = 'up_to' then
        amount := p_line_amount[i_first[i]];
        for l in i_first[i]..i_first[i] + 1 loop
          a := p_line_account[l];
          -- The side that takes from a strict account gives what is available there, whether or not it is limited.
          if a_policy[a] = 'strict' and (p_line_side[l] = 'debit') <> a_normal_debit[a] then
            amount := least(amount, case when a_normal_debit[a] then a_debit[a] - a_credit[a] else a_credit[a] - a_debit[a] end
                                    - a_held[a] + case when case when a_normal_debit[a] then a_credit_limited[a] else a_debit_limited[a] end
                                                  then a_overdraft[a] else 0 end);
          end if;
        end loop;
        if amount <= 0 then
          problem := 'insufficient_funds';
          why := 'there is nothing to move';
        end if;
        l_amount[i_first[i]] := amount;
        l_amount[i_first[i] + 1] := amount;
      end if;
      if problem is null and h is not null then
        amount := 0;
        for l in i_first[i]..i_first[i] + i_lines[i] - 1 loop
          if p_line_account[l] = h_account[h] and (p_line_side[l] = 'debit') <> a_normal_debit[h_account[h]] then
            amount := amount + l_amount[l];
          end if;
        end loop;
        if h_account[h] is null or moved > amount then
          problem := 'hold_does_not_carry';
          why := format('the posting draws %s from the account of hold %s, not %s', amount, p_holds[i], trunc(moved));
        end if;
      end if;

      failed := null;
      if problem is null then
        for l in i_first[i]..i_first[i] + i_lines[i] - 1 loop
          a := p_line_account[l];
          if a_policy[a] = 'strict' then
            if p_line_side[l] = 'debit' then
              a_debit[a] := a_debit[a] + l_amount[l];
            else
              a_credit[a] := a_credit[a] + l_amount[l];
            end if;
            a_version[a] := a_version[a] + 1;
            l_version[l] := a_version[a];
            l_balance[l] := case when a_normal_debit[a] then a_debit[a] - a_credit[a] else a_credit[a] - a_debit[a] end;
          end if;
        end loop;
        if h is not null then
          a_held[h_account[h]] := a_held[h_account[h]] - moved;
          h_posted[h] := h_posted[h] + moved;
        end if;
        if not coalesce(p_observed[i], false) then
          for l in i_first[i]..i_first[i] + i_lines[i] - 1 loop
            a := p_line_account[l];
            if is_held and a_held[a] > 0
               and not (case when a_normal_debit[a] then a_credit_limited[a] else a_debit_limited[a] end) then
              excess := a_held[a] - case when a_normal_debit[a] then a_debit[a] - a_credit[a] else a_credit[a] - a_debit[a] end;
              amount := case when h is not null and h_account[h] = a then -moved else 0 end;
              for k in i_first[i]..i_first[i] + i_lines[i] - 1 loop
                if p_line_account[k] = a then
                  amount := amount + case when (p_line_side[k] = 'debit') <> a_normal_debit[a] then l_amount[k] else -l_amount[k] end;
                end if;
              end loop;
              if excess > 0 and amount > 0 then
                problem := 'insufficient_funds';
                why := format('account %s: %s are available besides what is held', p_codes[a], amount - excess);
                exit;
              end if;
            end if;
            continue when not (a_debit_limited[a] or a_credit_limited[a]);
            -- What is beyond the limit now, holds counted as spent, and whether this posting brought it there.
            excess := case when a_debit_limited[a]
                then a_debit[a] - a_credit[a] + case when a_normal_debit[a] then 0 else a_held[a] end
                else a_credit[a] - a_debit[a] + case when a_normal_debit[a] then a_held[a] else 0 end end - a_overdraft[a];
            continue when excess <= 0;
            amount := 0;
            for k in i_first[i]..i_first[i] + i_lines[i] - 1 loop
              if p_line_account[k] = a then
                amount := amount + case when (p_line_side[k] = 'debit') = a_debit_limited[a] then l_amount[k] else -l_amount[k] end;
              end if;
            end loop;
            if h is not null and h_account[h] = a and a_debit_limited[a] <> a_normal_debit[a] then
              amount := amount - moved;
            end if;
            if amount > 0 then
              problem := case when a_debit_limited[a] = a_normal_debit[a] then 'limit_exceeded' else 'insufficient_funds' end;
              why := format('account %s: %s are available', p_codes[a], amount - excess);
              exit;
            end if;
          end loop;
        end if;
        if problem is null then
          i_code[i] := 'posted';
          continue;
        end if;
        failed := i;
      end if;

      -- Refused: the answer, and the whole group with it. What earlier members had moved is taken back.
      start := i_start[i];
      for k in reverse case when failed is null then i - 1 else i end..start loop
        continue when k < i and i_code[k] is distinct from 'posted' or i_replay[k];
        for l in reverse i_first[k] + i_lines[k] - 1..i_first[k] loop
          a := p_line_account[l];
          continue when a_policy[a] <> 'strict';
          if p_line_side[l] = 'debit' then
            a_debit[a] := a_debit[a] - l_amount[l];
          else
            a_credit[a] := a_credit[a] - l_amount[l];
          end if;
          a_version[a] := a_version[a] - 1;
        end loop;
        h := array_position(h_id, p_holds[k]);
        if h is not null then
          amount := case when p_modes[k] = 'hold_all' then l_amount[i_first[k]] else p_hold_amounts[k] end;
          a_held[h_account[h]] := a_held[h_account[h]] + amount;
          h_posted[h] := h_posted[h] - amount;
        end if;
      end loop;
      for l in i_first[start]..i_first[i] + i_lines[i] - 1 loop
        l_version[l] := case when a_policy[p_line_account[l]] = 'strict' then a_version[p_line_account[l]] end;
      end loop;
      for k in start..items loop
        exit when i_start[k] <> start;
        continue when i_replay[k];
        i_code[k] := case when k = i then problem else 'linked_failed' end;
        i_detail[k] := case when k = i then why end;
        i_culprit[k] := case when k = i then null else i end;
        i_stored[k] := true;
      end loop;
    end loop;

    -- Accounts that an accepted item needs are opened now; a refused one opens none. In the order of codes, so that two openers never
    -- wait for one another in a circle. Whoever was faster changed what was judged: it is judged again.
    for l in 1..cardinality(p_line_item) loop
      i := p_line_item[l];
      if i_code[i] = 'posted' and not i_replay[i] then
        a_used[p_line_account[l]] := true;
      end if;
    end loop;
    select count(distinct p_codes[n.a]) into missing from generate_series(1, accounts) as n(a) where a_used[n.a] and a_id[n.a] is null;
    exit when missing = 0;
    insert into ledger.account (code, kind, asset, owner_id, policy)
    select distinct on (s.code) s.code, s.kind, s.asset, s.owner_id, s.policy
    from   unnest(p_codes, p_account_kinds, p_assets, p_owners, p_policies, a_used, a_id)
             as s(code, kind, asset, owner_id, policy, used, id)
    where  s.used and s.id is null
    order  by s.code
    on conflict (code) do nothing;
    get diagnostics opened = row_count;
    if opened = missing then
      select array_agg(c.id order by s.n) into a_id
      from   unnest(p_codes) with ordinality as s(code, n) left join ledger.account c on c.code = s.code;
      exit;
    end if;
  end loop;

  -- Numbers for entries of append-only accounts are drawn after everything that can refuse.
  for l in 1..case when is_appended then cardinality(p_line_item) else 0 end loop
    i := p_line_item[l];
    if a_policy[p_line_account[l]] = 'append_only' and i_code[i] = 'posted' and not i_replay[i] then
      l_version[l] := nextval('ledger.tail_number');
    end if;
  end loop;
  select count(*) into expected from generate_series(1, items) as n(i)
  where  not i_replay[n.i] and (i_code[n.i] = 'posted' or p_freeze and i_stored[n.i]);

  if expected > 0 then
    with line as materialized (
      select p_ids[s.item] as transaction_id, s.item, s.place - i_first[s.item] + 1 as ordinal, a_id[s.account] as account_id, s.version,
             s.side, trim_scale(s.amount) as amount, p_assets[s.account] as asset, trim_scale(s.balance) as balance,
             a_policy[s.account] as policy
      from   unnest(p_line_item, p_line_account, p_line_side, l_amount, l_version, l_balance) with ordinality
               as s(item, account, side, amount, version, balance, place)
      where  i_code[s.item] = 'posted' and not i_replay[s.item]),
    body as (
      select b.item, count(*)::integer as entries, array_agg(b.account_id) as accounts, array_agg(b.version) as versions,
             string_agg(concat_ws(' ', b.account_id, b.version, b.side, b.amount, b.asset), E'\n') as lines
      from  (select * from line order by item, ordinal) b group by b.item),
    new_transaction as (
      insert into ledger.transaction (id, idempotency_key, fingerprint, kind, context, source_position, entry_count, effective_at,
        recorded_at, accounts, versions, content_hash, actor, flow_node, intent_id, call_id, external_event, reverses, group_id)
      select p_ids[b.item], p_keys[b.item], p_prints[b.item], p_kinds[b.item], p_contexts[b.item]::json, p_sources[b.item],
             b.entries, i_effective[b.item], now_at, b.accounts, b.versions,
             sha256(convert_to(format(E'chainexec ledger transaction 1\n%s\n%L\n%s\n%s\n%s\n%L\n%L\n%L\n%L\n%L\n%L\n%L\n%L\n%s\n%s',
               p_ids[b.item], p_keys[b.item], p_kinds[b.item], extract(epoch from i_effective[b.item]), extract(epoch from now_at),
               p_sources[b.item], p_actors[b.item], p_nodes[b.item], p_intents[b.item], p_calls[b.item], p_externals[b.item],
               p_reverses[b.item], p_groups[b.item], b.lines, p_contexts[b.item]), 'UTF8')),
             p_actors[b.item], p_nodes[b.item], p_intents[b.item], p_calls[b.item], p_externals[b.item], p_reverses[b.item],
             p_groups[b.item]
      from   body b
      order  by b.item
      returning id, content_hash, entry_count),
    new_entry as (
      insert into ledger.entry (account_id, version, transaction_id, ordinal, side, amount, asset, balance_after)
      select b.account_id, b.version, b.transaction_id, b.ordinal, b.side, b.amount, b.asset, b.balance
      from   line b order by b.item, b.ordinal),
    new_tail as (
      insert into ledger.unrolled (account_id, version) select b.account_id, b.version from line b where b.policy = 'append_only'),
    new_balance as (
      update ledger.account c
      set    posted_debit = trim_scale(x.debit), posted_credit = trim_scale(x.credit), held = trim_scale(x.held), version = x.version,
             recorded_at = now_at
      from   unnest(a_id, a_policy, a_used, a_debit, a_credit, a_held, a_version) as x(id, policy, used, debit, credit, held, version)
      where  c.id = x.id and x.used and x.policy = 'strict'),
    new_key as (
      insert into ledger.key (key, fingerprint, outcome, transaction_id, culprit, detail, recorded_at)
      select p_keys[x.n], p_prints[x.n], i_code[x.n], case i_code[x.n] when 'posted' then p_ids[x.n] end,
             p_keys[i_culprit[x.n]], left(i_detail[x.n], 500), now_at
      from   generate_series(1, items) as x(n)
      where  not i_replay[x.n] and (i_code[x.n] = 'posted' or p_freeze and i_stored[x.n])
      order  by p_keys[x.n]
      on conflict (key) do nothing
      returning 1)
    select (select count(*) from new_key), array_agg('ledger:' || t.id::text),
           array_agg(jsonb_build_object('transaction', t.id, 'sha256', encode(t.content_hash, 'hex'), 'entries', t.entry_count))
    into   written, fact_keys, fact_payloads
    from   new_transaction t;
    if written <> expected then
      raise exception 'a key was used by another posting meanwhile' using errcode = 'serialization_failure';
    end if;
    if fact_keys is not null then
      perform facts.append('ledger.transaction_posted', fact_keys, array_fill(null::uuid, array[cardinality(fact_keys)]), fact_payloads);
    end if;
    if h_id is not null then
      perform ledger.record_hold_use(p_ids, p_holds, i_replay, i_code,
        (select array_agg(case when p_modes[n.i] = 'hold_all' then l_amount[i_first[n.i]] else p_hold_amounts[n.i] end order by n.i)
         from generate_series(1, items) as n(i)), now_at);
    end if;
  end if;

  for i in 1..case when has_known then items else 0 end loop
    k := i_echo[i];
    continue when k is null;
    i_code[i] := i_code[k];
    i_detail[i] := i_detail[k];
    i_culprit[i] := i_culprit[k];
    i_transaction[i] := i_transaction[k];
    i_replay[i] := true;
  end loop;

  -- A repetition is answered with the entries that it made when it was new.
  if true = any (i_replay) then
    for known in
      select x.n, p.place, e.version, e.amount, e.balance_after
      from   unnest(i_transaction, i_code, i_replay) with ordinality as x(id, code, replay, n)
      join   ledger.transaction t on t.id = x.id
      cross  join unnest(t.accounts, t.versions) with ordinality as p(account_id, version, place)
      join   ledger.entry e on e.account_id = p.account_id and e.version = p.version
      where  x.replay and x.code = 'posted'
    loop
      l := i_first[known.n] + known.place - 1;
      l_version[l] := known.version;
      l_amount[l] := known.amount;
      l_balance[l] := known.balance_after;
    end loop;
  end if;
  return query
  select i_code, i_detail,
         (select array_agg(case when x.code = 'posted' then x.id end)
          from  (select * from unnest(i_transaction, i_code) with ordinality as u(id, code, n) order by u.n) x),
         i_replay, i_culprit, l_version, l_amount, l_balance;
end
$_$;

CREATE FUNCTION ledger.record_hold_use(p_transactions uuid[], p_holds uuid[], p_replays boolean[], p_codes text[], p_amounts numeric[], p_now timestamp with time zone) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
  insert into ledger.hold_history (hold_id, ordinal, from_state, event, to_state, amount, reason, transaction_id, at)
  select u.hold_id, (select max(o.ordinal) from ledger.hold_history o where o.hold_id = u.hold_id) + u.turn,
         case when u.posted_amount + u.spent - u.amount_used = 0 then 'held' else 'partial' end,
         case when u.posted_amount + u.spent = u.amount then 'posted_in_full' else 'posted_in_part' end,
         case when u.posted_amount + u.spent = u.amount then 'posted' else 'partial' end, trim_scale(u.amount_used), t.kind, t.id, p_now
  from  (select h.id as hold_id, h.amount, h.posted_amount, x.transaction_id, x.amount as amount_used,
                row_number() over (partition by h.id order by x.n) as turn,
                sum(x.amount) over (partition by h.id order by x.n) as spent
         from   unnest(p_transactions, p_holds, p_replays, p_codes, p_amounts) with ordinality
                  as x(transaction_id, hold_id, replay, code, amount, n)
         join   ledger.hold h on h.id = x.hold_id
         where  x.code = 'posted' and not x.replay) u
  join   ledger.transaction t on t.id = u.transaction_id;
  update ledger.hold h
  set    posted_amount = trim_scale(h.posted_amount + u.spent),
         state = case when h.posted_amount + u.spent = h.amount then 'posted' else 'partial' end,
         resolved_at = case when h.posted_amount + u.spent = h.amount then p_now end
  from  (select x.hold_id, sum(x.amount) as spent
         from   unnest(p_holds, p_replays, p_codes, p_amounts) as x(hold_id, replay, code, amount)
         where  x.hold_id is not null and x.code = 'posted' and not x.replay group by x.hold_id) u
  where  h.id = u.hold_id;
end
$$;

CREATE FUNCTION ledger.release_group(p_group uuid, p_reason text) RETURNS TABLE(hold_id uuid, released numeric, state text)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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

CREATE FUNCTION ledger.release_hold(p_id uuid, p_by text, p_reason text) RETURNS TABLE(released numeric, state text)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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

CREATE FUNCTION ledger.request_close(p_id uuid, p_until timestamp with time zone, p_actor text, p_reason text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
  if p_until is null or not isfinite(p_until) or p_until > storage.clock() then
    raise exception 'books are closed up to a moment that has passed' using errcode = 'CE003';
  end if;
  insert into ledger.period_close (id, until, reason, requested_by, requested_at)
  values (p_id, p_until, p_reason, p_actor, storage.clock());
end
$$;

CREATE FUNCTION ledger.require_read_committed() RETURNS void
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
  if current_setting('transaction_isolation') <> 'read committed' then
    raise exception 'the books are written in read committed, not in %', current_setting('transaction_isolation')
      using errcode = 'CE003';
  end if;
end
$$;

CREATE FUNCTION ledger.reversal_problem(p_original uuid, p_accounts bigint[], p_sides text[], p_amounts numeric[]) RETURNS text
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
  original ledger.transaction;
begin
  select * into original from ledger.transaction t where t.id = p_original;
  if not found then
    return 'unknown_transaction';
  end if;
  if original.reverses is not null then
    return 'reversal_of_reversal';
  end if;
  if exists (
    select from (select w.account_id, w.side, sum(w.amount) as amount
                 from unnest(p_accounts, p_sides, p_amounts) as w(account_id, side, amount) group by w.account_id, w.side) w
    where w.amount > coalesce((
        select sum(e.amount) from unnest(original.accounts, original.versions) as p(account_id, version)
        join   ledger.entry e on e.account_id = p.account_id and e.version = p.version
        where  e.account_id = w.account_id and e.side <> w.side), 0)
      - coalesce((
        select sum(e.amount) from ledger.transaction r cross join unnest(r.accounts, r.versions) as p(account_id, version)
        join   ledger.entry e on e.account_id = p.account_id and e.version = p.version
        where  r.reverses = p_original and e.account_id = w.account_id and e.side = w.side), 0)) then
    return 'reversal_exceeds';
  end if;
  return null;
end
$$;

CREATE FUNCTION ledger.roll_up(p_limit integer) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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

CREATE FUNCTION ledger.seal_link(p_before bytea, p_position bigint, p_sha256 text) RETURNS bytea
    LANGUAGE plpgsql IMMUTABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
  return sha256(p_before || int8send(p_position) || decode(p_sha256, 'hex'));
end
$$;

CREATE FUNCTION ledger.seal_next(p_limit integer) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET jit TO 'off'
    SET enable_hashjoin TO 'off'
    SET enable_mergejoin TO 'off'
    AS $$
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

CREATE FUNCTION ledger.sweep_holds(p_limit integer) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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

CREATE FUNCTION ledger.told_transaction(p_payload jsonb) RETURNS uuid
    LANGUAGE sql IMMUTABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $_$
  select case when p_payload->>'transaction' ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then (p_payload->>'transaction')::uuid end
$_$;

CREATE FUNCTION ledger.version_at(p_account bigint, p_at timestamp with time zone) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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

CREATE FUNCTION storage.refuse_change() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
  raise exception 'rows of %.% are append-only', tg_table_schema, tg_table_name using errcode = 'restrict_violation';
end
$$;

CREATE TABLE admission.request (
    owner_id uuid NOT NULL,
    key text NOT NULL,
    request_hash bytea NOT NULL,
    intent_id uuid NOT NULL,
    response text NOT NULL,
    created_at timestamp with time zone DEFAULT storage.clock() NOT NULL,
    CONSTRAINT request_key_check CHECK (((length(key) >= 1) AND (length(key) <= 255))),
    CONSTRAINT request_request_hash_check CHECK ((octet_length(request_hash) = 32)),
    CONSTRAINT request_response_check CHECK (((length(response) >= 1) AND (length(response) <= 1000000)))
);

CREATE TABLE attribution.call_result (
    transaction_id bigint NOT NULL,
    generation integer NOT NULL,
    ordinal integer NOT NULL,
    operation integer,
    call_index integer,
    intent_id uuid,
    call_id uuid,
    "to" bytea,
    value numeric(78,0) NOT NULL,
    selector bytea,
    reached boolean NOT NULL,
    succeeded boolean NOT NULL,
    frame integer,
    revert_reason text,
    gas_share numeric(78,0) NOT NULL,
    fee_share numeric(78,0) NOT NULL,
    CONSTRAINT call_result_check CHECK ((reached OR (NOT succeeded))),
    CONSTRAINT call_result_check1 CHECK (((operation IS NULL) = (call_index IS NULL))),
    CONSTRAINT call_result_check2 CHECK (((operation IS NOT NULL) OR (call_id IS NOT NULL))),
    CONSTRAINT call_result_check3 CHECK (((call_id IS NULL) = (intent_id IS NULL))),
    CONSTRAINT call_result_fee_share_check CHECK ((fee_share >= (0)::numeric)),
    CONSTRAINT call_result_gas_share_check CHECK ((gas_share >= (0)::numeric)),
    CONSTRAINT call_result_generation_check CHECK ((generation >= 1)),
    CONSTRAINT call_result_ordinal_check CHECK ((ordinal >= 0)),
    CONSTRAINT call_result_revert_reason_check CHECK ((length(revert_reason) <= 1024)),
    CONSTRAINT call_result_selector_check CHECK ((octet_length(selector) = 4)),
    CONSTRAINT call_result_to_check CHECK ((octet_length("to") = 20)),
    CONSTRAINT call_result_value_check CHECK ((value >= (0)::numeric))
);

CREATE TABLE attribution.decision (
    transaction_id bigint NOT NULL,
    generation integer NOT NULL,
    basis text NOT NULL,
    witnesses text[] NOT NULL,
    proven boolean NOT NULL,
    listed_by timestamp with time zone NOT NULL,
    batch_table bytea NOT NULL,
    decided_at timestamp with time zone DEFAULT storage.clock() NOT NULL,
    CONSTRAINT decision_basis_check CHECK ((basis = ANY (ARRAY['receipt'::text, 'trace'::text]))),
    CONSTRAINT decision_batch_table_check CHECK ((octet_length(batch_table) = 32)),
    CONSTRAINT decision_generation_check CHECK ((generation >= 1))
);

CREATE TABLE attribution.factory_child (
    processor text NOT NULL,
    chain_id bigint NOT NULL,
    block_hash bytea NOT NULL,
    incarnation integer NOT NULL,
    tx_hash bytea NOT NULL,
    log_index integer NOT NULL,
    child bytea NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    CONSTRAINT factory_child_child_check CHECK ((octet_length(child) = 20)),
    CONSTRAINT factory_child_version_check CHECK ((version >= 1))
);

CREATE TABLE attribution.finding (
    transaction_id bigint NOT NULL,
    generation integer NOT NULL,
    finding integer NOT NULL,
    ordinal integer NOT NULL,
    kind text NOT NULL,
    expected jsonb,
    observed jsonb,
    found_at timestamp with time zone DEFAULT storage.clock() NOT NULL,
    CONSTRAINT finding_finding_check CHECK ((finding >= 0)),
    CONSTRAINT finding_generation_check CHECK ((generation >= 1)),
    CONSTRAINT finding_kind_check CHECK ((kind = ANY (ARRAY['not_executed'::text, 'failed'::text, 'missing_movement'::text, 'different_amount'::text, 'unexpected_movement'::text])))
);

CREATE TABLE attribution.frame (
    transaction_id bigint NOT NULL,
    generation integer NOT NULL,
    frame integer NOT NULL,
    parent integer,
    depth integer NOT NULL,
    "position" integer NOT NULL,
    type text NOT NULL,
    "from" bytea NOT NULL,
    "to" bytea,
    value numeric(78,0),
    gas numeric(20,0) NOT NULL,
    gas_used numeric(20,0) NOT NULL,
    selector bytea,
    input bytea NOT NULL,
    input_size integer NOT NULL,
    error text,
    revert_reason text,
    undone boolean NOT NULL,
    CONSTRAINT frame_check CHECK ((parent < frame)),
    CONSTRAINT frame_check1 CHECK ((input_size >= octet_length(input))),
    CONSTRAINT frame_check2 CHECK (((parent IS NULL) = (frame = 0))),
    CONSTRAINT frame_depth_check CHECK (((depth >= 0) AND (depth <= 1024))),
    CONSTRAINT frame_error_check CHECK ((length(error) <= 1024)),
    CONSTRAINT frame_frame_check CHECK ((frame >= 0)),
    CONSTRAINT frame_from_check CHECK ((octet_length("from") = 20)),
    CONSTRAINT frame_gas_check CHECK ((gas >= (0)::numeric)),
    CONSTRAINT frame_gas_used_check CHECK ((gas_used >= (0)::numeric)),
    CONSTRAINT frame_generation_check CHECK ((generation >= 1)),
    CONSTRAINT frame_input_check CHECK ((octet_length(input) <= 1028)),
    CONSTRAINT frame_position_check CHECK (("position" >= 0)),
    CONSTRAINT frame_revert_reason_check CHECK ((length(revert_reason) <= 1024)),
    CONSTRAINT frame_selector_check CHECK ((octet_length(selector) = 4)),
    CONSTRAINT frame_to_check CHECK ((octet_length("to") = 20)),
    CONSTRAINT frame_value_check CHECK ((value >= (0)::numeric))
);

CREATE TABLE attribution.log (
    transaction_id bigint NOT NULL,
    generation integer NOT NULL,
    log_index integer NOT NULL,
    role text NOT NULL,
    frame integer,
    ordinal integer,
    CONSTRAINT log_check CHECK (((role = 'call'::text) = (ordinal IS NOT NULL))),
    CONSTRAINT log_generation_check CHECK ((generation >= 1)),
    CONSTRAINT log_log_index_check CHECK ((log_index >= 0)),
    CONSTRAINT log_role_check CHECK ((role = ANY (ARRAY['call'::text, 'overhead'::text, 'unattributed'::text])))
);

CREATE TABLE attribution.movement (
    id bigint NOT NULL,
    chain_id bigint NOT NULL,
    block_hash bytea NOT NULL,
    incarnation integer NOT NULL,
    tx_hash bytea NOT NULL,
    log_index integer NOT NULL,
    kind text NOT NULL,
    asset_id text NOT NULL,
    "from" bytea NOT NULL,
    "to" bytea,
    amount numeric(78,0) NOT NULL,
    processor text NOT NULL,
    intent_id uuid,
    call_id uuid,
    attribution text NOT NULL,
    reason text,
    recorded_at timestamp with time zone DEFAULT storage.clock() NOT NULL,
    CONSTRAINT movement_amount_check CHECK ((amount >= (0)::numeric)),
    CONSTRAINT movement_attribution_check CHECK ((attribution = ANY (ARRAY['single_call'::text, 'call'::text, 'unattributed'::text]))),
    CONSTRAINT movement_block_hash_check CHECK ((octet_length(block_hash) = 32)),
    CONSTRAINT movement_check1 CHECK (((kind = 'gas'::text) = ("to" IS NULL))),
    CONSTRAINT movement_check3 CHECK (((attribution = 'unattributed'::text) = (reason IS NOT NULL))),
    CONSTRAINT movement_check4 CHECK (((call_id IS NULL) OR (intent_id IS NOT NULL))),
    CONSTRAINT movement_from_check CHECK ((octet_length("from") = 20)),
    CONSTRAINT movement_incarnation_check CHECK ((incarnation >= 1)),
    CONSTRAINT movement_kind_check CHECK ((kind = ANY (ARRAY['token'::text, 'native'::text, 'gas'::text]))),
    CONSTRAINT movement_kind_has_its_index CHECK ((((kind = 'token'::text) = (log_index >= 0)) AND ((kind = 'gas'::text) = (log_index = '-2'::integer)) AND ((kind = 'native'::text) = ((log_index = '-1'::integer) OR (log_index < '-2'::integer))))),
    CONSTRAINT movement_names_its_call CHECK (((attribution = 'unattributed'::text) = (call_id IS NULL))),
    CONSTRAINT movement_processor_check CHECK (((length(processor) >= 1) AND (length(processor) <= 100))),
    CONSTRAINT movement_reason_check CHECK ((length(reason) <= 200)),
    CONSTRAINT movement_to_check CHECK ((octet_length("to") = 20)),
    CONSTRAINT movement_tx_hash_check CHECK ((octet_length(tx_hash) = 32))
);

ALTER TABLE attribution.movement ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME attribution.movement_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE attribution.movement_phase (
    movement_id bigint NOT NULL,
    phase text NOT NULL,
    "position" bigint NOT NULL,
    at timestamp with time zone DEFAULT storage.clock() NOT NULL,
    CONSTRAINT movement_phase_phase_check CHECK ((phase = ANY (ARRAY['included'::text, 'confirmed'::text, 'orphaned'::text])))
);

CREATE TABLE attribution.operation (
    transaction_id bigint NOT NULL,
    generation integer NOT NULL,
    operation integer NOT NULL,
    kind text NOT NULL,
    account bytea NOT NULL,
    contract bytea NOT NULL,
    user_op_hash bytea,
    succeeded boolean NOT NULL,
    frame integer NOT NULL,
    CONSTRAINT operation_account_check CHECK ((octet_length(account) = 20)),
    CONSTRAINT operation_contract_check CHECK ((octet_length(contract) = 20)),
    CONSTRAINT operation_generation_check CHECK ((generation >= 1)),
    CONSTRAINT operation_kind_check CHECK ((kind = ANY (ARRAY['direct'::text, 'erc4337'::text, 'safe'::text, 'multicall3'::text, 'eip7702'::text]))),
    CONSTRAINT operation_operation_check CHECK ((operation >= 0)),
    CONSTRAINT operation_user_op_hash_check CHECK ((octet_length(user_op_hash) = 32))
);

CREATE TABLE attribution.own_operation (
    chain_id bigint NOT NULL,
    contract bytea NOT NULL,
    hash bytea NOT NULL,
    intent_id uuid NOT NULL,
    registered_at timestamp with time zone DEFAULT storage.clock() NOT NULL,
    CONSTRAINT own_operation_contract_check CHECK ((octet_length(contract) = 20)),
    CONSTRAINT own_operation_hash_check CHECK ((octet_length(hash) = 32))
);

CREATE TABLE attribution.parked_block (
    id bigint NOT NULL,
    processor text NOT NULL,
    chain_id bigint NOT NULL,
    block_hash bytea NOT NULL,
    incarnation integer NOT NULL,
    block_number bigint NOT NULL,
    waits boolean NOT NULL,
    error text NOT NULL,
    attempts integer DEFAULT 1 NOT NULL,
    retry_requested boolean DEFAULT false NOT NULL,
    parked_at timestamp with time zone DEFAULT storage.clock() NOT NULL,
    resolved_at timestamp with time zone,
    CONSTRAINT parked_block_error_check CHECK ((length(error) <= 4000))
);

ALTER TABLE attribution.parked_block ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME attribution.parked_block_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE attribution.partial (
    processor text NOT NULL,
    chain_id bigint NOT NULL,
    block_hash bytea NOT NULL,
    incarnation integer NOT NULL,
    tx_hash bytea NOT NULL,
    next_log integer NOT NULL,
    CONSTRAINT partial_next_log_check CHECK ((next_log > 0))
);

CREATE TABLE attribution.processed (
    processor text NOT NULL,
    chain_id bigint NOT NULL,
    block_hash bytea NOT NULL,
    incarnation integer NOT NULL,
    tx_hash bytea NOT NULL,
    phase text NOT NULL,
    "position" bigint NOT NULL,
    at timestamp with time zone DEFAULT storage.clock() NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    CONSTRAINT processed_phase_check CHECK ((phase = ANY (ARRAY['included'::text, 'confirmed'::text, 'orphaned'::text]))),
    CONSTRAINT processed_version_check CHECK ((version >= 1))
);

CREATE TABLE attribution.processor (
    name text NOT NULL,
    "position" bigint DEFAULT 0 NOT NULL,
    registered_at timestamp with time zone DEFAULT storage.clock() NOT NULL,
    updated_at timestamp with time zone DEFAULT storage.clock() NOT NULL,
    next_log integer DEFAULT 0 NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    CONSTRAINT processor_name_check CHECK ((name ~ '^[a-z][a-z0-9_.]{0,63}$'::text)),
    CONSTRAINT processor_next_log_check CHECK ((next_log >= 0)),
    CONSTRAINT processor_version_check CHECK ((version >= 1))
);

CREATE TABLE attribution.record (
    id bigint NOT NULL,
    processor text NOT NULL,
    chain_id bigint NOT NULL,
    block_hash bytea NOT NULL,
    incarnation integer NOT NULL,
    tx_hash bytea NOT NULL,
    log_index integer NOT NULL,
    ordinal integer NOT NULL,
    kind text NOT NULL,
    body jsonb NOT NULL,
    intent_id uuid,
    call_id uuid,
    alert_kind text,
    alert_subject text,
    recorded_at timestamp with time zone DEFAULT storage.clock() NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    alert_over boolean DEFAULT false NOT NULL,
    alert_detail text,
    CONSTRAINT record_alert_detail_check CHECK ((length(alert_detail) <= 500)),
    CONSTRAINT record_alert_kind_check CHECK ((length(alert_kind) <= 500)),
    CONSTRAINT record_alert_subject_check CHECK ((length(alert_subject) <= 500)),
    CONSTRAINT record_body_check CHECK ((octet_length((body)::text) <= 65536)),
    CONSTRAINT record_check CHECK (((alert_kind IS NULL) = (alert_subject IS NULL))),
    CONSTRAINT record_kind_check CHECK ((kind ~ '^[a-z][a-z0-9_]{0,63}$'::text)),
    CONSTRAINT record_log_index_check CHECK ((log_index >= '-1'::integer)),
    CONSTRAINT record_ordinal_check CHECK ((ordinal >= 0)),
    CONSTRAINT record_version_check CHECK ((version >= 1))
);

ALTER TABLE attribution.record ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME attribution.record_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE attribution.record_phase (
    record_id bigint NOT NULL,
    phase text NOT NULL,
    "position" bigint NOT NULL,
    at timestamp with time zone DEFAULT storage.clock() NOT NULL,
    CONSTRAINT record_phase_phase_check CHECK ((phase = ANY (ARRAY['included'::text, 'confirmed'::text, 'orphaned'::text])))
);

CREATE TABLE attribution.record_replaced (
    record_id bigint NOT NULL,
    "position" bigint NOT NULL,
    at timestamp with time zone DEFAULT storage.clock() NOT NULL
);

CREATE TABLE attribution.told_fact (
    id bigint NOT NULL,
    processor text NOT NULL,
    version integer NOT NULL,
    chain_id bigint NOT NULL,
    block_hash bytea NOT NULL,
    incarnation integer NOT NULL,
    tx_hash bytea NOT NULL,
    log_index integer NOT NULL,
    type text NOT NULL,
    payload jsonb NOT NULL,
    owner_id uuid,
    ended_by integer,
    withdrawn boolean DEFAULT false NOT NULL,
    CONSTRAINT told_fact_check CHECK ((ended_by > version)),
    CONSTRAINT told_fact_check1 CHECK (((NOT withdrawn) OR (ended_by IS NOT NULL)))
);

ALTER TABLE attribution.told_fact ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME attribution.told_fact_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE attribution.transaction (
    id bigint NOT NULL,
    chain_id bigint NOT NULL,
    block_hash bytea NOT NULL,
    incarnation integer NOT NULL,
    tx_hash bytea NOT NULL,
    state text NOT NULL,
    reason text,
    detail text,
    basis text,
    ended text,
    generation integer DEFAULT 0 NOT NULL,
    told boolean DEFAULT false NOT NULL,
    trace_asked boolean DEFAULT false NOT NULL,
    attempts integer DEFAULT 0 NOT NULL,
    next_attempt_at timestamp with time zone,
    created_at timestamp with time zone DEFAULT storage.clock() NOT NULL,
    updated_at timestamp with time zone DEFAULT storage.clock() NOT NULL,
    CONSTRAINT attributed_has_basis CHECK (((state = 'attributed'::text) = (basis IS NOT NULL))),
    CONSTRAINT orphaned_rests CHECK (((ended IS DISTINCT FROM 'orphaned'::text) OR (next_attempt_at IS NULL))),
    CONSTRAINT told_is_final CHECK (((NOT told) OR (ended = 'confirmed'::text))),
    CONSTRAINT transaction_attempts_check CHECK ((attempts >= 0)),
    CONSTRAINT transaction_basis_check CHECK ((basis = ANY (ARRAY['receipt'::text, 'trace'::text]))),
    CONSTRAINT transaction_block_hash_check CHECK ((octet_length(block_hash) = 32)),
    CONSTRAINT transaction_detail_check CHECK ((length(detail) <= 500)),
    CONSTRAINT transaction_ended_check CHECK ((ended = ANY (ARRAY['confirmed'::text, 'orphaned'::text]))),
    CONSTRAINT transaction_generation_check CHECK ((generation >= 0)),
    CONSTRAINT transaction_incarnation_check CHECK ((incarnation >= 1)),
    CONSTRAINT transaction_reason_check CHECK ((reason = ANY (ARRAY['trace_unavailable'::text, 'trace_mismatch'::text, 'trace_too_large'::text, 'trace_unusable'::text, 'trace_disputed'::text]))),
    CONSTRAINT transaction_state_check CHECK ((state = ANY (ARRAY['waiting'::text, 'attributed'::text, 'not_needed'::text, 'unattributed'::text, 'dropped'::text]))),
    CONSTRAINT transaction_tx_hash_check CHECK ((octet_length(tx_hash) = 32)),
    CONSTRAINT unattributed_has_reason CHECK (((state = 'unattributed'::text) = (reason IS NOT NULL))),
    CONSTRAINT waiting_is_asked_for CHECK (((state <> 'waiting'::text) OR (next_attempt_at IS NOT NULL)))
);

CREATE TABLE attribution.transaction_history (
    id bigint NOT NULL,
    transaction_id bigint NOT NULL,
    from_state text,
    event text NOT NULL,
    to_state text NOT NULL,
    reason text,
    actor text NOT NULL,
    at timestamp with time zone DEFAULT storage.clock() NOT NULL,
    CONSTRAINT transaction_history_reason_check CHECK ((length(reason) <= 500))
);

ALTER TABLE attribution.transaction_history ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME attribution.transaction_history_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

ALTER TABLE attribution.transaction ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME attribution.transaction_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE attribution.undecodable_log (
    chain_id bigint NOT NULL,
    block_hash bytea NOT NULL,
    incarnation integer NOT NULL,
    log_index integer NOT NULL,
    tx_hash bytea NOT NULL,
    processor text NOT NULL,
    reason text NOT NULL,
    recorded_at timestamp with time zone DEFAULT storage.clock() NOT NULL,
    CONSTRAINT undecodable_log_reason_check CHECK ((length(reason) <= 500))
);

CREATE VIEW attribution.v_call_result AS
 SELECT r.transaction_id,
    t.chain_id,
    t.block_hash,
    t.incarnation,
    t.tx_hash,
    t.ended,
    r.ordinal,
    r.operation,
    r.call_index,
    r.intent_id,
    r.call_id,
    r."to",
    r.value,
    r.selector,
    r.reached,
    r.succeeded,
    r.frame,
    r.revert_reason,
    r.gas_share,
    r.fee_share
   FROM (attribution.call_result r
     JOIN attribution.transaction t ON (((t.id = r.transaction_id) AND (t.generation = r.generation))));

CREATE VIEW attribution.v_decision AS
 SELECT d.transaction_id,
    t.chain_id,
    t.block_hash,
    t.incarnation,
    t.tx_hash,
    d.generation,
    (d.generation = t.generation) AS is_newest,
    d.basis,
    d.witnesses,
    d.proven,
    d.listed_by,
    d.batch_table,
    d.decided_at
   FROM (attribution.decision d
     JOIN attribution.transaction t ON ((t.id = d.transaction_id)));

CREATE VIEW attribution.v_finding AS
 SELECT f.transaction_id,
    t.chain_id,
    t.block_hash,
    t.incarnation,
    t.tx_hash,
    t.ended,
    f.finding,
    f.ordinal,
    r.intent_id,
    r.call_id,
    f.kind,
    f.expected,
    f.observed,
    f.found_at
   FROM ((attribution.finding f
     JOIN attribution.transaction t ON (((t.id = f.transaction_id) AND (t.generation = f.generation))))
     JOIN attribution.call_result r ON (((r.transaction_id = f.transaction_id) AND (r.generation = f.generation) AND (r.ordinal = f.ordinal))));

CREATE VIEW attribution.v_frame AS
 SELECT f.transaction_id,
    t.chain_id,
    t.block_hash,
    t.incarnation,
    t.tx_hash,
    f.frame,
    f.parent,
    f.depth,
    f."position",
    f.type,
    f."from",
    f."to",
    f.value,
    f.gas,
    f.gas_used,
    f.selector,
    f.input,
    f.input_size,
    f.error,
    f.revert_reason,
    f.undone
   FROM (attribution.frame f
     JOIN attribution.transaction t ON (((t.id = f.transaction_id) AND (t.generation = f.generation))));

CREATE VIEW attribution.v_internal_transfer AS
 SELECT f.transaction_id,
    t.chain_id,
    t.block_hash,
    t.incarnation,
    t.tx_hash,
    f.frame,
    f."from",
    f."to",
    f.value
   FROM ((attribution.transaction t
     JOIN attribution.decision d ON (((d.transaction_id = t.id) AND (d.generation = t.generation) AND d.proven)))
     JOIN attribution.frame f ON (((f.transaction_id = t.id) AND (f.generation = t.generation))))
  WHERE ((f.frame > 0) AND (f.value > (0)::numeric) AND (NOT f.undone) AND (f.type = ANY (ARRAY['call'::text, 'create'::text, 'create2'::text, 'self_destruct'::text])) AND (f."to" IS NOT NULL) AND (f."to" <> f."from"));

CREATE VIEW attribution.v_log AS
 SELECT l.transaction_id,
    t.chain_id,
    t.block_hash,
    t.incarnation,
    t.tx_hash,
    l.log_index,
    l.role,
    l.frame,
    l.ordinal,
    r.intent_id,
    r.call_id
   FROM ((attribution.log l
     JOIN attribution.transaction t ON (((t.id = l.transaction_id) AND (t.generation = l.generation))))
     LEFT JOIN attribution.call_result r ON (((r.transaction_id = l.transaction_id) AND (r.generation = l.generation) AND (r.ordinal = l.ordinal))));

CREATE VIEW attribution.v_movement AS
 SELECT m.id,
    m.chain_id,
    m.block_hash,
    m.incarnation,
    m.tx_hash,
    m.log_index,
    m.kind,
    m.asset_id,
    m."from",
    m."to",
    m.amount,
    m.processor,
    COALESCE(m.intent_id, l.intent_id) AS intent_id,
    COALESCE(m.call_id, l.call_id) AS call_id,
        CASE
            WHEN ((m.call_id IS NULL) AND (l.call_id IS NOT NULL)) THEN 'call'::text
            ELSE m.attribution
        END AS attribution,
        CASE
            WHEN (l.call_id IS NULL) THEN m.reason
            ELSE NULL::text
        END AS reason,
    m.recorded_at,
        CASE
            WHEN (e.phase IS NULL) THEN 'included'::text
            ELSE e.phase
        END AS phase,
    COALESCE(e."position", i."position") AS phase_position,
    COALESCE(e.at, i.at) AS phase_at
   FROM (((attribution.movement m
     JOIN attribution.movement_phase i ON (((i.movement_id = m.id) AND (i.phase = 'included'::text))))
     LEFT JOIN attribution.movement_phase e ON (((e.movement_id = m.id) AND (e.phase = ANY (ARRAY['confirmed'::text, 'orphaned'::text])))))
     LEFT JOIN attribution.v_log l ON (((l.chain_id = m.chain_id) AND (l.block_hash = m.block_hash) AND (l.incarnation = m.incarnation) AND (l.tx_hash = m.tx_hash) AND (l.log_index = m.log_index))));

CREATE VIEW attribution.v_operation AS
 SELECT o.transaction_id,
    t.chain_id,
    t.block_hash,
    t.incarnation,
    t.tx_hash,
    o.operation,
    o.kind,
    o.account,
    o.contract,
    o.user_op_hash,
    o.succeeded,
    o.frame
   FROM (attribution.operation o
     JOIN attribution.transaction t ON (((t.id = o.transaction_id) AND (t.generation = o.generation))));

CREATE VIEW attribution.v_own_operation AS
 SELECT own_operation.chain_id,
    own_operation.contract,
    own_operation.hash,
    own_operation.intent_id,
    own_operation.registered_at
   FROM attribution.own_operation;

CREATE VIEW attribution.v_parked_block AS
 SELECT parked_block.id,
    parked_block.processor,
    parked_block.chain_id,
    parked_block.block_hash,
    parked_block.incarnation,
    parked_block.block_number,
    parked_block.waits,
    parked_block.error,
    parked_block.attempts,
    parked_block.parked_at
   FROM attribution.parked_block
  WHERE (parked_block.resolved_at IS NULL);

CREATE TABLE facts.stream (
    "position" bigint NOT NULL,
    pending_id bigint NOT NULL,
    type text NOT NULL,
    key text NOT NULL,
    shard_hash integer NOT NULL,
    owner_id uuid,
    payload jsonb NOT NULL,
    occurred_at timestamp with time zone NOT NULL,
    sequenced_at timestamp with time zone NOT NULL,
    CONSTRAINT stream_shard_hash_check CHECK ((shard_hash >= 0))
);

CREATE VIEW facts.v_stream AS
 SELECT stream."position",
    stream.type,
    stream.key,
    stream.owner_id,
    stream.payload,
    stream.occurred_at,
    stream.sequenced_at
   FROM facts.stream;

CREATE VIEW attribution.v_processor AS
 SELECT p.name,
    p."position",
        CASE
            WHEN (n."position" IS NULL) THEN (0)::bigint
            ELSE (( SELECT max(v_stream."position") AS max
               FROM facts.v_stream) - p."position")
        END AS behind,
    p.registered_at,
    p.updated_at,
    ( SELECT count(*) AS count
           FROM attribution.parked_block b
          WHERE ((b.processor = p.name) AND (b.resolved_at IS NULL))) AS parked,
    p.version
   FROM (attribution.processor p
     LEFT JOIN LATERAL ( SELECT s."position"
           FROM facts.v_stream s
          WHERE ((s."position" > p."position") AND (s.type = ANY (ARRAY['attribution.transaction_decided'::text, 'attribution.transaction_confirmed'::text, 'attribution.transaction_reversed'::text])))
          ORDER BY s."position"
         LIMIT 1) n ON (true));

CREATE VIEW attribution.v_record AS
 SELECT r.id,
    r.processor,
    r.version,
    r.chain_id,
    r.block_hash,
    r.incarnation,
    r.tx_hash,
    r.log_index,
    r.ordinal,
    r.kind,
    r.body,
    COALESCE(l.intent_id, r.intent_id) AS intent_id,
    COALESCE(l.call_id, r.call_id) AS call_id,
    r.recorded_at,
        CASE
            WHEN (x.record_id IS NOT NULL) THEN 'replaced'::text
            WHEN (e.phase IS NULL) THEN 'included'::text
            ELSE e.phase
        END AS phase,
    COALESCE(x."position", e."position", i."position") AS phase_position,
    COALESCE(x.at, e.at, i.at) AS phase_at
   FROM ((((attribution.record r
     JOIN attribution.record_phase i ON (((i.record_id = r.id) AND (i.phase = 'included'::text))))
     LEFT JOIN attribution.record_phase e ON (((e.record_id = r.id) AND (e.phase = ANY (ARRAY['confirmed'::text, 'orphaned'::text])))))
     LEFT JOIN attribution.record_replaced x ON ((x.record_id = r.id)))
     LEFT JOIN attribution.v_log l ON (((l.chain_id = r.chain_id) AND (l.block_hash = r.block_hash) AND (l.incarnation = r.incarnation) AND (l.tx_hash = r.tx_hash) AND (l.log_index = r.log_index))));

CREATE VIEW attribution.v_transaction AS
 SELECT transaction.id AS transaction_id,
    transaction.chain_id,
    transaction.block_hash,
    transaction.incarnation,
    transaction.tx_hash,
    transaction.state,
    transaction.reason,
    transaction.detail,
    transaction.basis,
    transaction.ended,
    transaction.generation,
    transaction.attempts,
    transaction.next_attempt_at,
    transaction.created_at,
    transaction.updated_at
   FROM attribution.transaction;

CREATE VIEW attribution.v_undecodable_log AS
 SELECT undecodable_log.chain_id,
    undecodable_log.block_hash,
    undecodable_log.incarnation,
    undecodable_log.log_index,
    undecodable_log.tx_hash,
    undecodable_log.processor,
    undecodable_log.reason,
    undecodable_log.recorded_at
   FROM attribution.undecodable_log;

CREATE TABLE calls.asset (
    id text NOT NULL,
    chain_id bigint NOT NULL,
    contract bytea,
    symbol text NOT NULL,
    decimals integer NOT NULL,
    listed_at timestamp with time zone DEFAULT storage.clock() NOT NULL,
    CONSTRAINT asset_chain_id_check CHECK ((chain_id > 0)),
    CONSTRAINT asset_contract_check CHECK ((octet_length(contract) = 20)),
    CONSTRAINT asset_decimals_check CHECK (((decimals >= 0) AND (decimals <= 77))),
    CONSTRAINT asset_id_check CHECK ((id ~ '^[a-z0-9][a-z0-9.-]{1,62}$'::text)),
    CONSTRAINT asset_symbol_check CHECK (((length(symbol) >= 1) AND (length(symbol) <= 32)))
);

CREATE TABLE calls.call (
    id uuid NOT NULL,
    intent_id uuid NOT NULL,
    ordinal integer NOT NULL,
    chain_id bigint NOT NULL,
    type text NOT NULL,
    request jsonb NOT NULL,
    "to" bytea NOT NULL,
    value numeric(78,0) NOT NULL,
    data bytea NOT NULL,
    expected jsonb NOT NULL,
    category text,
    tags jsonb NOT NULL,
    context jsonb NOT NULL,
    created_at timestamp with time zone DEFAULT storage.clock() NOT NULL,
    CONSTRAINT call_data_check CHECK ((octet_length(data) <= 131072)),
    CONSTRAINT call_ordinal_check CHECK ((ordinal >= 0)),
    CONSTRAINT call_to_check CHECK ((octet_length("to") = 20)),
    CONSTRAINT call_value_check CHECK ((value >= (0)::numeric))
);

CREATE VIEW calls.v_asset AS
 SELECT asset.id,
    asset.chain_id,
    asset.contract,
    asset.symbol,
    asset.decimals
   FROM calls.asset;

CREATE VIEW calls.v_call AS
 SELECT call.id,
    call.intent_id,
    call.ordinal,
    call.chain_id,
    call.type,
    call.request,
    call."to",
    call.value,
    call.data,
    call.expected,
    call.category,
    call.tags,
    call.context,
    call.created_at
   FROM calls.call;

CREATE TABLE custody.account (
    id uuid NOT NULL,
    owner_id uuid NOT NULL,
    chain_id bigint NOT NULL,
    address bytea NOT NULL,
    kind text NOT NULL,
    native_is_customer_money boolean DEFAULT false NOT NULL,
    created_at timestamp with time zone DEFAULT storage.clock() NOT NULL,
    custody text DEFAULT 'server'::text NOT NULL,
    batches boolean DEFAULT false NOT NULL,
    pool_of uuid,
    is_front boolean GENERATED ALWAYS AS ((pool_of IS NULL)) STORED NOT NULL,
    pool_is_front boolean GENERATED ALWAYS AS (
CASE
    WHEN (pool_of IS NOT NULL) THEN true
    ELSE NULL::boolean
END) STORED,
    CONSTRAINT account_address_check CHECK ((octet_length(address) = 20)),
    CONSTRAINT account_chain_id_check CHECK ((chain_id > 0)),
    CONSTRAINT account_custody_check CHECK ((custody = ANY (ARRAY['server'::text, 'user'::text]))),
    CONSTRAINT account_kind_check CHECK ((kind = 'eoa'::text)),
    CONSTRAINT batches_under_server_custody CHECK (((NOT batches) OR (custody = 'server'::text))),
    CONSTRAINT pool_under_server_custody CHECK (((pool_of IS NULL) OR (custody = 'server'::text)))
);

CREATE TABLE custody.approval (
    id uuid NOT NULL,
    intent_id uuid NOT NULL,
    max_total_fee numeric(78,0) NOT NULL,
    state text NOT NULL,
    asked_at timestamp with time zone DEFAULT storage.clock() NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    decided_at timestamp with time zone,
    decided_by text,
    reason text,
    CONSTRAINT approval_check CHECK ((expires_at > asked_at)),
    CONSTRAINT approval_decided_by_check CHECK ((length(decided_by) <= 128)),
    CONSTRAINT approval_max_total_fee_check CHECK ((max_total_fee > (0)::numeric)),
    CONSTRAINT approval_reason_check CHECK ((length(reason) <= 500)),
    CONSTRAINT approval_state_check CHECK ((state = ANY (ARRAY['asked'::text, 'approved'::text, 'rejected'::text, 'expired'::text, 'withdrawn'::text]))),
    CONSTRAINT decided_by_somebody CHECK ((((state = 'asked'::text) = (decided_at IS NULL)) AND ((state = 'asked'::text) = (decided_by IS NULL))))
);

CREATE TABLE custody.signer_journal (
    only_row boolean DEFAULT true NOT NULL,
    journal_id text NOT NULL,
    trusted_at timestamp with time zone DEFAULT storage.clock() NOT NULL,
    trusted_by text NOT NULL,
    CONSTRAINT signer_journal_journal_id_check CHECK (((length(journal_id) >= 1) AND (length(journal_id) <= 128))),
    CONSTRAINT signer_journal_only_row_check CHECK (only_row)
);

CREATE VIEW custody.v_account AS
 SELECT account.id AS account_id,
    account.owner_id,
    account.chain_id,
    account.address,
    account.kind,
    account.native_is_customer_money,
    account.created_at,
    account.custody,
    account.batches,
    account.pool_of
   FROM custody.account;

CREATE VIEW custody.v_approval AS
 SELECT approval.id AS approval_id,
    approval.intent_id,
    approval.max_total_fee,
    approval.state,
    approval.asked_at,
    approval.expires_at,
    approval.decided_at,
    approval.decided_by,
    approval.reason
   FROM custody.approval;

CREATE TABLE execution.adoption (
    slot_id uuid NOT NULL,
    intent_id uuid NOT NULL,
    chain_id bigint NOT NULL,
    tx_hash bytea NOT NULL,
    block_number bigint NOT NULL,
    reason text NOT NULL,
    adopted_by text NOT NULL,
    adopted_at timestamp with time zone DEFAULT storage.clock() NOT NULL,
    CONSTRAINT adoption_reason_check CHECK (((length(reason) >= 1) AND (length(reason) <= 500))),
    CONSTRAINT adoption_tx_hash_check CHECK ((octet_length(tx_hash) = 32))
);

CREATE TABLE execution.carrier (
    id uuid NOT NULL,
    chain_id bigint NOT NULL,
    sender bytea NOT NULL,
    kind text NOT NULL,
    family_key text NOT NULL,
    effect_hash bytea NOT NULL,
    state text NOT NULL,
    created_at timestamp with time zone DEFAULT storage.clock() NOT NULL,
    refused boolean DEFAULT false NOT NULL,
    CONSTRAINT carrier_effect_hash_check CHECK ((octet_length(effect_hash) = 32)),
    CONSTRAINT carrier_kind_check CHECK ((kind = ANY (ARRAY['intent'::text, 'fill'::text, 'unknown_family'::text, 'batch'::text]))),
    CONSTRAINT carrier_sender_check CHECK ((octet_length(sender) = 20)),
    CONSTRAINT carrier_state_check CHECK ((state = ANY (ARRAY['open'::text, 'frozen'::text, 'resolved'::text])))
);

CREATE TABLE execution.carrier_call (
    carrier_id uuid NOT NULL,
    ordinal integer NOT NULL,
    family_key text NOT NULL,
    CONSTRAINT carrier_call_family_key_check CHECK ((family_key ~ '^[A-Za-z0-9._:-]{1,128}$'::text)),
    CONSTRAINT carrier_call_ordinal_check CHECK (((ordinal >= 0) AND (ordinal <= 99)))
);

CREATE TABLE execution.carrier_member (
    carrier_id uuid NOT NULL,
    intent_id uuid NOT NULL,
    resolved_at timestamp with time zone
);

CREATE TABLE execution.execution (
    id uuid NOT NULL,
    prepared_call_id uuid NOT NULL,
    state text NOT NULL,
    tx_hash bytea,
    raw bytea,
    requested_at timestamp with time zone DEFAULT storage.clock() NOT NULL,
    answered_at timestamp with time zone,
    refusal text,
    CONSTRAINT execution_refusal_check CHECK ((length(refusal) <= 2000)),
    CONSTRAINT execution_state_check CHECK ((state = ANY (ARRAY['requested'::text, 'signed'::text, 'refused'::text]))),
    CONSTRAINT execution_tx_hash_check CHECK ((octet_length(tx_hash) = 32)),
    CONSTRAINT signed_has_bytes CHECK ((((state = 'signed'::text) = (tx_hash IS NOT NULL)) AND ((state = 'signed'::text) = (raw IS NOT NULL))))
);

CREATE TABLE execution.head_of_line (
    chain_id bigint NOT NULL,
    sender bytea NOT NULL,
    slot_id uuid NOT NULL,
    phase text NOT NULL,
    since timestamp with time zone DEFAULT storage.clock() NOT NULL,
    stuck_at timestamp with time zone,
    CONSTRAINT head_of_line_phase_check CHECK ((phase = ANY (ARRAY['reserved'::text, 'sign_requested'::text, 'signed'::text, 'sent'::text]))),
    CONSTRAINT head_of_line_sender_check CHECK ((octet_length(sender) = 20))
);

CREATE TABLE execution.history (
    id bigint NOT NULL,
    machine text NOT NULL,
    entity_id uuid NOT NULL,
    from_state text,
    event text NOT NULL,
    to_state text NOT NULL,
    reason text,
    evidence jsonb DEFAULT '{}'::jsonb NOT NULL,
    actor text NOT NULL,
    at timestamp with time zone DEFAULT storage.clock() NOT NULL,
    CONSTRAINT history_machine_check CHECK ((machine = ANY (ARRAY['intent'::text, 'slot'::text, 'carrier'::text, 'execution'::text, 'node'::text])))
);

ALTER TABLE execution.history ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME execution.history_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE execution.incident (
    id uuid NOT NULL,
    kind text NOT NULL,
    subject text NOT NULL,
    chain_id bigint NOT NULL,
    sender bytea,
    detail text NOT NULL,
    evidence jsonb DEFAULT '{}'::jsonb NOT NULL,
    opened_at timestamp with time zone DEFAULT storage.clock() NOT NULL,
    closed_at timestamp with time zone,
    CONSTRAINT incident_detail_check CHECK ((length(detail) <= 2000))
);

CREATE TABLE execution.intent (
    id uuid NOT NULL,
    root_id uuid NOT NULL,
    parent_id uuid,
    owner_id uuid NOT NULL,
    chain_id bigint NOT NULL,
    account_id uuid NOT NULL,
    sender bytea NOT NULL,
    family_key text NOT NULL,
    client_reference text,
    state text NOT NULL,
    reason text,
    detail text,
    spends boolean NOT NULL,
    treasury boolean DEFAULT false NOT NULL,
    hold_id uuid,
    deadline timestamp with time zone,
    max_total_fee numeric(78,0) NOT NULL,
    created_by text NOT NULL,
    created_at timestamp with time zone DEFAULT storage.clock() NOT NULL,
    updated_at timestamp with time zone DEFAULT storage.clock() NOT NULL,
    next_step_at timestamp with time zone,
    leased_by text,
    leased_until timestamp with time zone,
    lease_epoch bigint DEFAULT 0 NOT NULL,
    attempts integer DEFAULT 0 NOT NULL,
    needs_operator text,
    wish text,
    rungs_max integer NOT NULL,
    generation integer DEFAULT 0 NOT NULL,
    on_revert text DEFAULT 'fail'::text NOT NULL,
    priority integer DEFAULT 5 NOT NULL,
    shares boolean DEFAULT true NOT NULL,
    front_id uuid,
    CONSTRAINT hold_before_preparing CHECK (((NOT spends) OR treasury OR (hold_id IS NOT NULL) OR (state = ANY (ARRAY['created'::text, 'waiting'::text, 'cancelled'::text, 'expired'::text])))),
    CONSTRAINT intent_check CHECK (((parent_id IS NULL) = (root_id = id))),
    CONSTRAINT intent_client_reference_check CHECK (((length(client_reference) >= 1) AND (length(client_reference) <= 128))),
    CONSTRAINT intent_detail_check CHECK ((length(detail) <= 2000)),
    CONSTRAINT intent_family_key_check CHECK ((family_key ~ '^[A-Za-z0-9._:-]{1,128}$'::text)),
    CONSTRAINT intent_generation_check CHECK (((generation >= 0) AND (generation <= 16))),
    CONSTRAINT intent_max_total_fee_check CHECK ((max_total_fee > (0)::numeric)),
    CONSTRAINT intent_needs_operator_check CHECK ((length(needs_operator) <= 4000)),
    CONSTRAINT intent_on_revert_check CHECK ((on_revert = ANY (ARRAY['fail'::text, 'retry'::text]))),
    CONSTRAINT intent_priority_check CHECK (((priority >= 0) AND (priority <= 9))),
    CONSTRAINT intent_reason_check CHECK ((length(reason) <= 64)),
    CONSTRAINT intent_rungs_max_check CHECK (((rungs_max >= 1) AND (rungs_max <= 64))),
    CONSTRAINT intent_sender_check CHECK ((octet_length(sender) = 20)),
    CONSTRAINT intent_state_check CHECK ((state = ANY (ARRAY['created'::text, 'waiting'::text, 'preparing'::text, 'signing'::text, 'executing'::text, 'included'::text, 'cancelling'::text, 'confirmed'::text, 'failed'::text, 'cancelled'::text, 'expired'::text, 'escalated'::text]))),
    CONSTRAINT intent_wish_check CHECK ((wish = ANY (ARRAY['cancel'::text, 'deadline'::text, 'freeze'::text, 'would_revert'::text, 'unsendable'::text])))
)
WITH (fillfactor='60');

CREATE TABLE execution.intent_dependency (
    intent_id uuid NOT NULL,
    depends_on uuid NOT NULL,
    CONSTRAINT intent_dependency_check CHECK ((intent_id <> depends_on))
);

CREATE TABLE execution.lane (
    chain_id bigint NOT NULL,
    sender bytea NOT NULL,
    first_nonce bigint NOT NULL,
    opened_at timestamp with time zone DEFAULT storage.clock() NOT NULL,
    CONSTRAINT lane_first_nonce_check CHECK ((first_nonce >= 0)),
    CONSTRAINT lane_sender_check CHECK ((octet_length(sender) = 20))
);

CREATE TABLE execution.node (
    id uuid NOT NULL,
    execution_id uuid NOT NULL,
    provider text NOT NULL,
    state text NOT NULL,
    answer_class text,
    answer text,
    sends integer DEFAULT 0 NOT NULL,
    first_sent_at timestamp with time zone,
    last_sent_at timestamp with time zone,
    answered_at timestamp with time zone,
    provider_head bigint,
    CONSTRAINT node_answer_check CHECK ((length(answer) <= 500)),
    CONSTRAINT node_state_check CHECK ((state = ANY (ARRAY['unknown'::text, 'accepted'::text, 'refused'::text])))
);

CREATE TABLE execution.nonce_check (
    slot_id uuid NOT NULL,
    final_number bigint NOT NULL,
    answers text DEFAULT ''::text NOT NULL,
    checked_at timestamp with time zone DEFAULT storage.clock() NOT NULL,
    CONSTRAINT nonce_check_answers_check CHECK ((length(answers) <= 2000))
);

CREATE TABLE execution.nonce_slot (
    id uuid NOT NULL,
    chain_id bigint NOT NULL,
    kind text DEFAULT 'eoa'::text NOT NULL,
    account bytea NOT NULL,
    key numeric(58,0) DEFAULT 0 NOT NULL,
    nonce bigint NOT NULL,
    carrier_id uuid,
    state text NOT NULL,
    state_before text,
    tx_hash bytea,
    block_hash bytea,
    block_number bigint,
    signer_told boolean DEFAULT false NOT NULL,
    created_at timestamp with time zone DEFAULT storage.clock() NOT NULL,
    updated_at timestamp with time zone DEFAULT storage.clock() NOT NULL,
    next_step_at timestamp with time zone,
    leased_by text,
    leased_until timestamp with time zone,
    lease_epoch bigint DEFAULT 0 NOT NULL,
    needs_operator text,
    fill_carrier_id uuid,
    CONSTRAINT carrier_unless_foreign CHECK (((carrier_id IS NOT NULL) OR (state = ANY (ARRAY['released'::text, 'taken'::text, 'externally_consumed'::text])))),
    CONSTRAINT mined_has_block CHECK ((((state <> ALL (ARRAY['mined'::text, 'finalized'::text, 'filled'::text, 'taken'::text, 'adopted'::text])) OR ((tx_hash IS NOT NULL) AND (block_hash IS NOT NULL) AND (block_number IS NOT NULL))) AND ((state <> 'externally_consumed'::text) OR ((block_hash IS NOT NULL) AND (block_number IS NOT NULL))))),
    CONSTRAINT nonce_slot_account_check CHECK ((octet_length(account) = 20)),
    CONSTRAINT nonce_slot_block_hash_check CHECK ((octet_length(block_hash) = 32)),
    CONSTRAINT nonce_slot_key_check CHECK ((key >= (0)::numeric)),
    CONSTRAINT nonce_slot_kind_check CHECK ((kind = 'eoa'::text)),
    CONSTRAINT nonce_slot_needs_operator_check CHECK ((length(needs_operator) <= 4000)),
    CONSTRAINT nonce_slot_nonce_check CHECK ((nonce >= 0)),
    CONSTRAINT nonce_slot_state_check CHECK ((state = ANY (ARRAY['reserved'::text, 'released'::text, 'sign_requested'::text, 'signed'::text, 'broadcast_unknown'::text, 'accepted'::text, 'mined'::text, 'finalized'::text, 'filled'::text, 'taken'::text, 'adopted'::text, 'externally_consumed'::text]))),
    CONSTRAINT nonce_slot_tx_hash_check CHECK ((octet_length(tx_hash) = 32)),
    CONSTRAINT released_is_empty CHECK (((state <> 'released'::text) OR (carrier_id IS NULL))),
    CONSTRAINT taken_remembers CHECK (((state = 'taken'::text) = (state_before IS NOT NULL)))
)
WITH (fillfactor='60');

CREATE TABLE execution.prepared_call (
    id uuid NOT NULL,
    carrier_id uuid NOT NULL,
    effect_hash bytea NOT NULL,
    slot_id uuid NOT NULL,
    state text NOT NULL,
    "to" bytea NOT NULL,
    value numeric(78,0) NOT NULL,
    data bytea NOT NULL,
    gas_limit bigint NOT NULL,
    max_fee_per_gas numeric(78,0) NOT NULL,
    max_priority_fee_per_gas numeric(78,0) NOT NULL,
    inputs jsonb NOT NULL,
    created_at timestamp with time zone DEFAULT storage.clock() NOT NULL,
    rung integer DEFAULT 0 NOT NULL,
    head_number bigint,
    data_fee numeric(78,0) DEFAULT 0 NOT NULL,
    CONSTRAINT prepared_call_check CHECK (((max_priority_fee_per_gas >= (0)::numeric) AND (max_priority_fee_per_gas <= max_fee_per_gas))),
    CONSTRAINT prepared_call_data_fee_check CHECK ((data_fee >= (0)::numeric)),
    CONSTRAINT prepared_call_gas_limit_check CHECK ((gas_limit > 0)),
    CONSTRAINT prepared_call_max_fee_per_gas_check CHECK ((max_fee_per_gas > (0)::numeric)),
    CONSTRAINT prepared_call_rung_check CHECK ((rung >= 0)),
    CONSTRAINT prepared_call_state_check CHECK ((state = ANY (ARRAY['live'::text, 'sealed'::text, 'superseded'::text]))),
    CONSTRAINT prepared_call_to_check CHECK ((octet_length("to") = 20)),
    CONSTRAINT prepared_call_value_check CHECK ((value >= (0)::numeric))
);

CREATE TABLE execution.revert (
    chain_id bigint NOT NULL,
    tx_hash bytea NOT NULL,
    intent_id uuid NOT NULL,
    slot_id uuid NOT NULL,
    block_number bigint NOT NULL,
    gas_used numeric(78,0) NOT NULL,
    effective_gas_price numeric(78,0) NOT NULL,
    at timestamp with time zone DEFAULT storage.clock() NOT NULL,
    tries integer DEFAULT 0 NOT NULL,
    next_try_at timestamp with time zone DEFAULT storage.clock(),
    data_fee numeric(78,0) DEFAULT 0 NOT NULL,
    CONSTRAINT revert_block_number_check CHECK ((block_number > 0)),
    CONSTRAINT revert_data_fee_check CHECK ((data_fee >= (0)::numeric)),
    CONSTRAINT revert_effective_gas_price_check CHECK ((effective_gas_price >= (0)::numeric)),
    CONSTRAINT revert_gas_used_check CHECK ((gas_used >= (0)::numeric)),
    CONSTRAINT revert_tx_hash_check CHECK ((octet_length(tx_hash) = 32))
);

CREATE TABLE execution.revert_reason (
    chain_id bigint NOT NULL,
    tx_hash bytea NOT NULL,
    kind text NOT NULL,
    message text NOT NULL,
    provider text,
    found_at timestamp with time zone DEFAULT storage.clock() NOT NULL,
    CONSTRAINT revert_reason_kind_check CHECK ((kind = ANY (ARRAY['error_string'::text, 'panic'::text, 'custom'::text, 'empty'::text, 'out_of_gas'::text, 'unknown'::text]))),
    CONSTRAINT revert_reason_message_check CHECK ((length(message) <= 1000)),
    CONSTRAINT revert_reason_provider_check CHECK ((length(provider) <= 100))
);

CREATE TABLE execution.sender_pause (
    chain_id bigint NOT NULL,
    sender bytea NOT NULL,
    kind text NOT NULL,
    reason text NOT NULL,
    paused_by text NOT NULL,
    paused_at timestamp with time zone DEFAULT storage.clock() NOT NULL,
    CONSTRAINT sender_pause_kind_check CHECK ((kind = ANY (ARRAY['empty'::text, 'operator'::text]))),
    CONSTRAINT sender_pause_reason_check CHECK (((length(reason) >= 1) AND (length(reason) <= 500))),
    CONSTRAINT sender_pause_sender_check CHECK ((octet_length(sender) = 20))
);

CREATE VIEW execution.v_adoption AS
 SELECT a.chain_id,
    a.tx_hash,
    i.root_id AS intent_id
   FROM (execution.adoption a
     JOIN execution.intent i ON ((i.id = a.intent_id)));

CREATE VIEW execution.v_family_sender AS
 SELECT c.family_key,
    c.chain_id,
    c.sender
   FROM execution.carrier c
UNION ALL
 SELECT f.family_key,
    c.chain_id,
    c.sender
   FROM (execution.carrier_call f
     JOIN execution.carrier c ON ((c.id = f.carrier_id)));

CREATE VIEW execution.v_incident AS
 SELECT incident.id,
    incident.kind,
    incident.subject,
    incident.chain_id,
    incident.sender,
    incident.detail,
    incident.evidence,
    incident.opened_at
   FROM execution.incident
  WHERE (incident.closed_at IS NULL);

CREATE VIEW execution.v_intent AS
 SELECT intent.id AS intent_id,
    intent.root_id,
    intent.parent_id,
    intent.owner_id,
    intent.chain_id,
    intent.account_id,
    intent.sender,
    intent.client_reference,
    intent.state,
    intent.reason,
    intent.detail,
    intent.hold_id,
    intent.created_at,
    intent.updated_at,
    intent.needs_operator,
    intent.wish,
    intent.generation
   FROM execution.intent;

CREATE VIEW execution.v_intent_sender AS
 SELECT intent.id AS intent_id,
    intent.chain_id,
    intent.sender
   FROM execution.intent;

CREATE VIEW execution.v_lying_provider AS
 SELECT incident.chain_id,
    substr(incident.subject, (POSITION((':'::text) IN (incident.subject)) + 1)) AS name,
    incident.opened_at
   FROM execution.incident
  WHERE ((incident.kind = 'provider_lied'::text) AND (incident.closed_at IS NULL) AND (incident.opened_at > (storage.clock() - '00:10:00'::interval)));

CREATE VIEW execution.v_open_intent AS
 SELECT intent.id AS intent_id,
    intent.chain_id,
    intent.sender
   FROM execution.intent
  WHERE (intent.state <> ALL (ARRAY['confirmed'::text, 'failed'::text, 'cancelled'::text, 'expired'::text, 'escalated'::text]));

CREATE VIEW execution.v_resolved_slot AS
 SELECT nonce_slot.chain_id,
    nonce_slot.account AS sender,
    nonce_slot.nonce,
    nonce_slot.state,
    nonce_slot.block_number,
    nonce_slot.block_hash
   FROM execution.nonce_slot
  WHERE (nonce_slot.state = ANY (ARRAY['finalized'::text, 'filled'::text, 'adopted'::text, 'externally_consumed'::text]));

CREATE VIEW execution.v_sender_pause AS
 SELECT sender_pause.chain_id,
    sender_pause.sender,
    sender_pause.kind,
    sender_pause.reason,
    sender_pause.paused_by,
    sender_pause.paused_at
   FROM execution.sender_pause;

CREATE VIEW execution.v_slot AS
 SELECT nonce_slot.id AS slot_id,
    nonce_slot.chain_id,
    nonce_slot.account,
    nonce_slot.nonce,
    nonce_slot.carrier_id,
    nonce_slot.state,
    nonce_slot.tx_hash,
    nonce_slot.block_hash,
    nonce_slot.block_number,
    nonce_slot.created_at,
    nonce_slot.updated_at,
    nonce_slot.needs_operator
   FROM execution.nonce_slot;

CREATE VIEW execution.v_transaction_intent AS
 SELECT s.chain_id,
    e.tx_hash,
    i.root_id AS intent_id,
    c.id AS call_id,
    (NOT (EXISTS ( SELECT
           FROM execution.carrier_call f
          WHERE ((f.carrier_id = p.carrier_id) AND (NOT (EXISTS ( SELECT
                   FROM (execution.carrier_member o
                     JOIN execution.intent k ON ((k.id = o.intent_id)))
                  WHERE ((o.carrier_id = f.carrier_id) AND (k.family_key = f.family_key))))))))) AS is_whole
   FROM (((((execution.execution e
     JOIN execution.prepared_call p ON ((p.id = e.prepared_call_id)))
     JOIN execution.nonce_slot s ON ((s.id = p.slot_id)))
     JOIN execution.carrier_member m ON ((m.carrier_id = p.carrier_id)))
     JOIN execution.intent i ON ((i.id = m.intent_id)))
     LEFT JOIN calls.v_call c ON (((c.intent_id = i.root_id) AND (c.ordinal = 0))))
  WHERE (e.state = 'signed'::text);

CREATE TABLE facts.cursor (
    consumer text NOT NULL,
    shard integer NOT NULL,
    shards integer NOT NULL,
    "position" bigint DEFAULT 0 NOT NULL,
    updated_at timestamp with time zone DEFAULT storage.clock() NOT NULL,
    CONSTRAINT cursor_check CHECK ((shards > shard)),
    CONSTRAINT cursor_shard_check CHECK ((shard >= 0))
);

CREATE TABLE facts.handled (
    consumer text NOT NULL,
    "position" bigint NOT NULL,
    handled_at timestamp with time zone DEFAULT storage.clock() NOT NULL
);

CREATE TABLE facts.head (
    only_row boolean DEFAULT true NOT NULL,
    "position" bigint DEFAULT 0 NOT NULL,
    CONSTRAINT head_only_row_check CHECK (only_row)
);

CREATE TABLE facts.parked (
    consumer text NOT NULL,
    "position" bigint NOT NULL,
    key text NOT NULL,
    reason text NOT NULL,
    error text NOT NULL,
    attempts integer DEFAULT 1 NOT NULL,
    retry_requested boolean DEFAULT false NOT NULL,
    parked_at timestamp with time zone DEFAULT storage.clock() NOT NULL,
    resolved_at timestamp with time zone,
    CONSTRAINT parked_error_check CHECK ((length(error) <= 4000)),
    CONSTRAINT parked_reason_check CHECK ((reason = ANY (ARRAY['threw'::text, 'waits_behind'::text])))
);

CREATE SEQUENCE facts.pending_id
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

CREATE TABLE facts.pending (
    id bigint DEFAULT nextval('facts.pending_id'::regclass) NOT NULL,
    type text NOT NULL,
    key text NOT NULL,
    owner_id uuid,
    payload jsonb NOT NULL,
    occurred_at timestamp with time zone DEFAULT storage.clock() NOT NULL,
    CONSTRAINT pending_key_check CHECK (((length(key) >= 1) AND (length(key) <= 200))),
    CONSTRAINT pending_payload_check CHECK (((pg_column_size(payload) <= 8192) OR (octet_length((payload)::text) <= 65536))),
    CONSTRAINT pending_type_check CHECK ((type ~ '^[a-z_]+\.[a-z_]+$'::text))
);

CREATE VIEW facts.v_lag AS
 SELECT c.consumer,
    c.shard,
    c."position",
    (h."position" - c."position") AS behind
   FROM (facts.cursor c
     CROSS JOIN facts.head h);

CREATE VIEW facts.v_parked AS
 SELECT p.consumer,
    p."position",
    p.key,
    s.type,
    p.reason,
    p.error,
    p.attempts,
    p.parked_at
   FROM (facts.parked p
     JOIN facts.stream s USING ("position"))
  WHERE (p.resolved_at IS NULL);

CREATE VIEW facts.v_pending AS
 SELECT pending.id,
    pending.type,
    pending.key,
    pending.owner_id,
    pending.payload,
    pending.occurred_at
   FROM facts.pending;

CREATE TABLE flows.circuit (
    provider text NOT NULL,
    failures integer DEFAULT 0 NOT NULL,
    open_until timestamp with time zone
);

CREATE TABLE flows.context (
    id uuid NOT NULL,
    key text NOT NULL,
    flow text NOT NULL,
    version integer NOT NULL,
    fingerprint text NOT NULL,
    owner_id uuid,
    state text NOT NULL,
    outcome text,
    data jsonb NOT NULL,
    next_ordinal integer NOT NULL,
    started_position bigint NOT NULL,
    started_at timestamp with time zone NOT NULL,
    ended_position bigint,
    ended_at timestamp with time zone,
    CONSTRAINT context_check CHECK (((state = 'ended'::text) = (outcome IS NOT NULL))),
    CONSTRAINT context_check1 CHECK (((state = 'ended'::text) = (ended_position IS NOT NULL))),
    CONSTRAINT context_check2 CHECK (((state = 'ended'::text) = (ended_at IS NOT NULL))),
    CONSTRAINT context_data_check CHECK ((octet_length((data)::text) <= 65536)),
    CONSTRAINT context_key_check CHECK (((length(key) >= 1) AND (length(key) <= 200))),
    CONSTRAINT context_next_ordinal_check CHECK ((next_ordinal > 0)),
    CONSTRAINT context_outcome_check CHECK (((length(outcome) >= 1) AND (length(outcome) <= 60))),
    CONSTRAINT context_state_check CHECK ((state = ANY (ARRAY['open'::text, 'ended'::text])))
);

CREATE TABLE flows.correlation (
    key text NOT NULL,
    context_id uuid,
    CONSTRAINT correlation_key_check CHECK (((length(key) >= 1) AND (length(key) <= 200)))
);

CREATE TABLE flows.decision (
    decision uuid NOT NULL,
    asked_by uuid NOT NULL,
    question text NOT NULL,
    decided_at timestamp with time zone DEFAULT storage.clock() NOT NULL,
    CONSTRAINT decision_question_check CHECK (((length(question) >= 1) AND (length(question) <= 500)))
);

CREATE TABLE flows.definition (
    flow text NOT NULL,
    version integer NOT NULL,
    fingerprint text NOT NULL,
    text text NOT NULL,
    stored_at timestamp with time zone DEFAULT storage.clock() NOT NULL,
    CONSTRAINT definition_fingerprint_check CHECK ((fingerprint ~ '^[0-9a-f]{64}$'::text)),
    CONSTRAINT definition_flow_check CHECK ((flow ~ '^[a-z][a-z0-9_]{0,59}$'::text)),
    CONSTRAINT definition_version_check CHECK ((version > 0))
);

CREATE TABLE flows.discrepancy (
    id uuid NOT NULL,
    kind text NOT NULL,
    key text NOT NULL,
    context_id uuid,
    event_position bigint,
    effect_id uuid,
    asset text,
    amount numeric(78,0),
    detail text NOT NULL,
    "position" bigint NOT NULL,
    opened_at timestamp with time zone NOT NULL,
    resolved_position bigint,
    CONSTRAINT discrepancy_amount_check CHECK ((amount > (0)::numeric)),
    CONSTRAINT discrepancy_check CHECK (((asset IS NULL) = (amount IS NULL))),
    CONSTRAINT discrepancy_detail_check CHECK (((length(detail) >= 1) AND (length(detail) <= 1000))),
    CONSTRAINT discrepancy_kind_check CHECK (((length(kind) >= 1) AND (length(kind) <= 60)))
);

CREATE TABLE flows.effect (
    id uuid NOT NULL,
    context_id uuid NOT NULL,
    context_key text NOT NULL,
    key text NOT NULL,
    provider text NOT NULL,
    operation text NOT NULL,
    request jsonb NOT NULL,
    state text NOT NULL,
    result jsonb,
    sends integer DEFAULT 0 NOT NULL,
    not_found integer DEFAULT 0 NOT NULL,
    moves integer DEFAULT 0 NOT NULL,
    last_sent_at timestamp with time zone,
    next_at timestamp with time zone DEFAULT storage.clock() NOT NULL,
    lease_epoch bigint DEFAULT 0 NOT NULL,
    leased_until timestamp with time zone,
    first_sent_at timestamp with time zone,
    tried_since timestamp with time zone,
    tries integer DEFAULT 0 NOT NULL,
    maybe_taken boolean DEFAULT false NOT NULL,
    rule text,
    place integer,
    CONSTRAINT effect_check CHECK (((state = ANY (ARRAY['confirmed'::text, 'rejected'::text])) = (result IS NOT NULL))),
    CONSTRAINT effect_key_check CHECK ((key ~ '^[0-9a-f]{64}$'::text)),
    CONSTRAINT effect_operation_check CHECK (((length(operation) >= 1) AND (length(operation) <= 60))),
    CONSTRAINT effect_provider_check CHECK (((length(provider) >= 1) AND (length(provider) <= 60))),
    CONSTRAINT effect_request_check CHECK ((octet_length((request)::text) <= 65536)),
    CONSTRAINT effect_state_check CHECK ((state = ANY (ARRAY['prepared'::text, 'sent'::text, 'unknown'::text, 'dead'::text, 'confirmed'::text, 'rejected'::text])))
);

CREATE TABLE flows.effect_move (
    effect_id uuid NOT NULL,
    number integer NOT NULL,
    from_state text NOT NULL,
    event text NOT NULL,
    to_state text NOT NULL,
    detail jsonb NOT NULL,
    actor text NOT NULL,
    at timestamp with time zone DEFAULT storage.clock() NOT NULL,
    CONSTRAINT effect_move_actor_check CHECK (((length(actor) >= 1) AND (length(actor) <= 128))),
    CONSTRAINT effect_move_detail_check CHECK ((octet_length((detail)::text) <= 65536)),
    CONSTRAINT effect_move_number_check CHECK ((number > 0))
);

CREATE TABLE flows.event (
    "position" bigint NOT NULL,
    event_id text NOT NULL,
    type text NOT NULL,
    key text NOT NULL,
    state text NOT NULL,
    rule_id uuid,
    suspended boolean DEFAULT false NOT NULL,
    CONSTRAINT event_check CHECK (((state = 'consumed'::text) = (rule_id IS NOT NULL))),
    CONSTRAINT event_check1 CHECK (((state <> 'consumed'::text) OR (NOT suspended))),
    CONSTRAINT event_event_id_check CHECK (((length(event_id) >= 1) AND (length(event_id) <= 200))),
    CONSTRAINT event_state_check CHECK ((state = ANY (ARRAY['waiting'::text, 'consumed'::text, 'apart'::text])))
);

CREATE TABLE flows.external_event (
    id uuid NOT NULL,
    provider text NOT NULL,
    event_id text,
    verified boolean NOT NULL,
    reason text,
    headers jsonb NOT NULL,
    body bytea NOT NULL,
    events integer DEFAULT 0 NOT NULL,
    received_at timestamp with time zone DEFAULT storage.clock() NOT NULL,
    signed boolean DEFAULT false NOT NULL,
    CONSTRAINT external_event_body_check CHECK ((octet_length(body) <= 262144)),
    CONSTRAINT external_event_check CHECK ((verified = (reason IS NULL))),
    CONSTRAINT external_event_check1 CHECK (((NOT verified) OR (event_id IS NOT NULL))),
    CONSTRAINT external_event_event_id_check CHECK (((length(event_id) >= 1) AND (length(event_id) <= 200))),
    CONSTRAINT external_event_events_check CHECK ((events >= 0)),
    CONSTRAINT external_event_headers_check CHECK ((octet_length((headers)::text) <= 8192)),
    CONSTRAINT external_event_provider_check CHECK (((length(provider) >= 1) AND (length(provider) <= 60))),
    CONSTRAINT external_event_reason_check CHECK (((length(reason) >= 1) AND (length(reason) <= 200)))
);

CREATE TABLE flows.node (
    id uuid NOT NULL,
    context_id uuid NOT NULL,
    parent_id uuid,
    ordinal integer NOT NULL,
    kind text NOT NULL,
    name text NOT NULL,
    state text NOT NULL,
    rule_id uuid,
    "position" bigint NOT NULL,
    event_position bigint,
    at timestamp with time zone NOT NULL,
    detail jsonb DEFAULT '{}'::jsonb NOT NULL,
    CONSTRAINT node_detail_check CHECK ((octet_length((detail)::text) <= 16384)),
    CONSTRAINT node_kind_check CHECK ((kind = ANY (ARRAY['firing'::text, 'expiry'::text, 'effect'::text]))),
    CONSTRAINT node_name_check CHECK (((length(name) >= 1) AND (length(name) <= 120))),
    CONSTRAINT node_ordinal_check CHECK ((ordinal >= 0)),
    CONSTRAINT node_state_check CHECK ((state = ANY (ARRAY['done'::text, 'left_out'::text, 'refused'::text, 'pending'::text, 'confirmed'::text, 'rejected'::text])))
);

CREATE TABLE flows.rule (
    id uuid NOT NULL,
    context_id uuid NOT NULL,
    ordinal integer NOT NULL,
    name text NOT NULL,
    state text NOT NULL,
    spawned_by uuid,
    bound_effect uuid,
    bound_outcome text,
    heard integer[] DEFAULT '{}'::integer[] NOT NULL,
    spawned_position bigint NOT NULL,
    resolved_position bigint,
    expires_at timestamp with time zone,
    expired_position bigint,
    exclusive boolean DEFAULT false NOT NULL,
    CONSTRAINT rule_bound_outcome_check CHECK ((bound_outcome = ANY (ARRAY['confirmed'::text, 'rejected'::text]))),
    CONSTRAINT rule_check CHECK (((bound_effect IS NULL) = (bound_outcome IS NULL))),
    CONSTRAINT rule_check1 CHECK (((state = 'waiting'::text) = (resolved_position IS NULL))),
    CONSTRAINT rule_name_check CHECK (((length(name) >= 1) AND (length(name) <= 100))),
    CONSTRAINT rule_state_check CHECK ((state = ANY (ARRAY['waiting'::text, 'consumed'::text, 'retracted'::text])))
);

CREATE TABLE flows.timer (
    rule_id uuid NOT NULL,
    context_id uuid NOT NULL,
    key text NOT NULL,
    due_at timestamp with time zone NOT NULL,
    told boolean DEFAULT false NOT NULL
);

CREATE VIEW flows.v_context AS
 SELECT context.id,
    context.key,
    context.flow,
    context.version,
    context.fingerprint,
    context.owner_id,
    context.state,
    context.outcome,
    context.data,
    context.started_position,
    context.started_at,
    context.ended_position,
    context.ended_at
   FROM flows.context;

CREATE VIEW flows.v_discrepancy AS
 SELECT discrepancy.id,
    discrepancy.kind,
    discrepancy.key,
    discrepancy.context_id,
    discrepancy.event_position,
    discrepancy.effect_id,
    discrepancy.asset,
    discrepancy.amount,
    discrepancy.detail,
    discrepancy."position",
    discrepancy.opened_at,
    discrepancy.resolved_position
   FROM flows.discrepancy;

CREATE VIEW flows.v_effect AS
 SELECT effect.id,
    effect.context_id,
    effect.key,
    effect.provider,
    effect.operation,
    effect.state,
    effect.result,
    effect.sends,
    effect.last_sent_at,
    effect.next_at
   FROM flows.effect;

CREATE VIEW flows.v_effect_move AS
 SELECT effect_move.effect_id,
    effect_move.number,
    effect_move.from_state,
    effect_move.event,
    effect_move.to_state,
    effect_move.detail,
    effect_move.actor,
    effect_move.at
   FROM flows.effect_move;

CREATE VIEW flows.v_event AS
 SELECT event."position",
    event.event_id,
    event.type,
    event.key,
    event.state,
    event.rule_id,
    event.suspended
   FROM flows.event;

CREATE VIEW flows.v_external_event AS
 SELECT external_event.id,
    external_event.provider,
    external_event.event_id,
    external_event.verified,
    external_event.reason,
    external_event.headers,
    external_event.body,
    external_event.events,
    external_event.received_at,
    external_event.signed
   FROM flows.external_event;

CREATE VIEW flows.v_node AS
 SELECT node.id,
    node.context_id,
    node.parent_id,
    node.ordinal,
    node.kind,
    node.name,
    node.state,
    node.rule_id,
    node."position",
    node.event_position,
    node.at,
    node.detail
   FROM flows.node;

CREATE VIEW flows.v_rule AS
 SELECT rule.id,
    rule.context_id,
    rule.ordinal,
    rule.name,
    rule.state,
    rule.spawned_by,
    rule.bound_effect,
    rule.bound_outcome,
    rule.heard,
    rule.spawned_position,
    rule.resolved_position,
    rule.expires_at,
    rule.expired_position
   FROM flows.rule;

CREATE TABLE governance.api_key (
    id uuid NOT NULL,
    owner_id uuid NOT NULL,
    name text NOT NULL,
    prefix text NOT NULL,
    secret_hash bytea NOT NULL,
    created_at timestamp with time zone DEFAULT storage.clock() NOT NULL,
    revoked_at timestamp with time zone,
    CONSTRAINT api_key_name_check CHECK (((length(name) >= 1) AND (length(name) <= 100))),
    CONSTRAINT api_key_secret_hash_check CHECK ((octet_length(secret_hash) = 32))
);

CREATE TABLE governance.audit (
    id bigint NOT NULL,
    at timestamp with time zone DEFAULT storage.clock() NOT NULL,
    actor text NOT NULL,
    action text NOT NULL,
    subject text NOT NULL,
    details jsonb DEFAULT '{}'::jsonb NOT NULL
);

ALTER TABLE governance.audit ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME governance.audit_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE governance."freeze" (
    id uuid NOT NULL,
    scope text NOT NULL,
    subject text NOT NULL,
    reason text NOT NULL,
    frozen_by text NOT NULL,
    frozen_at timestamp with time zone DEFAULT storage.clock() NOT NULL,
    lifted_by text,
    lifted_at timestamp with time zone,
    list text,
    CONSTRAINT freeze_check CHECK (((lifted_by IS NULL) = (lifted_at IS NULL))),
    CONSTRAINT freeze_check1 CHECK (((scope = 'all'::text) = (subject = '*'::text))),
    CONSTRAINT freeze_list_check CHECK ((list ~ '^[a-z0-9][a-z0-9_.-]{0,63}$'::text)),
    CONSTRAINT freeze_list_of_addresses CHECK (((list IS NULL) OR (scope = 'address'::text))),
    CONSTRAINT freeze_reason_check CHECK (((length(reason) >= 1) AND (length(reason) <= 500))),
    CONSTRAINT freeze_scope_check CHECK ((scope = ANY (ARRAY['all'::text, 'chain'::text, 'owner'::text, 'account'::text, 'address'::text]))),
    CONSTRAINT freeze_subject_check CHECK (((length(subject) >= 1) AND (length(subject) <= 100)))
);

CREATE TABLE governance.owner (
    id uuid NOT NULL,
    name text NOT NULL,
    created_at timestamp with time zone DEFAULT storage.clock() NOT NULL,
    CONSTRAINT owner_name_check CHECK (((length(name) >= 1) AND (length(name) <= 100)))
);

CREATE VIEW governance.v_freeze AS
 SELECT "freeze".id,
    "freeze".scope,
    "freeze".subject,
    "freeze".reason,
    "freeze".frozen_by,
    "freeze".frozen_at,
    "freeze".list
   FROM governance."freeze"
  WHERE ("freeze".lifted_at IS NULL);

CREATE VIEW governance.v_owner AS
 SELECT owner.id AS owner_id,
    owner.name,
    owner.created_at
   FROM governance.owner;

CREATE TABLE indexing.account_scan (
    chain_id bigint NOT NULL,
    address bytea NOT NULL,
    registered_at timestamp with time zone NOT NULL,
    tip_number bigint NOT NULL,
    checked_number bigint,
    checked_hash bytea,
    holds boolean,
    next_number bigint,
    added integer DEFAULT 0 NOT NULL,
    done_at timestamp with time zone,
    CONSTRAINT account_scan_address_check CHECK ((octet_length(address) = 20)),
    CONSTRAINT account_scan_check CHECK ((checked_number >= tip_number)),
    CONSTRAINT account_scan_check1 CHECK ((((checked_number IS NULL) = (checked_hash IS NULL)) AND ((checked_number IS NULL) = (holds IS NULL)))),
    CONSTRAINT account_scan_checked_hash_check CHECK ((octet_length(checked_hash) = 32))
);

ALTER TABLE indexing.backfill_range ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME indexing.backfill_range_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE indexing.block (
    chain_id bigint NOT NULL,
    hash bytea NOT NULL,
    incarnation integer NOT NULL,
    number bigint NOT NULL,
    parent_hash bytea NOT NULL,
    block_time timestamp with time zone NOT NULL,
    status text DEFAULT 'canonical'::text NOT NULL,
    observed_at timestamp with time zone DEFAULT storage.clock() NOT NULL,
    proof text DEFAULT 'none'::text NOT NULL,
    header_proof text DEFAULT 'none'::text NOT NULL,
    CONSTRAINT block_hash_check CHECK ((octet_length(hash) = 32)),
    CONSTRAINT block_header_proof_check CHECK ((header_proof = ANY (ARRAY['none'::text, 'header'::text, 'transactions'::text]))),
    CONSTRAINT block_incarnation_check CHECK ((incarnation >= 1)),
    CONSTRAINT block_number_check CHECK ((number >= 0)),
    CONSTRAINT block_parent_hash_check CHECK ((octet_length(parent_hash) = 32)),
    CONSTRAINT block_proof_check CHECK ((proof = ANY (ARRAY['none'::text, 'bloom'::text, 'receipts'::text]))),
    CONSTRAINT block_status_check CHECK ((status = ANY (ARRAY['canonical'::text, 'orphaned'::text, 'final'::text])))
);

CREATE TABLE indexing.block_history (
    chain_id bigint NOT NULL,
    hash bytea NOT NULL,
    incarnation integer NOT NULL,
    from_status text NOT NULL,
    to_status text NOT NULL,
    reason text NOT NULL,
    epoch bigint NOT NULL,
    at timestamp with time zone DEFAULT storage.clock() NOT NULL,
    CONSTRAINT block_history_reason_check CHECK ((length(reason) <= 200))
);

CREATE TABLE indexing.chain (
    chain_id bigint NOT NULL,
    genesis_hash bytea NOT NULL,
    start_number bigint NOT NULL,
    tip_number bigint,
    tip_hash bytea,
    final_number bigint,
    final_hash bytea,
    head_number bigint,
    head_seen_at timestamp with time zone,
    halted_at timestamp with time zone,
    halt_reason text,
    leased_by text,
    lease_epoch bigint DEFAULT 0 NOT NULL,
    leased_until timestamp with time zone,
    backfill_target bigint,
    safe_number bigint,
    head_time timestamp with time zone,
    stalled_at timestamp with time zone,
    pruned_to bigint,
    CONSTRAINT chain_chain_id_check CHECK ((chain_id > 0)),
    CONSTRAINT chain_check CHECK ((tip_number >= start_number)),
    CONSTRAINT chain_check1 CHECK (((tip_number IS NULL) = (tip_hash IS NULL))),
    CONSTRAINT chain_check2 CHECK (((final_number IS NULL) = (final_hash IS NULL))),
    CONSTRAINT chain_check3 CHECK (((final_number IS NULL) OR ((tip_number IS NOT NULL) AND (final_number <= tip_number)))),
    CONSTRAINT chain_check4 CHECK (((halted_at IS NULL) = (halt_reason IS NULL))),
    CONSTRAINT chain_final_hash_check CHECK ((octet_length(final_hash) = 32)),
    CONSTRAINT chain_genesis_hash_check CHECK ((octet_length(genesis_hash) = 32)),
    CONSTRAINT chain_halt_reason_check CHECK ((length(halt_reason) <= 2000)),
    CONSTRAINT chain_start_number_check CHECK ((start_number >= 0)),
    CONSTRAINT chain_tip_hash_check CHECK ((octet_length(tip_hash) = 32))
);

CREATE TABLE indexing.log (
    chain_id bigint NOT NULL,
    block_hash bytea NOT NULL,
    incarnation integer NOT NULL,
    log_index integer NOT NULL,
    tx_hash bytea NOT NULL,
    address bytea NOT NULL,
    topics bytea[] NOT NULL,
    data bytea NOT NULL,
    CONSTRAINT log_address_check CHECK ((octet_length(address) = 20)),
    CONSTRAINT log_log_index_check CHECK ((log_index >= 0)),
    CONSTRAINT log_topics_check CHECK ((cardinality(topics) <= 4))
);

CREATE TABLE indexing.native_balance (
    chain_id bigint NOT NULL,
    address bytea NOT NULL,
    number bigint NOT NULL,
    hash bytea NOT NULL,
    balance numeric(78,0) NOT NULL,
    nonce bigint NOT NULL,
    at timestamp with time zone DEFAULT storage.clock() NOT NULL,
    CONSTRAINT native_balance_address_check CHECK ((octet_length(address) = 20)),
    CONSTRAINT native_balance_balance_check CHECK ((balance >= (0)::numeric)),
    CONSTRAINT native_balance_hash_check CHECK ((octet_length(hash) = 32)),
    CONSTRAINT native_balance_nonce_check CHECK ((nonce >= '-1'::integer)),
    CONSTRAINT native_balance_number_check CHECK ((number >= 0))
);

CREATE TABLE indexing.native_difference (
    id bigint NOT NULL,
    chain_id bigint NOT NULL,
    address bytea NOT NULL,
    from_number bigint NOT NULL,
    to_number bigint NOT NULL,
    to_hash bytea NOT NULL,
    balance numeric(78,0) NOT NULL,
    difference numeric(80,0) NOT NULL,
    at timestamp with time zone DEFAULT storage.clock() NOT NULL,
    CONSTRAINT native_difference_address_check CHECK ((octet_length(address) = 20)),
    CONSTRAINT native_difference_balance_check CHECK ((balance >= (0)::numeric)),
    CONSTRAINT native_difference_check CHECK ((to_number > from_number)),
    CONSTRAINT native_difference_difference_check CHECK ((difference <> (0)::numeric)),
    CONSTRAINT native_difference_to_hash_check CHECK ((octet_length(to_hash) = 32))
);

ALTER TABLE indexing.native_difference ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME indexing.native_difference_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE indexing.native_walk (
    chain_id bigint NOT NULL,
    after bytea NOT NULL,
    at timestamp with time zone DEFAULT storage.clock() NOT NULL,
    CONSTRAINT native_walk_after_check CHECK ((octet_length(after) = ANY (ARRAY[0, 20])))
);

CREATE TABLE indexing.provider (
    chain_id bigint NOT NULL,
    name text NOT NULL,
    state text NOT NULL,
    head_number bigint,
    detail text,
    seen_at timestamp with time zone NOT NULL,
    block_range integer,
    batch_size integer,
    requests_per_second integer,
    is_well boolean,
    quarantined_at timestamp with time zone,
    contradicted text,
    CONSTRAINT provider_batch_size_check CHECK ((batch_size >= 1)),
    CONSTRAINT provider_block_range_check CHECK ((block_range >= 1)),
    CONSTRAINT provider_check CHECK (((quarantined_at IS NULL) = (contradicted IS NULL))),
    CONSTRAINT provider_contradicted_check CHECK ((length(contradicted) <= 500)),
    CONSTRAINT provider_detail_check CHECK ((length(detail) <= 500)),
    CONSTRAINT provider_name_check CHECK (((length(name) >= 1) AND (length(name) <= 100))),
    CONSTRAINT provider_requests_per_second_check CHECK ((requests_per_second > 0)),
    CONSTRAINT provider_state_check CHECK ((state = ANY (ARRAY['ok'::text, 'unavailable'::text, 'faulty'::text])))
);

CREATE TABLE indexing.reorg (
    id bigint NOT NULL,
    chain_id bigint NOT NULL,
    from_number bigint NOT NULL,
    from_hash bytea NOT NULL,
    ancestor_number bigint,
    ancestor_hash bytea,
    depth integer NOT NULL,
    transactions integer NOT NULL,
    at timestamp with time zone DEFAULT storage.clock() NOT NULL,
    CONSTRAINT reorg_depth_check CHECK ((depth > 0)),
    CONSTRAINT reorg_transactions_check CHECK ((transactions >= 0))
);

ALTER TABLE indexing.reorg ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME indexing.reorg_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE indexing.sweep (
    id bigint NOT NULL,
    chain_id bigint NOT NULL,
    number bigint NOT NULL,
    hash bytea NOT NULL,
    proof text NOT NULL,
    found integer NOT NULL,
    added integer NOT NULL,
    at timestamp with time zone DEFAULT storage.clock() NOT NULL,
    CONSTRAINT sweep_check CHECK (((added >= 0) AND (added <= found))),
    CONSTRAINT sweep_found_check CHECK ((found >= 0)),
    CONSTRAINT sweep_hash_check CHECK ((octet_length(hash) = 32)),
    CONSTRAINT sweep_number_check CHECK ((number >= 0)),
    CONSTRAINT sweep_proof_check CHECK ((proof = ANY (ARRAY['none'::text, 'bloom'::text, 'receipts'::text])))
);

ALTER TABLE indexing.sweep ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME indexing.sweep_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE indexing.transaction (
    chain_id bigint NOT NULL,
    block_hash bytea NOT NULL,
    incarnation integer NOT NULL,
    tx_hash bytea NOT NULL,
    tx_index integer NOT NULL,
    block_number bigint NOT NULL,
    "from" bytea NOT NULL,
    "to" bytea,
    nonce bigint NOT NULL,
    value numeric(78,0) NOT NULL,
    succeeded boolean NOT NULL,
    input_hash bytea NOT NULL,
    gas_used numeric(78,0) NOT NULL,
    effective_gas_price numeric(78,0) NOT NULL,
    data_fee numeric(78,0),
    CONSTRAINT transaction_data_fee_check CHECK ((data_fee >= (0)::numeric)),
    CONSTRAINT transaction_effective_gas_price_check CHECK ((effective_gas_price >= (0)::numeric)),
    CONSTRAINT transaction_from_check CHECK ((octet_length("from") = 20)),
    CONSTRAINT transaction_gas_used_check CHECK ((gas_used >= (0)::numeric)),
    CONSTRAINT transaction_input_hash_check CHECK ((octet_length(input_hash) = 32)),
    CONSTRAINT transaction_nonce_check CHECK ((nonce >= 0)),
    CONSTRAINT transaction_to_check CHECK ((octet_length("to") = 20)),
    CONSTRAINT transaction_tx_hash_check CHECK ((octet_length(tx_hash) = 32)),
    CONSTRAINT transaction_tx_index_check CHECK ((tx_index >= 0)),
    CONSTRAINT transaction_value_check CHECK ((value >= (0)::numeric))
);

CREATE TABLE indexing.undone (
    chain_id bigint NOT NULL,
    tx_hash bytea NOT NULL,
    block_hash bytea NOT NULL,
    incarnation integer NOT NULL,
    block_number bigint NOT NULL,
    sender bytea NOT NULL,
    nonce bigint NOT NULL,
    undone_at timestamp with time zone DEFAULT storage.clock() NOT NULL,
    CONSTRAINT undone_block_hash_check CHECK ((octet_length(block_hash) = 32)),
    CONSTRAINT undone_nonce_check CHECK ((nonce >= 0)),
    CONSTRAINT undone_sender_check CHECK ((octet_length(sender) = 20)),
    CONSTRAINT undone_tx_hash_check CHECK ((octet_length(tx_hash) = 32))
);

CREATE TABLE indexing.unlisted_movement (
    chain_id bigint NOT NULL,
    contract bytea NOT NULL,
    count bigint NOT NULL,
    first_seen_at timestamp with time zone NOT NULL,
    last_seen_at timestamp with time zone NOT NULL,
    CONSTRAINT unlisted_movement_contract_check CHECK ((octet_length(contract) = ANY (ARRAY[0, 20]))),
    CONSTRAINT unlisted_movement_count_check CHECK ((count > 0))
);

CREATE VIEW indexing.v_account_scan AS
 SELECT account_scan.chain_id,
    account_scan.address,
    account_scan.registered_at,
    account_scan.tip_number,
    account_scan.checked_number,
    account_scan.checked_hash,
    account_scan.holds,
    account_scan.next_number,
    account_scan.added,
    account_scan.done_at
   FROM indexing.account_scan;

CREATE VIEW indexing.v_backfill_range AS
 SELECT backfill_range.chain_id,
    backfill_range.id,
    backfill_range.from_number,
    backfill_range.to_number,
    backfill_range.to_hash,
    backfill_range.reads,
    backfill_range.proof,
    backfill_range.transactions,
    backfill_range.logs,
    backfill_range.at,
    backfill_range.header_proof
   FROM indexing.backfill_range;

CREATE VIEW indexing.v_block AS
 SELECT block.chain_id,
    block.number,
    block.hash,
    block.incarnation,
    block.parent_hash,
    block.block_time,
    block.status,
    (block.status = ANY (ARRAY['canonical'::text, 'final'::text])) AS is_canonical,
    block.observed_at,
    block.proof,
    block.header_proof
   FROM indexing.block;

CREATE VIEW indexing.v_chain AS
 SELECT chain.chain_id,
    chain.genesis_hash,
    chain.start_number,
    chain.head_number,
    chain.head_seen_at,
    chain.tip_number,
    chain.tip_hash,
    chain.final_number,
    chain.final_hash,
    chain.halted_at,
    chain.halt_reason,
    chain.backfill_target,
    chain.safe_number,
    chain.head_time,
    chain.stalled_at,
    chain.pruned_to
   FROM indexing.chain;

CREATE VIEW indexing.v_log AS
 SELECT l.chain_id,
    l.block_hash,
    l.incarnation,
    l.log_index,
    l.tx_hash,
    l.address,
    l.topics,
    l.data,
    b.number AS block_number,
    b.status,
    (b.status = ANY (ARRAY['canonical'::text, 'final'::text])) AS is_canonical
   FROM (indexing.log l
     JOIN indexing.block b ON (((b.chain_id = l.chain_id) AND (b.hash = l.block_hash) AND (b.incarnation = l.incarnation))));

CREATE VIEW indexing.v_native_balance AS
 SELECT native_balance.chain_id,
    native_balance.address,
    native_balance.number,
    native_balance.hash,
    native_balance.balance,
    native_balance.at
   FROM indexing.native_balance;

CREATE VIEW indexing.v_native_difference AS
 SELECT native_difference.chain_id,
    native_difference.id,
    native_difference.address,
    native_difference.from_number,
    native_difference.to_number,
    native_difference.to_hash,
    native_difference.balance,
    native_difference.difference,
    native_difference.at
   FROM indexing.native_difference;

CREATE VIEW indexing.v_provider_head AS
 SELECT provider.chain_id,
    provider.name,
    provider.head_number,
    provider.seen_at
   FROM indexing.provider;

CREATE VIEW indexing.v_quarantined_provider AS
 SELECT provider.chain_id,
    provider.name,
    provider.quarantined_at,
    provider.contradicted
   FROM indexing.provider
  WHERE (provider.quarantined_at IS NOT NULL);

CREATE VIEW indexing.v_reorg AS
 SELECT reorg.chain_id,
    reorg.id,
    reorg.from_number,
    reorg.from_hash,
    reorg.ancestor_number,
    reorg.ancestor_hash,
    reorg.depth,
    reorg.transactions,
    reorg.at
   FROM indexing.reorg;

CREATE VIEW indexing.v_sweep AS
 SELECT sweep.chain_id,
    sweep.id,
    sweep.number,
    sweep.hash,
    sweep.proof,
    sweep.found,
    sweep.added,
    sweep.at
   FROM indexing.sweep;

CREATE VIEW indexing.v_transaction AS
 SELECT t.chain_id,
    t.block_number,
    t.block_hash,
    t.incarnation,
    b.block_time,
    t.tx_hash,
    t.tx_index,
    t."from",
    t."to",
    t.nonce,
    t.value,
    t.succeeded,
    t.input_hash,
    t.gas_used,
    t.effective_gas_price,
    b.status,
    (b.status = ANY (ARRAY['canonical'::text, 'final'::text])) AS is_canonical,
    b.observed_at,
    t.data_fee
   FROM (indexing.transaction t
     JOIN indexing.block b ON (((b.chain_id = t.chain_id) AND (b.hash = t.block_hash) AND (b.incarnation = t.incarnation))));

CREATE VIEW indexing.v_undone AS
 SELECT undone.chain_id,
    undone.tx_hash,
    undone.block_hash,
    undone.incarnation,
    undone.block_number,
    undone.sender,
    undone.nonce,
    undone.undone_at
   FROM indexing.undone;

CREATE VIEW indexing.v_unlisted_movement AS
 SELECT unlisted_movement.chain_id,
    unlisted_movement.contract,
    unlisted_movement.count,
    unlisted_movement.first_seen_at,
    unlisted_movement.last_seen_at
   FROM indexing.unlisted_movement;

CREATE TABLE ledger.account_change (
    account_id bigint NOT NULL,
    ordinal integer NOT NULL,
    change jsonb NOT NULL,
    actor text NOT NULL,
    reason text NOT NULL,
    at timestamp with time zone NOT NULL,
    CONSTRAINT account_change_actor_check CHECK (((length(actor) >= 1) AND (length(actor) <= 200))),
    CONSTRAINT account_change_ordinal_check CHECK ((ordinal > 0)),
    CONSTRAINT account_change_reason_check CHECK (((length(reason) >= 1) AND (length(reason) <= 500)))
);

ALTER TABLE ledger.account ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME ledger.account_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE ledger.entry (
    account_id bigint NOT NULL,
    version bigint NOT NULL,
    transaction_id uuid NOT NULL,
    ordinal integer NOT NULL,
    side text NOT NULL,
    amount ledger.amount NOT NULL,
    asset text NOT NULL,
    balance_after ledger.balance,
    CONSTRAINT entry_ordinal_check1 CHECK ((ordinal > 0)),
    CONSTRAINT entry_side_check1 CHECK ((side = ANY (ARRAY['debit'::text, 'credit'::text]))),
    CONSTRAINT entry_version_check1 CHECK ((version > 0))
)
PARTITION BY HASH (account_id);

CREATE TABLE ledger.entry_0 (
    account_id bigint NOT NULL,
    version bigint NOT NULL,
    transaction_id uuid NOT NULL,
    ordinal integer NOT NULL,
    side text NOT NULL,
    amount ledger.amount NOT NULL,
    asset text NOT NULL,
    balance_after ledger.balance,
    CONSTRAINT entry_ordinal_check1 CHECK ((ordinal > 0)),
    CONSTRAINT entry_side_check1 CHECK ((side = ANY (ARRAY['debit'::text, 'credit'::text]))),
    CONSTRAINT entry_version_check1 CHECK ((version > 0))
);

CREATE TABLE ledger.entry_1 (
    account_id bigint NOT NULL,
    version bigint NOT NULL,
    transaction_id uuid NOT NULL,
    ordinal integer NOT NULL,
    side text NOT NULL,
    amount ledger.amount NOT NULL,
    asset text NOT NULL,
    balance_after ledger.balance,
    CONSTRAINT entry_ordinal_check1 CHECK ((ordinal > 0)),
    CONSTRAINT entry_side_check1 CHECK ((side = ANY (ARRAY['debit'::text, 'credit'::text]))),
    CONSTRAINT entry_version_check1 CHECK ((version > 0))
);

CREATE TABLE ledger.entry_2 (
    account_id bigint NOT NULL,
    version bigint NOT NULL,
    transaction_id uuid NOT NULL,
    ordinal integer NOT NULL,
    side text NOT NULL,
    amount ledger.amount NOT NULL,
    asset text NOT NULL,
    balance_after ledger.balance,
    CONSTRAINT entry_ordinal_check1 CHECK ((ordinal > 0)),
    CONSTRAINT entry_side_check1 CHECK ((side = ANY (ARRAY['debit'::text, 'credit'::text]))),
    CONSTRAINT entry_version_check1 CHECK ((version > 0))
);

CREATE TABLE ledger.entry_3 (
    account_id bigint NOT NULL,
    version bigint NOT NULL,
    transaction_id uuid NOT NULL,
    ordinal integer NOT NULL,
    side text NOT NULL,
    amount ledger.amount NOT NULL,
    asset text NOT NULL,
    balance_after ledger.balance,
    CONSTRAINT entry_ordinal_check1 CHECK ((ordinal > 0)),
    CONSTRAINT entry_side_check1 CHECK ((side = ANY (ARRAY['debit'::text, 'credit'::text]))),
    CONSTRAINT entry_version_check1 CHECK ((version > 0))
);

CREATE TABLE ledger.entry_4 (
    account_id bigint NOT NULL,
    version bigint NOT NULL,
    transaction_id uuid NOT NULL,
    ordinal integer NOT NULL,
    side text NOT NULL,
    amount ledger.amount NOT NULL,
    asset text NOT NULL,
    balance_after ledger.balance,
    CONSTRAINT entry_ordinal_check1 CHECK ((ordinal > 0)),
    CONSTRAINT entry_side_check1 CHECK ((side = ANY (ARRAY['debit'::text, 'credit'::text]))),
    CONSTRAINT entry_version_check1 CHECK ((version > 0))
);

CREATE TABLE ledger.entry_5 (
    account_id bigint NOT NULL,
    version bigint NOT NULL,
    transaction_id uuid NOT NULL,
    ordinal integer NOT NULL,
    side text NOT NULL,
    amount ledger.amount NOT NULL,
    asset text NOT NULL,
    balance_after ledger.balance,
    CONSTRAINT entry_ordinal_check1 CHECK ((ordinal > 0)),
    CONSTRAINT entry_side_check1 CHECK ((side = ANY (ARRAY['debit'::text, 'credit'::text]))),
    CONSTRAINT entry_version_check1 CHECK ((version > 0))
);

CREATE TABLE ledger.entry_6 (
    account_id bigint NOT NULL,
    version bigint NOT NULL,
    transaction_id uuid NOT NULL,
    ordinal integer NOT NULL,
    side text NOT NULL,
    amount ledger.amount NOT NULL,
    asset text NOT NULL,
    balance_after ledger.balance,
    CONSTRAINT entry_ordinal_check1 CHECK ((ordinal > 0)),
    CONSTRAINT entry_side_check1 CHECK ((side = ANY (ARRAY['debit'::text, 'credit'::text]))),
    CONSTRAINT entry_version_check1 CHECK ((version > 0))
);

CREATE TABLE ledger.entry_7 (
    account_id bigint NOT NULL,
    version bigint NOT NULL,
    transaction_id uuid NOT NULL,
    ordinal integer NOT NULL,
    side text NOT NULL,
    amount ledger.amount NOT NULL,
    asset text NOT NULL,
    balance_after ledger.balance,
    CONSTRAINT entry_ordinal_check1 CHECK ((ordinal > 0)),
    CONSTRAINT entry_side_check1 CHECK ((side = ANY (ARRAY['debit'::text, 'credit'::text]))),
    CONSTRAINT entry_version_check1 CHECK ((version > 0))
);

CREATE TABLE ledger.hold (
    id uuid NOT NULL,
    account_id bigint NOT NULL,
    amount ledger.amount NOT NULL,
    kind text NOT NULL,
    bound_to text,
    state text NOT NULL,
    posted_amount ledger.total DEFAULT 0 NOT NULL,
    created_at timestamp with time zone NOT NULL,
    resolved_at timestamp with time zone,
    expires_at timestamp with time zone,
    to_account bigint,
    group_id uuid,
    actor text,
    CONSTRAINT hold_actor_check CHECK (((length(actor) >= 1) AND (length(actor) <= 200))),
    CONSTRAINT hold_bound_to_check CHECK (((length(bound_to) >= 1) AND (length(bound_to) <= 200))),
    CONSTRAINT hold_check CHECK ((((kind = 'bound'::text) = (bound_to IS NOT NULL)) AND ((kind = 'timed'::text) = (expires_at IS NOT NULL)))),
    CONSTRAINT hold_check1 CHECK (
CASE state
    WHEN 'held'::text THEN (((posted_amount)::numeric = (0)::numeric) AND (resolved_at IS NULL))
    WHEN 'partial'::text THEN (((posted_amount)::numeric > (0)::numeric) AND ((posted_amount)::numeric < (amount)::numeric) AND (resolved_at IS NULL))
    WHEN 'posted'::text THEN (((posted_amount)::numeric = (amount)::numeric) AND (resolved_at IS NOT NULL))
    ELSE (((posted_amount)::numeric < (amount)::numeric) AND (resolved_at IS NOT NULL))
END),
    CONSTRAINT hold_check2 CHECK (((state <> 'expired'::text) OR (kind = 'timed'::text))),
    CONSTRAINT hold_kind_check CHECK ((kind = ANY (ARRAY['bound'::text, 'timed'::text]))),
    CONSTRAINT hold_state_check CHECK ((state = ANY (ARRAY['held'::text, 'partial'::text, 'posted'::text, 'released'::text, 'expired'::text])))
);

CREATE TABLE ledger.hold_history (
    hold_id uuid NOT NULL,
    ordinal integer NOT NULL,
    from_state text,
    event text NOT NULL,
    to_state text NOT NULL,
    amount ledger.amount NOT NULL,
    reason text NOT NULL,
    transaction_id uuid,
    at timestamp with time zone NOT NULL,
    CONSTRAINT hold_history_event_check CHECK ((event = ANY (ARRAY['placed'::text, 'posted_in_part'::text, 'posted_in_full'::text, 'released'::text, 'expired'::text]))),
    CONSTRAINT hold_history_ordinal_check CHECK ((ordinal > 0)),
    CONSTRAINT hold_history_reason_check CHECK (((length(reason) >= 1) AND (length(reason) <= 200)))
);

CREATE TABLE ledger.key (
    key text NOT NULL,
    fingerprint bytea NOT NULL,
    outcome text NOT NULL,
    transaction_id uuid,
    hold_id uuid,
    culprit text,
    detail text,
    recorded_at timestamp with time zone NOT NULL,
    CONSTRAINT key_check CHECK ((((outcome = 'posted'::text) = (transaction_id IS NOT NULL)) AND ((outcome = 'held'::text) = (hold_id IS NOT NULL)))),
    CONSTRAINT key_culprit_check CHECK (((length(culprit) >= 1) AND (length(culprit) <= 200))),
    CONSTRAINT key_detail_check CHECK ((length(detail) <= 500)),
    CONSTRAINT key_fingerprint_check CHECK ((octet_length(fingerprint) = 32)),
    CONSTRAINT key_key_check CHECK (((length(key) >= 1) AND (length(key) <= 200))),
    CONSTRAINT key_outcome_check CHECK ((((length(outcome) >= 1) AND (length(outcome) <= 40)) AND (outcome !~ '[^a-z_]'::text)))
);

CREATE TABLE ledger.period_close (
    id uuid NOT NULL,
    until timestamp with time zone NOT NULL,
    reason text NOT NULL,
    requested_by text NOT NULL,
    requested_at timestamp with time zone NOT NULL,
    approved_by text,
    approved_at timestamp with time zone,
    CONSTRAINT period_close_approved_by_check CHECK (((length(approved_by) >= 1) AND (length(approved_by) <= 200))),
    CONSTRAINT period_close_check CHECK ((((approved_by IS NULL) = (approved_at IS NULL)) AND (approved_by IS DISTINCT FROM requested_by))),
    CONSTRAINT period_close_reason_check CHECK (((length(reason) >= 1) AND (length(reason) <= 500))),
    CONSTRAINT period_close_requested_by_check CHECK (((length(requested_by) >= 1) AND (length(requested_by) <= 200)))
);

CREATE TABLE ledger.period_gate (
);

CREATE TABLE ledger.roll (
    account_id bigint NOT NULL,
    version bigint NOT NULL,
    entry_version bigint NOT NULL,
    debit ledger.total NOT NULL,
    credit ledger.total NOT NULL,
    recorded_at timestamp with time zone NOT NULL,
    CONSTRAINT roll_version_check CHECK ((version > 0))
);

CREATE TABLE ledger.roll_gate (
);

CREATE TABLE ledger.seal (
    number bigint NOT NULL,
    last_position bigint NOT NULL,
    transactions bigint NOT NULL,
    hash bytea NOT NULL,
    sealed_at timestamp with time zone NOT NULL,
    CONSTRAINT seal_hash_check CHECK ((octet_length(hash) = 32)),
    CONSTRAINT seal_last_position_check CHECK ((last_position > 0)),
    CONSTRAINT seal_number_check CHECK ((number > 0)),
    CONSTRAINT seal_transactions_check CHECK ((transactions > 0))
);

CREATE TABLE ledger.seal_gate (
);

CREATE SEQUENCE ledger.tail_number
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

CREATE TABLE ledger.transaction (
    id uuid NOT NULL,
    idempotency_key text NOT NULL,
    fingerprint bytea NOT NULL,
    kind text NOT NULL,
    context json NOT NULL,
    source_position bigint,
    entry_count integer NOT NULL,
    effective_at timestamp with time zone NOT NULL,
    recorded_at timestamp with time zone NOT NULL,
    accounts bigint[] NOT NULL,
    versions bigint[] NOT NULL,
    content_hash bytea NOT NULL,
    actor text,
    flow_node text,
    intent_id uuid,
    call_id uuid,
    external_event text,
    reverses uuid,
    group_id uuid,
    CONSTRAINT transaction_actor_check CHECK (((length(actor) >= 1) AND (length(actor) <= 200))),
    CONSTRAINT transaction_check CHECK (((cardinality(accounts) = entry_count) AND (cardinality(versions) = entry_count))),
    CONSTRAINT transaction_content_hash_check CHECK ((octet_length(content_hash) = 32)),
    CONSTRAINT transaction_context_check CHECK (((json_typeof(context) = 'object'::text) AND (octet_length((context)::text) <= 16384))),
    CONSTRAINT transaction_entry_count_check CHECK (((entry_count >= 2) AND (entry_count <= 100))),
    CONSTRAINT transaction_external_event_check CHECK (((length(external_event) >= 1) AND (length(external_event) <= 200))),
    CONSTRAINT transaction_fingerprint_check CHECK ((octet_length(fingerprint) = 32)),
    CONSTRAINT transaction_flow_node_check CHECK (((length(flow_node) >= 1) AND (length(flow_node) <= 200))),
    CONSTRAINT transaction_idempotency_key_check CHECK (((length(idempotency_key) >= 1) AND (length(idempotency_key) <= 200))),
    CONSTRAINT transaction_kind_check CHECK (((length(kind) <= 60) AND (kind ~ '^[a-z]'::text) AND (kind !~ '[^a-z_.]'::text))),
    CONSTRAINT transaction_source_position_check CHECK ((source_position > 0))
);

CREATE TABLE ledger.unrolled (
    account_id bigint NOT NULL,
    version bigint NOT NULL
);

CREATE VIEW ledger.v_account AS
 SELECT a.id,
    a.code,
    a.kind,
    a.asset,
    a.owner_id,
    a.normal_side,
    c.posted_debit,
    c.posted_credit,
    b.balance,
    a.held,
    (b.balance - (a.held)::numeric) AS available,
    c.version,
    a.opened_at,
    a.policy,
    a.debits_must_not_exceed_credits,
    a.credits_must_not_exceed_debits,
    a.overdraft,
    a.closed,
    a.tags
   FROM ((((ledger.account a
     LEFT JOIN LATERAL ( SELECT r_1.version,
            r_1.debit,
            r_1.credit
           FROM ledger.roll r_1
          WHERE ((a.policy = 'append_only'::text) AND (r_1.account_id = a.id))
          ORDER BY r_1.version DESC
         LIMIT 1) r ON (true))
     LEFT JOIN LATERAL ( SELECT count(*) AS entries,
            sum((e.amount)::numeric) FILTER (WHERE (e.side = 'debit'::text)) AS debit,
            sum((e.amount)::numeric) FILTER (WHERE (e.side = 'credit'::text)) AS credit
           FROM (ledger.unrolled u
             JOIN ledger.entry e ON (((e.account_id = u.account_id) AND (e.version = u.version))))
          WHERE ((a.policy = 'append_only'::text) AND (u.account_id = a.id))) t ON (true))
     CROSS JOIN LATERAL ( SELECT (((a.posted_debit)::numeric + COALESCE((r.debit)::numeric, (0)::numeric)) + COALESCE(t.debit, (0)::numeric)) AS posted_debit,
            (((a.posted_credit)::numeric + COALESCE((r.credit)::numeric, (0)::numeric)) + COALESCE(t.credit, (0)::numeric)) AS posted_credit,
            ((a.version + COALESCE(r.version, (0)::bigint)) + COALESCE(t.entries, (0)::bigint)) AS version) c)
     CROSS JOIN LATERAL ( SELECT
                CASE a.normal_side
                    WHEN 'debit'::text THEN (c.posted_debit - c.posted_credit)
                    ELSE (c.posted_credit - c.posted_debit)
                END AS "case") b(balance));

CREATE VIEW ledger.v_account_change AS
 SELECT c.account_id,
    a.code,
    c.ordinal,
    c.change,
    c.actor,
    c.reason,
    c.at
   FROM (ledger.account_change c
     JOIN ledger.account a ON ((a.id = c.account_id)));

CREATE VIEW ledger.v_account_proof AS
 SELECT p.account_id,
    p.code,
    p.asset,
    p.posted_debit,
    p.entry_debit,
    p.posted_credit,
    p.entry_credit,
    p.balance,
    p.entry_balance,
    p.held,
    p.open_holds,
    p.version,
    p.entry_count,
    p.last_version,
    (((p.posted_debit = p.entry_debit) AND (p.posted_credit = p.entry_credit) AND (p.balance = p.entry_balance) AND ((p.held)::numeric = p.open_holds) AND (p.version = p.entry_count)) AND (p.last_version = p.version)) AS agrees
   FROM ( SELECT a.id AS account_id,
            a.code,
            a.asset,
            a.posted_debit,
            e.debit AS entry_debit,
            a.posted_credit,
            e.credit AS entry_credit,
            a.balance,
                CASE
                    WHEN (a.policy = 'strict'::text) THEN COALESCE((l.balance_after)::numeric, (0)::numeric)
                    ELSE ((e.debit - e.credit) * (
                    CASE a.normal_side
                        WHEN 'debit'::text THEN 1
                        ELSE '-1'::integer
                    END)::numeric)
                END AS entry_balance,
            a.held,
            h.remaining AS open_holds,
            a.version,
            e.entries AS entry_count,
                CASE
                    WHEN (a.policy = 'strict'::text) THEN COALESCE(l.version, (0)::bigint)
                    ELSE e.entries
                END AS last_version
           FROM (((ledger.v_account a
             CROSS JOIN LATERAL ( SELECT count(*) AS entries,
                    COALESCE(sum((x.amount)::numeric) FILTER (WHERE (x.side = 'debit'::text)), (0)::numeric) AS debit,
                    COALESCE(sum((x.amount)::numeric) FILTER (WHERE (x.side = 'credit'::text)), (0)::numeric) AS credit
                   FROM ledger.entry x
                  WHERE (x.account_id = a.id)) e)
             LEFT JOIN LATERAL ( SELECT x.version,
                    x.balance_after
                   FROM ledger.entry x
                  WHERE (x.account_id = a.id)
                  ORDER BY x.version DESC
                 LIMIT 1) l ON (true))
             CROSS JOIN LATERAL ( SELECT COALESCE(sum(((x.amount)::numeric - (x.posted_amount)::numeric)), (0)::numeric) AS remaining
                   FROM ledger.hold x
                  WHERE ((x.account_id = a.id) AND (x.state = ANY (ARRAY['held'::text, 'partial'::text])))) h)) p;

CREATE VIEW ledger.v_entry AS
 SELECT e.account_id,
    e.version,
    a.code AS account_code,
    a.owner_id,
    e.transaction_id,
    e.ordinal,
    e.side,
    e.amount,
    e.asset,
    e.balance_after,
    t.kind AS transaction_kind,
    t.context,
    t.source_position,
    t.effective_at,
    t.recorded_at
   FROM ((ledger.entry e
     JOIN ledger.account a ON ((a.id = e.account_id)))
     JOIN ledger.transaction t ON ((t.id = e.transaction_id)))
  WHERE (a.policy = 'strict'::text)
UNION ALL
 SELECT e.account_id,
    r.version,
    a.code AS account_code,
    a.owner_id,
    e.transaction_id,
    e.ordinal,
    e.side,
    e.amount,
    e.asset,
        CASE a.normal_side
            WHEN 'debit'::text THEN ((r.debit)::numeric - (r.credit)::numeric)
            ELSE ((r.credit)::numeric - (r.debit)::numeric)
        END AS balance_after,
    t.kind AS transaction_kind,
    t.context,
    t.source_position,
    t.effective_at,
    r.recorded_at
   FROM (((ledger.roll r
     JOIN ledger.entry e ON (((e.account_id = r.account_id) AND (e.version = r.entry_version))))
     JOIN ledger.account a ON ((a.id = e.account_id)))
     JOIN ledger.transaction t ON ((t.id = e.transaction_id)));

CREATE VIEW ledger.v_hold AS
 SELECT h.id,
    h.account_id,
    a.code AS account_code,
    a.owner_id,
    a.asset,
    h.amount,
    h.posted_amount,
        CASE
            WHEN (h.resolved_at IS NULL) THEN ((h.amount)::numeric - (h.posted_amount)::numeric)
            ELSE (0)::numeric
        END AS remaining,
    h.kind,
    h.bound_to,
    h.state,
    h.created_at,
    h.resolved_at,
    h.expires_at,
    t.code AS to_account,
    h.group_id,
    h.actor
   FROM ((ledger.hold h
     JOIN ledger.account a ON ((a.id = h.account_id)))
     LEFT JOIN ledger.account t ON ((t.id = h.to_account)));

CREATE VIEW ledger.v_hold_history AS
 SELECT hold_history.hold_id,
    hold_history.ordinal,
    hold_history.from_state,
    hold_history.event,
    hold_history.to_state,
    hold_history.amount,
    hold_history.reason,
    hold_history.transaction_id,
    hold_history.at
   FROM ledger.hold_history;

CREATE VIEW ledger.v_key AS
 SELECT k.key,
    k.outcome,
    k.transaction_id,
    k.hold_id,
    k.culprit,
    k.detail,
    k.recorded_at
   FROM ledger.key k;

CREATE VIEW ledger.v_period_close AS
 SELECT period_close.id,
    period_close.until,
    period_close.reason,
    period_close.requested_by,
    period_close.requested_at,
    period_close.approved_by,
    period_close.approved_at
   FROM ledger.period_close;

CREATE VIEW ledger.v_seal AS
 SELECT s.number,
    s.last_position,
    s.transactions,
    s.hash,
    s.sealed_at
   FROM ledger.seal s;

CREATE VIEW ledger.v_transaction AS
 SELECT t.id,
    t.idempotency_key,
    t.kind,
    t.context,
    t.source_position,
    t.entry_count,
    t.effective_at,
    t.recorded_at,
    t.accounts,
    t.versions,
    t.content_hash,
    t.actor,
    t.flow_node,
    t.intent_id,
    t.call_id,
    t.external_event,
    t.reverses,
    t.group_id
   FROM ledger.transaction t;

CREATE VIEW ledger.v_trial_balance AS
 SELECT v_account.asset,
    v_account.id AS account_id,
    v_account.code,
    v_account.kind,
    v_account.owner_id,
    v_account.posted_debit AS debits,
    v_account.posted_credit AS credits,
    v_account.balance
   FROM ledger.v_account;

CREATE TABLE payments.refill (
    id uuid NOT NULL,
    chain_id bigint NOT NULL,
    sender bytea NOT NULL,
    ordinal integer NOT NULL,
    owner_id uuid NOT NULL,
    source bytea NOT NULL,
    amount numeric(78,0) NOT NULL,
    balance numeric(78,0) NOT NULL,
    asked_at timestamp with time zone DEFAULT storage.clock() NOT NULL,
    intent_id uuid,
    CONSTRAINT refill_amount_check CHECK ((amount > (0)::numeric)),
    CONSTRAINT refill_balance_check CHECK ((balance >= (0)::numeric)),
    CONSTRAINT refill_ordinal_check CHECK ((ordinal > 0)),
    CONSTRAINT refill_sender_check CHECK ((octet_length(sender) = 20)),
    CONSTRAINT refill_source_check CHECK ((octet_length(source) = 20))
);

CREATE TABLE payments.refill_rule (
    chain_id bigint NOT NULL,
    sender bytea NOT NULL,
    owner_id uuid NOT NULL,
    source bytea NOT NULL,
    threshold numeric(78,0) NOT NULL,
    amount numeric(78,0) NOT NULL,
    daily_cap numeric(78,0) NOT NULL,
    set_by text NOT NULL,
    set_at timestamp with time zone DEFAULT storage.clock() NOT NULL,
    next_check_at timestamp with time zone DEFAULT storage.clock() NOT NULL,
    balance_unknown_since timestamp with time zone,
    CONSTRAINT refill_rule_amount_check CHECK ((amount > (0)::numeric)),
    CONSTRAINT refill_rule_chain_id_check CHECK ((chain_id > 0)),
    CONSTRAINT refill_rule_check CHECK ((source <> sender)),
    CONSTRAINT refill_rule_check1 CHECK ((daily_cap >= amount)),
    CONSTRAINT refill_rule_sender_check CHECK ((octet_length(sender) = 20)),
    CONSTRAINT refill_rule_set_by_check CHECK (((length(set_by) >= 1) AND (length(set_by) <= 128))),
    CONSTRAINT refill_rule_source_check CHECK ((octet_length(source) = 20)),
    CONSTRAINT refill_rule_threshold_check CHECK ((threshold > (0)::numeric))
);

CREATE TABLE storage.clock_offset (
    only_row boolean DEFAULT true NOT NULL,
    shift interval DEFAULT '00:00:00'::interval NOT NULL,
    CONSTRAINT clock_offset_only_row_check CHECK (only_row)
);

CREATE TABLE storage.migration (
    number integer NOT NULL,
    name text NOT NULL,
    sha256 bytea NOT NULL,
    applied_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT migration_sha256_check CHECK ((octet_length(sha256) = 32))
);

ALTER TABLE ONLY ledger.entry ATTACH PARTITION ledger.entry_0 FOR VALUES WITH (modulus 8, remainder 0);

ALTER TABLE ONLY ledger.entry ATTACH PARTITION ledger.entry_1 FOR VALUES WITH (modulus 8, remainder 1);

ALTER TABLE ONLY ledger.entry ATTACH PARTITION ledger.entry_2 FOR VALUES WITH (modulus 8, remainder 2);

ALTER TABLE ONLY ledger.entry ATTACH PARTITION ledger.entry_3 FOR VALUES WITH (modulus 8, remainder 3);

ALTER TABLE ONLY ledger.entry ATTACH PARTITION ledger.entry_4 FOR VALUES WITH (modulus 8, remainder 4);

ALTER TABLE ONLY ledger.entry ATTACH PARTITION ledger.entry_5 FOR VALUES WITH (modulus 8, remainder 5);

ALTER TABLE ONLY ledger.entry ATTACH PARTITION ledger.entry_6 FOR VALUES WITH (modulus 8, remainder 6);

ALTER TABLE ONLY ledger.entry ATTACH PARTITION ledger.entry_7 FOR VALUES WITH (modulus 8, remainder 7);

ALTER TABLE ONLY admission.request
    ADD CONSTRAINT request_intent_id_key UNIQUE (intent_id);

ALTER TABLE ONLY admission.request
    ADD CONSTRAINT request_pkey PRIMARY KEY (owner_id, key);

ALTER TABLE ONLY attribution.call_result
    ADD CONSTRAINT call_result_pkey PRIMARY KEY (transaction_id, generation, ordinal);

ALTER TABLE ONLY attribution.decision
    ADD CONSTRAINT decision_pkey PRIMARY KEY (transaction_id, generation);

ALTER TABLE ONLY attribution.factory_child
    ADD CONSTRAINT factory_child_pkey PRIMARY KEY (chain_id, child, processor, version, block_hash, incarnation, tx_hash);

ALTER TABLE ONLY attribution.finding
    ADD CONSTRAINT finding_pkey PRIMARY KEY (transaction_id, generation, finding);

ALTER TABLE ONLY attribution.frame
    ADD CONSTRAINT frame_pkey PRIMARY KEY (transaction_id, generation, frame);

ALTER TABLE ONLY attribution.log
    ADD CONSTRAINT log_pkey PRIMARY KEY (transaction_id, generation, log_index);

ALTER TABLE ONLY attribution.movement
    ADD CONSTRAINT movement_chain_id_block_hash_incarnation_tx_hash_log_index_key UNIQUE (chain_id, block_hash, incarnation, tx_hash, log_index);

ALTER TABLE ONLY attribution.movement_phase
    ADD CONSTRAINT movement_phase_pkey PRIMARY KEY (movement_id, phase);

ALTER TABLE ONLY attribution.movement
    ADD CONSTRAINT movement_pkey PRIMARY KEY (id);

ALTER TABLE ONLY attribution.operation
    ADD CONSTRAINT operation_pkey PRIMARY KEY (transaction_id, generation, operation);

ALTER TABLE ONLY attribution.own_operation
    ADD CONSTRAINT own_operation_pkey PRIMARY KEY (chain_id, hash, contract, intent_id);

ALTER TABLE ONLY attribution.parked_block
    ADD CONSTRAINT parked_block_pkey PRIMARY KEY (id);

ALTER TABLE ONLY attribution.partial
    ADD CONSTRAINT partial_pkey PRIMARY KEY (chain_id, block_hash, incarnation, tx_hash, processor);

ALTER TABLE ONLY attribution.processed
    ADD CONSTRAINT processed_pkey PRIMARY KEY (chain_id, block_hash, incarnation, tx_hash, processor, version, phase);

ALTER TABLE ONLY attribution.processor
    ADD CONSTRAINT processor_pkey PRIMARY KEY (name);

ALTER TABLE ONLY attribution.record
    ADD CONSTRAINT record_once UNIQUE (chain_id, block_hash, incarnation, tx_hash, processor, version, log_index, ordinal);

ALTER TABLE ONLY attribution.record_phase
    ADD CONSTRAINT record_phase_pkey PRIMARY KEY (record_id, phase);

ALTER TABLE ONLY attribution.record
    ADD CONSTRAINT record_pkey PRIMARY KEY (id);

ALTER TABLE ONLY attribution.record_replaced
    ADD CONSTRAINT record_replaced_pkey PRIMARY KEY (record_id);

ALTER TABLE ONLY attribution.told_fact
    ADD CONSTRAINT told_fact_pkey PRIMARY KEY (id);

ALTER TABLE ONLY attribution.transaction
    ADD CONSTRAINT transaction_chain_id_block_hash_incarnation_tx_hash_key UNIQUE (chain_id, block_hash, incarnation, tx_hash);

ALTER TABLE ONLY attribution.transaction_history
    ADD CONSTRAINT transaction_history_pkey PRIMARY KEY (id);

ALTER TABLE ONLY attribution.transaction
    ADD CONSTRAINT transaction_pkey PRIMARY KEY (id);

ALTER TABLE ONLY attribution.undecodable_log
    ADD CONSTRAINT undecodable_log_pkey PRIMARY KEY (chain_id, block_hash, incarnation, log_index, processor);

ALTER TABLE ONLY calls.asset
    ADD CONSTRAINT asset_chain_id_contract_key UNIQUE NULLS NOT DISTINCT (chain_id, contract);

ALTER TABLE ONLY calls.asset
    ADD CONSTRAINT asset_pkey PRIMARY KEY (id);

ALTER TABLE ONLY calls.call
    ADD CONSTRAINT call_intent_id_ordinal_key UNIQUE (intent_id, ordinal);

ALTER TABLE ONLY calls.call
    ADD CONSTRAINT call_pkey PRIMARY KEY (id);

ALTER TABLE ONLY custody.account
    ADD CONSTRAINT account_chain_id_address_key UNIQUE (chain_id, address);

ALTER TABLE ONLY custody.account
    ADD CONSTRAINT account_is_front UNIQUE (id, owner_id, chain_id, custody, native_is_customer_money, is_front);

ALTER TABLE ONLY custody.account
    ADD CONSTRAINT account_pkey PRIMARY KEY (id);

ALTER TABLE ONLY custody.approval
    ADD CONSTRAINT approval_pkey PRIMARY KEY (id);

ALTER TABLE ONLY custody.signer_journal
    ADD CONSTRAINT signer_journal_pkey PRIMARY KEY (only_row);

ALTER TABLE ONLY execution.adoption
    ADD CONSTRAINT adoption_chain_id_tx_hash_key UNIQUE (chain_id, tx_hash);

ALTER TABLE ONLY execution.adoption
    ADD CONSTRAINT adoption_intent_id_key UNIQUE (intent_id);

ALTER TABLE ONLY execution.adoption
    ADD CONSTRAINT adoption_pkey PRIMARY KEY (slot_id);

ALTER TABLE ONLY execution.carrier_call
    ADD CONSTRAINT carrier_call_pkey PRIMARY KEY (carrier_id, ordinal);

ALTER TABLE ONLY execution.carrier
    ADD CONSTRAINT carrier_id_effect_hash_key UNIQUE (id, effect_hash);

ALTER TABLE ONLY execution.carrier_member
    ADD CONSTRAINT carrier_member_pkey PRIMARY KEY (carrier_id, intent_id);

ALTER TABLE ONLY execution.carrier
    ADD CONSTRAINT carrier_pkey PRIMARY KEY (id);

ALTER TABLE ONLY execution.execution
    ADD CONSTRAINT execution_pkey PRIMARY KEY (id);

ALTER TABLE ONLY execution.execution
    ADD CONSTRAINT execution_tx_hash_key UNIQUE (tx_hash);

ALTER TABLE ONLY execution.head_of_line
    ADD CONSTRAINT head_of_line_pkey PRIMARY KEY (chain_id, sender);

ALTER TABLE ONLY execution.history
    ADD CONSTRAINT history_pkey PRIMARY KEY (id);

ALTER TABLE ONLY execution.incident
    ADD CONSTRAINT incident_pkey PRIMARY KEY (id);

ALTER TABLE ONLY execution.intent_dependency
    ADD CONSTRAINT intent_dependency_pkey PRIMARY KEY (intent_id, depends_on);

ALTER TABLE ONLY execution.intent
    ADD CONSTRAINT intent_pkey PRIMARY KEY (id);

ALTER TABLE ONLY execution.lane
    ADD CONSTRAINT lane_pkey PRIMARY KEY (chain_id, sender);

ALTER TABLE ONLY execution.node
    ADD CONSTRAINT node_execution_id_provider_key UNIQUE (execution_id, provider);

ALTER TABLE ONLY execution.node
    ADD CONSTRAINT node_pkey PRIMARY KEY (id);

ALTER TABLE ONLY execution.nonce_check
    ADD CONSTRAINT nonce_check_pkey PRIMARY KEY (slot_id);

ALTER TABLE ONLY execution.nonce_slot
    ADD CONSTRAINT nonce_slot_carrier_id_key UNIQUE (carrier_id);

ALTER TABLE ONLY execution.nonce_slot
    ADD CONSTRAINT nonce_slot_chain_id_kind_account_key_nonce_key UNIQUE (chain_id, kind, account, key, nonce);

ALTER TABLE ONLY execution.nonce_slot
    ADD CONSTRAINT nonce_slot_fill_carrier_id_key UNIQUE (fill_carrier_id);

ALTER TABLE ONLY execution.nonce_slot
    ADD CONSTRAINT nonce_slot_pkey PRIMARY KEY (id);

ALTER TABLE ONLY execution.prepared_call
    ADD CONSTRAINT prepared_call_pkey PRIMARY KEY (id);

ALTER TABLE ONLY execution.revert
    ADD CONSTRAINT revert_pkey PRIMARY KEY (chain_id, tx_hash);

ALTER TABLE ONLY execution.revert_reason
    ADD CONSTRAINT revert_reason_pkey PRIMARY KEY (chain_id, tx_hash);

ALTER TABLE ONLY execution.sender_pause
    ADD CONSTRAINT sender_pause_pkey PRIMARY KEY (chain_id, sender, kind);

ALTER TABLE ONLY facts.cursor
    ADD CONSTRAINT cursor_pkey PRIMARY KEY (consumer, shard);

ALTER TABLE ONLY facts.handled
    ADD CONSTRAINT handled_pkey PRIMARY KEY (consumer, "position");

ALTER TABLE ONLY facts.head
    ADD CONSTRAINT head_pkey PRIMARY KEY (only_row);

ALTER TABLE ONLY facts.parked
    ADD CONSTRAINT parked_pkey PRIMARY KEY (consumer, "position");

ALTER TABLE ONLY facts.pending
    ADD CONSTRAINT pending_pkey PRIMARY KEY (id);

ALTER TABLE ONLY facts.stream
    ADD CONSTRAINT stream_pending_id_key UNIQUE (pending_id);

ALTER TABLE ONLY facts.stream
    ADD CONSTRAINT stream_pkey PRIMARY KEY ("position");

ALTER TABLE ONLY flows.circuit
    ADD CONSTRAINT circuit_pkey PRIMARY KEY (provider);

ALTER TABLE ONLY flows.context
    ADD CONSTRAINT context_key_key UNIQUE (key);

ALTER TABLE ONLY flows.context
    ADD CONSTRAINT context_pkey PRIMARY KEY (id);

ALTER TABLE ONLY flows.correlation
    ADD CONSTRAINT correlation_pkey PRIMARY KEY (key);

ALTER TABLE ONLY flows.decision
    ADD CONSTRAINT decision_pkey PRIMARY KEY (decision);

ALTER TABLE ONLY flows.definition
    ADD CONSTRAINT definition_pkey PRIMARY KEY (flow, version, fingerprint);

ALTER TABLE ONLY flows.discrepancy
    ADD CONSTRAINT discrepancy_pkey PRIMARY KEY (id);

ALTER TABLE ONLY flows.effect
    ADD CONSTRAINT effect_key_key UNIQUE (key);

ALTER TABLE ONLY flows.effect_move
    ADD CONSTRAINT effect_move_pkey PRIMARY KEY (effect_id, number);

ALTER TABLE ONLY flows.effect
    ADD CONSTRAINT effect_pkey PRIMARY KEY (id);

ALTER TABLE ONLY flows.event
    ADD CONSTRAINT event_event_id_key UNIQUE (event_id);

ALTER TABLE ONLY flows.event
    ADD CONSTRAINT event_pkey PRIMARY KEY ("position");

ALTER TABLE ONLY flows.external_event
    ADD CONSTRAINT external_event_pkey PRIMARY KEY (id);

ALTER TABLE ONLY flows.node
    ADD CONSTRAINT node_context_id_ordinal_key UNIQUE (context_id, ordinal);

ALTER TABLE ONLY flows.node
    ADD CONSTRAINT node_pkey PRIMARY KEY (id);

ALTER TABLE ONLY flows.node
    ADD CONSTRAINT node_rule_id_kind_key UNIQUE (rule_id, kind);

ALTER TABLE ONLY flows.rule
    ADD CONSTRAINT rule_context_id_ordinal_key UNIQUE (context_id, ordinal);

ALTER TABLE ONLY flows.rule
    ADD CONSTRAINT rule_pkey PRIMARY KEY (id);

ALTER TABLE ONLY flows.timer
    ADD CONSTRAINT timer_pkey PRIMARY KEY (rule_id);

ALTER TABLE ONLY governance.api_key
    ADD CONSTRAINT api_key_pkey PRIMARY KEY (id);

ALTER TABLE ONLY governance.api_key
    ADD CONSTRAINT api_key_secret_hash_key UNIQUE (secret_hash);

ALTER TABLE ONLY governance.audit
    ADD CONSTRAINT audit_pkey PRIMARY KEY (id);

ALTER TABLE ONLY governance."freeze"
    ADD CONSTRAINT freeze_pkey PRIMARY KEY (id);

ALTER TABLE ONLY governance.owner
    ADD CONSTRAINT owner_name_key UNIQUE (name);

ALTER TABLE ONLY governance.owner
    ADD CONSTRAINT owner_pkey PRIMARY KEY (id);

ALTER TABLE ONLY indexing.account_scan
    ADD CONSTRAINT account_scan_pkey PRIMARY KEY (chain_id, address);

ALTER TABLE ONLY indexing.backfill_range
    ADD CONSTRAINT backfill_range_pkey PRIMARY KEY (id);

ALTER TABLE ONLY indexing.block_history
    ADD CONSTRAINT block_history_pkey PRIMARY KEY (chain_id, hash, incarnation, to_status);

ALTER TABLE ONLY indexing.block
    ADD CONSTRAINT block_pkey PRIMARY KEY (chain_id, hash, incarnation);

ALTER TABLE ONLY indexing.chain
    ADD CONSTRAINT chain_pkey PRIMARY KEY (chain_id);

ALTER TABLE ONLY indexing.log
    ADD CONSTRAINT log_pkey PRIMARY KEY (chain_id, block_hash, incarnation, log_index);

ALTER TABLE ONLY indexing.native_balance
    ADD CONSTRAINT native_balance_pkey PRIMARY KEY (chain_id, address);

ALTER TABLE ONLY indexing.native_difference
    ADD CONSTRAINT native_difference_pkey PRIMARY KEY (id);

ALTER TABLE ONLY indexing.native_walk
    ADD CONSTRAINT native_walk_pkey PRIMARY KEY (chain_id);

ALTER TABLE ONLY indexing.provider
    ADD CONSTRAINT provider_pkey PRIMARY KEY (chain_id, name);

ALTER TABLE ONLY indexing.reorg
    ADD CONSTRAINT reorg_pkey PRIMARY KEY (id);

ALTER TABLE ONLY indexing.sweep
    ADD CONSTRAINT sweep_pkey PRIMARY KEY (id);

ALTER TABLE ONLY indexing.transaction
    ADD CONSTRAINT transaction_pkey PRIMARY KEY (chain_id, tx_hash, block_hash, incarnation);

ALTER TABLE ONLY indexing.undone
    ADD CONSTRAINT undone_pkey PRIMARY KEY (chain_id, tx_hash, block_hash, incarnation);

ALTER TABLE ONLY indexing.unlisted_movement
    ADD CONSTRAINT unlisted_movement_pkey PRIMARY KEY (chain_id, contract);

ALTER TABLE ONLY ledger.account_change
    ADD CONSTRAINT account_change_pkey PRIMARY KEY (account_id, ordinal);

ALTER TABLE ONLY ledger.account
    ADD CONSTRAINT account_code_key UNIQUE (code);

ALTER TABLE ONLY ledger.account
    ADD CONSTRAINT account_id_asset_key UNIQUE (id, asset);

ALTER TABLE ONLY ledger.account
    ADD CONSTRAINT account_pkey PRIMARY KEY (id);

ALTER TABLE ONLY ledger.entry
    ADD CONSTRAINT entry_pkey PRIMARY KEY (account_id, version);

ALTER TABLE ONLY ledger.entry_0
    ADD CONSTRAINT entry_0_pkey PRIMARY KEY (account_id, version);

ALTER TABLE ONLY ledger.entry_1
    ADD CONSTRAINT entry_1_pkey PRIMARY KEY (account_id, version);

ALTER TABLE ONLY ledger.entry_2
    ADD CONSTRAINT entry_2_pkey PRIMARY KEY (account_id, version);

ALTER TABLE ONLY ledger.entry_3
    ADD CONSTRAINT entry_3_pkey PRIMARY KEY (account_id, version);

ALTER TABLE ONLY ledger.entry_4
    ADD CONSTRAINT entry_4_pkey PRIMARY KEY (account_id, version);

ALTER TABLE ONLY ledger.entry_5
    ADD CONSTRAINT entry_5_pkey PRIMARY KEY (account_id, version);

ALTER TABLE ONLY ledger.entry_6
    ADD CONSTRAINT entry_6_pkey PRIMARY KEY (account_id, version);

ALTER TABLE ONLY ledger.entry_7
    ADD CONSTRAINT entry_7_pkey PRIMARY KEY (account_id, version);

ALTER TABLE ONLY ledger.hold
    ADD CONSTRAINT hold_bound_to_account_id_key UNIQUE (bound_to, account_id);

ALTER TABLE ONLY ledger.hold_history
    ADD CONSTRAINT hold_history_pkey PRIMARY KEY (hold_id, ordinal);

ALTER TABLE ONLY ledger.hold
    ADD CONSTRAINT hold_pkey PRIMARY KEY (id);

ALTER TABLE ONLY ledger.key
    ADD CONSTRAINT key_pkey PRIMARY KEY (key);

ALTER TABLE ONLY ledger.key
    ADD CONSTRAINT key_transaction_id_key UNIQUE (transaction_id);

ALTER TABLE ONLY ledger.period_close
    ADD CONSTRAINT period_close_pkey PRIMARY KEY (id);

ALTER TABLE ONLY ledger.roll
    ADD CONSTRAINT roll_account_id_entry_version_key UNIQUE (account_id, entry_version);

ALTER TABLE ONLY ledger.roll
    ADD CONSTRAINT roll_pkey PRIMARY KEY (account_id, version);

ALTER TABLE ONLY ledger.seal
    ADD CONSTRAINT seal_last_position_key UNIQUE (last_position);

ALTER TABLE ONLY ledger.seal
    ADD CONSTRAINT seal_pkey PRIMARY KEY (number);

ALTER TABLE ONLY ledger.transaction
    ADD CONSTRAINT transaction_pkey PRIMARY KEY (id);

ALTER TABLE ONLY ledger.unrolled
    ADD CONSTRAINT unrolled_pkey PRIMARY KEY (account_id, version);

ALTER TABLE ONLY payments.refill
    ADD CONSTRAINT refill_chain_id_sender_ordinal_key UNIQUE (chain_id, sender, ordinal);

ALTER TABLE ONLY payments.refill
    ADD CONSTRAINT refill_intent_id_key UNIQUE (intent_id);

ALTER TABLE ONLY payments.refill
    ADD CONSTRAINT refill_pkey PRIMARY KEY (id);

ALTER TABLE ONLY payments.refill_rule
    ADD CONSTRAINT refill_rule_pkey PRIMARY KEY (chain_id, sender);

ALTER TABLE ONLY storage.clock_offset
    ADD CONSTRAINT clock_offset_pkey PRIMARY KEY (only_row);

ALTER TABLE ONLY storage.migration
    ADD CONSTRAINT migration_pkey PRIMARY KEY (number);

CREATE INDEX call_result_by_call ON attribution.call_result USING btree (call_id) WHERE (call_id IS NOT NULL);

CREATE INDEX call_result_by_intent ON attribution.call_result USING btree (intent_id) WHERE (intent_id IS NOT NULL);

CREATE UNIQUE INDEX call_result_one_per_call ON attribution.call_result USING btree (transaction_id, generation, call_id) WHERE (call_id IS NOT NULL);

CREATE INDEX movement_by_intent ON attribution.movement USING btree (intent_id) WHERE (intent_id IS NOT NULL);

CREATE INDEX movement_by_transaction ON attribution.movement USING btree (chain_id, tx_hash);

CREATE UNIQUE INDEX movement_phase_one_end ON attribution.movement_phase USING btree (movement_id) WHERE (phase = ANY (ARRAY['confirmed'::text, 'orphaned'::text]));

CREATE INDEX operation_by_user_op_hash ON attribution.operation USING btree (user_op_hash) WHERE (user_op_hash IS NOT NULL);

CREATE INDEX parked_block_due ON attribution.parked_block USING btree (id) WHERE retry_requested;

CREATE UNIQUE INDEX parked_block_open ON attribution.parked_block USING btree (processor, chain_id, block_hash, incarnation) WHERE (resolved_at IS NULL);

CREATE UNIQUE INDEX processed_one_end ON attribution.processed USING btree (chain_id, block_hash, incarnation, tx_hash, processor, version) WHERE (phase = ANY (ARRAY['confirmed'::text, 'orphaned'::text]));

CREATE INDEX record_by_alert ON attribution.record USING btree (alert_kind, alert_subject, id) WHERE (alert_kind IS NOT NULL);

CREATE INDEX record_by_call ON attribution.record USING btree (call_id) WHERE (call_id IS NOT NULL);

CREATE INDEX record_by_processor ON attribution.record USING btree (processor, id);

CREATE UNIQUE INDEX record_phase_one_end ON attribution.record_phase USING btree (record_id) WHERE (phase = ANY (ARRAY['confirmed'::text, 'orphaned'::text]));

CREATE INDEX told_fact_by_transaction ON attribution.told_fact USING btree (chain_id, tx_hash, processor) WHERE (ended_by IS NULL);

CREATE INDEX transaction_by_hash ON attribution.transaction USING btree (chain_id, tx_hash);

CREATE INDEX transaction_due ON attribution.transaction USING btree (chain_id, next_attempt_at, id) WHERE (next_attempt_at IS NOT NULL);

CREATE INDEX transaction_history_by_transaction ON attribution.transaction_history USING btree (transaction_id, id);

CREATE INDEX transaction_unattributed ON attribution.transaction USING btree (chain_id, id) WHERE (state = 'unattributed'::text);

CREATE INDEX account_by_age ON custody.account USING btree (chain_id, created_at, address);

CREATE INDEX account_by_owner ON custody.account USING btree (owner_id, id);

CREATE INDEX account_by_pool ON custody.account USING btree (pool_of, address) WHERE (pool_of IS NOT NULL);

CREATE INDEX approval_by_intent ON custody.approval USING btree (intent_id, id);

CREATE UNIQUE INDEX one_open_approval ON custody.approval USING btree (intent_id) WHERE (state = 'asked'::text);

CREATE INDEX carrier_by_family ON execution.carrier USING btree (family_key);

CREATE INDEX carrier_call_by_family ON execution.carrier_call USING btree (family_key);

CREATE INDEX carrier_of_intent ON execution.carrier_member USING btree (intent_id);

CREATE INDEX dependents ON execution.intent_dependency USING btree (depends_on);

CREATE INDEX history_by_entity ON execution.history USING btree (entity_id, id);

CREATE UNIQUE INDEX incident_open ON execution.incident USING btree (kind, subject) WHERE (closed_at IS NULL);

CREATE INDEX incident_open_by_sender ON execution.incident USING btree (chain_id, sender) WHERE ((closed_at IS NULL) AND (sender IS NOT NULL));

CREATE INDEX intent_by_owner ON execution.intent USING btree (owner_id, id DESC) WHERE (parent_id IS NULL);

CREATE UNIQUE INDEX intent_client_reference ON execution.intent USING btree (owner_id, client_reference) WHERE ((parent_id IS NULL) AND (client_reference IS NOT NULL));

CREATE INDEX intent_due_by_priority ON execution.intent USING btree (priority DESC, next_step_at, id) WHERE (next_step_at IS NOT NULL);

CREATE UNIQUE INDEX intent_family ON execution.intent USING btree (family_key) WHERE (parent_id IS NULL);

CREATE INDEX intent_family_members ON execution.intent USING btree (root_id, id);

CREATE UNIQUE INDEX intent_hold ON execution.intent USING btree (hold_id) WHERE (parent_id IS NULL);

CREATE INDEX intent_on_its_way ON execution.intent USING btree (id) WHERE ((state = ANY (ARRAY['signing'::text, 'executing'::text, 'included'::text])) AND (wish IS NULL));

CREATE INDEX intent_open_by_sender ON execution.intent USING btree (chain_id, sender) WHERE (state <> ALL (ARRAY['confirmed'::text, 'failed'::text, 'cancelled'::text, 'expired'::text, 'escalated'::text]));

CREATE INDEX intent_preparing ON execution.intent USING btree (chain_id, sender, priority) WHERE (state = 'preparing'::text);

CREATE INDEX intent_waits_for_place ON execution.intent USING btree (chain_id, sender, priority DESC, id) WHERE ((state = 'preparing'::text) AND (reason = 'lane_full'::text));

CREATE UNIQUE INDEX one_live_execution ON execution.execution USING btree (prepared_call_id) WHERE (state = ANY (ARRAY['requested'::text, 'signed'::text]));

CREATE UNIQUE INDEX one_live_member ON execution.intent USING btree (root_id) WHERE (state <> ALL (ARRAY['confirmed'::text, 'failed'::text, 'cancelled'::text, 'expired'::text, 'escalated'::text]));

CREATE UNIQUE INDEX one_live_prepared_call ON execution.prepared_call USING btree (carrier_id) WHERE (state = 'live'::text);

CREATE UNIQUE INDEX one_unresolved_carrier ON execution.carrier_member USING btree (intent_id) WHERE (resolved_at IS NULL);

CREATE INDEX prepared_call_by_slot ON execution.prepared_call USING btree (slot_id);

CREATE INDEX revert_by_intent ON execution.revert USING btree (intent_id);

CREATE INDEX revert_due ON execution.revert USING btree (next_try_at) WHERE (next_try_at IS NOT NULL);

CREATE UNIQUE INDEX rung_of_slot ON execution.prepared_call USING btree (slot_id, rung);

CREATE INDEX sealed_prices ON execution.prepared_call USING btree (slot_id) WHERE (state = 'sealed'::text);

CREATE INDEX slot_due ON execution.nonce_slot USING btree (next_step_at, id) WHERE (next_step_at IS NOT NULL);

CREATE INDEX slot_in_flight ON execution.nonce_slot USING btree (chain_id, account, nonce) WHERE (state = ANY (ARRAY['reserved'::text, 'sign_requested'::text, 'signed'::text, 'broadcast_unknown'::text, 'accepted'::text]));

CREATE INDEX slot_mined ON execution.nonce_slot USING btree (chain_id, account) WHERE (state = 'mined'::text);

CREATE INDEX slot_released ON execution.nonce_slot USING btree (chain_id, account, nonce) WHERE (state = 'released'::text);

CREATE INDEX slot_unresolved ON execution.nonce_slot USING btree (chain_id, account, nonce) WHERE (state <> ALL (ARRAY['released'::text, 'finalized'::text, 'filled'::text, 'adopted'::text, 'externally_consumed'::text]));

CREATE INDEX parked_due ON facts.parked USING btree (consumer, "position") WHERE ((resolved_at IS NULL) AND retry_requested);

CREATE INDEX parked_open ON facts.parked USING btree (consumer, key, "position") WHERE (resolved_at IS NULL);

CREATE INDEX stream_by_key ON facts.stream USING btree (key, "position");

CREATE INDEX stream_by_owner ON facts.stream USING btree (owner_id, "position") WHERE (owner_id IS NOT NULL);

CREATE INDEX context_of_owner ON flows.context USING btree (owner_id, id) WHERE (owner_id IS NOT NULL);

CREATE INDEX context_open ON flows.context USING btree (flow, version, fingerprint) WHERE (state = 'open'::text);

CREATE INDEX correlation_of_context ON flows.correlation USING btree (context_id) WHERE (context_id IS NOT NULL);

CREATE INDEX decision_of_question ON flows.decision USING btree (asked_by, question);

CREATE INDEX discrepancy_of_effect ON flows.discrepancy USING btree (effect_id) WHERE ((effect_id IS NOT NULL) AND (resolved_position IS NULL));

CREATE UNIQUE INDEX discrepancy_of_event ON flows.discrepancy USING btree (event_position) WHERE (event_position IS NOT NULL);

CREATE INDEX discrepancy_open ON flows.discrepancy USING btree (opened_at, id) WHERE (resolved_position IS NULL);

CREATE INDEX effect_due ON flows.effect USING btree (next_at, id) WHERE (state = ANY (ARRAY['prepared'::text, 'sent'::text, 'unknown'::text]));

CREATE INDEX effect_of_context ON flows.effect USING btree (context_id);

CREATE INDEX event_waiting ON flows.event USING btree (key, "position") WHERE (state = 'waiting'::text);

CREATE UNIQUE INDEX external_event_once ON flows.external_event USING btree (provider, event_id) WHERE verified;

CREATE INDEX external_event_quarantined ON flows.external_event USING btree (provider, received_at) WHERE (NOT verified);

CREATE INDEX rule_waiting ON flows.rule USING btree (context_id, ordinal) WHERE (state = 'waiting'::text);

CREATE INDEX timer_due ON flows.timer USING btree (due_at) WHERE (NOT told);

CREATE UNIQUE INDEX freeze_open ON governance."freeze" USING btree (scope, subject, COALESCE(list, ''::text)) WHERE (lifted_at IS NULL);

CREATE INDEX freeze_open_by_time ON governance."freeze" USING btree (frozen_at) WHERE (lifted_at IS NULL);

CREATE INDEX freeze_open_of_list ON governance."freeze" USING btree (list) WHERE ((lifted_at IS NULL) AND (list IS NOT NULL));

CREATE INDEX account_scan_by_age ON indexing.account_scan USING btree (chain_id, registered_at);

CREATE INDEX account_scan_open ON indexing.account_scan USING btree (chain_id, next_number) WHERE (done_at IS NULL);

CREATE INDEX backfill_range_by_chain ON indexing.backfill_range USING btree (chain_id, id);

CREATE INDEX backfill_range_by_height ON indexing.backfill_range USING btree (chain_id, to_number);

CREATE UNIQUE INDEX block_one_per_height ON indexing.block USING btree (chain_id, number) WHERE (status = ANY (ARRAY['canonical'::text, 'final'::text]));

CREATE INDEX log_by_transaction ON indexing.log USING btree (chain_id, tx_hash, log_index);

CREATE INDEX native_difference_by_account ON indexing.native_difference USING btree (chain_id, address, id);

CREATE INDEX reorg_by_chain ON indexing.reorg USING btree (chain_id, id);

CREATE INDEX sweep_by_chain ON indexing.sweep USING btree (chain_id, id);

CREATE INDEX transaction_by_height ON indexing.transaction USING btree (chain_id, block_number, tx_index);

CREATE INDEX transaction_by_recipient ON indexing.transaction USING btree (chain_id, "to", block_number) WHERE (value > (0)::numeric);

CREATE INDEX transaction_by_sender ON indexing.transaction USING btree (chain_id, "from", nonce);

CREATE INDEX undone_by_nonce ON indexing.undone USING btree (chain_id, sender, nonce);

CREATE INDEX account_by_owner ON ledger.account USING btree (owner_id, id) WHERE (owner_id IS NOT NULL);

CREATE INDEX hold_by_group ON ledger.hold USING btree (group_id) WHERE (group_id IS NOT NULL);

CREATE INDEX hold_due ON ledger.hold USING btree (expires_at) WHERE ((state = ANY (ARRAY['held'::text, 'partial'::text])) AND (expires_at IS NOT NULL));

CREATE INDEX hold_open ON ledger.hold USING btree (account_id) WHERE (state = ANY (ARRAY['held'::text, 'partial'::text]));

CREATE INDEX transaction_by_call ON ledger.transaction USING btree (call_id) WHERE (call_id IS NOT NULL);

CREATE INDEX transaction_by_external ON ledger.transaction USING btree (external_event) WHERE (external_event IS NOT NULL);

CREATE INDEX transaction_by_group ON ledger.transaction USING btree (group_id) WHERE (group_id IS NOT NULL);

CREATE INDEX transaction_by_intent ON ledger.transaction USING btree (intent_id) WHERE (intent_id IS NOT NULL);

CREATE INDEX transaction_by_node ON ledger.transaction USING btree (flow_node) WHERE (flow_node IS NOT NULL);

CREATE INDEX transaction_by_reverses ON ledger.transaction USING btree (reverses) WHERE (reverses IS NOT NULL);

CREATE INDEX transaction_by_source ON ledger.transaction USING btree (source_position) WHERE (source_position IS NOT NULL);

CREATE INDEX refill_due ON payments.refill_rule USING btree (next_check_at);

ALTER INDEX ledger.entry_pkey ATTACH PARTITION ledger.entry_0_pkey;

ALTER INDEX ledger.entry_pkey ATTACH PARTITION ledger.entry_1_pkey;

ALTER INDEX ledger.entry_pkey ATTACH PARTITION ledger.entry_2_pkey;

ALTER INDEX ledger.entry_pkey ATTACH PARTITION ledger.entry_3_pkey;

ALTER INDEX ledger.entry_pkey ATTACH PARTITION ledger.entry_4_pkey;

ALTER INDEX ledger.entry_pkey ATTACH PARTITION ledger.entry_5_pkey;

ALTER INDEX ledger.entry_pkey ATTACH PARTITION ledger.entry_6_pkey;

ALTER INDEX ledger.entry_pkey ATTACH PARTITION ledger.entry_7_pkey;

CREATE TRIGGER request_is_append_only BEFORE DELETE OR UPDATE ON admission.request FOR EACH ROW EXECUTE FUNCTION storage.refuse_change();

CREATE TRIGGER call_result_is_append_only BEFORE DELETE OR UPDATE ON attribution.call_result FOR EACH ROW EXECUTE FUNCTION storage.refuse_change();

CREATE TRIGGER decision_is_append_only BEFORE DELETE OR UPDATE ON attribution.decision FOR EACH ROW EXECUTE FUNCTION storage.refuse_change();

CREATE TRIGGER factory_child_is_append_only BEFORE DELETE OR UPDATE ON attribution.factory_child FOR EACH ROW EXECUTE FUNCTION storage.refuse_change();

CREATE TRIGGER finding_is_append_only BEFORE DELETE OR UPDATE ON attribution.finding FOR EACH ROW EXECUTE FUNCTION storage.refuse_change();

CREATE TRIGGER frame_is_append_only BEFORE DELETE OR UPDATE ON attribution.frame FOR EACH ROW EXECUTE FUNCTION storage.refuse_change();

CREATE TRIGGER log_is_append_only BEFORE DELETE OR UPDATE ON attribution.log FOR EACH ROW EXECUTE FUNCTION storage.refuse_change();

CREATE TRIGGER movement_is_append_only BEFORE DELETE OR UPDATE ON attribution.movement FOR EACH ROW EXECUTE FUNCTION storage.refuse_change();

CREATE TRIGGER movement_phase_is_append_only BEFORE DELETE OR UPDATE ON attribution.movement_phase FOR EACH ROW EXECUTE FUNCTION storage.refuse_change();

CREATE TRIGGER operation_is_append_only BEFORE DELETE OR UPDATE ON attribution.operation FOR EACH ROW EXECUTE FUNCTION storage.refuse_change();

CREATE TRIGGER own_operation_is_append_only BEFORE DELETE OR UPDATE ON attribution.own_operation FOR EACH ROW EXECUTE FUNCTION storage.refuse_change();

CREATE TRIGGER processed_is_append_only BEFORE DELETE OR UPDATE ON attribution.processed FOR EACH ROW EXECUTE FUNCTION storage.refuse_change();

CREATE TRIGGER record_is_append_only BEFORE DELETE OR UPDATE ON attribution.record FOR EACH ROW EXECUTE FUNCTION storage.refuse_change();

CREATE TRIGGER record_phase_is_append_only BEFORE DELETE OR UPDATE ON attribution.record_phase FOR EACH ROW EXECUTE FUNCTION storage.refuse_change();

CREATE TRIGGER record_replaced_is_append_only BEFORE DELETE OR UPDATE ON attribution.record_replaced FOR EACH ROW EXECUTE FUNCTION storage.refuse_change();

CREATE TRIGGER transaction_history_is_append_only BEFORE DELETE OR UPDATE ON attribution.transaction_history FOR EACH ROW EXECUTE FUNCTION storage.refuse_change();

CREATE TRIGGER undecodable_log_is_append_only BEFORE DELETE OR UPDATE ON attribution.undecodable_log FOR EACH ROW EXECUTE FUNCTION storage.refuse_change();

CREATE TRIGGER call_is_append_only BEFORE DELETE OR UPDATE ON calls.call FOR EACH ROW EXECUTE FUNCTION storage.refuse_change();

CREATE TRIGGER approval_is_decided_once BEFORE UPDATE ON custody.approval FOR EACH ROW EXECUTE FUNCTION custody.keep_decision();

CREATE TRIGGER adoption_is_append_only BEFORE DELETE OR UPDATE ON execution.adoption FOR EACH ROW EXECUTE FUNCTION storage.refuse_change();

CREATE TRIGGER carrier_call_is_append_only BEFORE DELETE OR UPDATE ON execution.carrier_call FOR EACH ROW EXECUTE FUNCTION storage.refuse_change();

CREATE TRIGGER composition_is_frozen BEFORE INSERT ON execution.carrier_member FOR EACH ROW EXECUTE FUNCTION execution.refuse_new_member();

CREATE TRIGGER history_is_append_only BEFORE DELETE OR UPDATE ON execution.history FOR EACH ROW EXECUTE FUNCTION storage.refuse_change();

CREATE TRIGGER revert_reason_is_append_only BEFORE DELETE OR UPDATE ON execution.revert_reason FOR EACH ROW EXECUTE FUNCTION storage.refuse_change();

CREATE TRIGGER signed_effect_stays BEFORE UPDATE OF carrier_id ON execution.nonce_slot FOR EACH ROW EXECUTE FUNCTION execution.keep_effect();

CREATE TRIGGER signed_is_never_released BEFORE UPDATE ON execution.nonce_slot FOR EACH ROW EXECUTE FUNCTION execution.refuse_release();

CREATE TRIGGER handled_is_append_only BEFORE DELETE OR UPDATE ON facts.handled FOR EACH ROW EXECUTE FUNCTION storage.refuse_change();

CREATE TRIGGER handled_is_not_truncated BEFORE TRUNCATE ON facts.handled FOR EACH STATEMENT EXECUTE FUNCTION storage.refuse_change();

CREATE TRIGGER stream_is_append_only BEFORE DELETE OR UPDATE ON facts.stream FOR EACH ROW EXECUTE FUNCTION storage.refuse_change();

CREATE TRIGGER stream_is_not_truncated BEFORE TRUNCATE ON facts.stream FOR EACH STATEMENT EXECUTE FUNCTION storage.refuse_change();

CREATE TRIGGER definition_is_append_only BEFORE DELETE OR UPDATE ON flows.definition FOR EACH ROW EXECUTE FUNCTION storage.refuse_change();

CREATE TRIGGER effect_move_is_append_only BEFORE DELETE OR UPDATE ON flows.effect_move FOR EACH ROW EXECUTE FUNCTION storage.refuse_change();

CREATE TRIGGER external_event_is_append_only BEFORE DELETE OR UPDATE ON flows.external_event FOR EACH ROW EXECUTE FUNCTION storage.refuse_change();

CREATE TRIGGER audit_is_append_only BEFORE DELETE OR UPDATE ON governance.audit FOR EACH ROW EXECUTE FUNCTION storage.refuse_change();

CREATE TRIGGER backfill_range_is_append_only BEFORE DELETE OR UPDATE ON indexing.backfill_range FOR EACH ROW EXECUTE FUNCTION storage.refuse_change();

CREATE TRIGGER block_history_goes_with_its_block BEFORE DELETE ON indexing.block_history FOR EACH ROW EXECUTE FUNCTION indexing.check_history_deletion();

CREATE TRIGGER block_history_is_append_only BEFORE UPDATE ON indexing.block_history FOR EACH ROW EXECUTE FUNCTION storage.refuse_change();

CREATE TRIGGER block_is_not_deleted BEFORE DELETE ON indexing.block FOR EACH ROW EXECUTE FUNCTION indexing.check_block_deletion();

CREATE TRIGGER block_is_not_truncated BEFORE TRUNCATE ON indexing.block FOR EACH STATEMENT EXECUTE FUNCTION storage.refuse_change();

CREATE TRIGGER block_keeps_its_name BEFORE UPDATE OF chain_id, hash, incarnation, number, parent_hash ON indexing.block FOR EACH ROW EXECUTE FUNCTION storage.refuse_change();

CREATE TRIGGER block_moves_once BEFORE UPDATE ON indexing.block FOR EACH ROW EXECUTE FUNCTION indexing.check_block_move();

CREATE TRIGGER chain_keeps_promises BEFORE UPDATE ON indexing.chain FOR EACH ROW EXECUTE FUNCTION indexing.keep_promises();

CREATE TRIGGER log_has_its_transaction AFTER INSERT ON indexing.log REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION indexing.check_logs();

CREATE TRIGGER log_is_append_only BEFORE DELETE OR UPDATE ON indexing.log FOR EACH ROW EXECUTE FUNCTION storage.refuse_change();

CREATE TRIGGER native_difference_is_append_only BEFORE DELETE OR UPDATE ON indexing.native_difference FOR EACH ROW EXECUTE FUNCTION storage.refuse_change();

CREATE TRIGGER sweep_is_append_only BEFORE DELETE OR UPDATE ON indexing.sweep FOR EACH ROW EXECUTE FUNCTION storage.refuse_change();

CREATE TRIGGER transaction_has_its_block AFTER INSERT ON indexing.transaction REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION indexing.check_transactions();

CREATE TRIGGER transaction_is_append_only BEFORE DELETE OR UPDATE ON indexing.transaction FOR EACH ROW EXECUTE FUNCTION storage.refuse_change();

CREATE TRIGGER transaction_is_not_truncated BEFORE TRUNCATE ON indexing.transaction FOR EACH STATEMENT EXECUTE FUNCTION storage.refuse_change();

CREATE TRIGGER undone_is_append_only BEFORE DELETE OR UPDATE ON indexing.undone FOR EACH ROW EXECUTE FUNCTION storage.refuse_change();

CREATE TRIGGER undone_is_not_truncated BEFORE TRUNCATE ON indexing.undone FOR EACH STATEMENT EXECUTE FUNCTION storage.refuse_change();

CREATE TRIGGER account_change_is_append_only BEFORE DELETE OR UPDATE ON ledger.account_change FOR EACH ROW EXECUTE FUNCTION storage.refuse_change();

CREATE TRIGGER account_change_is_not_truncated BEFORE TRUNCATE ON ledger.account_change FOR EACH STATEMENT EXECUTE FUNCTION storage.refuse_change();

CREATE TRIGGER account_is_not_truncated BEFORE TRUNCATE ON ledger.account FOR EACH STATEMENT EXECUTE FUNCTION storage.refuse_change();

CREATE TRIGGER account_keeps_its_meaning BEFORE DELETE OR UPDATE OF id, code, kind, asset, owner_id, opened_at ON ledger.account FOR EACH ROW EXECUTE FUNCTION storage.refuse_change();

CREATE TRIGGER account_keeps_its_policy BEFORE UPDATE OF policy ON ledger.account FOR EACH ROW EXECUTE FUNCTION storage.refuse_change();

CREATE TRIGGER entry_0_is_not_truncated BEFORE TRUNCATE ON ledger.entry_0 FOR EACH STATEMENT EXECUTE FUNCTION storage.refuse_change();

CREATE TRIGGER entry_0_is_whole AFTER INSERT ON ledger.entry_0 REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION ledger.check_entries();

CREATE TRIGGER entry_1_is_not_truncated BEFORE TRUNCATE ON ledger.entry_1 FOR EACH STATEMENT EXECUTE FUNCTION storage.refuse_change();

CREATE TRIGGER entry_1_is_whole AFTER INSERT ON ledger.entry_1 REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION ledger.check_entries();

CREATE TRIGGER entry_2_is_not_truncated BEFORE TRUNCATE ON ledger.entry_2 FOR EACH STATEMENT EXECUTE FUNCTION storage.refuse_change();

CREATE TRIGGER entry_2_is_whole AFTER INSERT ON ledger.entry_2 REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION ledger.check_entries();

CREATE TRIGGER entry_3_is_not_truncated BEFORE TRUNCATE ON ledger.entry_3 FOR EACH STATEMENT EXECUTE FUNCTION storage.refuse_change();

CREATE TRIGGER entry_3_is_whole AFTER INSERT ON ledger.entry_3 REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION ledger.check_entries();

CREATE TRIGGER entry_4_is_not_truncated BEFORE TRUNCATE ON ledger.entry_4 FOR EACH STATEMENT EXECUTE FUNCTION storage.refuse_change();

CREATE TRIGGER entry_4_is_whole AFTER INSERT ON ledger.entry_4 REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION ledger.check_entries();

CREATE TRIGGER entry_5_is_not_truncated BEFORE TRUNCATE ON ledger.entry_5 FOR EACH STATEMENT EXECUTE FUNCTION storage.refuse_change();

CREATE TRIGGER entry_5_is_whole AFTER INSERT ON ledger.entry_5 REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION ledger.check_entries();

CREATE TRIGGER entry_6_is_not_truncated BEFORE TRUNCATE ON ledger.entry_6 FOR EACH STATEMENT EXECUTE FUNCTION storage.refuse_change();

CREATE TRIGGER entry_6_is_whole AFTER INSERT ON ledger.entry_6 REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION ledger.check_entries();

CREATE TRIGGER entry_7_is_not_truncated BEFORE TRUNCATE ON ledger.entry_7 FOR EACH STATEMENT EXECUTE FUNCTION storage.refuse_change();

CREATE TRIGGER entry_7_is_whole AFTER INSERT ON ledger.entry_7 REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION ledger.check_entries();

CREATE TRIGGER entry_is_append_only BEFORE DELETE OR UPDATE ON ledger.entry FOR EACH ROW EXECUTE FUNCTION storage.refuse_change();

CREATE TRIGGER entry_is_not_truncated BEFORE TRUNCATE ON ledger.entry FOR EACH STATEMENT EXECUTE FUNCTION storage.refuse_change();

CREATE TRIGGER entry_is_whole AFTER INSERT ON ledger.entry REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION ledger.check_entries();

CREATE TRIGGER hold_history_is_append_only BEFORE DELETE OR UPDATE ON ledger.hold_history FOR EACH ROW EXECUTE FUNCTION storage.refuse_change();

CREATE TRIGGER hold_history_is_not_truncated BEFORE TRUNCATE ON ledger.hold_history FOR EACH STATEMENT EXECUTE FUNCTION storage.refuse_change();

CREATE TRIGGER hold_is_not_truncated BEFORE TRUNCATE ON ledger.hold FOR EACH STATEMENT EXECUTE FUNCTION storage.refuse_change();

CREATE TRIGGER hold_keeps_its_group BEFORE UPDATE OF to_account, group_id, actor ON ledger.hold FOR EACH ROW EXECUTE FUNCTION storage.refuse_change();

CREATE TRIGGER hold_keeps_its_meaning BEFORE DELETE OR UPDATE OF id, account_id, amount, kind, bound_to, created_at, expires_at ON ledger.hold FOR EACH ROW EXECUTE FUNCTION storage.refuse_change();

CREATE TRIGGER key_is_append_only BEFORE DELETE OR UPDATE ON ledger.key FOR EACH ROW EXECUTE FUNCTION storage.refuse_change();

CREATE TRIGGER key_is_not_truncated BEFORE TRUNCATE ON ledger.key FOR EACH STATEMENT EXECUTE FUNCTION storage.refuse_change();

CREATE TRIGGER period_close_is_not_truncated BEFORE TRUNCATE ON ledger.period_close FOR EACH STATEMENT EXECUTE FUNCTION storage.refuse_change();

CREATE TRIGGER period_close_keeps_its_meaning BEFORE DELETE OR UPDATE OF id, until, reason, requested_by, requested_at ON ledger.period_close FOR EACH ROW EXECUTE FUNCTION storage.refuse_change();

CREATE TRIGGER roll_is_append_only BEFORE DELETE OR UPDATE ON ledger.roll FOR EACH ROW EXECUTE FUNCTION storage.refuse_change();

CREATE TRIGGER roll_is_not_truncated BEFORE TRUNCATE ON ledger.roll FOR EACH STATEMENT EXECUTE FUNCTION storage.refuse_change();

CREATE TRIGGER seal_is_append_only BEFORE DELETE OR UPDATE ON ledger.seal FOR EACH ROW EXECUTE FUNCTION storage.refuse_change();

CREATE TRIGGER seal_is_not_truncated BEFORE TRUNCATE ON ledger.seal FOR EACH STATEMENT EXECUTE FUNCTION storage.refuse_change();

CREATE TRIGGER transaction_is_append_only BEFORE DELETE OR UPDATE ON ledger.transaction FOR EACH ROW EXECUTE FUNCTION storage.refuse_change();

CREATE TRIGGER transaction_is_not_truncated BEFORE TRUNCATE ON ledger.transaction FOR EACH STATEMENT EXECUTE FUNCTION storage.refuse_change();

CREATE TRIGGER transaction_is_whole AFTER INSERT ON ledger.transaction REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION ledger.check_transactions();

CREATE TRIGGER unrolled_is_not_truncated BEFORE TRUNCATE ON ledger.unrolled FOR EACH STATEMENT EXECUTE FUNCTION storage.refuse_change();

ALTER TABLE ONLY admission.request
    ADD CONSTRAINT request_intent_id_fkey FOREIGN KEY (intent_id) REFERENCES execution.intent(id);

ALTER TABLE ONLY admission.request
    ADD CONSTRAINT request_owner_id_fkey FOREIGN KEY (owner_id) REFERENCES governance.owner(id);

ALTER TABLE ONLY attribution.call_result
    ADD CONSTRAINT call_result_transaction_id_fkey FOREIGN KEY (transaction_id) REFERENCES attribution.transaction(id);

ALTER TABLE ONLY attribution.decision
    ADD CONSTRAINT decision_transaction_id_fkey FOREIGN KEY (transaction_id) REFERENCES attribution.transaction(id);

ALTER TABLE ONLY attribution.factory_child
    ADD CONSTRAINT factory_child_chain_id_block_hash_incarnation_tx_hash_fkey FOREIGN KEY (chain_id, block_hash, incarnation, tx_hash) REFERENCES attribution.transaction(chain_id, block_hash, incarnation, tx_hash);

ALTER TABLE ONLY attribution.factory_child
    ADD CONSTRAINT factory_child_processor_fkey FOREIGN KEY (processor) REFERENCES attribution.processor(name);

ALTER TABLE ONLY attribution.finding
    ADD CONSTRAINT finding_transaction_id_fkey FOREIGN KEY (transaction_id) REFERENCES attribution.transaction(id);

ALTER TABLE ONLY attribution.finding
    ADD CONSTRAINT finding_transaction_id_generation_ordinal_fkey FOREIGN KEY (transaction_id, generation, ordinal) REFERENCES attribution.call_result(transaction_id, generation, ordinal);

ALTER TABLE ONLY attribution.frame
    ADD CONSTRAINT frame_transaction_id_fkey FOREIGN KEY (transaction_id) REFERENCES attribution.transaction(id);

ALTER TABLE ONLY attribution.log
    ADD CONSTRAINT log_transaction_id_fkey FOREIGN KEY (transaction_id) REFERENCES attribution.transaction(id);

ALTER TABLE ONLY attribution.log
    ADD CONSTRAINT log_transaction_id_generation_ordinal_fkey FOREIGN KEY (transaction_id, generation, ordinal) REFERENCES attribution.call_result(transaction_id, generation, ordinal);

ALTER TABLE ONLY attribution.movement_phase
    ADD CONSTRAINT movement_phase_movement_id_fkey FOREIGN KEY (movement_id) REFERENCES attribution.movement(id);

ALTER TABLE ONLY attribution.operation
    ADD CONSTRAINT operation_transaction_id_fkey FOREIGN KEY (transaction_id) REFERENCES attribution.transaction(id);

ALTER TABLE ONLY attribution.parked_block
    ADD CONSTRAINT parked_block_processor_fkey FOREIGN KEY (processor) REFERENCES attribution.processor(name);

ALTER TABLE ONLY attribution.partial
    ADD CONSTRAINT partial_processor_fkey FOREIGN KEY (processor) REFERENCES attribution.processor(name);

ALTER TABLE ONLY attribution.processed
    ADD CONSTRAINT processed_chain_id_block_hash_incarnation_tx_hash_fkey FOREIGN KEY (chain_id, block_hash, incarnation, tx_hash) REFERENCES attribution.transaction(chain_id, block_hash, incarnation, tx_hash);

ALTER TABLE ONLY attribution.processed
    ADD CONSTRAINT processed_processor_fkey FOREIGN KEY (processor) REFERENCES attribution.processor(name);

ALTER TABLE ONLY attribution.record
    ADD CONSTRAINT record_chain_id_block_hash_incarnation_tx_hash_fkey FOREIGN KEY (chain_id, block_hash, incarnation, tx_hash) REFERENCES attribution.transaction(chain_id, block_hash, incarnation, tx_hash);

ALTER TABLE ONLY attribution.record_phase
    ADD CONSTRAINT record_phase_record_id_fkey FOREIGN KEY (record_id) REFERENCES attribution.record(id);

ALTER TABLE ONLY attribution.record
    ADD CONSTRAINT record_processor_fkey FOREIGN KEY (processor) REFERENCES attribution.processor(name);

ALTER TABLE ONLY attribution.record_replaced
    ADD CONSTRAINT record_replaced_record_id_fkey FOREIGN KEY (record_id) REFERENCES attribution.record(id);

ALTER TABLE ONLY attribution.told_fact
    ADD CONSTRAINT told_fact_processor_fkey FOREIGN KEY (processor) REFERENCES attribution.processor(name);

ALTER TABLE ONLY attribution.transaction_history
    ADD CONSTRAINT transaction_history_transaction_id_fkey FOREIGN KEY (transaction_id) REFERENCES attribution.transaction(id);

ALTER TABLE ONLY calls.call
    ADD CONSTRAINT call_intent_id_fkey FOREIGN KEY (intent_id) REFERENCES execution.intent(id);

ALTER TABLE ONLY custody.account
    ADD CONSTRAINT account_owner_id_fkey FOREIGN KEY (owner_id) REFERENCES governance.owner(id);

ALTER TABLE ONLY custody.account
    ADD CONSTRAINT pool_is_of_the_same FOREIGN KEY (pool_of, owner_id, chain_id, custody, native_is_customer_money, pool_is_front) REFERENCES custody.account(id, owner_id, chain_id, custody, native_is_customer_money, is_front);

ALTER TABLE ONLY execution.adoption
    ADD CONSTRAINT adoption_intent_id_fkey FOREIGN KEY (intent_id) REFERENCES execution.intent(id);

ALTER TABLE ONLY execution.adoption
    ADD CONSTRAINT adoption_slot_id_fkey FOREIGN KEY (slot_id) REFERENCES execution.nonce_slot(id);

ALTER TABLE ONLY execution.carrier_call
    ADD CONSTRAINT carrier_call_carrier_id_fkey FOREIGN KEY (carrier_id) REFERENCES execution.carrier(id);

ALTER TABLE ONLY execution.carrier_member
    ADD CONSTRAINT carrier_member_carrier_id_fkey FOREIGN KEY (carrier_id) REFERENCES execution.carrier(id);

ALTER TABLE ONLY execution.carrier_member
    ADD CONSTRAINT carrier_member_intent_id_fkey FOREIGN KEY (intent_id) REFERENCES execution.intent(id);

ALTER TABLE ONLY execution.execution
    ADD CONSTRAINT execution_prepared_call_id_fkey FOREIGN KEY (prepared_call_id) REFERENCES execution.prepared_call(id);

ALTER TABLE ONLY execution.head_of_line
    ADD CONSTRAINT head_of_line_slot_id_fkey FOREIGN KEY (slot_id) REFERENCES execution.nonce_slot(id);

ALTER TABLE ONLY execution.intent
    ADD CONSTRAINT intent_account_id_fkey FOREIGN KEY (account_id) REFERENCES custody.account(id);

ALTER TABLE ONLY execution.intent_dependency
    ADD CONSTRAINT intent_dependency_depends_on_fkey FOREIGN KEY (depends_on) REFERENCES execution.intent(id);

ALTER TABLE ONLY execution.intent_dependency
    ADD CONSTRAINT intent_dependency_intent_id_fkey FOREIGN KEY (intent_id) REFERENCES execution.intent(id);

ALTER TABLE ONLY execution.intent
    ADD CONSTRAINT intent_hold_id_fkey FOREIGN KEY (hold_id) REFERENCES ledger.hold(id);

ALTER TABLE ONLY execution.intent
    ADD CONSTRAINT intent_owner_id_fkey FOREIGN KEY (owner_id) REFERENCES governance.owner(id);

ALTER TABLE ONLY execution.intent
    ADD CONSTRAINT intent_parent_id_fkey FOREIGN KEY (parent_id) REFERENCES execution.intent(id);

ALTER TABLE ONLY execution.intent
    ADD CONSTRAINT intent_root_id_fkey FOREIGN KEY (root_id) REFERENCES execution.intent(id);

ALTER TABLE ONLY execution.node
    ADD CONSTRAINT node_execution_id_fkey FOREIGN KEY (execution_id) REFERENCES execution.execution(id);

ALTER TABLE ONLY execution.nonce_check
    ADD CONSTRAINT nonce_check_slot_id_fkey FOREIGN KEY (slot_id) REFERENCES execution.nonce_slot(id);

ALTER TABLE ONLY execution.nonce_slot
    ADD CONSTRAINT nonce_slot_carrier_id_fkey FOREIGN KEY (carrier_id) REFERENCES execution.carrier(id);

ALTER TABLE ONLY execution.nonce_slot
    ADD CONSTRAINT nonce_slot_fill_carrier_id_fkey FOREIGN KEY (fill_carrier_id) REFERENCES execution.carrier(id);

ALTER TABLE ONLY execution.prepared_call
    ADD CONSTRAINT prepared_call_carrier_id_effect_hash_fkey FOREIGN KEY (carrier_id, effect_hash) REFERENCES execution.carrier(id, effect_hash);

ALTER TABLE ONLY execution.prepared_call
    ADD CONSTRAINT prepared_call_slot_id_fkey FOREIGN KEY (slot_id) REFERENCES execution.nonce_slot(id);

ALTER TABLE ONLY execution.revert
    ADD CONSTRAINT revert_intent_id_fkey FOREIGN KEY (intent_id) REFERENCES execution.intent(id);

ALTER TABLE ONLY execution.revert_reason
    ADD CONSTRAINT revert_reason_chain_id_tx_hash_fkey FOREIGN KEY (chain_id, tx_hash) REFERENCES execution.revert(chain_id, tx_hash);

ALTER TABLE ONLY execution.revert
    ADD CONSTRAINT revert_slot_id_fkey FOREIGN KEY (slot_id) REFERENCES execution.nonce_slot(id);

ALTER TABLE ONLY facts.parked
    ADD CONSTRAINT parked_position_fkey FOREIGN KEY ("position") REFERENCES facts.stream("position");

ALTER TABLE ONLY flows.context
    ADD CONSTRAINT context_flow_version_fingerprint_fkey FOREIGN KEY (flow, version, fingerprint) REFERENCES flows.definition(flow, version, fingerprint);

ALTER TABLE ONLY flows.correlation
    ADD CONSTRAINT correlation_context_id_fkey FOREIGN KEY (context_id) REFERENCES flows.context(id);

ALTER TABLE ONLY flows.discrepancy
    ADD CONSTRAINT discrepancy_context_id_fkey FOREIGN KEY (context_id) REFERENCES flows.context(id);

ALTER TABLE ONLY flows.effect
    ADD CONSTRAINT effect_context_id_fkey FOREIGN KEY (context_id) REFERENCES flows.context(id);

ALTER TABLE ONLY flows.effect
    ADD CONSTRAINT effect_id_fkey FOREIGN KEY (id) REFERENCES flows.node(id);

ALTER TABLE ONLY flows.effect_move
    ADD CONSTRAINT effect_move_effect_id_fkey FOREIGN KEY (effect_id) REFERENCES flows.effect(id);

ALTER TABLE ONLY flows.event
    ADD CONSTRAINT event_key_fkey FOREIGN KEY (key) REFERENCES flows.correlation(key);

ALTER TABLE ONLY flows.event
    ADD CONSTRAINT event_rule_id_fkey FOREIGN KEY (rule_id) REFERENCES flows.rule(id);

ALTER TABLE ONLY flows.node
    ADD CONSTRAINT node_context_id_fkey FOREIGN KEY (context_id) REFERENCES flows.context(id);

ALTER TABLE ONLY flows.node
    ADD CONSTRAINT node_parent_id_fkey FOREIGN KEY (parent_id) REFERENCES flows.node(id);

ALTER TABLE ONLY flows.node
    ADD CONSTRAINT node_rule_id_fkey FOREIGN KEY (rule_id) REFERENCES flows.rule(id);

ALTER TABLE ONLY flows.rule
    ADD CONSTRAINT rule_bound_effect_fkey FOREIGN KEY (bound_effect) REFERENCES flows.node(id);

ALTER TABLE ONLY flows.rule
    ADD CONSTRAINT rule_context_id_fkey FOREIGN KEY (context_id) REFERENCES flows.context(id);

ALTER TABLE ONLY flows.rule
    ADD CONSTRAINT rule_spawned_by_fkey FOREIGN KEY (spawned_by) REFERENCES flows.node(id);

ALTER TABLE ONLY flows.timer
    ADD CONSTRAINT timer_rule_id_fkey FOREIGN KEY (rule_id) REFERENCES flows.rule(id);

ALTER TABLE ONLY governance.api_key
    ADD CONSTRAINT api_key_owner_id_fkey FOREIGN KEY (owner_id) REFERENCES governance.owner(id);

ALTER TABLE ONLY indexing.account_scan
    ADD CONSTRAINT account_scan_chain_id_fkey FOREIGN KEY (chain_id) REFERENCES indexing.chain(chain_id);

ALTER TABLE ONLY indexing.backfill_range
    ADD CONSTRAINT backfill_range_chain_id_fkey FOREIGN KEY (chain_id) REFERENCES indexing.chain(chain_id);

ALTER TABLE ONLY indexing.block
    ADD CONSTRAINT block_chain_id_fkey FOREIGN KEY (chain_id) REFERENCES indexing.chain(chain_id);

ALTER TABLE ONLY indexing.block_history
    ADD CONSTRAINT block_history_chain_id_hash_incarnation_fkey FOREIGN KEY (chain_id, hash, incarnation) REFERENCES indexing.block(chain_id, hash, incarnation) ON DELETE CASCADE;

ALTER TABLE ONLY indexing.native_balance
    ADD CONSTRAINT native_balance_chain_id_fkey FOREIGN KEY (chain_id) REFERENCES indexing.chain(chain_id);

ALTER TABLE ONLY indexing.native_difference
    ADD CONSTRAINT native_difference_chain_id_fkey FOREIGN KEY (chain_id) REFERENCES indexing.chain(chain_id);

ALTER TABLE ONLY indexing.native_walk
    ADD CONSTRAINT native_walk_chain_id_fkey FOREIGN KEY (chain_id) REFERENCES indexing.chain(chain_id);

ALTER TABLE ONLY indexing.provider
    ADD CONSTRAINT provider_chain_id_fkey FOREIGN KEY (chain_id) REFERENCES indexing.chain(chain_id);

ALTER TABLE ONLY indexing.reorg
    ADD CONSTRAINT reorg_chain_id_fkey FOREIGN KEY (chain_id) REFERENCES indexing.chain(chain_id);

ALTER TABLE ONLY indexing.sweep
    ADD CONSTRAINT sweep_chain_id_fkey FOREIGN KEY (chain_id) REFERENCES indexing.chain(chain_id);

ALTER TABLE ONLY indexing.undone
    ADD CONSTRAINT undone_chain_id_fkey FOREIGN KEY (chain_id) REFERENCES indexing.chain(chain_id);

ALTER TABLE ONLY indexing.unlisted_movement
    ADD CONSTRAINT unlisted_movement_chain_id_fkey FOREIGN KEY (chain_id) REFERENCES indexing.chain(chain_id);

ALTER TABLE ONLY ledger.account_change
    ADD CONSTRAINT account_change_account_id_fkey FOREIGN KEY (account_id) REFERENCES ledger.account(id);

ALTER TABLE ONLY ledger.hold
    ADD CONSTRAINT hold_account_id_fkey FOREIGN KEY (account_id) REFERENCES ledger.account(id);

ALTER TABLE ONLY ledger.hold_history
    ADD CONSTRAINT hold_history_hold_id_fkey FOREIGN KEY (hold_id) REFERENCES ledger.hold(id);

ALTER TABLE ONLY ledger.hold_history
    ADD CONSTRAINT hold_history_transaction_id_fkey FOREIGN KEY (transaction_id) REFERENCES ledger.transaction(id);

ALTER TABLE ONLY ledger.hold
    ADD CONSTRAINT hold_to_account_fkey FOREIGN KEY (to_account) REFERENCES ledger.account(id);

ALTER TABLE ONLY ledger.roll
    ADD CONSTRAINT roll_account_id_fkey FOREIGN KEY (account_id) REFERENCES ledger.account(id);

GRANT USAGE ON SCHEMA admission TO ce_app;
GRANT USAGE ON SCHEMA admission TO ce_read;

GRANT USAGE ON SCHEMA attribution TO ce_app;
GRANT USAGE ON SCHEMA attribution TO ce_read;

GRANT USAGE ON SCHEMA calls TO ce_app;
GRANT USAGE ON SCHEMA calls TO ce_read;

GRANT USAGE ON SCHEMA custody TO ce_app;
GRANT USAGE ON SCHEMA custody TO ce_read;

GRANT USAGE ON SCHEMA execution TO ce_app;
GRANT USAGE ON SCHEMA execution TO ce_read;

GRANT USAGE ON SCHEMA facts TO ce_app;
GRANT USAGE ON SCHEMA facts TO ce_read;

GRANT USAGE ON SCHEMA flows TO ce_app;
GRANT USAGE ON SCHEMA flows TO ce_read;

GRANT USAGE ON SCHEMA governance TO ce_app;
GRANT USAGE ON SCHEMA governance TO ce_read;

GRANT USAGE ON SCHEMA indexing TO ce_app;
GRANT USAGE ON SCHEMA indexing TO ce_read;

GRANT USAGE ON SCHEMA ledger TO ce_app;
GRANT USAGE ON SCHEMA ledger TO ce_read;

GRANT USAGE ON SCHEMA payments TO ce_app;
GRANT USAGE ON SCHEMA payments TO ce_read;

GRANT USAGE ON SCHEMA storage TO ce_app;
GRANT USAGE ON SCHEMA storage TO ce_read;

REVOKE ALL ON FUNCTION facts.append(p_type text, p_keys text[], p_owners uuid[], p_payloads jsonb[]) FROM PUBLIC;

REVOKE ALL ON FUNCTION indexing.prune_blocks(of_chain bigint, kept interval, heights_max integer) FROM PUBLIC;
GRANT ALL ON FUNCTION indexing.prune_blocks(of_chain bigint, kept interval, heights_max integer) TO ce_app;

GRANT ALL ON FUNCTION storage.clock() TO ce_app;
GRANT ALL ON FUNCTION storage.clock() TO ce_read;

GRANT SELECT,INSERT ON TABLE indexing.backfill_range TO ce_app;
GRANT SELECT ON TABLE indexing.backfill_range TO ce_read;

REVOKE ALL ON FUNCTION indexing.range_over(of_chain bigint, height bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION indexing.range_over(of_chain bigint, height bigint) TO ce_app;

REVOKE ALL ON FUNCTION ledger.amount_problem(p_amount numeric) FROM PUBLIC;

REVOKE ALL ON FUNCTION ledger.approve_close(p_id uuid, p_actor text) FROM PUBLIC;
GRANT ALL ON FUNCTION ledger.approve_close(p_id uuid, p_actor text) TO ce_app;

GRANT SELECT ON TABLE ledger.account TO ce_app;
GRANT SELECT ON TABLE ledger.account TO ce_read;

REVOKE ALL ON FUNCTION ledger.available(a ledger.account) FROM PUBLIC;

REVOKE ALL ON FUNCTION ledger.change_account(p_code text, p_debits_limited boolean, p_credits_limited boolean, p_overdraft numeric, p_closed boolean, p_tags text[], p_actor text, p_reason text) FROM PUBLIC;
GRANT ALL ON FUNCTION ledger.change_account(p_code text, p_debits_limited boolean, p_credits_limited boolean, p_overdraft numeric, p_closed boolean, p_tags text[], p_actor text, p_reason text) TO ce_app;

REVOKE ALL ON FUNCTION ledger.check_entries() FROM PUBLIC;

REVOKE ALL ON FUNCTION ledger.check_items(p_ids uuid[], p_keys text[], p_prints bytea[], p_kinds text[], p_contexts text[], p_effective timestamp with time zone[], p_sources bigint[], p_actors text[], p_nodes text[], p_externals text[], p_holds uuid[], p_hold_amounts numeric[], p_modes text[], p_assets text[], p_line_item integer[], p_line_account integer[], p_line_side text[], p_line_amount numeric[]) FROM PUBLIC;

REVOKE ALL ON FUNCTION ledger.check_transactions() FROM PUBLIC;

REVOKE ALL ON FUNCTION ledger.content_hash(p_id uuid, p_key text, p_kind text, p_effective_at timestamp with time zone, p_recorded_at timestamp with time zone, p_source bigint, p_actor text, p_node text, p_intent uuid, p_call uuid, p_external text, p_reverses uuid, p_group uuid, p_lines text, p_context text) FROM PUBLIC;

REVOKE ALL ON FUNCTION ledger.end_holds(p_ids uuid[], p_event text, p_reason text) FROM PUBLIC;

REVOKE ALL ON FUNCTION ledger.lock_accounts(p_codes text[]) FROM PUBLIC;
GRANT ALL ON FUNCTION ledger.lock_accounts(p_codes text[]) TO ce_app;

REVOKE ALL ON FUNCTION ledger.open_account(p_code text, p_kind text, p_asset text, p_owner uuid, p_policy text) FROM PUBLIC;
GRANT ALL ON FUNCTION ledger.open_account(p_code text, p_kind text, p_asset text, p_owner uuid, p_policy text) TO ce_app;

REVOKE ALL ON FUNCTION ledger.place_hold(p_id uuid, p_account text, p_amount numeric, p_bound_to text, p_lasts interval, p_key text, p_print text, p_to text, p_group uuid, p_actor text) FROM PUBLIC;
GRANT ALL ON FUNCTION ledger.place_hold(p_id uuid, p_account text, p_amount numeric, p_bound_to text, p_lasts interval, p_key text, p_print text, p_to text, p_group uuid, p_actor text) TO ce_app;

REVOKE ALL ON FUNCTION ledger.place_holds(p_ids uuid[], p_accounts text[], p_amounts numeric[], p_bound_to text[]) FROM PUBLIC;
GRANT ALL ON FUNCTION ledger.place_holds(p_ids uuid[], p_accounts text[], p_amounts numeric[], p_bound_to text[]) TO ce_app;

REVOKE ALL ON FUNCTION ledger.post_batch(p_ids uuid[], p_keys text[], p_prints bytea[], p_kinds text[], p_contexts text[], p_effective timestamp with time zone[], p_sources bigint[], p_actors text[], p_nodes text[], p_intents uuid[], p_calls uuid[], p_externals text[], p_reverses uuid[], p_groups uuid[], p_holds uuid[], p_hold_amounts numeric[], p_modes text[], p_linked boolean[], p_observed boolean[], p_codes text[], p_account_kinds text[], p_assets text[], p_owners uuid[], p_policies text[], p_line_item integer[], p_line_account integer[], p_line_side text[], p_line_amount numeric[], p_freeze boolean) FROM PUBLIC;
GRANT ALL ON FUNCTION ledger.post_batch(p_ids uuid[], p_keys text[], p_prints bytea[], p_kinds text[], p_contexts text[], p_effective timestamp with time zone[], p_sources bigint[], p_actors text[], p_nodes text[], p_intents uuid[], p_calls uuid[], p_externals text[], p_reverses uuid[], p_groups uuid[], p_holds uuid[], p_hold_amounts numeric[], p_modes text[], p_linked boolean[], p_observed boolean[], p_codes text[], p_account_kinds text[], p_assets text[], p_owners uuid[], p_policies text[], p_line_item integer[], p_line_account integer[], p_line_side text[], p_line_amount numeric[], p_freeze boolean) TO ce_app;

REVOKE ALL ON FUNCTION ledger.record_hold_use(p_transactions uuid[], p_holds uuid[], p_replays boolean[], p_codes text[], p_amounts numeric[], p_now timestamp with time zone) FROM PUBLIC;

REVOKE ALL ON FUNCTION ledger.release_group(p_group uuid, p_reason text) FROM PUBLIC;
GRANT ALL ON FUNCTION ledger.release_group(p_group uuid, p_reason text) TO ce_app;

REVOKE ALL ON FUNCTION ledger.release_hold(p_id uuid, p_by text, p_reason text) FROM PUBLIC;
GRANT ALL ON FUNCTION ledger.release_hold(p_id uuid, p_by text, p_reason text) TO ce_app;

REVOKE ALL ON FUNCTION ledger.request_close(p_id uuid, p_until timestamp with time zone, p_actor text, p_reason text) FROM PUBLIC;
GRANT ALL ON FUNCTION ledger.request_close(p_id uuid, p_until timestamp with time zone, p_actor text, p_reason text) TO ce_app;

REVOKE ALL ON FUNCTION ledger.require_read_committed() FROM PUBLIC;

REVOKE ALL ON FUNCTION ledger.reversal_problem(p_original uuid, p_accounts bigint[], p_sides text[], p_amounts numeric[]) FROM PUBLIC;

REVOKE ALL ON FUNCTION ledger.roll_up(p_limit integer) FROM PUBLIC;
GRANT ALL ON FUNCTION ledger.roll_up(p_limit integer) TO ce_app;

REVOKE ALL ON FUNCTION ledger.seal_link(p_before bytea, p_position bigint, p_sha256 text) FROM PUBLIC;

REVOKE ALL ON FUNCTION ledger.seal_next(p_limit integer) FROM PUBLIC;
GRANT ALL ON FUNCTION ledger.seal_next(p_limit integer) TO ce_app;

REVOKE ALL ON FUNCTION ledger.sweep_holds(p_limit integer) FROM PUBLIC;
GRANT ALL ON FUNCTION ledger.sweep_holds(p_limit integer) TO ce_app;

REVOKE ALL ON FUNCTION ledger.told_transaction(p_payload jsonb) FROM PUBLIC;

REVOKE ALL ON FUNCTION ledger.version_at(p_account bigint, p_at timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION ledger.version_at(p_account bigint, p_at timestamp with time zone) TO ce_app;

GRANT SELECT,INSERT ON TABLE admission.request TO ce_app;
GRANT SELECT ON TABLE admission.request TO ce_read;

GRANT SELECT,INSERT ON TABLE attribution.call_result TO ce_app;
GRANT SELECT ON TABLE attribution.call_result TO ce_read;

GRANT SELECT,INSERT ON TABLE attribution.decision TO ce_app;
GRANT SELECT ON TABLE attribution.decision TO ce_read;

GRANT SELECT,INSERT ON TABLE attribution.factory_child TO ce_app;
GRANT SELECT ON TABLE attribution.factory_child TO ce_read;

GRANT SELECT,INSERT ON TABLE attribution.finding TO ce_app;
GRANT SELECT ON TABLE attribution.finding TO ce_read;

GRANT SELECT,INSERT ON TABLE attribution.frame TO ce_app;
GRANT SELECT ON TABLE attribution.frame TO ce_read;

GRANT SELECT,INSERT ON TABLE attribution.log TO ce_app;
GRANT SELECT ON TABLE attribution.log TO ce_read;

GRANT SELECT ON TABLE attribution.movement TO ce_app;
GRANT SELECT ON TABLE attribution.movement TO ce_read;

GRANT INSERT(chain_id) ON TABLE attribution.movement TO ce_app;

GRANT INSERT(block_hash) ON TABLE attribution.movement TO ce_app;

GRANT INSERT(incarnation) ON TABLE attribution.movement TO ce_app;

GRANT INSERT(tx_hash) ON TABLE attribution.movement TO ce_app;

GRANT INSERT(log_index) ON TABLE attribution.movement TO ce_app;

GRANT INSERT(kind) ON TABLE attribution.movement TO ce_app;

GRANT INSERT(asset_id) ON TABLE attribution.movement TO ce_app;

GRANT INSERT("from") ON TABLE attribution.movement TO ce_app;

GRANT INSERT("to") ON TABLE attribution.movement TO ce_app;

GRANT INSERT(amount) ON TABLE attribution.movement TO ce_app;

GRANT INSERT(processor) ON TABLE attribution.movement TO ce_app;

GRANT INSERT(intent_id) ON TABLE attribution.movement TO ce_app;

GRANT INSERT(call_id) ON TABLE attribution.movement TO ce_app;

GRANT INSERT(attribution) ON TABLE attribution.movement TO ce_app;

GRANT INSERT(reason) ON TABLE attribution.movement TO ce_app;

GRANT SELECT,INSERT ON TABLE attribution.movement_phase TO ce_app;
GRANT SELECT ON TABLE attribution.movement_phase TO ce_read;

GRANT SELECT,INSERT ON TABLE attribution.operation TO ce_app;
GRANT SELECT ON TABLE attribution.operation TO ce_read;

GRANT SELECT,INSERT ON TABLE attribution.own_operation TO ce_app;
GRANT SELECT ON TABLE attribution.own_operation TO ce_read;

GRANT SELECT ON TABLE attribution.parked_block TO ce_app;
GRANT SELECT ON TABLE attribution.parked_block TO ce_read;

GRANT INSERT(processor) ON TABLE attribution.parked_block TO ce_app;

GRANT INSERT(chain_id) ON TABLE attribution.parked_block TO ce_app;

GRANT INSERT(block_hash) ON TABLE attribution.parked_block TO ce_app;

GRANT INSERT(incarnation) ON TABLE attribution.parked_block TO ce_app;

GRANT INSERT(block_number) ON TABLE attribution.parked_block TO ce_app;

GRANT INSERT(waits),UPDATE(waits) ON TABLE attribution.parked_block TO ce_app;

GRANT INSERT(error),UPDATE(error) ON TABLE attribution.parked_block TO ce_app;

GRANT UPDATE(attempts) ON TABLE attribution.parked_block TO ce_app;

GRANT UPDATE(retry_requested) ON TABLE attribution.parked_block TO ce_app;

GRANT UPDATE(resolved_at) ON TABLE attribution.parked_block TO ce_app;

GRANT SELECT,INSERT,DELETE ON TABLE attribution.partial TO ce_app;
GRANT SELECT ON TABLE attribution.partial TO ce_read;

GRANT UPDATE(next_log) ON TABLE attribution.partial TO ce_app;

GRANT SELECT,INSERT ON TABLE attribution.processed TO ce_app;
GRANT SELECT ON TABLE attribution.processed TO ce_read;

GRANT SELECT ON TABLE attribution.processor TO ce_app;
GRANT SELECT ON TABLE attribution.processor TO ce_read;

GRANT INSERT(name) ON TABLE attribution.processor TO ce_app;

GRANT UPDATE("position") ON TABLE attribution.processor TO ce_app;

GRANT UPDATE(updated_at) ON TABLE attribution.processor TO ce_app;

GRANT UPDATE(next_log) ON TABLE attribution.processor TO ce_app;

GRANT INSERT(version),UPDATE(version) ON TABLE attribution.processor TO ce_app;

GRANT SELECT ON TABLE attribution.record TO ce_app;
GRANT SELECT ON TABLE attribution.record TO ce_read;

GRANT INSERT(processor) ON TABLE attribution.record TO ce_app;

GRANT INSERT(chain_id) ON TABLE attribution.record TO ce_app;

GRANT INSERT(block_hash) ON TABLE attribution.record TO ce_app;

GRANT INSERT(incarnation) ON TABLE attribution.record TO ce_app;

GRANT INSERT(tx_hash) ON TABLE attribution.record TO ce_app;

GRANT INSERT(log_index) ON TABLE attribution.record TO ce_app;

GRANT INSERT(ordinal) ON TABLE attribution.record TO ce_app;

GRANT INSERT(kind) ON TABLE attribution.record TO ce_app;

GRANT INSERT(body) ON TABLE attribution.record TO ce_app;

GRANT INSERT(intent_id) ON TABLE attribution.record TO ce_app;

GRANT INSERT(call_id) ON TABLE attribution.record TO ce_app;

GRANT INSERT(alert_kind) ON TABLE attribution.record TO ce_app;

GRANT INSERT(alert_subject) ON TABLE attribution.record TO ce_app;

GRANT INSERT(version) ON TABLE attribution.record TO ce_app;

GRANT INSERT(alert_over) ON TABLE attribution.record TO ce_app;

GRANT INSERT(alert_detail) ON TABLE attribution.record TO ce_app;

GRANT SELECT,INSERT ON TABLE attribution.record_phase TO ce_app;
GRANT SELECT ON TABLE attribution.record_phase TO ce_read;

GRANT SELECT,INSERT ON TABLE attribution.record_replaced TO ce_app;
GRANT SELECT ON TABLE attribution.record_replaced TO ce_read;

GRANT SELECT ON TABLE attribution.told_fact TO ce_app;
GRANT SELECT ON TABLE attribution.told_fact TO ce_read;

GRANT INSERT(processor) ON TABLE attribution.told_fact TO ce_app;

GRANT INSERT(version) ON TABLE attribution.told_fact TO ce_app;

GRANT INSERT(chain_id) ON TABLE attribution.told_fact TO ce_app;

GRANT INSERT(block_hash) ON TABLE attribution.told_fact TO ce_app;

GRANT INSERT(incarnation) ON TABLE attribution.told_fact TO ce_app;

GRANT INSERT(tx_hash) ON TABLE attribution.told_fact TO ce_app;

GRANT INSERT(log_index) ON TABLE attribution.told_fact TO ce_app;

GRANT INSERT(type) ON TABLE attribution.told_fact TO ce_app;

GRANT INSERT(payload) ON TABLE attribution.told_fact TO ce_app;

GRANT INSERT(owner_id) ON TABLE attribution.told_fact TO ce_app;

GRANT UPDATE(ended_by) ON TABLE attribution.told_fact TO ce_app;

GRANT UPDATE(withdrawn) ON TABLE attribution.told_fact TO ce_app;

GRANT SELECT ON TABLE attribution.transaction TO ce_app;
GRANT SELECT ON TABLE attribution.transaction TO ce_read;

GRANT INSERT(chain_id) ON TABLE attribution.transaction TO ce_app;

GRANT INSERT(block_hash) ON TABLE attribution.transaction TO ce_app;

GRANT INSERT(incarnation) ON TABLE attribution.transaction TO ce_app;

GRANT INSERT(tx_hash) ON TABLE attribution.transaction TO ce_app;

GRANT INSERT(state),UPDATE(state) ON TABLE attribution.transaction TO ce_app;

GRANT UPDATE(reason) ON TABLE attribution.transaction TO ce_app;

GRANT UPDATE(detail) ON TABLE attribution.transaction TO ce_app;

GRANT INSERT(basis),UPDATE(basis) ON TABLE attribution.transaction TO ce_app;

GRANT UPDATE(ended) ON TABLE attribution.transaction TO ce_app;

GRANT INSERT(generation),UPDATE(generation) ON TABLE attribution.transaction TO ce_app;

GRANT UPDATE(told) ON TABLE attribution.transaction TO ce_app;

GRANT UPDATE(trace_asked) ON TABLE attribution.transaction TO ce_app;

GRANT UPDATE(attempts) ON TABLE attribution.transaction TO ce_app;

GRANT INSERT(next_attempt_at),UPDATE(next_attempt_at) ON TABLE attribution.transaction TO ce_app;

GRANT UPDATE(updated_at) ON TABLE attribution.transaction TO ce_app;

GRANT SELECT,INSERT ON TABLE attribution.transaction_history TO ce_app;
GRANT SELECT ON TABLE attribution.transaction_history TO ce_read;

GRANT SELECT,INSERT ON TABLE attribution.undecodable_log TO ce_app;
GRANT SELECT ON TABLE attribution.undecodable_log TO ce_read;

GRANT SELECT ON TABLE attribution.v_call_result TO ce_app;
GRANT SELECT ON TABLE attribution.v_call_result TO ce_read;

GRANT SELECT ON TABLE attribution.v_decision TO ce_app;
GRANT SELECT ON TABLE attribution.v_decision TO ce_read;

GRANT SELECT ON TABLE attribution.v_finding TO ce_app;
GRANT SELECT ON TABLE attribution.v_finding TO ce_read;

GRANT SELECT ON TABLE attribution.v_frame TO ce_app;
GRANT SELECT ON TABLE attribution.v_frame TO ce_read;

GRANT SELECT ON TABLE attribution.v_internal_transfer TO ce_app;
GRANT SELECT ON TABLE attribution.v_internal_transfer TO ce_read;

GRANT SELECT ON TABLE attribution.v_log TO ce_app;
GRANT SELECT ON TABLE attribution.v_log TO ce_read;

GRANT SELECT ON TABLE attribution.v_movement TO ce_app;
GRANT SELECT ON TABLE attribution.v_movement TO ce_read;

GRANT SELECT ON TABLE attribution.v_operation TO ce_app;
GRANT SELECT ON TABLE attribution.v_operation TO ce_read;

GRANT SELECT ON TABLE attribution.v_own_operation TO ce_app;
GRANT SELECT ON TABLE attribution.v_own_operation TO ce_read;

GRANT SELECT ON TABLE attribution.v_parked_block TO ce_app;
GRANT SELECT ON TABLE attribution.v_parked_block TO ce_read;

GRANT SELECT,INSERT ON TABLE facts.stream TO ce_app;
GRANT SELECT ON TABLE facts.stream TO ce_read;

GRANT SELECT ON TABLE facts.v_stream TO ce_app;
GRANT SELECT ON TABLE facts.v_stream TO ce_read;

GRANT SELECT ON TABLE attribution.v_processor TO ce_app;
GRANT SELECT ON TABLE attribution.v_processor TO ce_read;

GRANT SELECT ON TABLE attribution.v_record TO ce_app;
GRANT SELECT ON TABLE attribution.v_record TO ce_read;

GRANT SELECT ON TABLE attribution.v_transaction TO ce_app;
GRANT SELECT ON TABLE attribution.v_transaction TO ce_read;

GRANT SELECT ON TABLE attribution.v_undecodable_log TO ce_app;
GRANT SELECT ON TABLE attribution.v_undecodable_log TO ce_read;

GRANT SELECT,INSERT ON TABLE calls.asset TO ce_app;
GRANT SELECT ON TABLE calls.asset TO ce_read;

GRANT SELECT,INSERT ON TABLE calls.call TO ce_app;
GRANT SELECT ON TABLE calls.call TO ce_read;

GRANT SELECT ON TABLE calls.v_asset TO ce_app;
GRANT SELECT ON TABLE calls.v_asset TO ce_read;

GRANT SELECT ON TABLE calls.v_call TO ce_app;
GRANT SELECT ON TABLE calls.v_call TO ce_read;

GRANT SELECT,INSERT ON TABLE custody.account TO ce_app;
GRANT SELECT ON TABLE custody.account TO ce_read;

GRANT UPDATE(pool_of) ON TABLE custody.account TO ce_app;

GRANT SELECT,INSERT ON TABLE custody.approval TO ce_app;
GRANT SELECT ON TABLE custody.approval TO ce_read;

GRANT UPDATE(state) ON TABLE custody.approval TO ce_app;

GRANT UPDATE(decided_at) ON TABLE custody.approval TO ce_app;

GRANT UPDATE(decided_by) ON TABLE custody.approval TO ce_app;

GRANT UPDATE(reason) ON TABLE custody.approval TO ce_app;

GRANT SELECT,INSERT,UPDATE ON TABLE custody.signer_journal TO ce_app;
GRANT SELECT ON TABLE custody.signer_journal TO ce_read;

GRANT SELECT ON TABLE custody.v_account TO ce_app;
GRANT SELECT ON TABLE custody.v_account TO ce_read;

GRANT SELECT ON TABLE custody.v_approval TO ce_app;
GRANT SELECT ON TABLE custody.v_approval TO ce_read;

GRANT SELECT,INSERT ON TABLE execution.adoption TO ce_app;
GRANT SELECT ON TABLE execution.adoption TO ce_read;

GRANT SELECT,INSERT,UPDATE ON TABLE execution.carrier TO ce_app;
GRANT SELECT ON TABLE execution.carrier TO ce_read;

GRANT SELECT,INSERT ON TABLE execution.carrier_call TO ce_app;
GRANT SELECT ON TABLE execution.carrier_call TO ce_read;

GRANT SELECT,INSERT ON TABLE execution.carrier_member TO ce_app;
GRANT SELECT ON TABLE execution.carrier_member TO ce_read;

GRANT UPDATE(resolved_at) ON TABLE execution.carrier_member TO ce_app;

GRANT SELECT,INSERT ON TABLE execution.execution TO ce_app;
GRANT SELECT ON TABLE execution.execution TO ce_read;

GRANT UPDATE(state) ON TABLE execution.execution TO ce_app;

GRANT UPDATE(tx_hash) ON TABLE execution.execution TO ce_app;

GRANT UPDATE(raw) ON TABLE execution.execution TO ce_app;

GRANT UPDATE(answered_at) ON TABLE execution.execution TO ce_app;

GRANT UPDATE(refusal) ON TABLE execution.execution TO ce_app;

GRANT SELECT,INSERT,DELETE ON TABLE execution.head_of_line TO ce_app;
GRANT SELECT ON TABLE execution.head_of_line TO ce_read;

GRANT UPDATE(stuck_at) ON TABLE execution.head_of_line TO ce_app;

GRANT SELECT,INSERT ON TABLE execution.history TO ce_app;
GRANT SELECT ON TABLE execution.history TO ce_read;

GRANT SELECT,INSERT ON TABLE execution.incident TO ce_app;
GRANT SELECT ON TABLE execution.incident TO ce_read;

GRANT UPDATE(closed_at) ON TABLE execution.incident TO ce_app;

GRANT SELECT,INSERT,UPDATE ON TABLE execution.intent TO ce_app;
GRANT SELECT ON TABLE execution.intent TO ce_read;

GRANT SELECT,INSERT ON TABLE execution.intent_dependency TO ce_app;
GRANT SELECT ON TABLE execution.intent_dependency TO ce_read;

GRANT SELECT,INSERT,UPDATE ON TABLE execution.lane TO ce_app;
GRANT SELECT ON TABLE execution.lane TO ce_read;

GRANT SELECT,INSERT,UPDATE ON TABLE execution.node TO ce_app;
GRANT SELECT ON TABLE execution.node TO ce_read;

GRANT SELECT,INSERT,UPDATE ON TABLE execution.nonce_check TO ce_app;
GRANT SELECT ON TABLE execution.nonce_check TO ce_read;

GRANT SELECT,INSERT,UPDATE ON TABLE execution.nonce_slot TO ce_app;
GRANT SELECT ON TABLE execution.nonce_slot TO ce_read;

GRANT SELECT,INSERT ON TABLE execution.prepared_call TO ce_app;
GRANT SELECT ON TABLE execution.prepared_call TO ce_read;

GRANT UPDATE(state) ON TABLE execution.prepared_call TO ce_app;

GRANT UPDATE(head_number) ON TABLE execution.prepared_call TO ce_app;

GRANT SELECT,INSERT ON TABLE execution.revert TO ce_app;
GRANT SELECT ON TABLE execution.revert TO ce_read;

GRANT UPDATE(tries) ON TABLE execution.revert TO ce_app;

GRANT UPDATE(next_try_at) ON TABLE execution.revert TO ce_app;

GRANT SELECT,INSERT ON TABLE execution.revert_reason TO ce_app;
GRANT SELECT ON TABLE execution.revert_reason TO ce_read;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE execution.sender_pause TO ce_app;
GRANT SELECT ON TABLE execution.sender_pause TO ce_read;

GRANT SELECT ON TABLE execution.v_adoption TO ce_app;
GRANT SELECT ON TABLE execution.v_adoption TO ce_read;

GRANT SELECT ON TABLE execution.v_family_sender TO ce_app;
GRANT SELECT ON TABLE execution.v_family_sender TO ce_read;

GRANT SELECT ON TABLE execution.v_incident TO ce_app;
GRANT SELECT ON TABLE execution.v_incident TO ce_read;

GRANT SELECT ON TABLE execution.v_intent TO ce_app;
GRANT SELECT ON TABLE execution.v_intent TO ce_read;

GRANT SELECT ON TABLE execution.v_intent_sender TO ce_app;
GRANT SELECT ON TABLE execution.v_intent_sender TO ce_read;

GRANT SELECT ON TABLE execution.v_lying_provider TO ce_app;
GRANT SELECT ON TABLE execution.v_lying_provider TO ce_read;

GRANT SELECT ON TABLE execution.v_open_intent TO ce_app;
GRANT SELECT ON TABLE execution.v_open_intent TO ce_read;

GRANT SELECT ON TABLE execution.v_resolved_slot TO ce_app;
GRANT SELECT ON TABLE execution.v_resolved_slot TO ce_read;

GRANT SELECT ON TABLE execution.v_sender_pause TO ce_app;
GRANT SELECT ON TABLE execution.v_sender_pause TO ce_read;

GRANT SELECT ON TABLE execution.v_slot TO ce_app;
GRANT SELECT ON TABLE execution.v_slot TO ce_read;

GRANT SELECT ON TABLE execution.v_transaction_intent TO ce_app;
GRANT SELECT ON TABLE execution.v_transaction_intent TO ce_read;

GRANT SELECT,INSERT,UPDATE ON TABLE facts.cursor TO ce_app;
GRANT SELECT ON TABLE facts.cursor TO ce_read;

GRANT SELECT,INSERT ON TABLE facts.handled TO ce_app;
GRANT SELECT ON TABLE facts.handled TO ce_read;

GRANT SELECT,UPDATE ON TABLE facts.head TO ce_app;
GRANT SELECT ON TABLE facts.head TO ce_read;

GRANT SELECT,INSERT,UPDATE ON TABLE facts.parked TO ce_app;
GRANT SELECT ON TABLE facts.parked TO ce_read;

GRANT USAGE ON SEQUENCE facts.pending_id TO ce_app;

GRANT SELECT,INSERT,DELETE ON TABLE facts.pending TO ce_app;
GRANT SELECT ON TABLE facts.pending TO ce_read;

GRANT SELECT ON TABLE facts.v_lag TO ce_app;
GRANT SELECT ON TABLE facts.v_lag TO ce_read;

GRANT SELECT ON TABLE facts.v_parked TO ce_app;
GRANT SELECT ON TABLE facts.v_parked TO ce_read;

GRANT SELECT ON TABLE facts.v_pending TO ce_app;
GRANT SELECT ON TABLE facts.v_pending TO ce_read;

GRANT SELECT,INSERT,UPDATE ON TABLE flows.circuit TO ce_app;
GRANT SELECT ON TABLE flows.circuit TO ce_read;

GRANT SELECT,INSERT ON TABLE flows.context TO ce_app;
GRANT SELECT ON TABLE flows.context TO ce_read;

GRANT UPDATE(state) ON TABLE flows.context TO ce_app;

GRANT UPDATE(outcome) ON TABLE flows.context TO ce_app;

GRANT UPDATE(data) ON TABLE flows.context TO ce_app;

GRANT UPDATE(next_ordinal) ON TABLE flows.context TO ce_app;

GRANT UPDATE(ended_position) ON TABLE flows.context TO ce_app;

GRANT UPDATE(ended_at) ON TABLE flows.context TO ce_app;

GRANT SELECT,INSERT,UPDATE ON TABLE flows.correlation TO ce_app;
GRANT SELECT ON TABLE flows.correlation TO ce_read;

GRANT SELECT,INSERT ON TABLE flows.decision TO ce_app;
GRANT SELECT ON TABLE flows.decision TO ce_read;

GRANT SELECT,INSERT ON TABLE flows.definition TO ce_app;
GRANT SELECT ON TABLE flows.definition TO ce_read;

GRANT SELECT,INSERT ON TABLE flows.discrepancy TO ce_app;
GRANT SELECT ON TABLE flows.discrepancy TO ce_read;

GRANT UPDATE(resolved_position) ON TABLE flows.discrepancy TO ce_app;

GRANT SELECT,INSERT,UPDATE ON TABLE flows.effect TO ce_app;
GRANT SELECT ON TABLE flows.effect TO ce_read;

GRANT SELECT,INSERT ON TABLE flows.effect_move TO ce_app;
GRANT SELECT ON TABLE flows.effect_move TO ce_read;

GRANT SELECT,INSERT ON TABLE flows.event TO ce_app;
GRANT SELECT ON TABLE flows.event TO ce_read;

GRANT UPDATE(state) ON TABLE flows.event TO ce_app;

GRANT UPDATE(rule_id) ON TABLE flows.event TO ce_app;

GRANT UPDATE(suspended) ON TABLE flows.event TO ce_app;

GRANT SELECT,INSERT ON TABLE flows.external_event TO ce_app;
GRANT SELECT ON TABLE flows.external_event TO ce_read;

GRANT SELECT,INSERT ON TABLE flows.node TO ce_app;
GRANT SELECT ON TABLE flows.node TO ce_read;

GRANT UPDATE(state) ON TABLE flows.node TO ce_app;

GRANT UPDATE(detail) ON TABLE flows.node TO ce_app;

GRANT SELECT,INSERT ON TABLE flows.rule TO ce_app;
GRANT SELECT ON TABLE flows.rule TO ce_read;

GRANT UPDATE(state) ON TABLE flows.rule TO ce_app;

GRANT UPDATE(heard) ON TABLE flows.rule TO ce_app;

GRANT UPDATE(resolved_position) ON TABLE flows.rule TO ce_app;

GRANT UPDATE(expired_position) ON TABLE flows.rule TO ce_app;

GRANT SELECT,INSERT,DELETE ON TABLE flows.timer TO ce_app;
GRANT SELECT ON TABLE flows.timer TO ce_read;

GRANT UPDATE(told) ON TABLE flows.timer TO ce_app;

GRANT SELECT ON TABLE flows.v_context TO ce_app;
GRANT SELECT ON TABLE flows.v_context TO ce_read;

GRANT SELECT ON TABLE flows.v_discrepancy TO ce_app;
GRANT SELECT ON TABLE flows.v_discrepancy TO ce_read;

GRANT SELECT ON TABLE flows.v_effect TO ce_app;
GRANT SELECT ON TABLE flows.v_effect TO ce_read;

GRANT SELECT ON TABLE flows.v_effect_move TO ce_app;
GRANT SELECT ON TABLE flows.v_effect_move TO ce_read;

GRANT SELECT ON TABLE flows.v_event TO ce_app;
GRANT SELECT ON TABLE flows.v_event TO ce_read;

GRANT SELECT ON TABLE flows.v_external_event TO ce_app;
GRANT SELECT ON TABLE flows.v_external_event TO ce_read;

GRANT SELECT ON TABLE flows.v_node TO ce_app;
GRANT SELECT ON TABLE flows.v_node TO ce_read;

GRANT SELECT ON TABLE flows.v_rule TO ce_app;
GRANT SELECT ON TABLE flows.v_rule TO ce_read;

GRANT SELECT,INSERT ON TABLE governance.api_key TO ce_app;

GRANT SELECT(id) ON TABLE governance.api_key TO ce_read;

GRANT SELECT(owner_id) ON TABLE governance.api_key TO ce_read;

GRANT SELECT(name) ON TABLE governance.api_key TO ce_read;

GRANT SELECT(prefix) ON TABLE governance.api_key TO ce_read;

GRANT SELECT(created_at) ON TABLE governance.api_key TO ce_read;

GRANT UPDATE(revoked_at) ON TABLE governance.api_key TO ce_app;
GRANT SELECT(revoked_at) ON TABLE governance.api_key TO ce_read;

GRANT SELECT,INSERT ON TABLE governance.audit TO ce_app;
GRANT SELECT ON TABLE governance.audit TO ce_read;

GRANT SELECT,INSERT ON TABLE governance."freeze" TO ce_app;
GRANT SELECT ON TABLE governance."freeze" TO ce_read;

GRANT UPDATE(lifted_by) ON TABLE governance."freeze" TO ce_app;

GRANT UPDATE(lifted_at) ON TABLE governance."freeze" TO ce_app;

GRANT SELECT,INSERT ON TABLE governance.owner TO ce_app;
GRANT SELECT ON TABLE governance.owner TO ce_read;

GRANT SELECT ON TABLE governance.v_freeze TO ce_app;
GRANT SELECT ON TABLE governance.v_freeze TO ce_read;

GRANT SELECT ON TABLE governance.v_owner TO ce_app;
GRANT SELECT ON TABLE governance.v_owner TO ce_read;

GRANT SELECT,INSERT ON TABLE indexing.account_scan TO ce_app;
GRANT SELECT ON TABLE indexing.account_scan TO ce_read;

GRANT UPDATE(checked_number) ON TABLE indexing.account_scan TO ce_app;

GRANT UPDATE(checked_hash) ON TABLE indexing.account_scan TO ce_app;

GRANT UPDATE(holds) ON TABLE indexing.account_scan TO ce_app;

GRANT UPDATE(next_number) ON TABLE indexing.account_scan TO ce_app;

GRANT UPDATE(added) ON TABLE indexing.account_scan TO ce_app;

GRANT UPDATE(done_at) ON TABLE indexing.account_scan TO ce_app;

GRANT SELECT,INSERT ON TABLE indexing.block TO ce_app;
GRANT SELECT ON TABLE indexing.block TO ce_read;

GRANT UPDATE(status) ON TABLE indexing.block TO ce_app;

GRANT SELECT,INSERT ON TABLE indexing.block_history TO ce_app;
GRANT SELECT ON TABLE indexing.block_history TO ce_read;

GRANT SELECT ON TABLE indexing.chain TO ce_app;
GRANT SELECT ON TABLE indexing.chain TO ce_read;

GRANT INSERT(chain_id) ON TABLE indexing.chain TO ce_app;

GRANT INSERT(genesis_hash) ON TABLE indexing.chain TO ce_app;

GRANT INSERT(start_number) ON TABLE indexing.chain TO ce_app;

GRANT UPDATE(tip_number) ON TABLE indexing.chain TO ce_app;

GRANT UPDATE(tip_hash) ON TABLE indexing.chain TO ce_app;

GRANT UPDATE(final_number) ON TABLE indexing.chain TO ce_app;

GRANT UPDATE(final_hash) ON TABLE indexing.chain TO ce_app;

GRANT UPDATE(head_number) ON TABLE indexing.chain TO ce_app;

GRANT UPDATE(head_seen_at) ON TABLE indexing.chain TO ce_app;

GRANT UPDATE(halted_at) ON TABLE indexing.chain TO ce_app;

GRANT UPDATE(halt_reason) ON TABLE indexing.chain TO ce_app;

GRANT UPDATE(leased_by) ON TABLE indexing.chain TO ce_app;

GRANT UPDATE(lease_epoch) ON TABLE indexing.chain TO ce_app;

GRANT UPDATE(leased_until) ON TABLE indexing.chain TO ce_app;

GRANT UPDATE(backfill_target) ON TABLE indexing.chain TO ce_app;

GRANT UPDATE(safe_number) ON TABLE indexing.chain TO ce_app;

GRANT UPDATE(head_time) ON TABLE indexing.chain TO ce_app;

GRANT UPDATE(stalled_at) ON TABLE indexing.chain TO ce_app;

GRANT SELECT,INSERT ON TABLE indexing.log TO ce_app;
GRANT SELECT ON TABLE indexing.log TO ce_read;

GRANT SELECT,INSERT ON TABLE indexing.native_balance TO ce_app;
GRANT SELECT ON TABLE indexing.native_balance TO ce_read;

GRANT UPDATE(number) ON TABLE indexing.native_balance TO ce_app;

GRANT UPDATE(hash) ON TABLE indexing.native_balance TO ce_app;

GRANT UPDATE(balance) ON TABLE indexing.native_balance TO ce_app;

GRANT UPDATE(nonce) ON TABLE indexing.native_balance TO ce_app;

GRANT UPDATE(at) ON TABLE indexing.native_balance TO ce_app;

GRANT SELECT,INSERT ON TABLE indexing.native_difference TO ce_app;
GRANT SELECT ON TABLE indexing.native_difference TO ce_read;

GRANT SELECT,INSERT ON TABLE indexing.native_walk TO ce_app;
GRANT SELECT ON TABLE indexing.native_walk TO ce_read;

GRANT UPDATE(after) ON TABLE indexing.native_walk TO ce_app;

GRANT UPDATE(at) ON TABLE indexing.native_walk TO ce_app;

GRANT SELECT,INSERT ON TABLE indexing.provider TO ce_app;
GRANT SELECT ON TABLE indexing.provider TO ce_read;

GRANT UPDATE(state) ON TABLE indexing.provider TO ce_app;

GRANT UPDATE(head_number) ON TABLE indexing.provider TO ce_app;

GRANT UPDATE(detail) ON TABLE indexing.provider TO ce_app;

GRANT UPDATE(seen_at) ON TABLE indexing.provider TO ce_app;

GRANT UPDATE(block_range) ON TABLE indexing.provider TO ce_app;

GRANT UPDATE(batch_size) ON TABLE indexing.provider TO ce_app;

GRANT UPDATE(requests_per_second) ON TABLE indexing.provider TO ce_app;

GRANT UPDATE(is_well) ON TABLE indexing.provider TO ce_app;

GRANT UPDATE(quarantined_at) ON TABLE indexing.provider TO ce_app;

GRANT UPDATE(contradicted) ON TABLE indexing.provider TO ce_app;

GRANT SELECT ON TABLE indexing.reorg TO ce_app;
GRANT SELECT ON TABLE indexing.reorg TO ce_read;

GRANT INSERT(chain_id) ON TABLE indexing.reorg TO ce_app;

GRANT INSERT(from_number) ON TABLE indexing.reorg TO ce_app;

GRANT INSERT(from_hash) ON TABLE indexing.reorg TO ce_app;

GRANT INSERT(ancestor_number),UPDATE(ancestor_number) ON TABLE indexing.reorg TO ce_app;

GRANT INSERT(ancestor_hash),UPDATE(ancestor_hash) ON TABLE indexing.reorg TO ce_app;

GRANT INSERT(depth),UPDATE(depth) ON TABLE indexing.reorg TO ce_app;

GRANT INSERT(transactions),UPDATE(transactions) ON TABLE indexing.reorg TO ce_app;

GRANT SELECT,INSERT ON TABLE indexing.sweep TO ce_app;
GRANT SELECT ON TABLE indexing.sweep TO ce_read;

GRANT SELECT,INSERT ON TABLE indexing.transaction TO ce_app;
GRANT SELECT ON TABLE indexing.transaction TO ce_read;

GRANT SELECT ON TABLE indexing.undone TO ce_app;
GRANT SELECT ON TABLE indexing.undone TO ce_read;

GRANT SELECT,INSERT ON TABLE indexing.unlisted_movement TO ce_app;
GRANT SELECT ON TABLE indexing.unlisted_movement TO ce_read;

GRANT UPDATE(count) ON TABLE indexing.unlisted_movement TO ce_app;

GRANT UPDATE(last_seen_at) ON TABLE indexing.unlisted_movement TO ce_app;

GRANT SELECT ON TABLE indexing.v_account_scan TO ce_app;
GRANT SELECT ON TABLE indexing.v_account_scan TO ce_read;

GRANT SELECT ON TABLE indexing.v_backfill_range TO ce_app;
GRANT SELECT ON TABLE indexing.v_backfill_range TO ce_read;

GRANT SELECT ON TABLE indexing.v_block TO ce_app;
GRANT SELECT ON TABLE indexing.v_block TO ce_read;

GRANT SELECT ON TABLE indexing.v_chain TO ce_app;
GRANT SELECT ON TABLE indexing.v_chain TO ce_read;

GRANT SELECT ON TABLE indexing.v_log TO ce_app;
GRANT SELECT ON TABLE indexing.v_log TO ce_read;

GRANT SELECT ON TABLE indexing.v_native_balance TO ce_app;
GRANT SELECT ON TABLE indexing.v_native_balance TO ce_read;

GRANT SELECT ON TABLE indexing.v_native_difference TO ce_app;
GRANT SELECT ON TABLE indexing.v_native_difference TO ce_read;

GRANT SELECT ON TABLE indexing.v_provider_head TO ce_app;
GRANT SELECT ON TABLE indexing.v_provider_head TO ce_read;

GRANT SELECT ON TABLE indexing.v_quarantined_provider TO ce_app;
GRANT SELECT ON TABLE indexing.v_quarantined_provider TO ce_read;

GRANT SELECT ON TABLE indexing.v_reorg TO ce_app;
GRANT SELECT ON TABLE indexing.v_reorg TO ce_read;

GRANT SELECT ON TABLE indexing.v_sweep TO ce_app;
GRANT SELECT ON TABLE indexing.v_sweep TO ce_read;

GRANT SELECT ON TABLE indexing.v_transaction TO ce_app;
GRANT SELECT ON TABLE indexing.v_transaction TO ce_read;

GRANT SELECT ON TABLE indexing.v_undone TO ce_app;
GRANT SELECT ON TABLE indexing.v_undone TO ce_read;

GRANT SELECT ON TABLE indexing.v_unlisted_movement TO ce_app;
GRANT SELECT ON TABLE indexing.v_unlisted_movement TO ce_read;

GRANT SELECT ON TABLE ledger.account_change TO ce_app;
GRANT SELECT ON TABLE ledger.account_change TO ce_read;

GRANT SELECT ON TABLE ledger.entry TO ce_app;
GRANT SELECT ON TABLE ledger.entry TO ce_read;

GRANT SELECT ON TABLE ledger.hold TO ce_app;
GRANT SELECT ON TABLE ledger.hold TO ce_read;

GRANT SELECT ON TABLE ledger.hold_history TO ce_app;
GRANT SELECT ON TABLE ledger.hold_history TO ce_read;

GRANT SELECT ON TABLE ledger.key TO ce_app;
GRANT SELECT ON TABLE ledger.key TO ce_read;

GRANT SELECT ON TABLE ledger.period_close TO ce_app;
GRANT SELECT ON TABLE ledger.period_close TO ce_read;

GRANT SELECT ON TABLE ledger.roll TO ce_app;
GRANT SELECT ON TABLE ledger.roll TO ce_read;

GRANT SELECT ON TABLE ledger.seal TO ce_app;
GRANT SELECT ON TABLE ledger.seal TO ce_read;

GRANT SELECT ON TABLE ledger.transaction TO ce_app;
GRANT SELECT ON TABLE ledger.transaction TO ce_read;

GRANT SELECT ON TABLE ledger.unrolled TO ce_app;
GRANT SELECT ON TABLE ledger.unrolled TO ce_read;

GRANT SELECT ON TABLE ledger.v_account TO ce_app;
GRANT SELECT ON TABLE ledger.v_account TO ce_read;

GRANT SELECT ON TABLE ledger.v_account_change TO ce_app;
GRANT SELECT ON TABLE ledger.v_account_change TO ce_read;

GRANT SELECT ON TABLE ledger.v_account_proof TO ce_app;
GRANT SELECT ON TABLE ledger.v_account_proof TO ce_read;

GRANT SELECT ON TABLE ledger.v_entry TO ce_app;
GRANT SELECT ON TABLE ledger.v_entry TO ce_read;

GRANT SELECT ON TABLE ledger.v_hold TO ce_app;
GRANT SELECT ON TABLE ledger.v_hold TO ce_read;

GRANT SELECT ON TABLE ledger.v_hold_history TO ce_app;
GRANT SELECT ON TABLE ledger.v_hold_history TO ce_read;

GRANT SELECT ON TABLE ledger.v_key TO ce_app;
GRANT SELECT ON TABLE ledger.v_key TO ce_read;

GRANT SELECT ON TABLE ledger.v_period_close TO ce_app;
GRANT SELECT ON TABLE ledger.v_period_close TO ce_read;

GRANT SELECT ON TABLE ledger.v_seal TO ce_app;
GRANT SELECT ON TABLE ledger.v_seal TO ce_read;

GRANT SELECT ON TABLE ledger.v_transaction TO ce_app;
GRANT SELECT ON TABLE ledger.v_transaction TO ce_read;

GRANT SELECT ON TABLE ledger.v_trial_balance TO ce_app;
GRANT SELECT ON TABLE ledger.v_trial_balance TO ce_read;

GRANT SELECT,INSERT ON TABLE payments.refill TO ce_app;
GRANT SELECT ON TABLE payments.refill TO ce_read;

GRANT UPDATE(intent_id) ON TABLE payments.refill TO ce_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE payments.refill_rule TO ce_app;
GRANT SELECT ON TABLE payments.refill_rule TO ce_read;

GRANT SELECT ON TABLE storage.clock_offset TO ce_app;
GRANT SELECT ON TABLE storage.clock_offset TO ce_read;

GRANT SELECT ON TABLE storage.migration TO ce_app;
GRANT SELECT ON TABLE storage.migration TO ce_read;
