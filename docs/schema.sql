-- The schema after all migrations, written by a test (UPDATE_SNAPSHOTS=1 writes it anew). Read it; never run it.

CREATE SCHEMA admission;

CREATE SCHEMA attribution;

CREATE SCHEMA calls;

CREATE SCHEMA custody;

CREATE SCHEMA execution;

CREATE SCHEMA facts;

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

CREATE FUNCTION indexing.check_block_move() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
  if old.status = 'final' and new.status = 'orphaned' and pg_has_role(session_user, 'ce_owner', 'member')
     and exists (select from indexing.chain where chain_id = old.chain_id and halted_at is not null)
     and not exists (select from indexing.transaction t
                     where t.chain_id = old.chain_id and t.block_hash = old.hash and t.incarnation = old.incarnation) then
    return new;
  end if;
  if old.status <> 'canonical' then
    raise exception 'block % of chain % is % and cannot become %', old.number, old.chain_id, old.status, new.status
      using errcode = 'restrict_violation';
  end if;
  return new;
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

CREATE FUNCTION ledger.check_lines(p_accounts text[], p_sides text[], p_amounts numeric[]) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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

CREATE FUNCTION ledger.check_transaction() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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

CREATE FUNCTION ledger.open_account(p_code text, p_kind text, p_asset text, p_owner uuid) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
  perform ledger.open_accounts(array[p_code], array[p_kind], array[p_asset], array[p_owner]);
  return (select a.id from ledger.account a where a.code = p_code);
end
$$;

CREATE FUNCTION ledger.open_accounts(p_codes text[], p_kinds text[], p_assets text[], p_owners uuid[]) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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

CREATE FUNCTION ledger.place_hold(p_id uuid, p_account text, p_amount numeric, p_bound_to text) RETURNS TABLE(outcome text, hold_id uuid, available numeric)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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

CREATE FUNCTION ledger.post(p_id uuid, p_key text, p_kind text, p_context jsonb, p_effective_at timestamp with time zone, p_accounts text[], p_sides text[], p_amounts numeric[], p_hold uuid DEFAULT NULL::uuid, p_hold_amount numeric DEFAULT NULL::numeric, p_source_position bigint DEFAULT NULL::bigint) RETURNS TABLE(transaction_id uuid, already_posted boolean)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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

CREATE FUNCTION ledger.release_hold(p_id uuid, p_reason text) RETURNS TABLE(released numeric, state text)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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

CREATE FUNCTION ledger.spend_hold(p_hold uuid, p_amount numeric, p_transaction uuid, p_accounts text[], p_sides text[], p_amounts numeric[], p_now timestamp with time zone) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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

CREATE FUNCTION storage.clock() RETURNS timestamp with time zone
    LANGUAGE sql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
  select clock_timestamp() + shift from storage.clock_offset
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
    CONSTRAINT movement_attribution_check CHECK ((attribution = ANY (ARRAY['single_call'::text, 'unattributed'::text]))),
    CONSTRAINT movement_block_hash_check CHECK ((octet_length(block_hash) = 32)),
    CONSTRAINT movement_check CHECK ((((kind = 'native'::text) = (log_index = '-1'::integer)) AND ((kind = 'gas'::text) = (log_index = '-2'::integer)))),
    CONSTRAINT movement_check1 CHECK (((kind = 'gas'::text) = ("to" IS NULL))),
    CONSTRAINT movement_check2 CHECK (((attribution = 'single_call'::text) = (call_id IS NOT NULL))),
    CONSTRAINT movement_check3 CHECK (((attribution = 'unattributed'::text) = (reason IS NOT NULL))),
    CONSTRAINT movement_check4 CHECK (((call_id IS NULL) OR (intent_id IS NOT NULL))),
    CONSTRAINT movement_from_check CHECK ((octet_length("from") = 20)),
    CONSTRAINT movement_incarnation_check CHECK ((incarnation >= 1)),
    CONSTRAINT movement_kind_check CHECK ((kind = ANY (ARRAY['token'::text, 'native'::text, 'gas'::text]))),
    CONSTRAINT movement_log_index_check CHECK ((log_index >= '-2'::integer)),
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
    CONSTRAINT transaction_reason_check CHECK ((reason = ANY (ARRAY['trace_unavailable'::text, 'trace_mismatch'::text, 'trace_too_large'::text]))),
    CONSTRAINT transaction_state_check CHECK ((state = ANY (ARRAY['waiting'::text, 'attributed'::text, 'not_needed'::text, 'unattributed'::text, 'dropped'::text]))),
    CONSTRAINT transaction_tx_hash_check CHECK ((octet_length(tx_hash) = 32)),
    CONSTRAINT unattributed_has_reason CHECK (((state = 'unattributed'::text) = (reason IS NOT NULL)))
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
    CONSTRAINT account_address_check CHECK ((octet_length(address) = 20)),
    CONSTRAINT account_chain_id_check CHECK ((chain_id > 0)),
    CONSTRAINT account_custody_check CHECK ((custody = ANY (ARRAY['server'::text, 'user'::text]))),
    CONSTRAINT account_kind_check CHECK ((kind = 'eoa'::text))
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
    account.custody
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

