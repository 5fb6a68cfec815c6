using ChainExec.Ethereum;

namespace ChainExec.TestKit.Simulated;

/// <summary>Amounts of native coin, written as people say them.</summary>
public static class Wei
{
    /// <summary>Whole coins in wei.</summary>
    public static UInt256 Ether(ulong coins) => (UInt256)coins * 1_000_000_000_000_000_000UL;

    /// <summary>Billions of wei, as fees are quoted.</summary>
    public static UInt256 Gwei(ulong gwei) => (UInt256)gwei * 1_000_000_000UL;
}
