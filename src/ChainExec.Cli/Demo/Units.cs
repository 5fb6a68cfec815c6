using System.Globalization;
using System.Numerics;

namespace ChainExec.Cli.Demo;

/// <summary>Base units as people read them, without a fraction type in between.</summary>
internal static class Units
{
    private const int FractionDigitsMin = 2;

    /// <summary>500000000 with 6 decimals is 500.00; zeros beyond two digits are left out.</summary>
    public static string Show(BigInteger amount, int decimals)
    {
        string sign = amount.Sign < 0 ? "-" : "";
        BigInteger unit = BigInteger.Pow(10, decimals);
        BigInteger whole = BigInteger.DivRem(BigInteger.Abs(amount), unit, out BigInteger rest);
        string fraction = decimals == 0 ? "" : rest.ToString(CultureInfo.InvariantCulture).PadLeft(decimals, '0').TrimEnd('0');
        if (decimals > 0)
            fraction = fraction.PadRight(Math.Min(FractionDigitsMin, decimals), '0');
        string digits = whole.ToString(CultureInfo.InvariantCulture);
        return fraction.Length == 0 ? $"{sign}{digits}" : $"{sign}{digits}.{fraction}";
    }
}
