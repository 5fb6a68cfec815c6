using System.Numerics;

namespace ChainExec.Execution;

/// <summary>What is known when the next price of a slot is decided. Fees are wei per gas.</summary>
/// <param name="TopFee">The highest fee cap that was asked to be signed in the slot.</param>
/// <param name="TopTip">The highest tip cap that was asked to be signed in the slot.</param>
/// <param name="BlocksWaited">Blocks since the newest price was decided.</param>
/// <param name="IsLowest">Whether the pool can take this nonce next: a later one only waits for its turn.</param>
/// <param name="MustReplace">Whether what is to be sent is not what was sent so far: a first fill.</param>
/// <param name="IsTooLow">Whether a provider said that these fees are below what it takes.</param>
/// <param name="FeeLimit">The highest fee cap that the budget, at this gas limit, and the service's own cap allow.</param>
internal sealed record LadderState(
    TokenAmount TopFee, TokenAmount TopTip, long BlocksWaited, bool IsLowest, bool MustReplace, bool IsTooLow, TokenAmount FeeLimit);

/// <summary>What to do about the price of a slot.</summary>
internal abstract record LadderStep
{
    private LadderStep()
    {
    }

    /// <summary>The price stands; the same bytes go on being sent.</summary>
    internal sealed record Keep : LadderStep
    {
        public static Keep Instance { get; } = new();
    }

    /// <summary>Sign this price, at least an eighth above everything signed before on both fields.</summary>
    internal sealed record Climb(TokenAmount Fee, TokenAmount Tip, string Why) : LadderStep;

    /// <summary>A higher price is due and may not be signed: the highest goes on being sent, and somebody is told.</summary>
    internal sealed record AtLimit(TokenAmount Needed, TokenAmount Limit) : LadderStep;
}

/// <summary>
/// Decides when a slot is priced higher, and how high. Pure. A price never falls: a pool replaces only what pays at least a tenth more on
/// both fields (geth, and nodes that follow it), and an eighth leaves room for its rounding.
/// </summary>
internal static class FeeLadder
{
    /// <param name="blocksMax">Blocks that a price is left alone while its turn has come.</param>
    public static LadderStep Decide(LadderState state, FeeQuote? market, int blocksMax)
    {
        if (Why(state, market, blocksMax) is not { } why)
            return LadderStep.Keep.Instance;
        var fee = new TokenAmount(BigInteger.Max(Raised(state.TopFee), market?.MaxFeePerGas.BaseUnits ?? 0));
        if (market is null)
            return new LadderStep.AtLimit(fee, state.FeeLimit);

        // What is left of the budget is worth a step only if a pool takes it and the next block could.
        BigInteger least = BigInteger.Max(Raised(state.TopFee), market.NextBaseFee.BaseUnits);
        if (fee > state.FeeLimit)
        {
            if (state.FeeLimit.BaseUnits < least)
                return new LadderStep.AtLimit(new TokenAmount(least), state.FeeLimit);
            fee = state.FeeLimit;
        }

        BigInteger tip = BigInteger.Max(Raised(state.TopTip), market.MaxPriorityFeePerGas.BaseUnits);
        return new LadderStep.Climb(fee, new TokenAmount(BigInteger.Min(tip, fee.BaseUnits)), why);
    }

    private static string? Why(LadderState state, FeeQuote? market, int blocksMax)
    {
        if (state.MustReplace)
            return "replace";
        if (state.BlocksWaited < 1)
            return null;
        if (market is not null && state.TopFee < market.NextBaseFee)
            return "base_fee_above_cap";
        if (state.IsTooLow)
            return "underpriced";
        return state.IsLowest && state.BlocksWaited >= blocksMax ? "aged" : null;
    }

    private static BigInteger Raised(TokenAmount price) => BigInteger.Max((price.BaseUnits * 9 + 7) / 8, price.BaseUnits + 1);
}
