using System.Buffers;
using System.Text.Json;

namespace ChainExec.Ethereum.Rpc;

/// <summary>
/// Reads the scalars of JSON-RPC answers from their UTF-8 bytes, without a text between. Everything malformed is a
/// <see cref="FormatException"/> that names the field.
/// </summary>
internal static class RpcScalar
{
    private const int WordDigits = 16;

    /// <summary>A quantity as text, or as the JSON number that some nodes send; <c>0x</c> alone is 0, as some nodes write it.</summary>
    internal static UInt256 Quantity(ref Utf8JsonReader reader, RpcField field)
    {
        if (reader.TokenType == JsonTokenType.Number && reader.TryGetUInt64(out ulong number))
        {
            return number;
        }

        // Leading zeros are accepted because some nodes send them.
        ReadOnlySpan<byte> digits = Digits(ref reader, field, "quantity").TrimStart((byte)'0');
        if (digits.Length <= WordDigits)
        {
            return TryWord(digits, out ulong word) ? word : throw Malformed(field, "quantity");
        }

        Span<byte> bytes = stackalloc byte[32];
        Span<byte> padded = stackalloc byte[64];
        if (digits.Length > padded.Length)
        {
            throw new FormatException($"'{RpcFieldNames.TextOf(field)}' is larger than 256 bits");
        }

        padded.Fill((byte)'0');
        digits.CopyTo(padded[(padded.Length - digits.Length)..]);
        return Convert.FromHexString(padded, bytes, out _, out _) == OperationStatus.Done
            ? UInt256.ReadBigEndian(bytes)
            : throw Malformed(field, "quantity");
    }

    internal static ulong UInt64(ref Utf8JsonReader reader, RpcField field)
    {
        UInt256 quantity = Quantity(ref reader, field);
        return quantity.BitLength <= 64
            ? (ulong)quantity
            : throw new FormatException($"'{RpcFieldNames.TextOf(field)}' is larger than 64 bits");
    }

    internal static int Index(ref Utf8JsonReader reader, RpcField field)
    {
        UInt256 quantity = Quantity(ref reader, field);
        return quantity.BitLength <= 31
            ? (int)(ulong)quantity
            : throw new FormatException($"'{RpcFieldNames.TextOf(field)}' is larger than 31 bits");
    }

    internal static Hash32 Hash(ref Utf8JsonReader reader, RpcField field)
    {
        ReadOnlySpan<byte> digits = Digits(ref reader, field, "hash");
        Span<byte> bytes = stackalloc byte[Hash32.Size];
        return digits.Length == Hash32.Size * 2 && Convert.FromHexString(digits, bytes, out _, out _) == OperationStatus.Done
            ? Hash32.FromBytes(bytes)
            : throw Malformed(field, "hash");
    }

    /// <summary>Nodes and proxies differ in case; a checksum of theirs protects nobody here, so the case is not looked at.</summary>
    internal static Address Address(ref Utf8JsonReader reader, RpcField field)
    {
        ReadOnlySpan<byte> digits = Digits(ref reader, field, "address");
        Span<byte> bytes = stackalloc byte[Ethereum.Address.Size];
        return digits.Length == Ethereum.Address.Size * 2 && Convert.FromHexString(digits, bytes, out _, out _) == OperationStatus.Done
            ? Ethereum.Address.FromBytes(bytes)
            : throw Malformed(field, "address");
    }

    internal static byte[] Bytes(ref Utf8JsonReader reader, RpcField field)
    {
        ReadOnlySpan<byte> digits = Digits(ref reader, field, "hexadecimal data");
        if (digits.IsEmpty)
        {
            return [];
        }

        // Twice the bytes of the text: nothing is allocated that was not sent.
        byte[] bytes = digits.Length % 2 == 0 ? new byte[digits.Length / 2] : throw Malformed(field, "hexadecimal data");
        return Convert.FromHexString(digits, bytes, out _, out _) == OperationStatus.Done
            ? bytes
            : throw Malformed(field, "hexadecimal data");
    }

    internal static string Text(ref Utf8JsonReader reader, RpcField field)
    {
        if (reader.TokenType != JsonTokenType.String)
        {
            throw Malformed(field, "text");
        }

        try
        {
            return reader.GetString()!;
        }
        catch (InvalidOperationException error)
        {
            // The JSON reader's word for an escape that stands for no character, and for bytes that are no UTF-8.
            throw new FormatException($"'{RpcFieldNames.TextOf(field)}' is a text that is no text", error);
        }
    }

    internal static bool Boolean(ref Utf8JsonReader reader, RpcField field) => reader.TokenType switch
    {
        JsonTokenType.True => true,
        JsonTokenType.False => false,
        _ => throw Malformed(field, "boolean"),
    };

    internal static List<T> List<T>(ref Utf8JsonReader reader, RpcField field, RpcRead<T> read)
    {
        EnterList(ref reader, field);
        var items = new List<T>();
        while (NextItem(ref reader))
        {
            items.Add(read(ref reader));
        }

        return items;
    }

    /// <summary>Enters a list.</summary>
    internal static void EnterList(ref Utf8JsonReader reader, RpcField field)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            throw Malformed(field, "list");
        }
    }

    /// <summary>Moves to the next item of a list; false at its end.</summary>
    internal static bool NextItem(ref Utf8JsonReader reader)
    {
        reader.Read();
        return reader.TokenType != JsonTokenType.EndArray;
    }

    internal static FormatException Malformed(RpcField field, string what) => new($"'{RpcFieldNames.TextOf(field)}' is no {what}");

    // What follows 0x. An escape in hexadecimal text is nobody's encoding, so it need not be understood.
    private static ReadOnlySpan<byte> Digits(ref Utf8JsonReader reader, RpcField field, string what)
    {
        ReadOnlySpan<byte> text = reader.ValueSpan;
        return reader.TokenType == JsonTokenType.String && !reader.ValueIsEscaped && text.StartsWith("0x"u8)
            ? text[2..]
            : throw Malformed(field, what);
    }

    private static bool TryWord(ReadOnlySpan<byte> digits, out ulong word)
    {
        word = 0;
        foreach (byte digit in digits)
        {
            int value = digit switch
            {
                >= (byte)'0' and <= (byte)'9' => digit - '0',
                >= (byte)'a' and <= (byte)'f' => digit - 'a' + 10,
                >= (byte)'A' and <= (byte)'F' => digit - 'A' + 10,
                _ => -1,
            };
            if (value < 0)
            {
                return false;
            }

            word = (word << 4) | (uint)value;
        }

        return true;
    }
}
