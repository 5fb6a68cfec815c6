using System.Text.Json;
using ChainExec.Ethereum;
using ChainExec.Facts;
using ChainExec.Storage;
using Microsoft.Extensions.Logging;

namespace ChainExec.Execution;

/// <summary>Something an operator must be told: it is a row, an Error line, and a finding of <c>chainexec doctor</c>.</summary>
internal sealed record Incident(
    Guid Id, string Kind, string Subject, long Chain, Address? Sender, string Detail, DateTimeOffset OpenedAt);

/// <summary>Opens and lists incidents.</summary>
internal sealed partial class IncidentStore(Database database, TimeProvider clock, ILogger<IncidentStore> logger)
{
    private const int DetailLengthMax = 2000;

    /// <summary>Opens an incident; one that is open for the same subject is not opened twice.</summary>
    public async Task OpenAsync(
        DbSession session, string kind, string subject, long chain, Address? sender, string detail, object evidence,
        CancellationToken cancellationToken)
    {
        const string sql = """
            insert into execution.incident (id, kind, subject, chain_id, sender, detail, evidence)
            values (@id, @kind, @subject, @chain, @sender, @detail, @evidence)
            on conflict (kind, subject) where closed_at is null do nothing
            """;
        int opened = await session.Sql(sql)
            .With("id", Guid.CreateVersion7(clock.GetUtcNow())).With("kind", kind).With("subject", subject).With("chain", chain)
            .With("sender", sender).With("detail", detail.Cut(DetailLengthMax))
            .WithJson("evidence", JsonSerializer.Serialize(evidence, FactJson.Options))
            .ExecuteAsync(cancellationToken);
        if (opened == 1)
            LogIncident(kind, subject, detail);
    }

    /// <summary>What was told is over by itself.</summary>
    public Task<int> CloseAsync(DbSession session, string kind, string subject, CancellationToken cancellationToken) =>
        session.Sql("""
            update execution.incident set closed_at = storage.clock()
            where  kind = @kind and subject = @subject and closed_at is null
            """)
            .With("kind", kind).With("subject", subject).ExecuteAsync(cancellationToken);

    /// <summary>Nonces are resolved: what was told of them while they were open is over.</summary>
    public static void CloseOfResolvedSlots(DbSession session, IReadOnlyList<Guid> slots)
    {
        if (slots.Count == 0)
            return;
        session.Sql("""
            update execution.incident set closed_at = storage.clock()
            where  kind in ('nonce_occupied', 'fee_limit', 'reprice_refused', 'fill_impossible', 'slot_stuck', 'consumption_unchecked')
            and    subject = any (@subjects) and closed_at is null
            """)
            .WithArray("subjects", [.. slots.Select(slot => slot.ToString())], NpgsqlTypes.NpgsqlDbType.Text).RunLater();
    }

    /// <summary>Providers answered a send as they should.</summary>
    public void CloseFaults(DbSession session, long chain, IReadOnlyList<string> providers) =>
        session.Sql("""
            update execution.incident set closed_at = storage.clock()
            where  kind in ('provider_fault', 'provider_lied') and subject = any (@subjects) and closed_at is null
            """)
            .WithArray("subjects", [.. providers.Select(provider => $"{chain}:{provider}")], NpgsqlTypes.NpgsqlDbType.Text)
            .RunLater();

    public Task<IReadOnlyList<Incident>> OpenOnesAsync(int limit, CancellationToken cancellationToken) =>
        database.ReadAsync(
            "select id, kind, subject, chain_id, sender, detail, opened_at from execution.incident "
            + "where closed_at is null order by id limit @limit",
            statement => statement.With("limit", limit),
            reader => new Incident(
                reader.Uuid("id"), reader.Text("kind"), reader.Text("subject"), reader.Long("chain_id"), reader.AddressOrNull("sender"),
                reader.Text("detail"), reader.Time("opened_at")),
            cancellationToken);

    [LoggerMessage(EventId = 3001, Level = LogLevel.Error, Message = "Incident {Kind} on {Subject}: {Detail}")]
    private partial void LogIncident(string kind, string subject, string detail);
}
