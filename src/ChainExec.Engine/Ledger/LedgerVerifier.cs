using System.Globalization;
using ChainExec.Storage;

namespace ChainExec.Ledger;

/// <summary>
/// Derives everything that the books say of themselves again from their entries: balances, chains of versions, holds, roll-ups, keys,
/// hashes, seals. All checks see one moment. A finding is a defect of ours, or somebody's hand in the database.
/// </summary>
internal sealed class LedgerVerifier(UnitOfWork unitOfWork)
{
    /// <summary>Findings of one check at most.</summary>
    public const int FindingsMax = 100;

    /// <summary>Each is a query for what is wrong: a subject and a sentence.</summary>
    private static readonly (string Name, string Sql)[] Checks =
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
                   format('says %s with %s posted; its history says %s with %s', h.state, h.posted_amount, l.to_state, x.posted) as detail
            from   ledger.hold h
            left   join lateral (
              select o.to_state from ledger.hold_history o where o.hold_id = h.id order by o.ordinal desc limit 1) l on true
            cross  join lateral (select coalesce(sum(o.amount) filter (where o.event like 'posted%'), 0) as posted, count(*) as rows,
                                        max(o.ordinal) as last
                                 from ledger.hold_history o where o.hold_id = h.id) x
            where  h.state is distinct from l.to_state or h.posted_amount <> x.posted or x.rows <> x.last
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
            select coalesce(t.id::text, f.id, 'a fact') as subject, case
                when t.id is null then 'a fact says that it was posted, and it is not there'
                when f.id is null then 'left no fact'
                when f.facts <> 1 then 'left more than one fact'
                else 'left a fact with another hash' end as detail
            from   ledger.transaction t
            full   join (select x.id, count(*) as facts, min(x.sha256) as sha256
                         from  (select payload->>'transaction' as id, payload->>'sha256' as sha256 from facts.v_stream
                                where type = 'ledger.transaction_posted'
                                union all select payload->>'transaction', payload->>'sha256' from facts.v_pending
                                where type = 'ledger.transaction_posted') x
                         group by x.id) f on f.id = t.id::text
            where  t.id is null or f.id is null or f.facts <> 1 or f.sha256 is distinct from encode(t.content_hash, 'hex')
            """),
        // From link to link along the stream's key: as long as the stream, not its square.
        ("seal", """
            with recursive chain as (
              select 0::bigint as position, decode(repeat('00', 32), 'hex') as hash
              union  all
              select f.position, sha256(c.hash || int8send(f.position) || f.sha256)
              from   chain c
              cross  join lateral (
                select s.position, decode(s.payload->>'sha256', 'hex') as sha256 from facts.v_stream s
                where  s.position > c.position and s.position <= (select max(l.last_position) from ledger.seal l)
                and    s.type = 'ledger.transaction_posted'
                order  by s.position limit 1) f)
            select 'seal ' || s.number as subject, 'the chain of the stream''s transactions does not lead to it' as detail
            from   ledger.seal s left join chain c on c.position = s.last_position
            where  c.hash is distinct from s.hash
            """),
    ];

    /// <summary>Runs every check; nothing found means that the books say what their entries say.</summary>
    public Task<IReadOnlyList<VerificationFinding>> VerifyAsync(CancellationToken cancellationToken) => unitOfWork.RunAsync(
        async (session, token) =>
        {
            await session.Sql("set transaction isolation level repeatable read read only").ExecuteAsync(token);
            await session.Sql("set local statement_timeout = '30min'").ExecuteAsync(token);
            var findings = new List<VerificationFinding>();
            foreach ((string name, string sql) in Checks)
            {
                findings.AddRange(await session.Sql($"select subject, detail from ({sql}) f limit {FindingsMax}")
                    .ReadAsync(reader => new VerificationFinding(name, reader.Text("subject"), reader.Text("detail")), token));
            }

            return (IReadOnlyList<VerificationFinding>)findings;
        },
        cancellationToken);

    /// <summary>The newest seal, to be kept elsewhere; nothing while nothing is sealed.</summary>
    public async Task<LedgerCheckpoint?> NewestAsync(CancellationToken cancellationToken)
    {
        const string sql = "select number, last_position, encode(hash, 'hex') as hash from ledger.seal order by number desc limit 1";
        IReadOnlyList<LedgerCheckpoint> seals = await unitOfWork.RunAsync(
            (session, token) => session.Sql(sql).ReadAsync(
                reader => new LedgerCheckpoint(reader.Long("number"), reader.Long("last_position"), reader.Text("hash")), token),
            cancellationToken);
        return seals.Count == 0 ? null : seals[0];
    }

    /// <summary>What a checkpoint kept elsewhere says against the seal as it stands: nothing, or how it differs.</summary>
    public async Task<VerificationFinding?> CompareAsync(LedgerCheckpoint checkpoint, CancellationToken cancellationToken)
    {
        IReadOnlyList<(long Position, string Hash)> seals = await unitOfWork.RunAsync(
            (session, token) => session.Sql("select last_position, encode(hash, 'hex') as hash from ledger.seal where number = @number")
                .With("number", checkpoint.Seal)
                .ReadAsync(reader => (reader.Long("last_position"), reader.Text("hash")), token),
            cancellationToken);
        string subject = string.Create(CultureInfo.InvariantCulture, $"seal {checkpoint.Seal}");
        if (seals.Count == 0)
            return new VerificationFinding("checkpoint", subject, "the books have no such seal");
        return seals[0] == (checkpoint.Position, checkpoint.Hash)
            ? null
            : new VerificationFinding("checkpoint", subject, $"the checkpoint says {checkpoint.Hash}, the books say {seals[0].Hash}");
    }
}

/// <summary>What does not add up.</summary>
/// <param name="Check">Which check found it.</param>
/// <param name="Subject">What of the books it is about.</param>
/// <param name="Detail">A sentence for people.</param>
internal sealed record VerificationFinding(string Check, string Subject, string Detail);

/// <summary>A seal of the books, to be kept where whoever can write the database cannot write.</summary>
/// <param name="Seal">Its number.</param>
/// <param name="Position">The fact stream's position up to which it speaks.</param>
/// <param name="Hash">64 lower-case hexadecimal digits.</param>
internal sealed record LedgerCheckpoint(long Seal, long Position, string Hash);
