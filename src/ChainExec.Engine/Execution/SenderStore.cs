using ChainExec.Ethereum;
using ChainExec.Storage;
using NpgsqlTypes;

namespace ChainExec.Execution;

/// <summary>Why a sender binds nothing new.</summary>
internal enum PauseKind
{
    /// <summary>A provider said that it cannot pay; it resumes by itself with the next accepted send.</summary>
    Empty,

    /// <summary>An operator said so; only an operator resumes it.</summary>
    Operator,
}

/// <summary>Pauses and resumes senders. What is signed goes on being sent either way.</summary>
internal sealed class SenderStore(IncidentStore incidents)
{
    private const int ReasonLengthMax = 500;
    private const string EmptyIncident = "sender_empty";

    /// <summary>
    /// Pauses a sender; pausing it again for the same kind of reason changes nothing but since when it is known to be empty. An empty one
    /// opens an incident.
    /// </summary>
    public async Task PauseAsync(
        DbSession session, long chain, Address sender, PauseKind kind, string reason, string actor, CancellationToken cancellationToken)
    {
        const string sql = """
            insert into execution.sender_pause (chain_id, sender, kind, reason, paused_by)
            values (@chain, @sender, @kind, @reason, @actor)
            on conflict (chain_id, sender, kind) do update set reason = excluded.reason, paused_at = storage.clock()
            where  sender_pause.kind = 'empty' and sender_pause.paused_at < storage.clock() - interval '1 minute'
            """;
        string bounded = reason.Cut(ReasonLengthMax);
        await session.Sql(sql).With("chain", chain).With("sender", sender).With("kind", kind).With("reason", bounded)
            .With("actor", actor).ExecuteAsync(cancellationToken);
        if (kind == PauseKind.Empty)
            await incidents.OpenAsync(
                session, EmptyIncident, Subject(chain, sender), chain, sender,
                $"{sender} cannot pay for its transactions: it keeps its nonces, is sent on, and binds nothing new. {bounded}",
                new { chain, sender }, cancellationToken);
    }

    /// <summary>Ends a pause. True when there was one.</summary>
    public async Task<bool> ResumeAsync(
        DbSession session, long chain, Address sender, PauseKind kind, CancellationToken cancellationToken)
    {
        int resumed = await session
            .Sql("delete from execution.sender_pause where chain_id = @chain and sender = @sender and kind = @kind")
            .With("chain", chain).With("sender", sender).With("kind", kind).ExecuteAsync(cancellationToken);
        if (resumed == 1 && kind == PauseKind.Empty)
            await incidents.CloseAsync(session, EmptyIncident, Subject(chain, sender), cancellationToken);
        return resumed == 1;
    }

    /// <summary>A provider took a transaction of these senders: they can pay. Costs one statement while none is paused.</summary>
    public void ResumeEmpty(DbSession session, long chain, IReadOnlyList<Address> able) =>
        session.Sql("""
            with resumed as (
                delete from execution.sender_pause where chain_id = @chain and sender = any (@senders) and kind = 'empty' returning sender)
            update execution.incident i set closed_at = storage.clock()
            from   unnest(@senders, @subjects) as s (sender, subject)
            join   resumed r on r.sender = s.sender
            where  i.kind = @incident and i.subject = s.subject and i.closed_at is null
            """)
            .With("chain", chain).WithArray("senders", able, NpgsqlDbType.Bytea)
            .WithArray("subjects", [.. able.Select(sender => Subject(chain, sender))], NpgsqlDbType.Text)
            .With("incident", EmptyIncident).RunLater();

    /// <summary>Why the sender is paused, or nothing; an operator's word first.</summary>
    public async Task<(PauseKind Kind, string Reason)?> PausedAsync(
        DbSession session, long chain, Address sender, CancellationToken cancellationToken)
    {
        IReadOnlyList<(PauseKind, string)> rows = await session
            .Sql("select kind, reason from execution.sender_pause where chain_id = @chain and sender = @sender order by kind desc")
            .With("chain", chain).With("sender", sender)
            .ReadAsync(reader => (reader.State<PauseKind>("kind"), reader.Text("reason")), cancellationToken);
        return rows.Count == 0 ? null : rows[0];
    }

    private static string Subject(long chain, Address sender) => $"{chain}:{sender}";
}
