using ChainExec.Flows.Definitions;

namespace ChainExec.Payments.Lending;

/// <summary>
/// Advance and repayment. Fee and principal together are what is on its way, so that the money itself pays for both: the fee first, then
/// the principal, and what is left is the customer's.
/// </summary>
[FlowFunctions]
internal static class Advances
{
    private const int FeeBasisPoints = 50;

    public static Advance None() => new(TokenAmount.Zero, TokenAmount.Zero);

    /// <summary>What is lent against so much; at least one unit of it goes to the customer.</summary>
    /// <param name="expected">Above zero.</param>
    public static Advance Against(TokenAmount expected)
    {
        TokenAmount fee = FlowMath.Min(
            FlowMath.ShareRoundingUp(expected, FeeBasisPoints), FlowMath.Less(expected, new TokenAmount(1)));
        return new Advance(expected - fee, fee);
    }

    /// <summary>How much of what came pays the fee.</summary>
    public static TokenAmount ToFee(Advance advance, TokenAmount came) => FlowMath.Min(came, advance.Fee);

    /// <summary>How much of it pays the principal.</summary>
    public static TokenAmount ToPrincipal(Advance advance, TokenAmount came) =>
        FlowMath.Min(FlowMath.Less(came, advance.Fee), advance.Principal);

    /// <summary>How much of it is left for the customer.</summary>
    public static TokenAmount ToCustomer(Advance advance, TokenAmount came) =>
        FlowMath.Less(FlowMath.Less(came, advance.Fee), advance.Principal);

    /// <summary>What is still owed when so much has come.</summary>
    public static Advance After(Advance advance, TokenAmount came) => new(
        advance.Principal - ToPrincipal(advance, came), advance.Fee - ToFee(advance, came));
}
