using System.Globalization;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using ChainExec.Ethereum;

namespace ChainExec.Cli.Offline;

/// <summary>The values of requests: what they may be written as is decided here, for every command.</summary>
internal static class JsonValue
{
    // 78 digits and a sign; 64 digits after 0x are shorter.
    private const int NumberLengthMax = 79;

    public static string Text(JsonElement element) => element.ValueKind == JsonValueKind.String
        ? element.GetString()!
        : throw OfflineException.Request($"a text is needed, not {KindOf(element)}");

    public static bool Flag(JsonElement element) => element.ValueKind is JsonValueKind.True or JsonValueKind.False
        ? element.ValueKind == JsonValueKind.True
        : throw OfflineException.Value($"true or false is needed, not {KindOf(element)}");

    /// <summary>0x and pairs of hexadecimal digits of either case.</summary>
    public static byte[] Bytes(JsonElement element)
    {
        if (element.ValueKind != JsonValueKind.String)
            throw OfflineException.Value($"bytes are written as a text of 0x and hexadecimal digits, not as {KindOf(element)}");

        // The text as it stands in the request, between its quotes; hardly anybody escapes digits.
        ReadOnlySpan<byte> text = JsonMarshal.GetRawUtf8Value(element)[1..^1];
        if (text.Contains((byte)'\\'))
            text = Encoding.UTF8.GetBytes(element.GetString()!);
        if (!text.StartsWith("0x"u8))
            throw OfflineException.Value("bytes start with 0x");
        ReadOnlySpan<byte> digits = text[2..];
        if (digits.Length % 2 != 0)
            throw OfflineException.Value("bytes need an even number of hexadecimal digits");
        byte[] bytes = new byte[digits.Length / 2];
        return Convert.FromHexString(digits, bytes, out _, out _) == System.Buffers.OperationStatus.Done
            ? bytes
            : throw OfflineException.Value("bytes have a character that is no hexadecimal digit");
    }

    public static byte[] Bytes(JsonElement element, int length)
    {
        byte[] bytes = Bytes(element);
        return bytes.Length == length ? bytes : throw OfflineException.Value($"{length} bytes are needed, there are {bytes.Length}");
    }

    public static Hash32 Hash(JsonElement element) => Hash32.FromBytes(Bytes(element, Hash32.Size));

    /// <summary>0x and 40 digits; in mixed case with the checksum of EIP-55.</summary>
    public static Address Address(JsonElement element)
    {
        if (element.ValueKind != JsonValueKind.String)
            throw OfflineException.Value($"an address is written as a text, not as {KindOf(element)}");
        return Ethereum.Address.TryParse(element.GetString(), out Address address, out string? error)
            ? address
            : throw OfflineException.Value(error);
    }

    /// <summary>A whole number of at most 256 bits that is not negative: decimal digits, 0x and digits, or a JSON number.</summary>
    public static UInt256 Unsigned(JsonElement element)
    {
        string text = NumberText(element);
        return UInt256.TryParse(text, out UInt256 number)
            ? number
            : throw OfflineException.Value(
                "a whole number from 0 to 2^256-1 is needed, in decimal digits or in hexadecimal digits after 0x");
    }

    public static ulong UInt64(JsonElement element)
    {
        UInt256 number = Unsigned(element);
        return number.BitLength <= 64 ? (ulong)number : throw OfflineException.Value("the number is above 2^64-1");
    }

    /// <summary>Like <see cref="Unsigned"/>, and decimal digits may follow a minus sign.</summary>
    public static BigInteger Integer(JsonElement element)
    {
        string text = NumberText(element);
        bool negative = text.StartsWith('-');
        bool decimals = !text.AsSpan(negative ? 1 : 0).ContainsAnyExceptInRange('0', '9');
        const NumberStyles style = NumberStyles.AllowLeadingSign;
        if (negative && decimals && BigInteger.TryParse(text, style, CultureInfo.InvariantCulture, out BigInteger below))
            return below;
        return !negative && UInt256.TryParse(text, out UInt256 number)
            ? number.ToBigInteger()
            : throw OfflineException.Value("a whole number is needed, in decimal digits or in hexadecimal digits after 0x");
    }

    /// <summary>The items of a JSON array; an error says which.</summary>
    public static T[] List<T>(JsonElement element, Func<JsonElement, T> read)
    {
        if (element.ValueKind != JsonValueKind.Array)
            throw OfflineException.Request($"an array is needed, not {KindOf(element)}");
        var items = new T[element.GetArrayLength()];
        int index = 0;
        foreach (JsonElement item in element.EnumerateArray())
        {
            try
            {
                items[index] = read(item);
            }
            catch (OfflineException exception)
            {
                throw exception.At(index);
            }

            index++;
        }

        return items;
    }

    public static string KindOf(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "an array",
        JsonValueKind.String => "a text",
        JsonValueKind.Number => "a number",
        JsonValueKind.Null => "null",
        _ => "true or false",
    };

    // A JSON number is taken by its digits: no reader's idea of a fraction comes between.
    private static string NumberText(JsonElement element)
    {
        string text = element.ValueKind switch
        {
            JsonValueKind.String => element.GetString()!,
            JsonValueKind.Number => element.GetRawText(),
            _ => throw OfflineException.Value($"a number is needed, not {KindOf(element)}"),
        };
        return text.Length <= NumberLengthMax ? text : throw OfflineException.Value("the number has more digits than 256 bits can need");
    }
}
