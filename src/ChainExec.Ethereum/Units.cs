using System.Diagnostics.CodeAnalysis;

namespace ChainExec.Ethereum;

/// <summary>
/// Amounts as people write them, <c>1.5</c>, and as contracts hold them, 1500000 for a token of 6 decimals. Digits are moved as text, so
/// nothing is lost, and nothing is rounded unless the caller names a rounding.
/// </summary>
public static class Units
{
    /// <summary>Decimals of ether: 1 ether is 10^18 wei.</summary>
    public const int EtherDecimals = 18;

    /// <summary>The most decimals a token can have, as <c>decimals()</c> of ERC-20 answers a <c>uint8</c>.</summary>
    public const int DecimalsMax = 255;

    private const string TooLarge = "The amount is too large.";

    // 10^78 is above 2^256.
    private const int PowerMax = 77;

    /// <summary>
    /// Reads digits with at most <paramref name="decimals"/> of them after a point, which must stand between digits. No sign, exponent,
    /// space or separator. Zeros beyond the decimals are accepted, as they say nothing.
    /// </summary>
    /// <exception cref="FormatException">The text is of another form, has digits beyond the decimals or is too large.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The decimals are outside 0 to 255.</exception>
    public static UInt256 Parse(string text, int decimals) =>
        TryRead(text, decimals, null, out UInt256 value, out string? error) ? value : throw new FormatException(error);

    /// <summary>Reads like <see cref="Parse(string, int)"/> any number of digits after the point, and rounds as named.</summary>
    /// <exception cref="FormatException">The text is of another form or too large.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The decimals are outside 0 to 255.</exception>
    public static UInt256 Parse(string text, int decimals, Rounding rounding) =>
        TryRead(text, decimals, rounding, out UInt256 value, out string? error) ? value : throw new FormatException(error);

    /// <summary>
    /// Reads like <see cref="Parse(string, int)"/>; <paramref name="error"/> is a sentence naming the defect when the answer is false.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The decimals are outside 0 to 255.</exception>
    public static bool TryParse(string? text, int decimals, out UInt256 value, [NotNullWhen(false)] out string? error) =>
        TryRead(text, decimals, null, out value, out error);

    /// <summary>Reads like <see cref="Parse(string, int)"/>, with <c>-</c> before a negative amount.</summary>
    /// <exception cref="FormatException">The text is of another form, has digits beyond the decimals or is out of range.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The decimals are outside 0 to 255.</exception>
    public static Int256 ParseSigned(string text, int decimals) => ReadSigned(text, decimals, null);

    /// <summary>Reads like <see cref="ParseSigned(string, int)"/> and rounds the magnitude as named.</summary>
    /// <exception cref="FormatException">The text is of another form or out of range.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The decimals are outside 0 to 255.</exception>
    public static Int256 ParseSigned(string text, int decimals, Rounding rounding) => ReadSigned(text, decimals, rounding);

    /// <summary>Writes the amount exactly, without zeros at the end: <c>1.5</c>, <c>2</c>, <c>0.000001</c>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The decimals are outside 0 to 255.</exception>
    public static string Format(UInt256 value, int decimals)
    {
        string fixedPoint = Write(value, decimals);
        return decimals == 0 ? fixedPoint : fixedPoint.TrimEnd('0').TrimEnd('.');
    }

    /// <summary>Writes exactly <paramref name="fractionDigits"/> digits after the point, rounding as named where there are more.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The decimals or the digits are outside 0 to 255.</exception>
    public static string Format(UInt256 value, int decimals, int fractionDigits, Rounding rounding)
    {
        RefuseDecimals(decimals);
        RefuseDecimals(fractionDigits);
        if (fractionDigits >= decimals)
        {
            string point = decimals == 0 && fractionDigits > 0 ? "." : "";
            return Write(value, decimals) + point + new string('0', fractionDigits - decimals);
        }

        int dropped = decimals - fractionDigits;

        // A larger power is more than twice any amount, so what remains is less than a half.
        UInt256 kept = dropped <= PowerMax ? value.Divide(PowerOfTen(dropped), rounding)
            : rounding == Rounding.Up && !value.IsZero ? UInt256.One
            : UInt256.Zero;
        return Write(kept, fractionDigits);
    }

