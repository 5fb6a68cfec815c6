namespace ChainExec.Payments.InstantDeposit;

/// <summary>What finds the flow of an ACH transfer.</summary>
internal static class AchKey
{
    public static string Of(string transfer) => $"ach:{transfer}";
}
