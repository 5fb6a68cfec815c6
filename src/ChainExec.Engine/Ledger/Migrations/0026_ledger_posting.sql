-- Ledger: the functions that write the books, and the views. One function posts, whoever calls it. It answers for each item with a code,
-- in this order of precedence; the first that applies is the answer:
--   malformed, unbalanced, account_of_another_meaning   whatever the books say; nothing is stored, the key is not used up
--   (the key's first answer again), key_reused          the key is known
--   period_closed, account_closed, unknown_transaction, reversal_of_reversal, reversal_exceeds, unknown_hold, hold_resolved, hold_expired,
--   hold_does_not_carry, insufficient_funds, limit_exceeded        as the books stand; kept under the key, so that the answer stays
--   linked_failed                                       another item of the group was refused; the culprit is named
--   posted
-- Raised are only what no caller may catch and go on from: CE003 for arguments that no client of ours sends, 40001 to try again whole.

-- The items read, in their order, and what is malformed or unbalanced in them, whatever the state of the books.
create function ledger.check_items(
  p_items jsonb, p_assets text[], p_line_item integer[], p_line_account integer[], p_line_side text[], p_line_amount numeric[])
returns table (
  n integer, code text, detail text, first_line integer, lines integer, id uuid, key text, print text, kind text, context text,
  effective timestamptz, source bigint, actor text, node text, intent uuid, call uuid, external text, reverses uuid, group_id uuid,
  hold uuid, hold_amount numeric, mode text, linked boolean, observed boolean)
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
  if jsonb_typeof(p_items) <> 'array' or jsonb_array_length(p_items) not between 1 and 1000
     or cardinality(p_line_item) > 100000 or cardinality(p_line_item) <> cardinality(p_line_account)
     or cardinality(p_line_item) <> cardinality(p_line_side) or cardinality(p_line_item) <> cardinality(p_line_amount)
     or exists (select from (select l.item, lag(l.item, 1, 1) over (order by l.place) as before
                             from unnest(p_line_item) with ordinality as l(item, place)) o
                where o.item is null or o.item < o.before or o.item > jsonb_array_length(p_items)) then
    raise exception 'items and lines do not fit together' using errcode = 'CE003';
  end if;
  return query
  with line as materialized (
    select l.item, l.place::integer as place, l.side, l.amount, s.asset,
           case
             when s.asset is null then 'the account is missing'
             when l.side is null or l.side not in ('debit', 'credit') then 'the side is neither debit nor credit'
             when l.amount > 0 and l.amount = trunc(l.amount)
               and l.amount < 115792089237316195423570985008687907853269984665640564039457584007913129639936 then null
             else 'the amount ' || coalesce(ledger.amount_problem(l.amount), 'is no number') end as problem
    from   unnest(p_line_item, p_line_account, p_line_side, p_line_amount) with ordinality as l(item, account, side, amount, place)
    left   join unnest(p_assets) with ordinality as s(asset, n) on s.n = l.account),
  shape as (
    select l.item, min(l.place) as first_line, count(*)::integer as lines, min(l.place) filter (where l.problem is not null) as wrong,
           count(distinct l.asset) as assets, count(distinct l.side) as sides, count(distinct l.amount) as amounts
    from   line l group by l.item),
  uneven as (
    select u.item, min(u.asset) as asset
    from  (select l.item, l.asset from line l where l.problem is null group by l.item, l.asset
           having sum(case l.side when 'debit' then l.amount else -l.amount end) <> 0) u
    group  by u.item),
  judged as (
    select i.*, s.first_line, s.lines, u.asset as uneven, case
        when i.id is null or i.effective is null or not isfinite(i.effective) then 'id and effective time are required'
        when i.key is null or length(i.key) not between 1 and 200 then 'the key has 1 to 200 characters'
        when i.print is null or i.print !~ '^[0-9a-f]{64}$' then 'the fingerprint is missing'
        when i.kind is null or i.kind !~ '^[a-z][a-z_.]{0,59}$' then 'the kind is 1 to 60 lower-case letters, points and underscores'
        when i.context is null or length(i.context) > 16384 or json_typeof(i.context::json) <> 'object'
          then 'the context is a JSON object of at most 16 KiB'
        when length(i.actor) not between 1 and 200 or length(i.node) not between 1 and 200 or length(i.external) not between 1 and 200
          then 'actor, node and external event have 1 to 200 characters'
        when i.source <= 0 then 'the source position is above zero'
        when coalesce(i.mode, 'fixed') not in ('fixed', 'up_to', 'hold_all') then 'the mode is none of fixed, up_to, hold_all'
        when coalesce(s.lines, 0) not between 2 and 100 then format('a transaction has 2 to 100 entries, not %s', coalesce(s.lines, 0))
        when s.wrong is not null
          then (select format('entry %s: %s', l.place - s.first_line + 1, l.problem) from line l where l.place = s.wrong)
        when i.mode in ('up_to', 'hold_all') and (s.lines, s.assets, s.sides, s.amounts) <> (2, 1, 2, 1)
          then 'what is moved up to an amount has one debit and one credit of the same amount'
        when (i.hold is null and (i.hold_amount is not null or i.mode = 'hold_all'))
          or (i.hold is not null and (i.hold_amount is null) <> (coalesce(i.mode, 'fixed') = 'hold_all'))
          or (i.hold is not null and i.mode = 'up_to')
          then 'a hold comes with its amount, or is posted whole'
        when i.hold_amount is not null and ledger.amount_problem(i.hold_amount) is not null
          then 'the hold''s amount ' || ledger.amount_problem(i.hold_amount)
      end as problem
    from   rows from (jsonb_to_recordset(p_items) as (
             id uuid, key text, print text, kind text, context text, effective timestamptz, source bigint, actor text, node text,
             intent uuid, call uuid, external text, reverses uuid, "group" uuid, hold uuid, hold_amount numeric, mode text,
             linked boolean, observed boolean)) with ordinality as i(
             id, key, print, kind, context, effective, source, actor, node, intent, call, external, reverses, group_id, hold, hold_amount,
             mode, linked, observed, n)
    left   join shape s on s.item = i.n
    left   join uneven u on u.item = i.n)
  select j.n::integer,
         case when j.problem is not null then 'malformed' when j.uneven is not null then 'unbalanced' end,
         coalesce(j.problem, 'the posting is not balanced in ' || j.uneven), j.first_line, coalesce(j.lines, 0), j.id, j.key, j.print,
         j.kind,
         j.context, j.effective, j.source, j.actor, j.node, j.intent, j.call, j.external, j.reverses, j.group_id, j.hold, j.hold_amount,
         coalesce(j.mode, 'fixed'), coalesce(j.linked, false), coalesce(j.observed, false)
  from   judged j order by j.n;
end
$$;

-- A reversal moves back, account by account, at most what its original moved and no other reversal has moved back yet.
create function ledger.reversal_problem(p_original uuid, p_accounts bigint[], p_sides text[], p_amounts numeric[]) returns text
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
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

create function ledger.post_batch(
  p_items jsonb, p_codes text[], p_kinds text[], p_assets text[], p_owners uuid[], p_policies text[],
  p_line_item integer[], p_line_account integer[], p_line_side text[], p_line_amount numeric[], p_freeze boolean)
returns table (item integer, code text, transaction_id uuid, replayed boolean, culprit integer, detail text,
               versions bigint[], amounts numeric[], balances numeric[])
language plpgsql security definer
set search_path = pg_catalog, pg_temp
-- Arrays tell the planner nothing of their length: small sets are always looked up in big tables, by index.
set jit = off
set enable_seqscan = off
set enable_mergejoin = off
set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
declare
  items        integer := jsonb_array_length(p_items);
  accounts     integer := cardinality(p_codes);
  -- what was asked, item by item
  i_id uuid[]; i_key text[]; i_print text[]; i_mode text[]; i_linked boolean[]; i_observed boolean[]; i_reverses uuid[]; i_hold uuid[];
  i_hold_amount numeric[]; i_effective timestamptz[]; i_asked_effective timestamptz[]; i_kind text[]; i_context text[]; i_source bigint[];
  i_actor text[]; i_node text[]; i_intent uuid[]; i_call uuid[]; i_external text[]; i_group uuid[]; i_first integer[]; i_lines integer[];
  i_static text[]; i_static_detail text[];
  -- the answer, item by item
  i_code text[]; i_detail text[]; i_culprit integer[]; i_stored boolean[]; i_replay boolean[]; i_transaction uuid[];
  i_start integer[];
  -- the accounts as they stand, and as they will
  a_id bigint[]; a_policy text[]; a_debit numeric[]; a_credit numeric[]; a_held numeric[]; a_version bigint[]; a_normal_debit boolean[];
  a_debit_limited boolean[]; a_credit_limited boolean[]; a_overdraft numeric[]; a_closed boolean[]; a_other boolean[];
  a_used boolean[];
  h_id uuid[]; h_account integer[]; h_amount numeric[]; h_posted numeric[]; h_state text[]; h_expires timestamptz[];
  l_version bigint[]; l_balance numeric[]; l_amount numeric[];
  closed_until timestamptz; now_at timestamptz; last_at timestamptz; locked integer; known record;
  i integer; l integer; a integer; h integer; k integer; start integer; failed integer; problem text; why text;
  amount numeric; moved numeric; excess numeric; missing integer; opened integer; expected integer; written integer; round integer := 0;
  fact_keys text[]; fact_payloads jsonb[];
begin
  if accounts not between 1 and 10000 or cardinality(p_kinds) <> accounts or cardinality(p_assets) <> accounts
     or cardinality(p_owners) <> accounts or cardinality(p_policies) <> accounts
     or (select count(distinct c.code) from unnest(p_codes) as c(code)) <> accounts then
    raise exception 'the accounts do not fit together' using errcode = 'CE003';
  end if;
  -- What a subquery has put in order stays in order; sorting once for each array would cost more than all the rest.
  select array_agg(c.code), array_agg(c.detail), array_agg(c.first_line), array_agg(c.lines), array_agg(c.id), array_agg(c.key),
         array_agg(c.print), array_agg(c.kind), array_agg(c.context), array_agg(c.effective), array_agg(c.source), array_agg(c.actor),
         array_agg(c.node), array_agg(c.intent), array_agg(c.call), array_agg(c.external), array_agg(c.reverses), array_agg(c.group_id),
         array_agg(c.hold), array_agg(c.hold_amount), array_agg(c.mode), array_agg(c.linked), array_agg(c.observed)
  into   i_static, i_static_detail, i_first, i_lines, i_id, i_key, i_print, i_kind, i_context, i_asked_effective, i_source, i_actor, i_node,
         i_intent, i_call, i_external, i_reverses, i_group, i_hold, i_hold_amount, i_mode, i_linked, i_observed
  from   ledger.check_items(p_items, p_assets, p_line_item, p_line_account, p_line_side, p_line_amount) c;

  -- A posting and the closing of a period never pass each other unseen.
  perform pg_advisory_xact_lock_shared(76, 1);
  loop
    round := round + 1;
    if round > 4 then
      raise exception 'accounts were opened by others meanwhile' using errcode = 'serialization_failure';
    end if;
    -- One statement, in the order of ids: two postings never wait for one another in a circle. What follows reads in later statements.
    select count(*) into locked
    from  (select from ledger.account c where c.code = any (p_codes) and c.policy = 'strict' order by c.id for no key update) held;
    if exists (select from unnest(i_reverses) as r(id) where r.id is not null) then
      perform from ledger.transaction t where t.id = any (i_reverses) order by t.id for no key update;
    end if;
    if exists (select from unnest(i_hold) as r(id) where r.id is not null) then
      perform from ledger.hold b where b.id = any (i_hold) order by b.id for no key update;
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
           from   unnest(p_codes, p_kinds, p_assets, p_owners, p_policies) with ordinality as s(code, kind, asset, owner_id, policy, n)
           left   join ledger.account c on c.code = s.code
           order  by s.n) x;
    -- Opened by another after we locked: seen, and not ours to judge by yet.
    continue when locked <> (select count(*) from unnest(a_id, a_policy) as x(id, policy) where x.id is not null and x.policy = 'strict');
    a_used := array_fill(false, array[accounts]);
    select array_agg(b.id), array_agg(array_position(a_id, b.account_id)), array_agg(b.amount), array_agg(b.posted_amount),
           array_agg(b.state), array_agg(b.expires_at)
    into   h_id, h_account, h_amount, h_posted, h_state, h_expires
    from   ledger.hold b where b.id = any (i_hold);
    select max(p.until) into closed_until from ledger.period_close p where p.approved_at is not null;
    now_at := greatest(storage.clock(), last_at);
    i_effective := i_asked_effective;
    i_code := i_static;
    i_detail := i_static_detail;
    i_culprit := array_fill(null::integer, array[items]);
    i_stored := array_fill(false, array[items]);
    i_replay := array_fill(false, array[items]);
    i_transaction := i_id;
    i_start := array_fill(1, array[items]);
    l_version := array_fill(null::bigint, array[cardinality(p_line_item)]);
    l_balance := array_fill(null::numeric, array[cardinality(p_line_item)]);
    l_amount := p_line_amount;

    for i in 1..items loop
      i_start[i] := case when i > 1 and i_linked[i - 1] then i_start[i - 1] else i end;
    end loop;
    for i in 1..items loop
      if i_code[i] is null then
        for l in i_first[i]..i_first[i] + i_lines[i] - 1 loop
          if a_other[p_line_account[l]] then
            i_code[i] := 'account_of_another_meaning';
            i_detail[i] := format('account %s is open with another kind, asset or owner', p_codes[p_line_account[l]]);
          end if;
        end loop;
      end if;
    end loop;
    -- Keys that are known, with the answer they were given; a key that stands twice in one batch is known the second time.
    for known in
      select x.n, y.outcome, y.detail, y.transaction_id, coalesce(encode(y.fingerprint, 'hex') = x.print, false) as same
      from  (select w.*, row_number() over (partition by w.key order by w.n) as turn
             from unnest(i_key, i_print) with ordinality as w(key, print, n)) x
      left   join ledger.key y on y.key = x.key
      where  y.key is not null or x.turn > 1
    loop
      continue when i_code[known.n] is not null;
      if known.same then
        i_code[known.n] := known.outcome;
        i_detail[known.n] := known.detail;
        i_replay[known.n] := true;
        i_transaction[known.n] := known.transaction_id;
      else
        i_code[known.n] := 'key_reused';
        i_detail[known.n] := format('key %s belongs to another posting', i_key[known.n]);
      end if;
    end loop;
    -- A member that cannot be judged takes its group with it, and nothing of the group is stored.
    for i in 1..items loop
      if i_code[i] is not null and not i_replay[i] and i_culprit[i] is null then
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
      if i_effective[i] <= closed_until and i_observed[i] then
        i_effective[i] := closed_until + interval '1 microsecond';
      elsif i_effective[i] <= closed_until then
        problem := 'period_closed';
        why := format('the books are closed up to %s', to_char(closed_until at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'));
      end if;
      for l in i_first[i]..i_first[i] + i_lines[i] - 1 loop
        if problem is null and a_closed[p_line_account[l]] and not i_observed[i] then
          problem := 'account_closed';
          why := format('account %s is closed', p_codes[p_line_account[l]]);
        end if;
      end loop;
      if problem is null and i_reverses[i] is not null then
        if array_position(i_reverses, i_reverses[i]) < i then
          raise exception 'one batch reverses transaction % twice', i_reverses[i] using errcode = 'CE003';
        end if;
        select ledger.reversal_problem(i_reverses[i], array_agg(a_id[p_line_account[n.l]]), array_agg(p_line_side[n.l]),
                                       array_agg(p_line_amount[n.l]))
        into   problem
        from   generate_series(i_first[i], i_first[i] + i_lines[i] - 1) as n(l);
        why := 'transaction ' || i_reverses[i];
      end if;

      h := null;
      if problem is null and i_hold[i] is not null then
        h := array_position(h_id, i_hold[i]);
        if h is null then
          problem := 'unknown_hold';
          why := format('there is no hold %s', i_hold[i]);
        elsif h_state[h] not in ('held', 'partial') or h_posted[h] = h_amount[h] then
          problem := 'hold_resolved';
          why := format('hold %s is %s already', i_hold[i], case when h_posted[h] = h_amount[h] then 'posted' else h_state[h] end);
        elsif h_expires[h] <= now_at then
          problem := 'hold_expired';
          why := format('hold %s has expired', i_hold[i]);
        else
          moved := case when i_mode[i] = 'hold_all' then h_amount[h] - h_posted[h] else i_hold_amount[i] end;
          if moved > h_amount[h] - h_posted[h] then
            problem := 'hold_does_not_carry';
            why := format('hold %s has %s left, not %s', i_hold[i], h_amount[h] - h_posted[h], trunc(moved));
          end if;
        end if;
      end if;
      if problem is null and i_mode[i] = 'hold_all' then
        l_amount[i_first[i]] := moved;
        l_amount[i_first[i] + 1] := moved;
      elsif problem is null and i_mode[i] = 'up_to' then
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
          why := format('the posting draws %s from the account of hold %s, not %s', amount, i_hold[i], trunc(moved));
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
        if not i_observed[i] then
          for l in i_first[i]..i_first[i] + i_lines[i] - 1 loop
            a := p_line_account[l];
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
          i_detail[i] := null;
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
        h := array_position(h_id, i_hold[k]);
        if h is not null then
          amount := case when i_mode[k] = 'hold_all' then l_amount[i_first[k]] else i_hold_amount[k] end;
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
    for i in 1..items loop
      continue when i_code[i] <> 'posted' or i_replay[i];
      for l in i_first[i]..i_first[i] + i_lines[i] - 1 loop
        a_used[p_line_account[l]] := true;
      end loop;
    end loop;
    select count(distinct p_codes[n.a]) into missing from generate_series(1, accounts) as n(a) where a_used[n.a] and a_id[n.a] is null;
    exit when missing = 0;
    insert into ledger.account (code, kind, asset, owner_id, policy)
    select distinct on (s.code) s.code, s.kind, s.asset, s.owner_id, s.policy
    from   unnest(p_codes, p_kinds, p_assets, p_owners, p_policies, a_used, a_id) as s(code, kind, asset, owner_id, policy, used, id)
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
  for i in 1..items loop
    continue when i_code[i] <> 'posted' or i_replay[i];
    for l in i_first[i]..i_first[i] + i_lines[i] - 1 loop
      if a_policy[p_line_account[l]] = 'append_only' then
        l_version[l] := nextval('ledger.tail_number');
      end if;
    end loop;
  end loop;
  select count(*) into expected from generate_series(1, items) as n(i)
  where  not i_replay[n.i] and (i_code[n.i] = 'posted' or p_freeze and i_stored[n.i]);

  if expected > 0 then
    with line as materialized (
      select i_id[s.item] as transaction_id, s.item, s.place - i_first[s.item] + 1 as ordinal, a_id[s.account] as account_id, s.version,
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
      select i_id[b.item], i_key[b.item], decode(i_print[b.item], 'hex'), i_kind[b.item], i_context[b.item]::json, i_source[b.item],
             b.entries, i_effective[b.item], now_at, b.accounts, b.versions,
             ledger.content_hash(i_id[b.item], i_key[b.item], i_kind[b.item], i_effective[b.item], now_at, i_source[b.item],
               i_actor[b.item], i_node[b.item], i_intent[b.item], i_call[b.item], i_external[b.item], i_reverses[b.item],
               i_group[b.item], b.lines, i_context[b.item]),
             i_actor[b.item], i_node[b.item], i_intent[b.item], i_call[b.item], i_external[b.item], i_reverses[b.item], i_group[b.item]
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
      select i_key[x.n], decode(i_print[x.n], 'hex'), i_code[x.n], case i_code[x.n] when 'posted' then i_id[x.n] end,
             i_key[i_culprit[x.n]], left(i_detail[x.n], 500), now_at
      from   generate_series(1, items) as x(n)
      where  not i_replay[x.n] and (i_code[x.n] = 'posted' or p_freeze and i_stored[x.n])
      order  by i_key[x.n]
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
      perform ledger.record_hold_use(i_id, i_hold, i_replay, i_code,
        (select array_agg(case when i_mode[n.i] = 'hold_all' then l_amount[i_first[n.i]] else i_hold_amount[n.i] end order by n.i)
         from generate_series(1, items) as n(i)), now_at);
    end if;
  end if;

  for i in 1..items loop
    item := i;
    code := i_code[i];
    transaction_id := case when i_code[i] = 'posted' then i_transaction[i] end;
    replayed := i_replay[i];
    culprit := i_culprit[i];
    detail := i_detail[i];
    versions := null;
    amounts := null;
    balances := null;
    if i_replay[i] and i_code[i] = 'posted' then
      select array_agg(e.version order by p.n), array_agg(e.amount order by p.n), array_agg(e.balance_after order by p.n)
      into   versions, amounts, balances
      from   ledger.transaction t cross join unnest(t.accounts, t.versions) with ordinality as p(account_id, version, n)
      join   ledger.entry e on e.account_id = p.account_id and e.version = p.version
      where  t.id = i_transaction[i];
    elsif i_code[i] = 'posted' then
      versions := l_version[i_first[i]:i_first[i] + i_lines[i] - 1];
      amounts := l_amount[i_first[i]:i_first[i] + i_lines[i] - 1];
      balances := l_balance[i_first[i]:i_first[i] + i_lines[i] - 1];
    elsif i_stored[i] then
      versions := l_version[i_first[i]:i_first[i] + i_lines[i] - 1];
    end if;
    return next;
  end loop;
end
$$;

-- Moves what accepted postings spent of their holds. Accounts and holds are locked by the caller.
create function ledger.record_hold_use(
  p_transactions uuid[], p_holds uuid[], p_replays boolean[], p_codes text[], p_amounts numeric[], p_now timestamptz) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
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
