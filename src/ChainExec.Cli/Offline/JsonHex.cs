using System.Buffers;
using System.Text.Json;

namespace ChainExec.Cli.Offline;

/// <summary>Bytes as 0x and lower-case digits, written without a text in between.</summary>
internal static class JsonHex
{
    private const int StackMax = 512;

    public static void Write(Utf8JsonWriter answer, string name, ReadOnlySpan<byte> bytes)
    {
        answer.WritePropertyName(name);
        WriteValue(answer, bytes);
    }

    public static void WriteValue(Utf8JsonWriter answer, ReadOnlySpan<byte> bytes)
    {
        int length = 2 + 2 * bytes.Length;
        byte[]? rented = length > StackMax ? ArrayPool<byte>.Shared.Rent(length) : null;
        Span<byte> text = rented ?? stackalloc byte[StackMax];
        "0x"u8.CopyTo(text);
        Convert.TryToHexStringLower(bytes, text[2..], out _);
        answer.WriteStringValue(text[..length]);
        if (rented is not null)
            ArrayPool<byte>.Shared.Return(rented);
    }
}
