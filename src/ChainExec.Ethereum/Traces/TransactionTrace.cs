namespace ChainExec.Ethereum.Traces;

/// <summary>One transaction of a traced block: its frames, or why the node has none.</summary>
/// <param name="TransactionHash">The transaction; null where the node does not say, and then the order of the block tells.</param>
/// <param name="Root">Its root frame; null when the node failed to trace it.</param>
/// <param name="Error">The node's word for that failure; null when there is a root.</param>
public sealed record TransactionTrace(Hash32? TransactionHash, CallFrame? Root, string? Error);
