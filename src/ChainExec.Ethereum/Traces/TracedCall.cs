namespace ChainExec.Ethereum.Traces;

/// <summary>A frame in its place within the transaction.</summary>
/// <param name="Index">Its place in the order in which frames were entered; the root is 0.</param>
/// <param name="ParentIndex">The frame that made the call; null for the root.</param>
/// <param name="Depth">How far it is below the root, 0 to 1,024.</param>
/// <param name="Position">Its place among the sub-calls of its parent; 0 for the root.</param>
/// <param name="Undone">True when it or a frame above it failed, so that nothing of it lasted.</param>
/// <param name="Frame">The frame.</param>
public sealed record TracedCall(int Index, int? ParentIndex, int Depth, int Position, bool Undone, CallFrame Frame);