CREATE TABLE execution.carrier (
    id uuid NOT NULL,
    chain_id bigint NOT NULL,
    sender bytea NOT NULL,
    kind text NOT NULL,
    family_key text NOT NULL,
    effect_hash bytea NOT NULL,
    state text NOT NULL,
    created_at timestamp with time zone DEFAULT storage.clock() NOT NULL,
    CONSTRAINT carrier_effect_hash_check CHECK ((octet_length(effect_hash) = 32)),
    CONSTRAINT carrier_kind_check CHECK ((kind = ANY (ARRAY['intent'::text, 'fill'::text, 'unknown_family'::text]))),
    CONSTRAINT carrier_sender_check CHECK ((octet_length(sender) = 20)),
    CONSTRAINT carrier_state_check CHECK ((state = ANY (ARRAY['open'::text, 'frozen'::text, 'resolved'::text])))
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
    CONSTRAINT intent_wish_check CHECK ((wish = ANY (ARRAY['cancel'::text, 'deadline'::text, 'freeze'::text, 'would_revert'::text])))
);

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
);

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
    c.id AS call_id
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
    CONSTRAINT pending_payload_check CHECK ((octet_length((payload)::text) <= 65536)),
    CONSTRAINT pending_type_check CHECK ((type ~ '^[a-z_]+\.[a-z_]+$'::text))
);

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

CREATE VIEW facts.v_stream AS
 SELECT stream."position",
    stream.type,
    stream.key,
    stream.owner_id,
    stream.payload,
    stream.occurred_at,
    stream.sequenced_at
   FROM facts.stream;

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
    CONSTRAINT freeze_check CHECK (((lifted_by IS NULL) = (lifted_at IS NULL))),
    CONSTRAINT freeze_check1 CHECK (((scope = 'all'::text) = (subject = '*'::text))),
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
    "freeze".frozen_at
   FROM governance."freeze"
  WHERE ("freeze".lifted_at IS NULL);

CREATE VIEW governance.v_owner AS
 SELECT owner.id AS owner_id,
    owner.name,
    owner.created_at
   FROM governance.owner;

CREATE TABLE indexing.block (
    chain_id bigint NOT NULL,
    hash bytea NOT NULL,
    incarnation integer NOT NULL,
    number bigint NOT NULL,
    parent_hash bytea NOT NULL,
    block_time timestamp with time zone NOT NULL,
    status text DEFAULT 'canonical'::text NOT NULL,
    observed_at timestamp with time zone DEFAULT storage.clock() NOT NULL,
    CONSTRAINT block_hash_check CHECK ((octet_length(hash) = 32)),
    CONSTRAINT block_incarnation_check CHECK ((incarnation >= 1)),
    CONSTRAINT block_number_check CHECK ((number >= 0)),
    CONSTRAINT block_parent_hash_check CHECK ((octet_length(parent_hash) = 32)),
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

CREATE TABLE indexing.provider (
    chain_id bigint NOT NULL,
    name text NOT NULL,
    state text NOT NULL,
    head_number bigint,
    detail text,
    seen_at timestamp with time zone NOT NULL,
    CONSTRAINT provider_detail_check CHECK ((length(detail) <= 500)),
    CONSTRAINT provider_name_check CHECK (((length(name) >= 1) AND (length(name) <= 100))),
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

CREATE TABLE indexing.unlisted_movement (
    chain_id bigint NOT NULL,
    contract bytea NOT NULL,
    count bigint NOT NULL,
    first_seen_at timestamp with time zone NOT NULL,
    last_seen_at timestamp with time zone NOT NULL,
    CONSTRAINT unlisted_movement_contract_check CHECK ((octet_length(contract) = ANY (ARRAY[0, 20]))),
    CONSTRAINT unlisted_movement_count_check CHECK ((count > 0))
);

CREATE VIEW indexing.v_block AS
 SELECT block.chain_id,
    block.number,
    block.hash,
    block.incarnation,
    block.parent_hash,
    block.block_time,
    block.status,
    (block.status = ANY (ARRAY['canonical'::text, 'final'::text])) AS is_canonical,
    block.observed_at
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
    chain.halt_reason
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

CREATE VIEW indexing.v_unlisted_movement AS
 SELECT unlisted_movement.chain_id,
    unlisted_movement.contract,
    unlisted_movement.count,
    unlisted_movement.first_seen_at,
    unlisted_movement.last_seen_at
   FROM indexing.unlisted_movement;

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
    CONSTRAINT account_asset_check CHECK ((asset ~ '^[a-z0-9][a-z0-9._-]{0,63}$'::text)),
    CONSTRAINT account_code_check CHECK ((code ~ '^[a-z0-9][a-z0-9:._-]{0,199}$'::text)),
    CONSTRAINT account_kind_check CHECK ((kind = ANY (ARRAY['asset'::text, 'liability'::text, 'equity'::text, 'income'::text, 'expense'::text, 'suspense'::text]))),
    CONSTRAINT account_version_check CHECK ((version >= 0))
)
WITH (fillfactor='70');

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
    balance_after ledger.balance NOT NULL,
    CONSTRAINT entry_ordinal_check CHECK ((ordinal > 0)),
    CONSTRAINT entry_side_check CHECK ((side = ANY (ARRAY['debit'::text, 'credit'::text]))),
    CONSTRAINT entry_version_check CHECK ((version > 0))
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
    CONSTRAINT hold_bound_to_check CHECK (((length(bound_to) >= 1) AND (length(bound_to) <= 200))),
    CONSTRAINT hold_check CHECK ((((kind = 'bound'::text) = (bound_to IS NOT NULL)) AND ((kind = 'timed'::text) = (expires_at IS NOT NULL)))),
    CONSTRAINT hold_check1 CHECK (
CASE state
    WHEN 'held'::text THEN (((posted_amount)::numeric = (0)::numeric) AND (resolved_at IS NULL))
    WHEN 'partial'::text THEN (((posted_amount)::numeric > (0)::numeric) AND ((posted_amount)::numeric < (amount)::numeric) AND (resolved_at IS NULL))
    WHEN 'posted'::text THEN (((posted_amount)::numeric = (amount)::numeric) AND (resolved_at IS NOT NULL))
    ELSE (((posted_amount)::numeric < (amount)::numeric) AND (resolved_at IS NOT NULL))
END),
    CONSTRAINT hold_kind_check CHECK ((kind = ANY (ARRAY['bound'::text, 'timed'::text]))),
    CONSTRAINT hold_state_check CHECK ((state = ANY (ARRAY['held'::text, 'partial'::text, 'posted'::text, 'released'::text])))
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
    CONSTRAINT hold_history_event_check CHECK ((event = ANY (ARRAY['placed'::text, 'posted_in_part'::text, 'posted_in_full'::text, 'released'::text]))),
    CONSTRAINT hold_history_ordinal_check CHECK ((ordinal > 0)),
    CONSTRAINT hold_history_reason_check CHECK (((length(reason) >= 1) AND (length(reason) <= 200)))
);

