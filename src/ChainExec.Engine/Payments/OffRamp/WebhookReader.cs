using System.Reflection;
using System.Text.Json;
using ChainExec.Facts;

namespace ChainExec.Payments.OffRamp;

/// <summary>The envelope of the exchange's and the bank's webhooks: a type and data.</summary>
internal static class WebhookReader
{
    public static string TypeOf(JsonElement body) =>
        body.ValueKind == JsonValueKind.Object && body.TryGetProperty("type", out JsonElement type)
        && type.ValueKind == JsonValueKind.String && body.TryGetProperty("data", out _)
            ? type.GetString()!
            : throw new JsonException("A message has a type and data.");

    // Every member is there: what is left out would be read as nothing, and nothing is an amount too.
    public static T Data<T>(JsonElement body)
    {
        JsonElement data = body.GetProperty("data");
        foreach (ParameterInfo member in typeof(T).GetConstructors()[0].GetParameters())
        {
            string name = FactJson.Options.PropertyNamingPolicy!.ConvertName(member.Name!);
            if (data.ValueKind != JsonValueKind.Object || !data.TryGetProperty(name, out JsonElement value)
                || value.ValueKind == JsonValueKind.Null)
                throw new JsonException($"data has no {name}.");
        }

        return data.Deserialize<T>(FactJson.Options) ?? throw new JsonException("data is null.");
    }
}
