namespace ChainExec.Ethereum.Rpc;

/// <summary>What the operator of an OP Stack rollup takes for a transaction: receipts hold two factors, not the amount.</summary>
internal static class OperatorFee
{
    private const ulong IsthmusDivisor = 1_000_000;
    private const ulong JovianFactor = 100;

    /// <summary>
    /// The amount in wei; null where there is none. From Jovian on, whose receipts tell one member more, the scale is another.
    /// </summary>
    internal static UInt256? Of(ulong gasUsed, UInt256? scalar, UInt256? constant, bool isJovian)
    {
        if (scalar is null && constant is null)
            return null;
        UInt256 ofGas = (UInt256)gasUsed * (scalar ?? UInt256.Zero);
        return (isJovian ? ofGas * JovianFactor : ofGas / IsthmusDivisor) + (constant ?? UInt256.Zero);
    }
}
