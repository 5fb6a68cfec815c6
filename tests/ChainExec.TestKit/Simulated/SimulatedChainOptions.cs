using ChainExec.Ethereum;

namespace ChainExec.TestKit.Simulated;

/// <summary>How a simulated chain is set up. Everything has a default that suits a test.</summary>
public sealed record SimulatedChainOptions
{
    /// <summary>The EIP-155 chain id. Default 31337.</summary>
    public ulong ChainId { get; init; } = 31337;

    /// <summary>The gas that one block may use. Default 30,000,000.</summary>
    public ulong BlockGasLimit { get; init; } = 30_000_000;

    /// <summary>The most gas that one transaction may ask for (EIP-7825). Default 2^24.</summary>
    public ulong TransactionGasCap { get; init; } = 16_777_216;

    /// <summary>The base fee of the genesis block, in wei per gas. Default 1 gwei.</summary>
    public UInt256 BaseFee { get; init; } = Wei.Gwei(1);

    /// <summary>The base fee never falls below this, in wei per gas. Default 7, where the formula of EIP-1559 comes to rest.</summary>
    public UInt256 BaseFeeFloor { get; init; } = 7;

    /// <summary>What eth_maxPriorityFeePerGas answers while no block says otherwise. Default 1 gwei.</summary>
    public UInt256 SuggestedTip { get; init; } = Wei.Gwei(1);

    /// <summary>How many blocks below the head the <c>finalized</c> tag is. Default 12.</summary>
    public ulong FinalityDepth { get; init; } = 12;

    /// <summary>How many blocks below the head the <c>safe</c> tag is. Default 6.</summary>
    public ulong SafeDepth { get; init; } = 6;

    /// <summary>
    /// Whether of transactions that pay alike the one with the lower hash comes first, and not whichever came first: a block is then the
    /// same however fast their senders were. Default no.
    /// </summary>
    public bool OrdersEqualTipsByHash { get; init; }

    /// <summary>The rules of every pool.</summary>
    public PoolRules Pool { get; init; } = new();

    /// <summary>Who gets the tips.</summary>
    public Address Coinbase { get; init; } = Address.Parse("0x00000000000000000000000000000000c01ba5e0");

    /// <summary>The coin that <see cref="SimulatedChain.Faucet"/> starts with, in wei. Default a billion ether.</summary>
    public UInt256 FaucetBalance { get; init; } = Wei.Ether(1_000_000_000);
}
