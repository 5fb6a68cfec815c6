using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;
using ChainExec.Ethereum.Crypto;

namespace ChainExec.Cli.Offline;

/// <summary>Secret fields of requests: they go from the request's own bytes into memory that is zeroed, never into a string.</summary>
internal static class Secret
{
    /// <summary>Gives <paramref name="use"/> the characters of a text and zeroes them afterwards.</summary>
    public static T Text<T>(JsonElement element, Func<char[], int, T> use)
    {
        if (element.ValueKind != JsonValueKind.String)
            throw OfflineException.Request($"a text is needed, not {JsonValue.KindOf(element)}");
        ReadOnlySpan<byte> raw = JsonMarshal.GetRawUtf8Value(element);
        char[] text = GC.AllocateArray<char>(raw.Length, pinned: true);
        try
        {
            var reader = new Utf8JsonReader(raw);
            reader.Read();
            return use(text, reader.CopyString(text));
        }
        finally
        {
            text.AsSpan().Clear();
        }
    }

    /// <summary>A private key in 0x and 64 hexadecimal digits.</summary>
    public static PrivateKey Key(JsonElement element)
    {
        if (element.ValueKind != JsonValueKind.String)
            throw OfflineException.Value($"a private key is written as a text, not as {JsonValue.KindOf(element)}");
        return Text(element, (text, length) => KeyOf(text.AsSpan(0, length)));
    }

    private static PrivateKey KeyOf(ReadOnlySpan<char> text)
    {
        Span<byte> key = stackalloc byte[PrivateKey.Size];
        try
        {
            bool read = text.Length == 2 + 2 * PrivateKey.Size
                && text.StartsWith("0x")
                && Convert.FromHexString(text[2..], key, out _, out _) == System.Buffers.OperationStatus.Done;
            return read ? PrivateKey.FromBytes(key) : throw OfflineException.Value("a private key is 0x and 64 hexadecimal digits");
        }
        catch (ArgumentException)
        {
            throw OfflineException.Value("the number is no private key of secp256k1: it is 0 or not below the order");
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }
}
