using System.Text;
using System.Text.Json;

namespace ChainExec.Ethereum.Rpc;

/// <summary>What a message on a WebSocket is, found without reading its result: an answer with an id, or a notification.</summary>
/// <param name="Id">The id of the answer, or of the first answer of a batch; null when it has none.</param>
/// <param name="Subscription">The subscription notified, as JSON has it; null for an answer.</param>
/// <param name="Result">Where the notified value is.</param>
internal readonly record struct RpcWireMessage(long? Id, string? Subscription, Range Result)
{
    /// <summary>Looks at a message. An answer is looked at only up to its id, which nodes write before the result.</summary>
    /// <exception cref="JsonException">It is no JSON.</exception>
    internal static RpcWireMessage Of(ReadOnlySpan<byte> utf8)
    {
        var reader = new Utf8JsonReader(utf8, RpcDocument.Options);
        reader.Read();
        if (reader.TokenType == JsonTokenType.StartArray)
        {
            reader.Read();
        }

        RpcWireMessage found = default;
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            return found;
        }

        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            RpcField field = RpcFieldNames.Of(ref reader);
            reader.Read();
            if (field == RpcField.Id && RpcAnswer.IdOf(ref reader) is { } id)
            {
                return new RpcWireMessage(id, null, default);
            }

            if (field == RpcField.Params && reader.TokenType == JsonTokenType.StartObject)
            {
                found = Notification(ref reader, utf8);
                continue;
            }

            reader.Skip();
        }

        return found;
    }

    /// <summary>The result of an answer as JSON has it when it is a text; else null.</summary>
    internal static string? TextResultOf(ReadOnlySpan<byte> utf8)
    {
        var reader = new Utf8JsonReader(utf8, RpcDocument.Options);
        reader.Read();
        while (reader.TokenType != JsonTokenType.StartArray && reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            RpcField field = RpcFieldNames.Of(ref reader);
            reader.Read();
            if (field == RpcField.Result && reader.TokenType == JsonTokenType.String)
            {
                return Encoding.UTF8.GetString(reader.ValueSpan);
            }

            reader.Skip();
        }

        return null;
    }

    private static RpcWireMessage Notification(ref Utf8JsonReader reader, ReadOnlySpan<byte> utf8)
    {
        (string? subscription, Range result) = (null, default);
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            RpcField field = RpcFieldNames.Of(ref reader);
            reader.Read();
            int start = (int)reader.TokenStartIndex;
            if (field == RpcField.Subscription && reader.TokenType == JsonTokenType.String)
            {
                subscription = Encoding.UTF8.GetString(reader.ValueSpan);
            }

            reader.Skip();
            if (field == RpcField.Result)
            {
                result = start..(int)reader.BytesConsumed;
            }
        }

        return new RpcWireMessage(null, subscription, result);
    }
}
