using System.Globalization;
using ChainExec.Execution;
using ChainExec.Facts;
using ChainExec.Indexing;
using ChainExec.Storage;
using Npgsql;

namespace ChainExec.Cli.Doctor;

/// <summary>Looks at the database: whether money may be trusted to it, and what in it waits for an operator.</summary>
/// <param name="withChains">Whether chains are configured, so that their index can be looked at.</param>
internal sealed class DatabaseChecks(EngineAccess engine, bool withChains, TimeProvider clock)
{
    private const int ShownMax = 20;
    private static readonly TimeSpan SkewMax = TimeSpan.FromSeconds(2);

    /// <summary>Everything; one error alone when the database cannot be used.</summary>
    public async Task<IReadOnlyList<Finding>> RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            List<Finding> findings = [await ReachableAsync(cancellationToken)];
            IReadOnlyList<string> durability = await engine.Get<DurabilityCheck>().FindingsAsync(cancellationToken);
            findings.AddRange(durability.Select(finding => Finding.Error("database.durability", finding)));
            if (durability.Count == 0)
                findings.Add(Finding.Ok("database.durability", "role, settings, version and migrations are as they must be"));
            findings.Add(await ClockAsync(cancellationToken));
            findings.AddRange(await ParkedAsync(cancellationToken));
            findings.AddRange(await IncidentsAsync(cancellationToken));
            if (withChains)
                findings.AddRange(await ChainsAsync(cancellationToken));
            return findings;
        }
        catch (PostgresException exception)
        {
            return [Finding.Error("database.schema", $"{exception.MessageText} ({exception.SqlState}): run chainexec migrate")];
        }
        catch (NpgsqlException exception)
        {
            return [Finding.Error("database.reachable", exception.Message)];
        }
    }

    private async Task<Finding> ReachableAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<string> rows = await engine.Get<Database>().ReadAsync(
            "select current_user || ' at ' || current_database() || ', PostgreSQL ' || current_setting('server_version') as server",
            static _ => { }, reader => reader.Text("server"), cancellationToken);
        return Finding.Ok("database.reachable", rows[0]);
    }

    private async Task<Finding> ClockAsync(CancellationToken cancellationToken)
    {
        DateTimeOffset before = clock.GetUtcNow();
        IReadOnlyList<DateTimeOffset> rows = await engine.Get<Database>().ReadAsync(
            "select storage.clock() as at", static _ => { }, reader => reader.Time("at"), cancellationToken);
        DateTimeOffset after = clock.GetUtcNow();
        TimeSpan skew = rows[0] < before ? before - rows[0] : rows[0] > after ? rows[0] - after : TimeSpan.Zero;
        string detail = string.Create(CultureInfo.InvariantCulture, $"the database's clock is {skew.TotalSeconds:0.0} s off ours");
        return skew <= SkewMax ? Finding.Ok("database.clock", detail) : Finding.Error("database.clock", detail);
    }

    private async Task<IReadOnlyList<Finding>> ParkedAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<ParkedFact> parked = await engine.Get<FactQueries>().ParkedAsync(ShownMax, cancellationToken);
        return parked.Count == 0
            ? [Finding.Ok("stream.parked", "none")]
            : [.. parked.Select(fact => Finding.Error(
                "stream.parked", $"{fact.Consumer} at {fact.Position} ({fact.Type}, {fact.Key}): {fact.Reason}: {fact.Error}"))];
    }

    private async Task<IReadOnlyList<Finding>> IncidentsAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<Incident> incidents = await engine.Get<IncidentStore>().OpenOnesAsync(ShownMax, cancellationToken);
        return incidents.Count == 0
            ? [Finding.Ok("execution.incidents", "none is open")]
            : [.. incidents.Select(incident =>
                Finding.Error("execution.incidents", $"{incident.Kind} on {incident.Subject}: {incident.Detail}"))];
    }

    private async Task<IReadOnlyList<Finding>> ChainsAsync(CancellationToken cancellationToken) =>
        [.. (await engine.Get<IndexingQueries>().ChainsAsync(cancellationToken)).Select(chain => chain switch
        {
            { HaltedAt: not null } => Finding.Error($"index.{chain.Name}", $"halted: {chain.HaltReason}"),
            { Indexed: { } indexed } => Finding.Ok(
                $"index.{chain.Name}", $"block {indexed.Number}, final {chain.Final?.Number}, {chain.LagBlocks} behind the head it saw"),
            _ => Finding.Warning($"index.{chain.Name}", "nothing is indexed yet"),
        })];
}
