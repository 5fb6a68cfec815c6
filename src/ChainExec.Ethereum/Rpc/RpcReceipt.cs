namespace ChainExec.Ethereum.Rpc;

/// <summary>What a mined transaction did.</summary>
/// <param name="TransactionHash">The transaction.</param>
/// <param name="TransactionIndex">Its place in the block.</param>
/// <param name="Type">Its EIP-2718 type; 0 for legacy.</param>
/// <param name="BlockHash">The block.</param>
/// <param name="BlockNumber">The block's height.</param>
/// <param name="From">The sender.</param>
/// <param name="To">The account called; null when it created a contract.</param>
/// <param name="Status">True when it succeeded, false when it reverted or ran out of gas.</param>
/// <param name="GasUsed">The gas it used.</param>
/// <param name="EffectiveGasPrice">What it paid, in wei per gas.</param>
/// <param name="ContractAddress">The contract it created; else null.</param>
/// <param name="Logs">Its logs, in order.</param>
/// <param name="L1Fee">What a rollup charged beside gas for publishing it, in wei; null where the node tells none.</param>
/// <param name="OperatorFee">What a rollup's operator took beside both, in wei; null where the node tells none.</param>
public sealed record RpcReceipt(
    Hash32 TransactionHash,
    int TransactionIndex,
    int Type,
    Hash32 BlockHash,
    ulong BlockNumber,
    Address From,
    Address? To,
    bool Status,
    ulong GasUsed,
    UInt256 EffectiveGasPrice,
    Address? ContractAddress,
    IReadOnlyList<RpcLog> Logs,
    UInt256? L1Fee = null,
    UInt256? OperatorFee = null);
