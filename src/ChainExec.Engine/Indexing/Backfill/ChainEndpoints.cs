using ChainExec.Calls;
using ChainExec.Ethereum.Rpc;

namespace ChainExec.Indexing.Backfill;

/// <summary>
/// One chain's believed providers as the toolkit reads them: in ranges and batches of the size that each was found to take, at its rate.
/// What was learned is kept with the provider's row and taken up again after a restart.
/// </summary>
internal sealed class ChainEndpoints(ChainProfile profile, ProviderTrust trust, ChainStore chains, TimeProvider clock)
{
    // A batch of whole blocks takes a provider longer than one question.
    private static readonly RpcClientOptions Bounds = new() { Timeout = TimeSpan.FromSeconds(30) };

    private Opened? _opened;

    /// <summary>The set, opened at the first use and whenever others are believed.</summary>
    /// <exception cref="NodeFaultException">Fewer are believed than must agree.</exception>
    public async Task<RpcEndpointSet> GetAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<ChainProvider> believed = await trust.BelievedAsync(profile, cancellationToken);
        if (believed.Count < profile.FinalityQuorum)
            throw new NodeFaultException(
                provider: null, $"{believed.Count} of chain {profile.Id} are believed, and {profile.FinalityQuorum} must agree");
        Opened? before = Volatile.Read(ref _opened);
        if (before is not null && before.Of.SequenceEqual(believed))
            return before.Set;
        IReadOnlyList<RpcLearnedLimits> learned = await chains.LearnedAsync(profile.Id, cancellationToken);
        var opened = new Opened(
            believed,
            new RpcEndpointSet(
                [.. believed.Select(provider => provider.Client.With(Bounds))], new RpcEndpointSetOptions(), clock,
                [.. learned, .. before?.Set.Learned() ?? []]));
        Volatile.Write(ref _opened, opened);
        return opened.Set;
    }

    /// <summary>How a provider does and what was learned of it; nothing while the set was not needed, or it is not believed.</summary>
    public RpcEndpointStatus? StatusOf(string provider) =>
        Volatile.Read(ref _opened)?.Set.Status().FirstOrDefault(status => status.Provider == provider);

    private sealed record Opened(IReadOnlyList<ChainProvider> Of, RpcEndpointSet Set);
}
