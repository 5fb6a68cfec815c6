using System.Numerics;
using ChainExec.Facts.Contracts;

namespace ChainExec.Attribution;

/// <summary>
/// Shares a transaction's gas among its calls, by what their frames used: what the transaction cost beyond the frames is borne in the same
/// proportion, and so is what the chain charged beside gas. Whole units, the remainders to the first calls, so that shares add up to the
/// transaction's gas and, at its one price, to its fee.
/// </summary>
internal static class CostShares
{
    /// <param name="used">Gas that each call's frame used. Without any, all bear the same.</param>
    public static IReadOnlyList<(TokenAmount Gas, TokenAmount Fee)> Of(ChainTransaction transaction, IReadOnlyList<ulong> used)
    {
        if (used.Count == 0)
            return [];
        BigInteger sum = used.Aggregate(BigInteger.Zero, (total, gas) => total + gas);
        BigInteger[] weights = [.. used.Select(gas => sum.IsZero ? BigInteger.One : gas)];
        BigInteger whole = sum.IsZero ? used.Count : sum;
        BigInteger[] gas = Share(transaction.GasUsed.BaseUnits, weights, whole);
        BigInteger[] data = Share((transaction.DataFee ?? TokenAmount.Zero).BaseUnits, weights, whole);
        return [.. gas.Zip(data, (units, fee) => (
            new TokenAmount(units), new TokenAmount(units * transaction.EffectiveGasPrice.BaseUnits + fee)))];
    }

    private static BigInteger[] Share(BigInteger total, IReadOnlyList<BigInteger> weights, BigInteger whole)
    {
        BigInteger[] shares = [.. weights.Select(weight => BigInteger.Divide(total * weight, whole))];
        BigInteger left = total - shares.Aggregate(BigInteger.Zero, (given, share) => given + share);
        for (int i = 0; left > 0; i++, left--)
            shares[i]++;
        return shares;
    }
}
