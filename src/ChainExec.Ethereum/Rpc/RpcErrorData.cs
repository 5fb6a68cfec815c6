using System.Text.Json;

namespace ChainExec.Ethereum.Rpc;

/// <summary>Finds the bytes in the <c>data</c> of a JSON-RPC error, which nodes write in their own ways.</summary>
public static class RpcErrorData
{
    /// <summary>
    /// The bytes: most clients send hexadecimal text, hardhat wraps it in an object's member <c>data</c>, and some put words before it
    /// ("Reverted 0x…"). Empty when there are none.
    /// </summary>
    /// <exception cref="FormatException">A name of the object is no Unicode text.</exception>
    public static byte[] Read(JsonElement data)
    {
        try
        {
            if (data.ValueKind == JsonValueKind.Object && data.TryGetProperty("data", out JsonElement inner))
            {
                data = inner;
            }
        }
        catch (InvalidOperationException error)
        {
            throw new FormatException("a name of the error's data is no text", error);
        }

        string text = data.ValueKind == JsonValueKind.String ? TextOf(data) : "";
        int start = text.LastIndexOf("0x", StringComparison.Ordinal);
        return start >= 0 && Hex.TryDecode(text[start..], out byte[] bytes) ? bytes : [];
    }

    private static string TextOf(JsonElement text)
    {
        try
        {
            return text.GetString()!;
        }
        catch (InvalidOperationException)
        {
            // Half a surrogate pair: whatever it says, it is no hexadecimal digit.
            return "";
        }
    }
}
