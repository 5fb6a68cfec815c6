using ChainExec.Ethereum;

namespace ChainExec.TestKit.Simulated;

/// <summary>What a <see cref="Wallet"/> signs; what is not set follows from the chain.</summary>
public sealed record TransactionDraft
{
    /// <summary>The account called; nothing creates a contract.</summary>
    public Address? To { get; init; }

    /// <summary>Wei sent along.</summary>
    public UInt256 Value { get; init; }

    /// <summary>The call data.</summary>
    public ReadOnlyMemory<byte> Data { get; init; }

    /// <summary>The nonce. The account's next one, with the miners' pool in mind, unless set.</summary>
    public ulong? Nonce { get; init; }

    /// <summary>The gas limit. 200,000 unless set.</summary>
    public ulong? GasLimit { get; init; }

    /// <summary>The fee cap, in wei per gas. Twice the next base fee and the tip unless set.</summary>
    public UInt256? MaxFeePerGas { get; init; }

    /// <summary>The tip, in wei per gas. <see cref="SimulatedChainOptions.SuggestedTip"/> unless set.</summary>
    public UInt256? MaxPriorityFeePerGas { get; init; }
}
