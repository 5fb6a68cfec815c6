using System.Collections;
using System.Globalization;
using System.Text;

namespace ChainExec.Ethereum.Abi;

/// <summary>
/// Why a call reverted, in words. The words come from a contract, so they are bounded, free of control characters and never to be trusted.
/// </summary>
/// <param name="Kind"><c>error_string</c>, <c>panic</c>, <c>custom</c> (a known custom error), <c>unknown</c> (a selector not known or data
/// not decodable) or <c>empty</c>.</param>
/// <param name="Message">The text for a person, at most <see cref="MessageMax"/> characters.</param>
public sealed record RevertReason(string Kind, string Message)
{
    /// <summary>The longest <see cref="Message"/>, in characters.</summary>
    public const int MessageMax = 512;

    /// <summary>Names the reason in <paramref name="data"/>. Never throws for any data.</summary>
    public static RevertReason Decode(ReadOnlySpan<byte> data, IReadOnlyList<AbiError> known)
    {
        ArgumentNullException.ThrowIfNull(known);
        if (data.IsEmpty)
        {
            return new RevertReason("empty", "The call reverted without a reason.");
        }

        try
        {
            return DecodeKnown(data, known) ?? Unknown(data);
        }
        catch (AbiException)
        {
            // Any contract can revert with any bytes: a selector with garbage behind it is an answer, not a fault.
            return Unknown(data);
        }
    }

    /// <summary>
    /// What the code of a <c>Panic(uint256)</c> means by the Solidity documentation, "Panic via assert and Error via require"; <c>unknown
    /// code</c> for any other.
    /// </summary>
    public static string PanicMeaning(UInt256 code) => code.BitLength > 8 ? "unknown code" : (ulong)code switch
    {
        0x00 => "generic compiler panic",
        0x01 => "assertion failed",
        0x11 => "arithmetic overflow or underflow",
        0x12 => "division or modulo by zero",
        0x21 => "value outside an enum",
        0x22 => "wrongly encoded storage byte array",
        0x31 => "pop on an empty array",
        0x32 => "array index out of bounds",
        0x41 => "too much memory allocated",
        0x51 => "call of an uninitialised internal function",
        _ => "unknown code",
    };

    // Lenient, since this is shown to a person and decides nothing: a reason with broken UTF-8 or padding is still worth showing.
    private static RevertReason? DecodeKnown(ReadOnlySpan<byte> data, IReadOnlyList<AbiError> known)
    {
        if (AbiError.ErrorString.Matches(data))
        {
            return new RevertReason("error_string", Clean((string)AbiError.ErrorString.Decode(data, AbiStrictness.Lenient)[0]));
        }

        if (AbiError.Panic.Matches(data))
        {
            var code = (UInt256)AbiError.Panic.Decode(data, AbiStrictness.Lenient)[0];
            return new RevertReason("panic", $"Panic {Hex.EncodeQuantity(code)}: {PanicMeaning(code)}");
        }

        foreach (AbiError error in known)
        {
            if (error.Matches(data))
            {
                return new RevertReason("custom", Clean($"{error.Name}({Describe((IEnumerable)error.Decode(data, AbiStrictness.Lenient))})"));
            }
        }

        return null;
    }

    private static RevertReason Unknown(ReadOnlySpan<byte> data)
    {
        string shown = Hex.Encode(data[..Math.Min(data.Length, 68)]);
        return new RevertReason("unknown", data.Length > 68 ? $"{shown}… ({data.Length} bytes)" : shown);
    }

    private static string Describe(object value) => value switch
    {
        byte[] bytes => Hex.Encode(bytes.AsSpan(0, Math.Min(bytes.Length, MessageMax / 2))),
        string text => $"\"{text}\"",
        bool flag => flag ? "true" : "false",
        object[] items => "[" + Describe((IEnumerable)items.Take(MessageMax / 2)) + "]",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "",
    };

    private static string Describe(IEnumerable items) => string.Join(", ", items.Cast<object>().Select(Describe));

    private static string Clean(string text)
    {
        var cleaned = new StringBuilder(Math.Min(text.Length, MessageMax));
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (cleaned.Length + rune.Utf16SequenceLength >= MessageMax)
            {
                cleaned.Append('…');
                break;
            }

            cleaned.Append(Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format ? "\uFFFD" : rune.ToString());
        }

        return cleaned.ToString();
    }
}
