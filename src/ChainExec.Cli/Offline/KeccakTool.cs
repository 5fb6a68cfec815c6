using System.Text.Json;
using ChainExec.Ethereum;

namespace ChainExec.Cli.Offline;

/// <summary><c>keccak</c>.</summary>
internal static class KeccakTool
{
    /// <summary><c>{"data"}</c> to <c>{"hash"}</c>.</summary>
    public static void Hash(JsonElement request, Utf8JsonWriter answer)
    {
        byte[] data = Request.Open(request, "data").Required("data", JsonValue.Bytes);
        Span<byte> digest = stackalloc byte[Hash32.Size];
        Keccak256.Hash(data, digest);
        JsonHex.Write(answer, "hash", digest);
    }
}
