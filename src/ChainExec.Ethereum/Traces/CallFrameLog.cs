namespace ChainExec.Ethereum.Traces;

/// <summary>
/// A log as callTracer tells it. The <c>index</c> that some nodes add is not read: revm counts the logs of reverted frames too and begins
/// anew with each transaction, geth counts over the block, and older nodes have none.
/// </summary>
/// <param name="Address">The account in whose name it was emitted.</param>
/// <param name="Topics">0 to 4 topics.</param>
/// <param name="Data">The unindexed part.</param>
/// <param name="Position">How many sub-calls its frame had made before it; null where the node does not say.</param>
public sealed record CallFrameLog(Address Address, IReadOnlyList<Hash32> Topics, ReadOnlyMemory<byte> Data, int? Position);
