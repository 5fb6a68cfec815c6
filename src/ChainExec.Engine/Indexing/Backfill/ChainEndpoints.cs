using ChainExec.Calls;
using ChainExec.Ethereum.Rpc;

namespace ChainExec.Indexing.Backfill;

/// <summary>
/// One chain's providers as the toolkit reads them: in ranges and batches of the size that each was found to take, at its rate. What was
/// learned is kept with the provider's row and taken up again after a restart.
/// </summary>
internal sealed class ChainEndpoints(ChainProfile profile, ChainStore chains, TimeProvider clock)
{
    // A batch of whole blocks takes a provider longer than one question.
    private static readonly RpcClientOptions Bounds = new() { Timeout = TimeSpan.FromSeconds(30) };

    private RpcEndpointSet? _set;

    /// <summary>The set, opened at the first use.</summary>
    public async Task<RpcEndpointSet> GetAsync(CancellationToken cancellationToken)
    {
        if (Volatile.Read(ref _set) is { } open)
            return open;
        var opened = new RpcEndpointSet(
            [.. profile.Providers.Select(provider => provider.Client.With(Bounds))], new RpcEndpointSetOptions(), clock,
            await chains.LearnedAsync(profile.Id, cancellationToken));
        return Interlocked.CompareExchange(ref _set, opened, null) ?? opened;
    }

    /// <summary>How a provider does and what was learned of it; nothing while the set was not needed.</summary>
    public RpcEndpointStatus? StatusOf(string provider) =>
        Volatile.Read(ref _set)?.Status().FirstOrDefault(status => status.Provider == provider);
}
