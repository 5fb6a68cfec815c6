using ChainExec.Ethereum;

namespace ChainExec.Facts.Contracts;

/// <summary>An operator ended a halt: the chain goes on from this block, which is final. What was above it is orphaned.</summary>
/// <param name="FinalTakenBack">Blocks above it that had been final; none of them held a transaction of ours.</param>
internal sealed record ChainReAnchored(long Chain, long BlockNumber, Hash32 BlockHash, long Orphaned, long FinalTakenBack) : IFactPayload
{
    public static string Type => "indexing.chain_re_anchored";
}
