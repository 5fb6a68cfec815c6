using System.Collections;
using System.Numerics;
using System.Text;
using System.Text.Json;

namespace ChainExec.Ethereum.TypedData;

/// <summary>Reads values that came as JSON or as .NET values. Nothing is converted that could be meant in two ways.</summary>
internal static class TypedDataValue
{
    // Above it, a JSON number may have been rounded by whatever wrote it.
    private const long JsonNumberMax = (1L << 53) - 1;
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Reads a decimal or hexadecimal string, a JSON integer that every JSON writer keeps exact, or a .NET integer.</summary>
    /// <param name="value">What to read.</param>
    /// <param name="numbersAreExact">JSON numbers are taken by their digits, however many.</param>
    /// <param name="integer">The integer.</param>
    internal static bool TryReadInteger(object value, bool numbersAreExact, out BigInteger integer)
    {
        integer = default;
        switch (value)
        {
            case JsonElement { ValueKind: JsonValueKind.Number } digits when numbersAreExact:
                return TryParseInteger(digits.GetRawText(), out integer);
            case JsonElement { ValueKind: JsonValueKind.Number } json:
                bool exact = json.TryGetInt64(out long number) && number is >= -JsonNumberMax and <= JsonNumberMax;
                integer = number;
                return exact;
            case UInt256 unsigned:
                integer = unsigned.ToBigInteger();
                return true;
            case BigInteger or int or uint or long or ulong or byte or sbyte or short or ushort:
                integer = value is BigInteger big ? big : value is ulong large ? large : Convert.ToInt64(value, null);
                return true;
            default:
                return TryReadText(value, out string text) && TryParseInteger(text, out integer);
        }
    }

    /// <summary>Reads a string of hexadecimal digits after 0x, or .NET bytes.</summary>
    internal static bool TryReadBytes(object value, out ReadOnlyMemory<byte> bytes)
    {
        bytes = value switch
        {
            byte[] array => array,
            ReadOnlyMemory<byte> memory => memory,
            Hash32 hash => hash.ToArray(),
            _ => default,
        };
        if (value is byte[] or ReadOnlyMemory<byte> or Hash32)
        {
            return true;
        }

        byte[] decoded = [];
        bool isHex = TryReadText(value, out string text) && Hex.TryDecode(text, out decoded);
        bytes = decoded;
        return isHex;
    }

    /// <summary>Reads an address, or its text with the checksum that mixed case must carry (EIP-55).</summary>
    internal static bool TryReadAddress(object value, out Address address)
    {
        if (value is Address given)
        {
            address = given;
            return true;
        }

        address = default;
        return TryReadText(value, out string text) && Address.TryParse(text, out address, out _);
    }

    /// <summary>Reads true or false, never a text or number that stands for it.</summary>
    internal static bool TryReadBool(object value, out bool flag)
    {
        flag = value is true or JsonElement { ValueKind: JsonValueKind.True };
        return flag || value is false or JsonElement { ValueKind: JsonValueKind.False };
    }

    /// <summary>Reads a text as UTF-8; false also when it holds half a surrogate pair, which has no UTF-8.</summary>
    internal static bool TryReadUtf8(object value, out byte[] utf8)
    {
        utf8 = [];
        if (!TryReadText(value, out string text))
        {
            return false;
        }

        try
        {
            utf8 = StrictUtf8.GetBytes(text);
            return true;
        }
        catch (EncoderFallbackException)
        {
            return false;
        }
    }

    /// <summary>The items of a JSON array or of a .NET list; null when it is neither.</summary>
    internal static IEnumerable? ReadItems(object value, out int count)
    {
        switch (value)
        {
            case JsonElement { ValueKind: JsonValueKind.Array } json:
                count = json.GetArrayLength();
                return json.EnumerateArray();
            case IList list:
                count = list.Count;
                return list;
            default:
                count = 0;
                return null;
        }
    }

    private static bool TryReadText(object value, out string text)
    {
        text = "";
        switch (value)
        {
            case string given:
                text = given;
                return true;
            case JsonElement { ValueKind: JsonValueKind.String } json:
                try
                {
                    text = json.GetString()!;
                    return true;
                }
                catch (InvalidOperationException)
                {
                    // An escape names half a surrogate pair, or the bytes are not UTF-8.
                    return false;
                }
            default:
                return false;
        }
    }

    private static bool TryParseInteger(string text, out BigInteger integer)
    {
        bool isNegative = text.StartsWith('-');
        bool isNumber = UInt256.TryParse(isNegative ? text[1..] : text, out UInt256 magnitude);
        integer = isNegative ? -magnitude.ToBigInteger() : magnitude.ToBigInteger();

        // A minus before hexadecimal digits may also be meant as two's complement.
        return isNumber && !text.StartsWith("-0x", StringComparison.Ordinal);
    }
}
