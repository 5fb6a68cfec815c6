namespace ChainExec.Ethereum.Rpc;

/// <summary>Fees of recent blocks, as eth_feeHistory answers them.</summary>
/// <param name="OldestBlock">The height of the first block.</param>
/// <param name="BaseFeePerGas">The base fee of each block in wei per gas, and last that of the block after the newest.</param>
/// <param name="GasUsedRatio">For each block the gas used divided by its limit, 0 to 1.</param>
/// <param name="Reward">For each block the priority fee in wei per gas at each percentile asked for; empty when none was.</param>
public sealed record RpcFeeHistory(
    ulong OldestBlock,
    IReadOnlyList<UInt256> BaseFeePerGas,
    IReadOnlyList<double> GasUsedRatio,
    IReadOnlyList<IReadOnlyList<UInt256>> Reward);
