namespace ChainExec.Ethereum.Rpc;

/// <summary>A log of a mined transaction. Any contract can emit any log: its address says who speaks.</summary>
/// <param name="Address">The contract that emitted it.</param>
/// <param name="Topics">0 to 4 topics.</param>
/// <param name="Data">The unindexed part.</param>
/// <param name="LogIndex">Its place among the block's logs.</param>
/// <param name="TransactionHash">The transaction.</param>
/// <param name="TransactionIndex">The transaction's place in the block.</param>
/// <param name="BlockHash">The block.</param>
/// <param name="BlockNumber">The block's height.</param>
/// <param name="Removed">True when a subscription takes it back after a reorganisation.</param>
public sealed record RpcLog(
    Address Address,
    IReadOnlyList<Hash32> Topics,
    ReadOnlyMemory<byte> Data,
    int LogIndex,
    Hash32 TransactionHash,
    int TransactionIndex,
    Hash32 BlockHash,
    ulong BlockNumber,
    bool Removed);
