using ChainExec.Calls;
using ChainExec.Custody;
using ChainExec.Flows;
using ChainExec.Storage;
using Npgsql;

namespace ChainExec.Server.Composition;

/// <summary>
/// Before anything runs: the database is one to trust money to, each chain's native coin is in the asset registry, and every flow that
/// waits finds the definition it started with.
/// </summary>
/// <param name="signer">Asked nothing here; making it proves that its options are there.</param>
internal sealed class StartCheck(
    DurabilityCheck durability, ChainDirectory chains, AssetStore assets, UnitOfWork unitOfWork, ISigner signer,
    FlowVersionCheck flows) : IHostedService
{
    private const int NativeDecimals = 18;

    /// <exception cref="StartRefusedException">The database is not one to trust, or an asset means something else.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(signer);
        IReadOnlyList<string> findings = await FindingsAsync(cancellationToken);
        if (findings.Count > 0)
            throw new StartRefusedException(findings);
        foreach (ChainProfile chain in chains.All)
        {
            var native = new Asset(chain.NativeAsset, chain.Id, Contract: null, chain.NativeSymbol, NativeDecimals);
            if (!await unitOfWork.RunAsync((session, token) => assets.ListAsync(session, native, token), cancellationToken))
                throw new StartRefusedException([$"Asset {native.Id} is registered as something else than the coin of chain {chain.Id}."]);
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private async Task<IReadOnlyList<string>> FindingsAsync(CancellationToken cancellationToken)
    {
        try
        {
            IReadOnlyList<string> findings = await durability.FindingsAsync(cancellationToken);
            return findings.Count > 0 ? findings : await flows.FindingsAsync(cancellationToken);
        }
        catch (PostgresException exception) when (exception.SqlState is PostgresErrorCodes.UndefinedTable
            or PostgresErrorCodes.InvalidSchemaName or PostgresErrorCodes.UndefinedObject or PostgresErrorCodes.InsufficientPrivilege)
        {
            return ["The database has no schema of ChainExec: run chainexec migrate."];
        }
        catch (NpgsqlException exception)
        {
            // The message names host and port, never the password.
            return [$"The database cannot be used: {exception.Message}"];
        }
    }
}
