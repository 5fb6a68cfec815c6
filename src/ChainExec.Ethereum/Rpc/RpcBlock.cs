namespace ChainExec.Ethereum.Rpc;

/// <summary>A block as a node answers it.</summary>
/// <param name="Number">Its height.</param>
/// <param name="Hash">Its identity.</param>
/// <param name="ParentHash">The block it builds on.</param>
/// <param name="Timestamp">The time it claims, in seconds since 1970.</param>
/// <param name="BaseFeePerGas">The base fee in wei per gas (EIP-1559); null before London.</param>
/// <param name="GasLimit">The gas it may use.</param>
/// <param name="GasUsed">The gas it used.</param>
/// <param name="LogsBloom">The 256 bytes of the bloom filter over its logs.</param>
/// <param name="ReceiptsRoot">The root of its receipts' trie.</param>
/// <param name="TransactionHashes">Its transactions' hashes, in order.</param>
/// <param name="Transactions">Its transactions, in order; null when only hashes were asked for.</param>
/// <param name="Proof">What its own hashes prove of it.</param>
public sealed record RpcBlock(
    ulong Number,
    Hash32 Hash,
    Hash32 ParentHash,
    ulong Timestamp,
    UInt256? BaseFeePerGas,
    ulong GasLimit,
    ulong GasUsed,
    ReadOnlyMemory<byte> LogsBloom,
    Hash32 ReceiptsRoot,
    IReadOnlyList<Hash32> TransactionHashes,
    IReadOnlyList<RpcTransaction>? Transactions,
    RpcBlockProof Proof = RpcBlockProof.None);
