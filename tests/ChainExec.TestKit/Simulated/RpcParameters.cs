using System.Text.Json.Nodes;
using ChainExec.Ethereum;

namespace ChainExec.TestKit.Simulated;

/// <summary>Reads the parameters of a JSON-RPC call; what cannot be read is error -32602, as with geth.</summary>
internal sealed class RpcParameters(JsonArray list)
{
    private const int InvalidParameters = -32602;

    public static NodeErrorException Invalid(string what) => new(InvalidParameters, $"invalid argument: {what}", null);

    public JsonNode? this[int index] => index < list.Count ? list[index] : null;

    public string Text(int index) => TextOf(this[index], $"{index}");

    public bool Flag(int index) => this[index] is JsonValue value && value.TryGetValue(out bool flag) && flag;

    public Address Address(int index) => AddressOf(this[index], $"{index}");

    public Hash32 Hash(int index) => HashOf(this[index], $"{index}");

    public byte[] Bytes(int index) => BytesOf(this[index], $"{index}");

    public static string TextOf(JsonNode? node, string what) =>
        node is JsonValue value && value.TryGetValue(out string? text) ? text : throw Invalid($"{what} is no text");

    public static Address AddressOf(JsonNode? node, string what) =>
        Ethereum.Address.TryParse(TextOf(node, what).ToLowerInvariant(), out Address address, out string? error)
            ? address
            : throw Invalid($"{what}: {error}");

    public static Hash32 HashOf(JsonNode? node, string what) =>
        Hash32.TryParse(TextOf(node, what), out Hash32 hash, out string? error) ? hash : throw Invalid($"{what}: {error}");

    public static byte[] BytesOf(JsonNode? node, string what) =>
        Hex.TryDecode(TextOf(node, what), out byte[] bytes) ? bytes : throw Invalid($"{what} is no hex string");

    public static UInt256 QuantityOf(JsonNode? node, string what)
    {
        string text = TextOf(node, what);
        return text.StartsWith("0x", StringComparison.Ordinal) && UInt256.TryParse(text, out UInt256 value)
            ? value
            : throw Invalid($"{what} is no quantity");
    }

    public static ulong NumberOf(JsonNode? node, string what)
    {
        UInt256 value = QuantityOf(node, what);
        return value <= ulong.MaxValue ? (ulong)value : throw Invalid($"{what} is too large");
    }
}
