using ChainExec.Ethereum;

namespace ChainExec.TestKit.Simulated;

/// <summary>The block that code runs in.</summary>
/// <param name="ChainId">The chain.</param>
/// <param name="Number">The block's height.</param>
/// <param name="Timestamp">Its time in seconds since 1970.</param>
/// <param name="BaseFee">Its base fee, in wei per gas.</param>
/// <param name="GasLimit">The gas it may use.</param>
/// <param name="Coinbase">Who gets the tips.</param>
public sealed record BlockEnvironment(
    ulong ChainId, ulong Number, ulong Timestamp, UInt256 BaseFee, ulong GasLimit, Address Coinbase);
