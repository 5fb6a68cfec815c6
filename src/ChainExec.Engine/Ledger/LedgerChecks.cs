namespace ChainExec.Ledger;

/// <summary>What the books must say of themselves, as queries for what is wrong, all of which see one moment.</summary>
internal static class LedgerChecks
{
    /// <summary>Each is a query for what is wrong: a subject and a sentence.</summary>
    public static readonly (string Name, string Sql)[] All =
    [
        ("account", """
            select code as subject,
                   format('counters say %s debited, %s credited, %s held, version %s; entries and holds say %s, %s, %s, %s',
                     posted_debit, posted_credit, held, version, entry_debit, entry_credit, open_holds, entry_count) as detail
            from   ledger.v_account_proof where agrees is not true
            """),
        ("chain", """
            select format('account %s version %s', account_id, version) as subject,
                   format('should be version %s with balance %s, and says %s', n, running, balance_after) as detail
            from  (select e.account_id, e.version, e.balance_after, t.recorded_at, row_number() over earlier as n,
                          sum(case when e.side = a.normal_side then e.amount else -e.amount end) over earlier as running,
                          lag(t.recorded_at) over earlier as recorded_before
                   from   ledger.entry e
                   join   ledger.account a on a.id = e.account_id and a.policy = 'strict'
                   join   ledger.transaction t on t.id = e.transaction_id
                   window earlier as (partition by e.account_id order by e.version rows unbounded preceding)) c
            where  version <> n or balance_after is distinct from running or recorded_at < recorded_before
            """),
        ("transaction", """
            select t.id::text as subject, 'its entries are not those that it was posted with, or do not balance' as detail
            from   ledger.transaction t
            left   join lateral (
              select count(*) as entries,
                     string_agg(concat_ws(' ', e.account_id, e.version, e.side, e.amount, e.asset), E'\n' order by p.place) as lines
              from   unnest(t.accounts, t.versions) with ordinality as p(account_id, version, place)
              join   ledger.entry e on e.account_id = p.account_id and e.version = p.version and e.ordinal = p.place
                     and e.transaction_id = t.id) b on true
            where  b.entries <> t.entry_count
            or     sha256(convert_to(format(E'chainexec ledger transaction 1\n%s\n%L\n%s\n%s\n%s\n%L\n%L\n%L\n%L\n%L\n%L\n%L\n%L\n%s\n%s',
                     t.id, t.idempotency_key, t.kind, extract(epoch from t.effective_at), extract(epoch from t.recorded_at),
                     t.source_position, t.actor, t.flow_node, t.intent_id, t.call_id, t.external_event, t.reverses, t.group_id, b.lines,
                     t.context::text), 'UTF8')) is distinct from t.content_hash
            or     exists (select from unnest(t.accounts, t.versions) as p(account_id, version)
                           join ledger.entry e on e.account_id = p.account_id and e.version = p.version
                           group by e.asset having sum(case e.side when 'debit' then e.amount else -e.amount end) <> 0)
            """),
        ("entry", """
            select format('account %s version %s', e.account_id, e.version) as subject, 'no transaction has this entry' as detail
            from   ledger.entry e left join ledger.transaction t on t.id = e.transaction_id
            where  t.id is null or t.accounts[e.ordinal] is distinct from e.account_id
            or     t.versions[e.ordinal] is distinct from e.version
            """),
        ("hold", """
            select h.id::text as subject,
                   format('says %s of %s with %s posted; its history says %s of %s with %s posted and %s given back',
                     h.state, h.amount, h.posted_amount, l.to_state, x.placed, x.posted, x.ended) as detail
            from   ledger.hold h
            left   join lateral (
              select o.to_state from ledger.hold_history o where o.hold_id = h.id order by o.ordinal desc limit 1) l on true
            cross  join lateral (
              select coalesce(sum(o.amount) filter (where o.event like 'posted%'), 0) as posted,
                     coalesce(sum(o.amount) filter (where o.event in ('released', 'expired')), 0) as ended,
                     sum(o.amount) filter (where o.event = 'placed') as placed, count(*) as rows, max(o.ordinal) as last,
                     count(*) filter (where o.event = 'placed' and o.ordinal <> 1) as later
              from   ledger.hold_history o where o.hold_id = h.id) x
            where  h.state is distinct from l.to_state or h.posted_amount <> x.posted or x.rows <> x.last or x.later > 0
            or     h.amount is distinct from x.placed or (h.resolved_at is not null) <> (x.posted + x.ended = h.amount)
            union  all
            select h.id::text, format('row %s of its history does not follow on the one before', h.ordinal)
            from  (select o.hold_id as id, o.ordinal, o.from_state,
                          lag(o.to_state) over (partition by o.hold_id order by o.ordinal) as before from ledger.hold_history o) h
            where  h.from_state is distinct from h.before
            union  all
            select h.id::text, format('transaction %s does not draw %s from its account', o.transaction_id, sum(o.amount))
            from   ledger.hold_history o
            join   ledger.hold h on h.id = o.hold_id
            join   ledger.account a on a.id = h.account_id
            where  o.event like 'posted%'
            group  by h.id, o.transaction_id, a.id, a.normal_side
            having sum(o.amount) > coalesce((
              select sum(e.amount) from ledger.transaction t
              cross  join unnest(t.accounts, t.versions) as p(account_id, version)
              join   ledger.entry e on e.account_id = p.account_id and e.version = p.version
              where  t.id = o.transaction_id and e.account_id = a.id and e.side <> a.normal_side), 0)
            """),
        ("key", """
            select k.key as subject, 'the hold that it names is not there' as detail
            from   ledger.key k left join ledger.hold h on h.id = k.hold_id
            where  k.hold_id is not null and h.id is null
            """),
        ("key", """
            select coalesce(k.key, t.idempotency_key) as subject, 'key and transaction do not name one another' as detail
            from   ledger.transaction t full join (select * from ledger.key where outcome = 'posted') k on k.transaction_id = t.id
            where  t.id is null or k.key is distinct from t.idempotency_key or k.fingerprint is distinct from t.fingerprint
            """),
        ("roll_up", """
            select format('account %s version %s', c.account_id, c.version) as subject,
                   'the roll-up is not the sum of its entries' as detail
            from  (select r.account_id, r.version, r.debit, r.credit, row_number() over earlier as n,
                          sum(case e.side when 'debit' then e.amount else 0 end) over earlier as debits,
                          sum(case e.side when 'credit' then e.amount else 0 end) over earlier as credits
                   from   ledger.roll r left join ledger.entry e on e.account_id = r.account_id and e.version = r.entry_version
                   window earlier as (partition by r.account_id order by r.version rows unbounded preceding)) c
            where  (c.version, c.debit, c.credit) is distinct from (c.n, c.debits, c.credits)
            union  all
            select format('account %s entry %s', e.account_id, e.version), 'is rolled up and waits for it, or neither'
            from   ledger.entry e join ledger.account a on a.id = e.account_id and a.policy = 'append_only'
            where  (exists (select from ledger.roll r where r.account_id = e.account_id and r.entry_version = e.version))
                   = (exists (select from ledger.unrolled u where u.account_id = e.account_id and u.version = e.version))
            """),
        ("reversal", """
            select t.id::text as subject, 'more was moved back than it had moved' as detail
            from   ledger.transaction t
            where  exists (
              select from ledger.transaction r
              cross  join unnest(r.accounts, r.versions) as p(account_id, version)
              join   ledger.entry e on e.account_id = p.account_id and e.version = p.version
              where  r.reverses = t.id
              group  by e.account_id, e.side
              having sum(e.amount) > coalesce((
                select sum(o.amount) from unnest(t.accounts, t.versions) as q(account_id, version)
                join   ledger.entry o on o.account_id = q.account_id and o.version = q.version
                where  o.account_id = e.account_id and o.side <> e.side), 0))
            """),
        ("fact", """
            select coalesce(t.id::text, f.id, 'a fact without an id') as subject,
                   case when t.id is null then 'a fact tells of it, and it is not in the books'
                     when f.id is null then 'left no fact'
                     when f.times > 1 then format('left %s facts', f.times)
                     else 'its fact tells of another content' end as detail
            from   ledger.transaction t
            full   join (select id, count(*) as times, min(sha256) as sha256
                         from  (select payload->>'transaction' as id, payload->>'sha256' as sha256 from facts.v_stream
                                where type = 'ledger.transaction_posted'
                                union all select payload->>'transaction', payload->>'sha256' from facts.v_pending
                                where type = 'ledger.transaction_posted') told
                         group by id) f on f.id = t.id::text
            where  t.id is null or f.id is null or f.times > 1 or f.sha256 is distinct from encode(t.content_hash, 'hex')
            """),
        ("stream", """
            select 'the fact stream' as subject,
                   format('%s facts from position %s to %s: there is a gap', s.facts, s.first, s.last) as detail
            from  (select count(*) as facts, min(position) as first, max(position) as last from facts.v_stream) s
            where  s.facts > 0 and (s.first <> 1 or s.last <> s.facts)
            """),
        ("unsealed", """
            select 'the seal' as subject,
                   format('%s transactions have none, the oldest since %s', count(*), min(f.occurred_at)) as detail
            from  (select s.occurred_at from facts.v_stream s
                   where  s.type = 'ledger.transaction_posted'
                   and    s.position > (select coalesce(max(l.last_position), 0) from ledger.seal l)
                   union  all
                   select p.occurred_at from facts.v_pending p where p.type = 'ledger.transaction_posted') f
            having min(f.occurred_at) < storage.clock() - interval '10 minutes'
            """),
        ("seal", """
            select 'seal ' || s.number as subject, 'the seals'' numbers or positions have a gap or go back' as detail
            from  (select l.number, l.last_position, row_number() over earlier as n, lag(l.last_position) over earlier as before
                   from ledger.seal l window earlier as (order by l.number)) s
            where  s.number <> s.n or s.last_position <= s.before
            """),
        ("account_change", """
            select c.code as subject, format('its %s is not what its changes say', c.field) as detail
            from  (select a.code, v.field, v.value,
                          (select x.change->v.field from ledger.account_change x
                           where  x.account_id = a.id and x.change ? v.field order by x.ordinal desc limit 1) as told
                   from   ledger.account a
                   cross  join lateral (values
                     ('debits_must_not_exceed_credits', to_jsonb(a.debits_must_not_exceed_credits), 'false'::jsonb),
                     ('credits_must_not_exceed_debits', to_jsonb(a.credits_must_not_exceed_debits), 'false'),
                     ('overdraft', to_jsonb(a.overdraft::text), '"0"'), ('closed', to_jsonb(a.closed), 'false'),
                     ('tags', to_jsonb(a.tags), '[]')) as v(field, value, initial)
                   where  v.value <> v.initial or exists (select from ledger.account_change x where x.account_id = a.id)) c
            where  c.value <> coalesce(c.told, case c.field when 'overdraft' then '"0"' when 'tags' then '[]' else 'false' end::jsonb)
            union  all
            select a.code, 'a change of it is missing'
            from  (select account_id, count(*) as changes, max(ordinal) as last from ledger.account_change group by account_id) x
            join   ledger.account a on a.id = x.account_id
            where  x.changes <> x.last
            """),
        ("period", """
            select t.id::text as subject, format('was recorded at %s into books closed up to %s', t.recorded_at, p.until) as detail
            from   ledger.transaction t
            join   ledger.period_close p on t.effective_at <= p.until and t.recorded_at > p.approved_at + interval '10 seconds'
            """),
        ("clock", """
            select a.code as subject, format('has entries recorded in the future, at %s', a.recorded_at) as detail
            from   ledger.account a
            where  a.recorded_at > storage.clock() + interval '1 minute'
            """),
    ];
}