    /// <summary>Writes like <see cref="Format(UInt256, int)"/>, with <c>-</c> before a negative amount.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The decimals are outside 0 to 255.</exception>
    public static string Format(Int256 value, int decimals) => (value.IsNegative ? "-" : "") + Format(value.Magnitude, decimals);

    private static Int256 ReadSigned(string text, int decimals, Rounding? rounding)
    {
        ArgumentNullException.ThrowIfNull(text);
        bool negative = text.StartsWith('-');
        if (!TryRead(negative ? text[1..] : text, decimals, rounding, out UInt256 magnitude, out string? error))
        {
            throw new FormatException(error);
        }

        return Int256.TryCombine(negative, magnitude, out Int256 value) ? value : throw new FormatException(TooLarge);
    }

    private static bool TryRead(
        string? text, int decimals, Rounding? rounding, out UInt256 value, [NotNullWhen(false)] out string? error)
    {
        RefuseDecimals(decimals);
        value = default;
        ReadOnlySpan<char> digits = text;
        int point = digits.IndexOf('.');
        ReadOnlySpan<char> whole = point < 0 ? digits : digits[..point];
        ReadOnlySpan<char> fraction = point < 0 ? [] : digits[(point + 1)..];
        if (whole.IsEmpty || (point >= 0 && fraction.IsEmpty)
            || whole.ContainsAnyExceptInRange('0', '9') || fraction.ContainsAnyExceptInRange('0', '9'))
        {
            error = "Not an amount: digits, and more digits after a point if there is one, nothing else.";
            return false;
        }

        ReadOnlySpan<char> excess = fraction[Math.Min(fraction.Length, decimals)..].TrimEnd('0');
        if (!excess.IsEmpty && rounding is null)
        {
            error = $"The amount has more than {decimals} digits after the point.";
            return false;
        }

        fraction = fraction[..Math.Min(fraction.Length, decimals)];
        try
        {
            UInt256 base10 = Scale(whole, decimals) + Scale(fraction, decimals - fraction.Length);
            value = rounding is { } named && RoundsUp(excess, base10, named) ? base10 + UInt256.One : base10;
        }
        catch (OverflowException)
        {
            error = TooLarge;
            return false;
        }

        error = null;
        return true;
    }

    private static UInt256 Scale(ReadOnlySpan<char> digits, int power)
    {
        if (!UInt256Text.TryParseDecimal(digits, out UInt256 value))
        {
            throw new OverflowException(TooLarge);
        }

        return value.IsZero ? value
            : power <= PowerMax ? value * PowerOfTen(power)
            : throw new OverflowException(TooLarge);
    }

    // The excess has no zeros at its end, so it is a half when it is the one digit 5.
    private static bool RoundsUp(ReadOnlySpan<char> excess, UInt256 kept, Rounding rounding) => !excess.IsEmpty && rounding switch
    {
        Rounding.Down => false,
        Rounding.Up => true,
        Rounding.HalfUp => excess[0] >= '5',
        Rounding.HalfEven => excess is "5" ? (kept.W0 & 1) != 0 : excess[0] >= '5',
        _ => throw new ArgumentOutOfRangeException(nameof(rounding), rounding, "There is no such rounding."),
    };

    private static string Write(UInt256 value, int decimals)
    {
        RefuseDecimals(decimals);
        string digits = value.ToString().PadLeft(decimals + 1, '0');
        return decimals == 0 ? digits : digits.Insert(digits.Length - decimals, ".");
    }

    private static UInt256 PowerOfTen(int power) => ((UInt256)10).Pow((uint)power);

    private static void RefuseDecimals(int decimals)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(decimals);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(decimals, DecimalsMax);
    }
}
