using System.Buffers;
using System.Diagnostics.CodeAnalysis;

namespace ChainExec.Ethereum;

/// <summary>
/// Hexadecimal text as Ethereum's JSON-RPC writes it: always prefixed with <c>0x</c>, bytes in pairs, quantities without leading zeros.
/// </summary>
public static class Hex
{
    /// <summary>Writes bytes as <c>0x</c> and two lower-case digits per byte; no bytes give <c>0x</c>.</summary>
    public static string Encode(ReadOnlySpan<byte> bytes) => string.Create(2 + 2 * bytes.Length, bytes, static (text, source) =>
    {
        text[0] = '0';
        text[1] = 'x';
        Convert.TryToHexStringLower(source, text[2..], out _);
    });

    /// <summary>Reads <c>0x</c> and an even number of digits of either case.</summary>
    /// <exception cref="FormatException">The prefix is missing, the number of digits is odd, or a character is no digit.</exception>
    public static byte[] Decode(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return TryDecode(text, out byte[]? bytes, out string? error) ? bytes : throw new FormatException(error);
    }

    /// <summary>Reads like <see cref="Decode"/>; answers false, and no bytes, when the text is not of that form.</summary>
    public static bool TryDecode(string? text, out byte[] bytes)
    {
        bool read = TryDecode(text, out byte[]? decoded, out _);
        bytes = decoded ?? [];
        return read;
    }

    /// <summary>
    /// Fills the whole of <paramref name="destination"/> from <c>0x</c> and exactly as many digit pairs of either case, without a string
    /// or an array. Answers false, and leaves the destination in no certain state, when the text is of another form or length.
    /// </summary>
    public static bool TryDecodeExactly(ReadOnlySpan<char> text, Span<byte> destination) =>
        text.Length == 2 + 2 * destination.Length && text[0] == '0' && text[1] == 'x'
        && Convert.FromHexString(text[2..], destination, out _, out _) == OperationStatus.Done;

    /// <summary>Reads the same text in UTF-8, as JSON carries it.</summary>
    public static bool TryDecodeExactly(ReadOnlySpan<byte> utf8Text, Span<byte> destination) =>
        utf8Text.Length == 2 + 2 * destination.Length && utf8Text[0] == '0' && utf8Text[1] == 'x'
        && Convert.FromHexString(utf8Text[2..], destination, out _, out _) == OperationStatus.Done;

    /// <summary>Writes a quantity: <c>0x0</c>, or <c>0x</c> and the digits without leading zeros.</summary>
    public static string EncodeQuantity(UInt256 value) => value.ToHex();

    /// <summary>Reads a quantity of at most 256 bits. Leading zeros are accepted because some nodes send them.</summary>
    /// <exception cref="FormatException">The prefix or every digit is missing, a character is no digit, or the value needs more than 256
    /// bits.</exception>
    public static UInt256 DecodeQuantity(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (!text.StartsWith("0x", StringComparison.Ordinal))
        {
            throw new FormatException("A quantity starts with 0x.");
        }

        return UInt256.Parse(text);
    }

    /// <summary>
    /// Fills <paramref name="bytes"/> from exactly that many digit pairs after <c>0x</c>; the error names the first defect.
    /// </summary>
    internal static bool TryDecodeExactly(string? text, Span<byte> bytes, [NotNullWhen(false)] out string? error)
    {
        int digitCount = bytes.Length * 2;
        if (text is null || text.Length < 2 || text[0] != '0' || text[1] != 'x')
        {
            error = "The text does not start with 0x.";
            return false;
        }

        if (text.Length != digitCount + 2)
        {
            error = $"There must be {digitCount} hexadecimal digits after 0x, there are {text.Length - 2}.";
            return false;
        }

        return TryDecodeDigits(text.AsSpan(2), bytes, out error);
    }

    private static bool TryDecode(string? text, [NotNullWhen(true)] out byte[]? bytes, [NotNullWhen(false)] out string? error)
    {
        bytes = null;
        if (text is null || text.Length < 2 || text[0] != '0' || text[1] != 'x')
        {
            error = "The text does not start with 0x.";
            return false;
        }

        if (text.Length % 2 != 0)
        {
            error = "The number of hexadecimal digits is odd.";
            return false;
        }

        byte[] decoded = new byte[(text.Length - 2) / 2];
        if (!TryDecodeDigits(text.AsSpan(2), decoded, out error))
        {
            return false;
        }

        bytes = decoded;
        return true;
    }

    private static bool TryDecodeDigits(ReadOnlySpan<char> digits, Span<byte> bytes, [NotNullWhen(false)] out string? error)
    {
        error = null;
        if (Convert.FromHexString(digits, bytes, out _, out _) == OperationStatus.Done)
        {
            return true;
        }

        int at = 0;
        while (at < digits.Length && char.IsAsciiHexDigit(digits[at]))
        {
            at++;
        }

        error = $"The character at digit {at} is not a hexadecimal digit.";
        return false;
    }
}
