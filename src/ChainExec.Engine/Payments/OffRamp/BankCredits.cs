using ChainExec.Flows.Definitions;

namespace ChainExec.Payments.OffRamp;

/// <summary>What of a bank transfer the customer was credited with, and what is in suspense because nobody expected it.</summary>
/// <param name="Transfer">The bank's id of the transfer.</param>
internal sealed record BankCredit(string Transfer, TokenAmount Customer, TokenAmount Suspense);

/// <summary>The transfers of one off-ramp: a return is of one of them.</summary>
[FlowFunctions]
internal static class BankCredits
{
    // More transfers than these for one sale are nobody's doing that a rule should book.
    private const int CreditsMax = 40;

    public static bool HasRoom(IReadOnlyList<BankCredit> credits) => credits.Count < CreditsMax;

    public static bool Knows(IReadOnlyList<BankCredit> credits, string transfer) => credits.Any(credit => credit.Transfer == transfer);

    public static IReadOnlyList<BankCredit> With(
        IReadOnlyList<BankCredit> credits, string transfer, TokenAmount customer, TokenAmount suspense) =>
        [.. credits, new BankCredit(transfer, customer, suspense)];

    /// <summary>What of a return the customer bears: what nobody expected goes back first, and never more than was credited.</summary>
    public static TokenAmount OfCustomer(IReadOnlyList<BankCredit> credits, string transfer, TokenAmount returned)
    {
        BankCredit credit = Of(credits, transfer);
        return FlowMath.Min(FlowMath.Less(returned, credit.Suspense), credit.Customer);
    }

    /// <summary>The transfers as they are after a return.</summary>
    public static IReadOnlyList<BankCredit> Less(IReadOnlyList<BankCredit> credits, string transfer, TokenAmount returned)
    {
        BankCredit credit = Of(credits, transfer);
        var left = new BankCredit(
            transfer, credit.Customer - OfCustomer(credits, transfer, returned), FlowMath.Less(credit.Suspense, returned));
        return [.. credits.Select(each => each.Transfer == transfer ? left : each)];
    }

    private static BankCredit Of(IReadOnlyList<BankCredit> credits, string transfer) =>
        credits.FirstOrDefault(credit => credit.Transfer == transfer) ?? new BankCredit(transfer, TokenAmount.Zero, TokenAmount.Zero);
}
