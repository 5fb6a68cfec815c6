using System.Numerics;

namespace ChainExec.Flows.Definitions;

/// <summary>Arithmetic of amounts for templates. No result is negative, and every division says how it rounds.</summary>
[FlowFunctions]
internal static class FlowMath
{
    private const int BasisPoints = 10_000;

    public static TokenAmount Min(TokenAmount left, TokenAmount right) => left < right ? left : right;

    /// <summary>Left less right, and nothing when right is more.</summary>
    public static TokenAmount Less(TokenAmount left, TokenAmount right) => left > right ? left - right : TokenAmount.Zero;

    /// <summary>So many basis points of an amount, rounded up: a fee is never lost to rounding.</summary>
    /// <param name="amount">The whole.</param>
    /// <param name="basisPoints">0 to 10,000.</param>
    public static TokenAmount ShareRoundingUp(TokenAmount amount, int basisPoints)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(basisPoints, Math.Clamp(basisPoints, 0, BasisPoints));
        BigInteger product = amount.BaseUnits * basisPoints;
        return new TokenAmount((product + BasisPoints - 1) / BasisPoints);
    }
}
