using ChainExec.Custody;
using ChainExec.Indexing;
using ChainExec.Storage;
using Npgsql;

namespace ChainExec.Server.Api.Health;

/// <summary>One thing that must be well before work is sent here.</summary>
internal sealed record CheckBody(string Name, string Status, string? Detail);

/// <summary>Whether this process is ready, and why not.</summary>
internal sealed record HealthBody(string Status, IReadOnlyList<CheckBody> Checks);

/// <summary><c>/health/live</c> and <c>/health/ready</c>. Open to everybody: they name checks, never addresses or secrets.</summary>
internal sealed class HealthEndpoints(DurabilityCheck durability, IndexingQueries index, ISigner signer, TimeProvider clock)
{
    private const string Ok = "ok";
    private const string Failed = "failed";
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(3);

    /// <summary>The process answers.</summary>
    public static IResult Live() => Results.Json(new HealthBody("live", []), ApiJson.Options);

    /// <summary>Database, schema, index of each chain and signer; 503 when one of them is not well.</summary>
    public async Task<IResult> ReadyAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<CheckBody>[] checks = await Task.WhenAll(
            GuardAsync("database", DatabaseAsync, cancellationToken),
            GuardAsync("index", IndexAsync, cancellationToken),
            GuardAsync("signer", SignerAsync, cancellationToken));
        CheckBody[] all = [.. checks.SelectMany(check => check)];
        bool ready = all.All(check => check.Status == Ok);
        return Results.Json(
            new HealthBody(ready ? "ready" : "not_ready", all), ApiJson.Options,
            statusCode: ready ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable);
    }

    private async Task<IReadOnlyList<CheckBody>> GuardAsync(
        string name, Func<CancellationToken, Task<IReadOnlyList<CheckBody>>> check, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(Timeout, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            return await check(either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return [new CheckBody(name, Failed, $"No answer within {Timeout.TotalSeconds} s.")];
        }
        catch (NpgsqlException)
        {
            return [new CheckBody(name, Failed, "The database does not answer.")];
        }
        catch (Exception exception) when (exception is SignerUnavailableException or SignerFaultException)
        {
            return [new CheckBody(name, Failed, "The signer does not answer, or not in a way to trust.")];
        }
    }

    private async Task<IReadOnlyList<CheckBody>> DatabaseAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<string> findings = await durability.FindingsAsync(cancellationToken);
        return [Check("database", findings.Count == 0, string.Join(" ", findings))];
    }

    private async Task<IReadOnlyList<CheckBody>> IndexAsync(CancellationToken cancellationToken) =>
        [.. (await index.ChainsAsync(cancellationToken)).Select(chain => chain switch
        {
            { HaltedAt: not null } => new CheckBody($"index.{chain.Name}", Failed, $"The chain is halted: {chain.HaltReason}"),
            { Indexed: null } => new CheckBody($"index.{chain.Name}", Failed, "No block is indexed yet."),
            _ => new CheckBody($"index.{chain.Name}", Ok, null),
        })];

    private async Task<IReadOnlyList<CheckBody>> SignerAsync(CancellationToken cancellationToken)
    {
        SignerHealth health = await signer.HealthAsync(cancellationToken);
        return [Check("signer", health.Status == Ok, $"The signer says {health.Status}.")];
    }

    private static CheckBody Check(string name, bool well, string otherwise) => new(name, well ? Ok : Failed, well ? null : otherwise);
}
