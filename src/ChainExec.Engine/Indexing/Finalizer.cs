using ChainExec.Ethereum;
using Microsoft.Extensions.Logging;

namespace ChainExec.Indexing;

/// <summary>Moves the final head up to where enough providers have it and hold our hash; never back.</summary>
internal sealed partial class Finalizer(ChainNodes nodes, BlockStore blocks, Quarantine quarantine, ILogger<Finalizer> logger)
{
    private long? _reportedRegress;

    /// <returns>How many blocks became final.</returns>
    public async Task<int> AdvanceAsync(ChainState state, BlockRef tip, TurnAnswers turn, CancellationToken cancellationToken)
    {
        long final = state.Final?.Number ?? state.Start - 1;
        if (await nodes.FinalHeightAsync(turn, cancellationToken) is not { } height)
            return 0;
        ReportRegress(state, height);
        long target = Math.Min(height, tip.Number);
        if (target <= final)
            return 0;

        // Our own canonical block at that height must have the hash that they hold; otherwise a reorg is waiting for the next turn.
        AgreedBlock? agreed = await nodes.AgreedAsync(target, turn, cancellationToken);
        if (agreed is null || await blocks.HashAtAsync(state.Chain, target, cancellationToken) != agreed.Ref.Hash)
            return 0;
        for (long reached = final; reached < target;)
            reached = (await blocks.FinalizeAsync(state, target, cancellationToken)).Number;
        await quarantine.SightAsync(state, agreed, cancellationToken);
        return (int)(target - final);
    }

    // A final head that goes back is a provider's fault, not ours to follow. Said once per height, not once per turn.
    private void ReportRegress(ChainState state, long height)
    {
        if (state.Final is not { } final || height >= final.Number)
        {
            _reportedRegress = null;
            return;
        }

        if (_reportedRegress == height)
            return;
        _reportedRegress = height;
        LogRegress(state.Chain, height, final.Number, final.Hash);
    }

    [LoggerMessage(EventId = 2105, Level = LogLevel.Warning,
        Message = "Chain {Chain}: the providers' final head is {Height}, below our final block {Final} ({FinalHash}); ours stays")]
    private partial void LogRegress(long chain, long height, long final, Hash32 finalHash);
}
