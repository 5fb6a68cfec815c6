namespace ChainExec.Payments.OffRamp;

/// <summary>What finds an off-ramp.</summary>
internal static class OffRampKey
{
    public static string Of(string deposit) => $"off_ramp:{deposit}";
}