CREATE TABLE ledger.transaction (
    id uuid NOT NULL,
    idempotency_key text NOT NULL,
    fingerprint bytea NOT NULL,
    kind text NOT NULL,
    context jsonb NOT NULL,
    source_position bigint,
    entry_count integer NOT NULL,
    effective_at timestamp with time zone NOT NULL,
    recorded_at timestamp with time zone NOT NULL,
    CONSTRAINT transaction_context_check CHECK (((jsonb_typeof(context) = 'object'::text) AND (octet_length((context)::text) <= 16384))),
    CONSTRAINT transaction_entry_count_check CHECK (((entry_count >= 2) AND (entry_count <= 100))),
    CONSTRAINT transaction_fingerprint_check CHECK ((octet_length(fingerprint) = 32)),
    CONSTRAINT transaction_idempotency_key_check CHECK (((length(idempotency_key) >= 1) AND (length(idempotency_key) <= 200))),
    CONSTRAINT transaction_kind_check CHECK ((kind ~ '^[a-z][a-z_.]{0,59}$'::text)),
    CONSTRAINT transaction_source_position_check CHECK ((source_position > 0))
);

CREATE VIEW ledger.v_account AS
 SELECT a.id,
    a.code,
    a.kind,
    a.asset,
    a.owner_id,
    a.normal_side,
    a.posted_debit,
    a.posted_credit,
    b.balance,
    a.held,
    (b.balance - (a.held)::numeric) AS available,
    a.version,
    a.opened_at
   FROM (ledger.account a
     CROSS JOIN LATERAL ( SELECT
                CASE a.normal_side
                    WHEN 'debit'::text THEN ((a.posted_debit)::numeric - (a.posted_credit)::numeric)
                    ELSE ((a.posted_credit)::numeric - (a.posted_debit)::numeric)
                END AS "case") b(balance));

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
    ((((p.posted_debit)::numeric = p.entry_debit) AND ((p.posted_credit)::numeric = p.entry_credit) AND (p.balance = p.entry_balance) AND ((p.held)::numeric = p.open_holds) AND (p.version = p.entry_count)) AND (p.last_version = p.version)) AS agrees
   FROM ( SELECT a.id AS account_id,
            a.code,
            a.asset,
            a.posted_debit,
            e.debit AS entry_debit,
            a.posted_credit,
            e.credit AS entry_credit,
            a.balance,
            COALESCE((l.balance_after)::numeric, (0)::numeric) AS entry_balance,
            a.held,
            h.remaining AS open_holds,
            a.version,
            e.entries AS entry_count,
            COALESCE(l.version, (0)::bigint) AS last_version
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
    h.expires_at
   FROM (ledger.hold h
     JOIN ledger.account a ON ((a.id = h.account_id)));

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

CREATE VIEW ledger.v_transaction AS
 SELECT t.id,
    t.idempotency_key,
    t.kind,
    t.context,
    t.source_position,
    t.entry_count,
    t.effective_at,
    t.recorded_at
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

ALTER TABLE ONLY admission.request
    ADD CONSTRAINT request_intent_id_key UNIQUE (intent_id);

ALTER TABLE ONLY admission.request
    ADD CONSTRAINT request_pkey PRIMARY KEY (owner_id, key);

ALTER TABLE ONLY attribution.call_result
    ADD CONSTRAINT call_result_pkey PRIMARY KEY (transaction_id, generation, ordinal);

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
    ADD CONSTRAINT account_pkey PRIMARY KEY (id);

ALTER TABLE ONLY custody.approval
    ADD CONSTRAINT approval_pkey PRIMARY KEY (id);

ALTER TABLE ONLY custody.signer_journal
    ADD CONSTRAINT signer_journal_pkey PRIMARY KEY (only_row);

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

ALTER TABLE ONLY indexing.block_history
    ADD CONSTRAINT block_history_pkey PRIMARY KEY (chain_id, hash, incarnation, to_status);

ALTER TABLE ONLY indexing.block
    ADD CONSTRAINT block_pkey PRIMARY KEY (chain_id, hash, incarnation);

ALTER TABLE ONLY indexing.chain
    ADD CONSTRAINT chain_pkey PRIMARY KEY (chain_id);

ALTER TABLE ONLY indexing.log
    ADD CONSTRAINT log_pkey PRIMARY KEY (chain_id, block_hash, incarnation, log_index);

ALTER TABLE ONLY indexing.provider
    ADD CONSTRAINT provider_pkey PRIMARY KEY (chain_id, name);

ALTER TABLE ONLY indexing.reorg
    ADD CONSTRAINT reorg_pkey PRIMARY KEY (id);

ALTER TABLE ONLY indexing.transaction
    ADD CONSTRAINT transaction_pkey PRIMARY KEY (chain_id, block_hash, incarnation, tx_hash);

ALTER TABLE ONLY indexing.unlisted_movement
    ADD CONSTRAINT unlisted_movement_pkey PRIMARY KEY (chain_id, contract);

ALTER TABLE ONLY ledger.account
    ADD CONSTRAINT account_code_key UNIQUE (code);

ALTER TABLE ONLY ledger.account
    ADD CONSTRAINT account_id_asset_key UNIQUE (id, asset);

ALTER TABLE ONLY ledger.account
    ADD CONSTRAINT account_pkey PRIMARY KEY (id);

ALTER TABLE ONLY ledger.entry
    ADD CONSTRAINT entry_pkey PRIMARY KEY (account_id, version);

ALTER TABLE ONLY ledger.entry
    ADD CONSTRAINT entry_transaction_id_ordinal_key UNIQUE (transaction_id, ordinal);

ALTER TABLE ONLY ledger.hold
    ADD CONSTRAINT hold_bound_to_account_id_key UNIQUE (bound_to, account_id);

ALTER TABLE ONLY ledger.hold_history
    ADD CONSTRAINT hold_history_pkey PRIMARY KEY (hold_id, ordinal);

ALTER TABLE ONLY ledger.hold
    ADD CONSTRAINT hold_pkey PRIMARY KEY (id);

ALTER TABLE ONLY ledger.transaction
    ADD CONSTRAINT transaction_idempotency_key_key UNIQUE (idempotency_key);

ALTER TABLE ONLY ledger.transaction
    ADD CONSTRAINT transaction_pkey PRIMARY KEY (id);

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

CREATE INDEX transaction_by_hash ON attribution.transaction USING btree (chain_id, tx_hash);

CREATE INDEX transaction_due ON attribution.transaction USING btree (next_attempt_at, id) WHERE (next_attempt_at IS NOT NULL);

CREATE INDEX transaction_history_by_transaction ON attribution.transaction_history USING btree (transaction_id, id);

CREATE INDEX transaction_unattributed ON attribution.transaction USING btree (chain_id, id) WHERE (state = 'unattributed'::text);

CREATE INDEX account_by_owner ON custody.account USING btree (owner_id, id);

CREATE INDEX approval_by_intent ON custody.approval USING btree (intent_id, id);

CREATE UNIQUE INDEX one_open_approval ON custody.approval USING btree (intent_id) WHERE (state = 'asked'::text);

CREATE INDEX carrier_by_family ON execution.carrier USING btree (family_key);

CREATE INDEX dependents ON execution.intent_dependency USING btree (depends_on);

CREATE INDEX history_by_entity ON execution.history USING btree (entity_id, id);

CREATE UNIQUE INDEX incident_open ON execution.incident USING btree (kind, subject) WHERE (closed_at IS NULL);

CREATE INDEX intent_by_owner ON execution.intent USING btree (owner_id, id DESC) WHERE (parent_id IS NULL);

CREATE UNIQUE INDEX intent_client_reference ON execution.intent USING btree (owner_id, client_reference) WHERE ((parent_id IS NULL) AND (client_reference IS NOT NULL));

CREATE INDEX intent_due_by_priority ON execution.intent USING btree (priority DESC, next_step_at, id) WHERE (next_step_at IS NOT NULL);

CREATE UNIQUE INDEX intent_family ON execution.intent USING btree (family_key) WHERE (parent_id IS NULL);

CREATE INDEX intent_family_members ON execution.intent USING btree (root_id, id);

CREATE UNIQUE INDEX intent_hold ON execution.intent USING btree (hold_id) WHERE (parent_id IS NULL);

CREATE INDEX intent_on_its_way ON execution.intent USING btree (id) WHERE ((state = ANY (ARRAY['signing'::text, 'executing'::text])) AND (wish IS NULL));

CREATE INDEX intent_preparing ON execution.intent USING btree (chain_id, sender, priority) WHERE (state = 'preparing'::text);

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

CREATE UNIQUE INDEX freeze_open ON governance."freeze" USING btree (scope, subject) WHERE (lifted_at IS NULL);

CREATE UNIQUE INDEX block_one_per_height ON indexing.block USING btree (chain_id, number) WHERE (status = ANY (ARRAY['canonical'::text, 'final'::text]));

CREATE INDEX log_by_transaction ON indexing.log USING btree (chain_id, block_hash, incarnation, tx_hash, log_index);

CREATE INDEX reorg_by_chain ON indexing.reorg USING btree (chain_id, id);

CREATE INDEX transaction_by_hash ON indexing.transaction USING btree (chain_id, tx_hash);

CREATE INDEX transaction_by_height ON indexing.transaction USING btree (chain_id, block_number, tx_index);

CREATE INDEX transaction_by_sender ON indexing.transaction USING btree (chain_id, "from", nonce);

CREATE INDEX account_by_owner ON ledger.account USING btree (owner_id, id) WHERE (owner_id IS NOT NULL);

CREATE INDEX hold_open ON ledger.hold USING btree (account_id) WHERE (state = ANY (ARRAY['held'::text, 'partial'::text]));

CREATE INDEX transaction_by_source ON ledger.transaction USING btree (source_position) WHERE (source_position IS NOT NULL);

CREATE INDEX refill_due ON payments.refill_rule USING btree (next_check_at);

CREATE TRIGGER request_is_append_only BEFORE DELETE OR UPDATE ON admission.request FOR EACH ROW EXECUTE FUNCTION storage.refuse_change();

CREATE TRIGGER call_result_is_append_only BEFORE DELETE OR UPDATE ON attribution.call_result FOR EACH ROW EXECUTE FUNCTION storage.refuse_change();

CREATE TRIGGER finding_is_append_only BEFORE DELETE OR UPDATE ON attribution.finding FOR EACH ROW EXECUTE FUNCTION storage.refuse_change();

CREATE TRIGGER frame_is_append_only BEFORE DELETE OR UPDATE ON attribution.frame FOR EACH ROW EXECUTE FUNCTION storage.refuse_change();

CREATE TRIGGER log_is_append_only BEFORE DELETE OR UPDATE ON attribution.log FOR EACH ROW EXECUTE FUNCTION storage.refuse_change();

CREATE TRIGGER movement_is_append_only BEFORE DELETE OR UPDATE ON attribution.movement FOR EACH ROW EXECUTE FUNCTION storage.refuse_change();

CREATE TRIGGER movement_phase_is_append_only BEFORE DELETE OR UPDATE ON attribution.movement_phase FOR EACH ROW EXECUTE FUNCTION storage.refuse_change();

CREATE TRIGGER operation_is_append_only BEFORE DELETE OR UPDATE ON attribution.operation FOR EACH ROW EXECUTE FUNCTION storage.refuse_change();

CREATE TRIGGER transaction_history_is_append_only BEFORE DELETE OR UPDATE ON attribution.transaction_history FOR EACH ROW EXECUTE FUNCTION storage.refuse_change();

CREATE TRIGGER undecodable_log_is_append_only BEFORE DELETE OR UPDATE ON attribution.undecodable_log FOR EACH ROW EXECUTE FUNCTION storage.refuse_change();

CREATE TRIGGER call_is_append_only BEFORE DELETE OR UPDATE ON calls.call FOR EACH ROW EXECUTE FUNCTION storage.refuse_change();

CREATE TRIGGER approval_is_decided_once BEFORE UPDATE ON custody.approval FOR EACH ROW EXECUTE FUNCTION custody.keep_decision();

CREATE TRIGGER composition_is_frozen BEFORE INSERT ON execution.carrier_member FOR EACH ROW EXECUTE FUNCTION execution.refuse_new_member();

CREATE TRIGGER history_is_append_only BEFORE DELETE OR UPDATE ON execution.history FOR EACH ROW EXECUTE FUNCTION storage.refuse_change();

CREATE TRIGGER revert_reason_is_append_only BEFORE DELETE OR UPDATE ON execution.revert_reason FOR EACH ROW EXECUTE FUNCTION storage.refuse_change();

CREATE TRIGGER signed_effect_stays BEFORE UPDATE OF carrier_id ON execution.nonce_slot FOR EACH ROW EXECUTE FUNCTION execution.keep_effect();

CREATE TRIGGER signed_is_never_released BEFORE UPDATE ON execution.nonce_slot FOR EACH ROW EXECUTE FUNCTION execution.refuse_release();

CREATE TRIGGER handled_is_append_only BEFORE DELETE OR UPDATE ON facts.handled FOR EACH ROW EXECUTE FUNCTION storage.refuse_change();

CREATE TRIGGER handled_is_not_truncated BEFORE TRUNCATE ON facts.handled FOR EACH STATEMENT EXECUTE FUNCTION storage.refuse_change();

CREATE TRIGGER stream_is_append_only BEFORE DELETE OR UPDATE ON facts.stream FOR EACH ROW EXECUTE FUNCTION storage.refuse_change();

CREATE TRIGGER stream_is_not_truncated BEFORE TRUNCATE ON facts.stream FOR EACH STATEMENT EXECUTE FUNCTION storage.refuse_change();

CREATE TRIGGER audit_is_append_only BEFORE DELETE OR UPDATE ON governance.audit FOR EACH ROW EXECUTE FUNCTION storage.refuse_change();

CREATE TRIGGER block_history_is_append_only BEFORE DELETE OR UPDATE ON indexing.block_history FOR EACH ROW EXECUTE FUNCTION storage.refuse_change();

CREATE TRIGGER block_moves_once BEFORE UPDATE ON indexing.block FOR EACH ROW EXECUTE FUNCTION indexing.check_block_move();

CREATE TRIGGER chain_keeps_promises BEFORE UPDATE ON indexing.chain FOR EACH ROW EXECUTE FUNCTION indexing.keep_promises();

CREATE TRIGGER log_is_append_only BEFORE DELETE OR UPDATE ON indexing.log FOR EACH ROW EXECUTE FUNCTION storage.refuse_change();

CREATE TRIGGER transaction_is_append_only BEFORE DELETE OR UPDATE ON indexing.transaction FOR EACH ROW EXECUTE FUNCTION storage.refuse_change();

CREATE TRIGGER account_is_not_truncated BEFORE TRUNCATE ON ledger.account FOR EACH STATEMENT EXECUTE FUNCTION storage.refuse_change();

CREATE TRIGGER account_keeps_its_meaning BEFORE DELETE OR UPDATE OF id, code, kind, asset, owner_id, opened_at ON ledger.account FOR EACH ROW EXECUTE FUNCTION storage.refuse_change();

CREATE CONSTRAINT TRIGGER entry_balances AFTER INSERT ON ledger.entry DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger.check_transaction();

CREATE TRIGGER entry_is_append_only BEFORE DELETE OR UPDATE ON ledger.entry FOR EACH ROW EXECUTE FUNCTION storage.refuse_change();

CREATE TRIGGER entry_is_not_truncated BEFORE TRUNCATE ON ledger.entry FOR EACH STATEMENT EXECUTE FUNCTION storage.refuse_change();

CREATE TRIGGER hold_history_is_append_only BEFORE DELETE OR UPDATE ON ledger.hold_history FOR EACH ROW EXECUTE FUNCTION storage.refuse_change();

CREATE TRIGGER hold_history_is_not_truncated BEFORE TRUNCATE ON ledger.hold_history FOR EACH STATEMENT EXECUTE FUNCTION storage.refuse_change();

CREATE TRIGGER hold_is_not_truncated BEFORE TRUNCATE ON ledger.hold FOR EACH STATEMENT EXECUTE FUNCTION storage.refuse_change();

CREATE TRIGGER hold_keeps_its_meaning BEFORE DELETE OR UPDATE OF id, account_id, amount, kind, bound_to, created_at, expires_at ON ledger.hold FOR EACH ROW EXECUTE FUNCTION storage.refuse_change();

CREATE CONSTRAINT TRIGGER transaction_balances AFTER INSERT ON ledger.transaction DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger.check_transaction();

CREATE TRIGGER transaction_is_append_only BEFORE DELETE OR UPDATE ON ledger.transaction FOR EACH ROW EXECUTE FUNCTION storage.refuse_change();

CREATE TRIGGER transaction_is_not_truncated BEFORE TRUNCATE ON ledger.transaction FOR EACH STATEMENT EXECUTE FUNCTION storage.refuse_change();

ALTER TABLE ONLY admission.request
    ADD CONSTRAINT request_intent_id_fkey FOREIGN KEY (intent_id) REFERENCES execution.intent(id);

ALTER TABLE ONLY admission.request
    ADD CONSTRAINT request_owner_id_fkey FOREIGN KEY (owner_id) REFERENCES governance.owner(id);

ALTER TABLE ONLY attribution.call_result
    ADD CONSTRAINT call_result_transaction_id_fkey FOREIGN KEY (transaction_id) REFERENCES attribution.transaction(id);

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

ALTER TABLE ONLY attribution.transaction_history
    ADD CONSTRAINT transaction_history_transaction_id_fkey FOREIGN KEY (transaction_id) REFERENCES attribution.transaction(id);

ALTER TABLE ONLY calls.call
    ADD CONSTRAINT call_intent_id_fkey FOREIGN KEY (intent_id) REFERENCES execution.intent(id);

ALTER TABLE ONLY custody.account
    ADD CONSTRAINT account_owner_id_fkey FOREIGN KEY (owner_id) REFERENCES governance.owner(id);

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

ALTER TABLE ONLY facts.handled
    ADD CONSTRAINT handled_position_fkey FOREIGN KEY ("position") REFERENCES facts.stream("position");

ALTER TABLE ONLY facts.parked
    ADD CONSTRAINT parked_position_fkey FOREIGN KEY ("position") REFERENCES facts.stream("position");

ALTER TABLE ONLY governance.api_key
    ADD CONSTRAINT api_key_owner_id_fkey FOREIGN KEY (owner_id) REFERENCES governance.owner(id);

ALTER TABLE ONLY indexing.block
    ADD CONSTRAINT block_chain_id_fkey FOREIGN KEY (chain_id) REFERENCES indexing.chain(chain_id);

ALTER TABLE ONLY indexing.block_history
    ADD CONSTRAINT block_history_chain_id_hash_incarnation_fkey FOREIGN KEY (chain_id, hash, incarnation) REFERENCES indexing.block(chain_id, hash, incarnation);

ALTER TABLE ONLY indexing.log
    ADD CONSTRAINT log_chain_id_block_hash_incarnation_tx_hash_fkey FOREIGN KEY (chain_id, block_hash, incarnation, tx_hash) REFERENCES indexing.transaction(chain_id, block_hash, incarnation, tx_hash);

ALTER TABLE ONLY indexing.provider
    ADD CONSTRAINT provider_chain_id_fkey FOREIGN KEY (chain_id) REFERENCES indexing.chain(chain_id);

ALTER TABLE ONLY indexing.reorg
    ADD CONSTRAINT reorg_chain_id_fkey FOREIGN KEY (chain_id) REFERENCES indexing.chain(chain_id);

ALTER TABLE ONLY indexing.transaction
    ADD CONSTRAINT transaction_chain_id_block_hash_incarnation_fkey FOREIGN KEY (chain_id, block_hash, incarnation) REFERENCES indexing.block(chain_id, hash, incarnation);

ALTER TABLE ONLY indexing.unlisted_movement
    ADD CONSTRAINT unlisted_movement_chain_id_fkey FOREIGN KEY (chain_id) REFERENCES indexing.chain(chain_id);

ALTER TABLE ONLY ledger.entry
    ADD CONSTRAINT entry_account_id_asset_fkey FOREIGN KEY (account_id, asset) REFERENCES ledger.account(id, asset);

ALTER TABLE ONLY ledger.entry
    ADD CONSTRAINT entry_transaction_id_fkey FOREIGN KEY (transaction_id) REFERENCES ledger.transaction(id);

ALTER TABLE ONLY ledger.hold
    ADD CONSTRAINT hold_account_id_fkey FOREIGN KEY (account_id) REFERENCES ledger.account(id);

ALTER TABLE ONLY ledger.hold_history
    ADD CONSTRAINT hold_history_hold_id_fkey FOREIGN KEY (hold_id) REFERENCES ledger.hold(id);

ALTER TABLE ONLY ledger.hold_history
    ADD CONSTRAINT hold_history_transaction_id_fkey FOREIGN KEY (transaction_id) REFERENCES ledger.transaction(id);

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

REVOKE ALL ON FUNCTION ledger.amount_problem(p_amount numeric) FROM PUBLIC;

REVOKE ALL ON FUNCTION ledger.check_lines(p_accounts text[], p_sides text[], p_amounts numeric[]) FROM PUBLIC;

REVOKE ALL ON FUNCTION ledger.check_transaction() FROM PUBLIC;

REVOKE ALL ON FUNCTION ledger.open_account(p_code text, p_kind text, p_asset text, p_owner uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION ledger.open_account(p_code text, p_kind text, p_asset text, p_owner uuid) TO ce_app;

REVOKE ALL ON FUNCTION ledger.open_accounts(p_codes text[], p_kinds text[], p_assets text[], p_owners uuid[]) FROM PUBLIC;
GRANT ALL ON FUNCTION ledger.open_accounts(p_codes text[], p_kinds text[], p_assets text[], p_owners uuid[]) TO ce_app;

REVOKE ALL ON FUNCTION ledger.place_hold(p_id uuid, p_account text, p_amount numeric, p_bound_to text) FROM PUBLIC;
GRANT ALL ON FUNCTION ledger.place_hold(p_id uuid, p_account text, p_amount numeric, p_bound_to text) TO ce_app;

REVOKE ALL ON FUNCTION ledger.post(p_id uuid, p_key text, p_kind text, p_context jsonb, p_effective_at timestamp with time zone, p_accounts text[], p_sides text[], p_amounts numeric[], p_hold uuid, p_hold_amount numeric, p_source_position bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION ledger.post(p_id uuid, p_key text, p_kind text, p_context jsonb, p_effective_at timestamp with time zone, p_accounts text[], p_sides text[], p_amounts numeric[], p_hold uuid, p_hold_amount numeric, p_source_position bigint) TO ce_app;

REVOKE ALL ON FUNCTION ledger.release_hold(p_id uuid, p_reason text) FROM PUBLIC;
GRANT ALL ON FUNCTION ledger.release_hold(p_id uuid, p_reason text) TO ce_app;

REVOKE ALL ON FUNCTION ledger.spend_hold(p_hold uuid, p_amount numeric, p_transaction uuid, p_accounts text[], p_sides text[], p_amounts numeric[], p_now timestamp with time zone) FROM PUBLIC;

GRANT ALL ON FUNCTION storage.clock() TO ce_app;
GRANT ALL ON FUNCTION storage.clock() TO ce_read;

GRANT SELECT,INSERT ON TABLE admission.request TO ce_app;
GRANT SELECT ON TABLE admission.request TO ce_read;

GRANT SELECT,INSERT ON TABLE attribution.call_result TO ce_app;
GRANT SELECT ON TABLE attribution.call_result TO ce_read;

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

GRANT SELECT ON TABLE attribution.v_finding TO ce_app;
GRANT SELECT ON TABLE attribution.v_finding TO ce_read;

GRANT SELECT ON TABLE attribution.v_frame TO ce_app;
GRANT SELECT ON TABLE attribution.v_frame TO ce_read;

GRANT SELECT ON TABLE attribution.v_log TO ce_app;
GRANT SELECT ON TABLE attribution.v_log TO ce_read;

GRANT SELECT ON TABLE attribution.v_movement TO ce_app;
GRANT SELECT ON TABLE attribution.v_movement TO ce_read;

GRANT SELECT ON TABLE attribution.v_operation TO ce_app;
GRANT SELECT ON TABLE attribution.v_operation TO ce_read;

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

GRANT SELECT,INSERT,UPDATE ON TABLE execution.carrier TO ce_app;
GRANT SELECT ON TABLE execution.carrier TO ce_read;

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

GRANT SELECT ON TABLE execution.v_incident TO ce_app;
GRANT SELECT ON TABLE execution.v_incident TO ce_read;

GRANT SELECT ON TABLE execution.v_intent TO ce_app;
GRANT SELECT ON TABLE execution.v_intent TO ce_read;

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

GRANT SELECT,INSERT ON TABLE facts.stream TO ce_app;
GRANT SELECT ON TABLE facts.stream TO ce_read;

GRANT SELECT ON TABLE facts.v_lag TO ce_app;
GRANT SELECT ON TABLE facts.v_lag TO ce_read;

GRANT SELECT ON TABLE facts.v_parked TO ce_app;
GRANT SELECT ON TABLE facts.v_parked TO ce_read;

GRANT SELECT ON TABLE facts.v_stream TO ce_app;
GRANT SELECT ON TABLE facts.v_stream TO ce_read;

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

GRANT SELECT,INSERT ON TABLE indexing.log TO ce_app;
GRANT SELECT ON TABLE indexing.log TO ce_read;

GRANT SELECT,INSERT ON TABLE indexing.provider TO ce_app;
GRANT SELECT ON TABLE indexing.provider TO ce_read;

GRANT UPDATE(state) ON TABLE indexing.provider TO ce_app;

GRANT UPDATE(head_number) ON TABLE indexing.provider TO ce_app;

GRANT UPDATE(detail) ON TABLE indexing.provider TO ce_app;

GRANT UPDATE(seen_at) ON TABLE indexing.provider TO ce_app;

GRANT SELECT ON TABLE indexing.reorg TO ce_app;
GRANT SELECT ON TABLE indexing.reorg TO ce_read;

GRANT INSERT(chain_id) ON TABLE indexing.reorg TO ce_app;

GRANT INSERT(from_number) ON TABLE indexing.reorg TO ce_app;

GRANT INSERT(from_hash) ON TABLE indexing.reorg TO ce_app;

GRANT INSERT(ancestor_number),UPDATE(ancestor_number) ON TABLE indexing.reorg TO ce_app;

GRANT INSERT(ancestor_hash),UPDATE(ancestor_hash) ON TABLE indexing.reorg TO ce_app;

GRANT INSERT(depth),UPDATE(depth) ON TABLE indexing.reorg TO ce_app;

GRANT INSERT(transactions),UPDATE(transactions) ON TABLE indexing.reorg TO ce_app;

GRANT SELECT,INSERT ON TABLE indexing.transaction TO ce_app;
GRANT SELECT ON TABLE indexing.transaction TO ce_read;

GRANT SELECT,INSERT ON TABLE indexing.unlisted_movement TO ce_app;
GRANT SELECT ON TABLE indexing.unlisted_movement TO ce_read;

GRANT UPDATE(count) ON TABLE indexing.unlisted_movement TO ce_app;

GRANT UPDATE(last_seen_at) ON TABLE indexing.unlisted_movement TO ce_app;

GRANT SELECT ON TABLE indexing.v_block TO ce_app;
GRANT SELECT ON TABLE indexing.v_block TO ce_read;

GRANT SELECT ON TABLE indexing.v_chain TO ce_app;
GRANT SELECT ON TABLE indexing.v_chain TO ce_read;

GRANT SELECT ON TABLE indexing.v_log TO ce_app;
GRANT SELECT ON TABLE indexing.v_log TO ce_read;

GRANT SELECT ON TABLE indexing.v_reorg TO ce_app;
GRANT SELECT ON TABLE indexing.v_reorg TO ce_read;

GRANT SELECT ON TABLE indexing.v_transaction TO ce_app;
GRANT SELECT ON TABLE indexing.v_transaction TO ce_read;

GRANT SELECT ON TABLE indexing.v_unlisted_movement TO ce_app;
GRANT SELECT ON TABLE indexing.v_unlisted_movement TO ce_read;

GRANT SELECT ON TABLE ledger.account TO ce_app;
GRANT SELECT ON TABLE ledger.account TO ce_read;

GRANT SELECT ON TABLE ledger.entry TO ce_app;
GRANT SELECT ON TABLE ledger.entry TO ce_read;

GRANT SELECT ON TABLE ledger.hold TO ce_app;
GRANT SELECT ON TABLE ledger.hold TO ce_read;

GRANT SELECT ON TABLE ledger.hold_history TO ce_app;
GRANT SELECT ON TABLE ledger.hold_history TO ce_read;

GRANT SELECT ON TABLE ledger.transaction TO ce_app;
GRANT SELECT ON TABLE ledger.transaction TO ce_read;

GRANT SELECT ON TABLE ledger.v_account TO ce_app;
GRANT SELECT ON TABLE ledger.v_account TO ce_read;

GRANT SELECT ON TABLE ledger.v_account_proof TO ce_app;
GRANT SELECT ON TABLE ledger.v_account_proof TO ce_read;

GRANT SELECT ON TABLE ledger.v_entry TO ce_app;
GRANT SELECT ON TABLE ledger.v_entry TO ce_read;

GRANT SELECT ON TABLE ledger.v_hold TO ce_app;
GRANT SELECT ON TABLE ledger.v_hold TO ce_read;

GRANT SELECT ON TABLE ledger.v_hold_history TO ce_app;
GRANT SELECT ON TABLE ledger.v_hold_history TO ce_read;

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
