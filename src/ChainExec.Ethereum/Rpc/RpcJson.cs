using System.Text.Json;

namespace ChainExec.Ethereum.Rpc;

/// <summary>Reads the scalars of JSON-RPC answers. Everything malformed is a <see cref="FormatException"/> that names the field.</summary>
internal static class RpcJson
{
    internal static bool TryGet(JsonElement parent, string name, out JsonElement value)
    {
        value = default;
        return parent.ValueKind == JsonValueKind.Object
            && parent.TryGetProperty(name, out value)
            && value.ValueKind is not (JsonValueKind.Null or JsonValueKind.Undefined);
    }

    internal static JsonElement Get(JsonElement parent, string name) =>
        TryGet(parent, name, out JsonElement value) ? value : throw new FormatException($"'{name}' is missing");

    internal static string Text(JsonElement value, string name) =>
        value.ValueKind == JsonValueKind.String ? value.GetString()! : throw new FormatException($"'{name}' is no text");

    /// <summary>A quantity as text, or as the JSON number that some nodes send; <c>0x</c> alone is 0, as some nodes write it.</summary>
    internal static UInt256 Quantity(JsonElement value, string name)
    {
        if (value.ValueKind == JsonValueKind.Number && value.TryGetUInt64(out ulong number))
        {
            return number;
        }

        if (value.ValueKind == JsonValueKind.String)
        {
            string text = value.GetString()!;
            if (text == "0x")
            {
                return UInt256.Zero;
            }

            if (UInt256.TryParse(text, out UInt256 quantity))
            {
                return quantity;
            }
        }

        throw new FormatException($"'{name}' is no quantity");
    }

    internal static ulong UInt64(JsonElement value, string name)
    {
        UInt256 quantity = Quantity(value, name);
        return quantity.BitLength <= 64 ? (ulong)quantity : throw new FormatException($"'{name}' is larger than 64 bits");
    }

    internal static int Index(JsonElement value, string name)
    {
        UInt256 quantity = Quantity(value, name);
        return quantity.BitLength <= 31 ? (int)(ulong)quantity : throw new FormatException($"'{name}' is larger than 31 bits");
    }

    internal static Hash32 Hash(JsonElement value, string name) =>
        Hash32.TryParse(Text(value, name), out Hash32 hash, out _) ? hash : throw new FormatException($"'{name}' is no hash");

    // Nodes and proxies differ in case; a checksum of theirs protects nobody here, so the case is not looked at.
    internal static Address Address(JsonElement value, string name) =>
        Ethereum.Address.TryParse(Text(value, name).ToLowerInvariant(), out Address address, out _)
            ? address
            : throw new FormatException($"'{name}' is no address");

    internal static byte[] Bytes(JsonElement value, string name) =>
        Hex.TryDecode(Text(value, name), out byte[] bytes) ? bytes : throw new FormatException($"'{name}' is no hexadecimal data");

    internal static List<T> List<T>(JsonElement value, string name, Func<JsonElement, T> read)
    {
        if (value.ValueKind != JsonValueKind.Array)
        {
            throw new FormatException($"'{name}' is no list");
        }

        var items = new List<T>(value.GetArrayLength());
        foreach (JsonElement item in value.EnumerateArray())
        {
            items.Add(read(item));
        }

        return items;
    }
}
