namespace ChainExec.Ethereum.Rpc;

/// <summary>A transaction as a node answers it.</summary>
/// <param name="Hash">Its identity.</param>
/// <param name="Type">Its EIP-2718 type; 0 for legacy.</param>
/// <param name="From">The sender, as the node recovered it.</param>
/// <param name="To">The account called; null creates a contract.</param>
/// <param name="Nonce">The sender's nonce.</param>
/// <param name="Value">Wei moved.</param>
/// <param name="Gas">The gas limit.</param>
/// <param name="GasPrice">The price in wei per gas: the legacy field, or what a mined fee-market transaction paid.</param>
/// <param name="MaxFeePerGas">The fee cap in wei per gas; null before type 2.</param>
/// <param name="MaxPriorityFeePerGas">The priority fee cap in wei per gas; null before type 2.</param>
/// <param name="Input">The call data or creation code.</param>
/// <param name="BlockHash">The block it is in; null while pending.</param>
/// <param name="BlockNumber">That block's height; null while pending.</param>
/// <param name="TransactionIndex">Its place in that block; null while pending.</param>
public sealed record RpcTransaction(
    Hash32 Hash,
    int Type,
    Address From,
    Address? To,
    ulong Nonce,
    UInt256 Value,
    ulong Gas,
    UInt256? GasPrice,
    UInt256? MaxFeePerGas,
    UInt256? MaxPriorityFeePerGas,
    ReadOnlyMemory<byte> Input,
    Hash32? BlockHash,
    ulong? BlockNumber,
    int? TransactionIndex);
