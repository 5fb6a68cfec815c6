using ChainExec.Ethereum;

namespace ChainExec.Facts.Contracts;

/// <summary>An operator ended a halt: the chain goes on from this block, which is final. What was above it is orphaned.</summary>
/// <param name="FinalTakenBack">Blocks above it that had been final.</param>
/// <param name="Undone">Transactions of ours in them; each is a fact of its own.</param>
internal sealed record ChainReAnchored(
    long Chain, long BlockNumber, Hash32 BlockHash, long Orphaned, long FinalTakenBack, int Undone = 0) : IFactPayload
{
    public static string Type => "indexing.chain_re_anchored";
}
