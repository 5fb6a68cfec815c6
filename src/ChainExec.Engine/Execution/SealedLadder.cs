using System.Numerics;

namespace ChainExec.Execution;

/// <summary>One price: wei per gas.</summary>
internal readonly record struct LadderPrice(TokenAmount Fee, TokenAmount Tip);

/// <summary>
/// The prices that are signed at one approval: from the first at least an eighth more each on both fields, up to what the owner's limit
/// allows, and one above them all for a fill of the same nonce. Pure.
/// </summary>
/// <param name="Above">The prices above the first, rising.</param>
/// <param name="Cancel">The price of the fill; nothing when the first price leaves no room for one.</param>
internal sealed record SealedLadder(IReadOnlyList<LadderPrice> Above, LadderPrice? Cancel)
{
    private const int Eighth = 8;
    private const int StepMin = 9;

    // At most eight times the price before: what needs more than this is no market.
    private const int StepMax = 64;

    /// <param name="first">The price that is sent first.</param>
    /// <param name="gasLimit">Gas of the effect: no price times this is above the limit.</param>
    /// <param name="fillGas">Gas of the fill: its price times this is not either.</param>
    /// <param name="limit">Wei that the owner approved.</param>
    /// <param name="feeCapMax">The highest fee cap that is ever signed, of the fill too.</param>
    /// <param name="count">Prices at most, with the first.</param>
    public static SealedLadder Build(
        LadderPrice first, long gasLimit, long fillGas, TokenAmount limit, TokenAmount feeCapMax, int count)
    {
        BigInteger fillTop = BigInteger.Min(limit.BaseUnits / fillGas, feeCapMax.BaseUnits);

        // The highest price leaves an eighth above it for the fill.
        var top = new TokenAmount(BigInteger.Min(limit.BaseUnits / gasLimit, fillTop * Eighth / StepMin));
        int step = StepTo(first.Fee.BaseUnits, top.BaseUnits, count);
        var above = new List<LadderPrice>();
        LadderPrice price = first;
        while (above.Count < count - 1)
        {
            LadderPrice next = Raised(price, step);

            // The last one is the limit itself, when that is an eighth above the one before.
            if (next.Fee > top && Raised(price, StepMin).Fee <= top)
                next = new LadderPrice(top, new TokenAmount(BigInteger.Min(next.Tip.BaseUnits, top.BaseUnits)));
            if (next.Fee > top)
                break;
            above.Add(price = next);
        }

        LadderPrice cancel = Raised(price, StepMin);
        return new SealedLadder(above, cancel.Fee.BaseUnits <= fillTop ? cancel : null);
    }

    // The least step, in eighths, with which the last price comes as near to the limit as the number of prices allows.
    private static int StepTo(BigInteger first, BigInteger top, int count)
    {
        for (int step = StepMin; step < StepMax; step++)
        {
            BigInteger last = first;
            for (int rung = 1; rung < count && last < top; rung++)
                last = last * step / Eighth;
            if (last >= top)
                return step;
        }

        return StepMax;
    }

    private static LadderPrice Raised(LadderPrice price, int step)
    {
        BigInteger fee = Raised(price.Fee.BaseUnits, step);
        return new LadderPrice(new TokenAmount(fee), new TokenAmount(BigInteger.Min(Raised(price.Tip.BaseUnits, step), fee)));
    }

    private static BigInteger Raised(BigInteger price, int step) =>
        BigInteger.Max((price * step + Eighth - 1) / Eighth, price + 1);
}
