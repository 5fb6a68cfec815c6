using ChainExec.Calls;
using ChainExec.Ethereum;
using ChainExec.Ethereum.Rpc;
using Microsoft.Extensions.Logging;

namespace ChainExec.Indexing;

/// <summary>Our final block and the one that enough providers have in its place.</summary>
internal sealed record FinalConflict(BlockRef Ours, Hash32 Theirs);

/// <summary>
/// Is this the chain that the database knows? Asked before the first turn: nothing is processed on another chain's answers. Everybody
/// testifies, also who is quarantined: whether somebody may vote again is looked at only after it.
/// </summary>
internal sealed partial class ChainIdentity(ChainNodes nodes, ChainStore chains, ILogger<ChainIdentity> logger)
{
    /// <summary>
    /// Registers a chain at first contact; otherwise compares its genesis block and our last final block with the providers'.
    /// </summary>
    /// <returns>Nothing, or a contradiction of our final block: for that the chain is halted, as whenever it is found.</returns>
    /// <exception cref="ChainMismatchException">It is another chain.</exception>
    /// <exception cref="RpcException">Too few providers could be asked.</exception>
    /// <exception cref="NodeFaultException">The providers do not agree on the genesis block.</exception>
    public async Task<FinalConflict?> VerifyAsync(CancellationToken cancellationToken)
    {
        ChainProfile profile = nodes.Profile;
        await VerifyChainIdsAsync(profile, cancellationToken);
        AgreedBlock? testified = await nodes.TestifiedNowAsync(0, cancellationToken);
        ChainState? known = await chains.PeekAsync(profile.Id, cancellationToken);
        if (testified?.Ref.Hash is not { } genesis
            || (genesis != known?.Genesis && !await nodes.IsBelievedAsync(testified, cancellationToken)))
            throw new NodeFaultException(provider: null, $"they do not agree on the genesis block of chain {profile.Id}");
        if (known is not { } state)
        {
            await chains.RegisterAsync(profile.Id, genesis, profile.StartBlock, cancellationToken);
            return null;
        }

        if (state.Genesis != genesis)
            throw ChainMismatchException.Genesis(profile.Id, state.Genesis, genesis);
        // A halted chain has its final block contradicted already; status shows it, and the start is not refused for it.
        if (state.Final is not { } final || state.IsHalted)
            return null;
        // Nothing at that height is a node that is still catching up: the follower waits for it.
        AgreedBlock? theirs = await nodes.TestifiedNowAsync(final.Number, cancellationToken);
        return theirs is not null && theirs.Ref.Hash != final.Hash && await nodes.IsBelievedAsync(theirs, cancellationToken)
            ? new FinalConflict(final, theirs.Ref.Hash)
            : null;
    }

    // All at once, so that one that hangs costs a moment. A provider that cannot be asked says nothing, and one that serves another chain
    // nothing of this one: the start is refused when too few are left.
    private async Task VerifyChainIdsAsync(ChainProfile profile, CancellationToken cancellationToken)
    {
        IReadOnlyList<ToldChainId> told = await nodes.ChainIdsAsync(cancellationToken);
        foreach (ToldChainId one in told)
        {
            if (one.Id != (ulong)profile.Id)
                LogLeftOut(profile.Id, one.Provider.Name, one.Id, one.Error?.Message);
        }

        if (told.Count(one => one.Id == (ulong)profile.Id) >= profile.FinalityQuorum)
            return;
        if (told.FirstOrDefault(one => one.Id is { } id && id != (ulong)profile.Id) is { } other)
            throw ChainMismatchException.ChainId(profile.Id, other.Provider.Name, other.Id!.Value);
        if (told.Select(one => one.Error).OfType<RpcException>().FirstOrDefault() is { } fault)
            throw fault;
    }

    [LoggerMessage(EventId = 2119, Level = LogLevel.Warning,
        Message = "Chain {Chain}: provider {Provider} is left out of the check at start; it serves chain {Served}, or said nothing: "
            + "{Detail}")]
    private partial void LogLeftOut(long chain, string provider, ulong? served, string? detail);
}
