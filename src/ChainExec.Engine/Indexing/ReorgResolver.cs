using ChainExec.Ethereum;
using Microsoft.Extensions.Logging;

namespace ChainExec.Indexing;

/// <summary>
/// What to do when the providers have another block than we at a height we have: go back to the common ancestor, or halt the chain when a
/// final block is contradicted.
/// </summary>
internal sealed partial class ReorgResolver(ChainNodes nodes, ChainStore chains, BlockStore blocks, ILogger<ReorgResolver> logger)
{
    /// <param name="conflict">A height at which our canonical block is not the agreed one.</param>
    /// <returns>How many blocks were taken back; 0 when the providers did not agree on enough to decide.</returns>
    /// <exception cref="ChainMismatchException">The node serves another chain now.</exception>
    public async Task<int> ResolveAsync(ChainState state, long conflict, TurnAnswers turn, CancellationToken cancellationToken)
    {
        if (state.Final is { } final
            && await ContradictsFinalAsync(state, Math.Min(conflict, final.Number), cancellationToken) is not false)
            return 0;

        long below = state.Final?.Number ?? state.Start - 1;
        if (conflict <= below || await FindAncestorAsync(state.Chain, below, conflict, turn, cancellationToken) is not { } ancestor)
            return 0;

        if (ancestor < 0)
            await RequireOurGenesisAsync(state, cancellationToken);

        BlockRef from = state.Tip!.Value;
        ChainState current = state;
        while (current.Tip is { } tip && tip.Number > ancestor)
            current = current with { Tip = await blocks.OrphanAsync(current, ancestor, cancellationToken) };
        LogReorg(state.Chain, from.Number, from.Hash, ancestor, from.Number - ancestor);
        return (int)(from.Number - ancestor);
    }

    /// <summary>Stops the chain, because enough providers contradict a final block of ours.</summary>
    public async Task HaltAsync(ChainState state, BlockRef ours, Hash32 theirs, CancellationToken cancellationToken)
    {
        await chains.HaltAsync(state, ours, theirs, cancellationToken);
        LogHalted(state.Chain, ours.Number, ours.Hash, theirs);
    }

    // Asked anew and of everybody: a halt is not taken back by the service. Null means that they did not agree, which decides nothing.
    private async Task<bool?> ContradictsFinalAsync(ChainState state, long number, CancellationToken cancellationToken)
    {
        AgreedBlock? agreed = await nodes.TestifiedNowAsync(number, cancellationToken);
        Hash32? ours = await blocks.HashAtAsync(state.Chain, number, cancellationToken);
        if (agreed is null || ours is null)
            return null;
        if (agreed.Ref.Hash == ours)
            return false;
        if (!await nodes.IsBelievedAsync(agreed, cancellationToken))
            return null;
        await RequireOurGenesisAsync(state, cancellationToken);
        await HaltAsync(state, new BlockRef(number, ours.Value), agreed.Ref.Hash, cancellationToken);
        return true;
    }

    // A node that serves another chain is a mistake of configuration, or a local chain that was reset: no reorg, and nothing to halt for.
    private async Task RequireOurGenesisAsync(ChainState state, CancellationToken cancellationToken)
    {
        if (await nodes.TestifiedNowAsync(0, cancellationToken) is { } genesis && genesis.Ref.Hash != state.Genesis
            && await nodes.IsBelievedAsync(genesis, cancellationToken))
            throw ChainMismatchException.Genesis(state.Chain, state.Genesis, genesis.Ref.Hash);
    }

    // Where two chains have the same block they have the same blocks below. So the search gallops down from the conflict, because most
    // reorgs are shallow, and halves the rest: a depth of n costs about 2 log n questions. A node that changes its mind meanwhile is
    // harmless: an ancestor too low means more work, one too high is found by the next turn. Nothing is taken back on the word of those who
    // have no vote.
    private async Task<long?> FindAncestorAsync(
        long chain, long same, long different, TurnAnswers turn, CancellationToken cancellationToken)
    {
        long stride = 1;
        while (different - same > 1)
        {
            long probe = stride > 0 ? Math.Max(different - stride, same + 1) : same + ((different - same) / 2);
            AgreedBlock? agreed = await nodes.AgreedAsync(probe, turn, cancellationToken);
            Hash32? ours = await blocks.HashAtAsync(chain, probe, cancellationToken);
            if (agreed is null || ours is null)
                return null;
            (same, different, stride) = agreed.Ref.Hash == ours ? (probe, different, 0) : (same, probe, stride * 2);
        }

        return same;
    }

    [LoggerMessage(EventId = 2103, Level = LogLevel.Information,
        Message = "Reorg on chain {Chain}: from {Tip} ({TipHash}) back to {Ancestor}, {Depth} blocks")]
    private partial void LogReorg(long chain, long tip, Hash32 tipHash, long ancestor, long depth);

    [LoggerMessage(EventId = 2104, Level = LogLevel.Error,
        Message = "Chain {Chain} is halted: the final block {Ours} at height {Number} is contradicted by {Theirs} "
            + "(docs/runbooks/chain-halted.md)")]
    private partial void LogHalted(long chain, long number, Hash32 ours, Hash32 theirs);
}
