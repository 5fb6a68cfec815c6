using System.Diagnostics.Metrics;
using System.Text.Json;

namespace ChainExec.Ethereum.Rpc;

/// <summary>
/// Makes exceptions of one provider's errors, and counts them: an operator must see when a node says what the catalogue does not know.
/// </summary>
internal sealed class RpcErrorSource(string provider, string? client)
{
    private static readonly Meter Meter = new("chainexec.ethereum");
    private static readonly Counter<long> Errors = Meter.CreateCounter<long>(
        "chainexec.ethereum.rpc_errors", "{error}", "Errors that nodes answered, by provider and class; unknown ones match no rule.");

    private long _unmatched;

    /// <summary>The provider's name.</summary>
    internal string Provider { get; } = provider;

    /// <summary>How many errors of this provider matched no row of the catalogue.</summary>
    internal long Unmatched => Interlocked.Read(ref _unmatched);

    /// <summary>The exception of an <c>error</c> member.</summary>
    internal RpcErrorException Read(ref Utf8JsonReader reader)
    {
        JsonElement json = JsonElement.ParseValue(ref reader);
        int code = 0;
        if (TryGet(json, "code", out JsonElement codeJson) && codeJson.ValueKind == JsonValueKind.Number)
        {
            codeJson.TryGetInt32(out code);
        }

        string message = TryGet(json, "message", out JsonElement messageJson) ? TextOf(messageJson) : TextOf(json);
        byte[] data = TryGet(json, "data", out JsonElement dataJson) ? RpcErrorData.Read(dataJson) : [];
        var error = new RpcErrorException(Provider, code, message, data, client);
        RpcErrorClassification found = error.Classification;
        if (found.Rule == RpcErrorClassification.NoRule)
        {
            Interlocked.Increment(ref _unmatched);
        }

        Errors.Add(1, new("provider", Provider), new("class", found.ClassName));
        return error;
    }

    private static bool TryGet(JsonElement parent, string name, out JsonElement value)
    {
        value = default;
        return parent.ValueKind == JsonValueKind.Object
            && parent.TryGetProperty(name, out value)
            && value.ValueKind is not (JsonValueKind.Null or JsonValueKind.Undefined);
    }

    private static string TextOf(JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.String)
        {
            return "";
        }

        try
        {
            return value.GetString()!;
        }
        catch (InvalidOperationException)
        {
            // An escaped lone surrogate is valid JSON and no text; the raw form is still worth reading.
            return value.GetRawText();
        }
    }
}
