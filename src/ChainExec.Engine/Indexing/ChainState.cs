using ChainExec.Ethereum;

namespace ChainExec.Indexing;

/// <summary>What the index has of a chain, as read under the lease with this epoch.</summary>
/// <param name="Start">The first block that is indexed.</param>
/// <param name="Tip">The highest canonical block; nothing before the first one.</param>
/// <param name="Final">The highest final block; never above the tip and never goes back.</param>
internal sealed record ChainState(long Chain, long Epoch, Hash32 Genesis, long Start, BlockRef? Tip, BlockRef? Final, bool IsHalted)
{
    /// <summary>Whether it was said that it does not move.</summary>
    public bool IsStalled { get; init; }
}
