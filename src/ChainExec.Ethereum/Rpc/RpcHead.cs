namespace ChainExec.Ethereum.Rpc;

/// <summary>A head that a node announces. Only a hint to look: the block is read by its hash before anything is decided on it.</summary>
/// <param name="Number">Its height.</param>
/// <param name="Hash">Its identity.</param>
/// <param name="ParentHash">The block it builds on.</param>
/// <param name="Timestamp">The time it claims, in seconds since 1970.</param>
public sealed record RpcHead(ulong Number, Hash32 Hash, Hash32 ParentHash, ulong Timestamp);
