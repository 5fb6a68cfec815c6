using ChainExec.Ethereum;

namespace ChainExec.TestKit.Simulated;

/// <summary>The arithmetic of EIP-1559.</summary>
internal static class FeeMarket
{
    private const ulong Elasticity = 2;
    private const ulong ChangeDenominator = 8;

    /// <summary>The base fee of the block after one.</summary>
    public static UInt256 NextBaseFee(UInt256 baseFee, ulong gasUsed, ulong gasLimit, UInt256 floor)
    {
        ulong target = gasLimit / Elasticity;
        if (gasUsed == target)
            return baseFee;
        UInt256 distance = gasUsed > target ? gasUsed - target : target - gasUsed;
        UInt256 change = baseFee * distance / target / ChangeDenominator;
        if (gasUsed > target)
            return baseFee + (change.IsZero ? UInt256.One : change);
        return baseFee < floor + change ? floor : baseFee - change;
    }
}
