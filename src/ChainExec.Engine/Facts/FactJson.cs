using System.Text.Json;
using System.Text.Json.Serialization;
using ChainExec.Ethereum;

namespace ChainExec.Facts;

/// <summary>How payloads are written: snake case, amounts and words as decimal strings, bytes as hex, absent rather than null.</summary>
internal static class FactJson
{
    public static JsonSerializerOptions Options { get; } = Create();

    private static JsonSerializerOptions Create()
    {
        var options = new JsonSerializerOptions
        {
            PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
            DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
            NumberHandling = JsonNumberHandling.Strict,
        };
        options.Converters.Add(new AddressConverter());
        options.Converters.Add(new HashConverter());
        options.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false));
        options.MakeReadOnly(populateMissingResolver: true);
        return options;
    }

    private sealed class AddressConverter : JsonConverter<Address>
    {
        public override Address Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            Address.TryParse(reader.GetString(), out Address address, out string? error) ? address : throw new JsonException(error);

        public override void Write(Utf8JsonWriter writer, Address value, JsonSerializerOptions options)
        {
            Span<char> text = stackalloc char[Address.TextLength];
            value.CopyTo(text);
            writer.WriteStringValue(text);
        }
    }

    private sealed class HashConverter : JsonConverter<Hash32>
    {
        public override Hash32 Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            Hash32.Parse(reader.GetString() ?? "");

        public override void Write(Utf8JsonWriter writer, Hash32 value, JsonSerializerOptions options)
        {
            Span<byte> text = stackalloc byte[Hash32.TextLength];
            value.WriteText(text);
            writer.WriteStringValue(text);
        }
    }
}
