using System.Text.Json;

namespace ChainExec.Ethereum.Rpc;

/// <summary>One JSON-RPC answer, taken apart: its id, and a value, nothing (<c>null</c>) or the node's error.</summary>
/// <param name="Id">The id; null when it has no number as id.</param>
/// <param name="HasResult">True when there is a result, be it <c>null</c>.</param>
/// <param name="IsNull">True when the result is <c>null</c>.</param>
/// <param name="Value">The value read; default when there is none.</param>
/// <param name="Error">The node's error; it outweighs a result.</param>
internal readonly record struct RpcAnswer<T>(long? Id, bool HasResult, bool IsNull, T? Value, RpcErrorException? Error);

/// <summary>Reads the envelopes of JSON-RPC, and the result within in the same pass.</summary>
internal static class RpcAnswer
{
    /// <summary>The answer at which the reader stands, its defects as <see cref="RpcFormatException"/>.</summary>
    internal static RpcAnswer<T> Read<T>(ref Utf8JsonReader reader, RpcErrorSource errors, RpcRead<T> read)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw new RpcFormatException("the answer is no JSON-RPC object", reader.TokenStartIndex);
        }

        (long? id, bool hasResult, bool isNull, T? value, RpcErrorException? error) = (null, false, false, default, null);
        while (true)
        {
            reader.Read();
            if (reader.TokenType == JsonTokenType.EndObject)
            {
                return new RpcAnswer<T>(id, hasResult, isNull, value, error);
            }

            RpcField field = RpcFieldNames.Of(ref reader);
            reader.Read();
            bool isAbsent = reader.TokenType == JsonTokenType.Null;
            switch (field)
            {
                case RpcField.Id:
                    id = IdOf(ref reader) ?? id;
                    break;
                case RpcField.Error when !isAbsent:
                    error = errors.Read(ref reader);
                    break;
                case RpcField.Result when hasResult:
                    throw new RpcFormatException("the answer has two results", reader.TokenStartIndex);
                case RpcField.Result:
                    (hasResult, isNull) = (true, isAbsent);
                    value = isAbsent ? default : RpcDocument.ReadValue(ref reader, read);
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }
    }

    /// <summary>True when the bytes are one JSON-RPC answer that holds an error.</summary>
    internal static bool IsError(ReadOnlySpan<byte> utf8)
    {
        var reader = new Utf8JsonReader(utf8, RpcDocument.Options);
        bool found = false;
        try
        {
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            {
                return false;
            }

            while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
            {
                RpcField field = RpcFieldNames.Of(ref reader);
                reader.Read();
                found |= field == RpcField.Error && reader.TokenType != JsonTokenType.Null;
                reader.Skip();
            }

            return found && !reader.Read();
        }
        catch (JsonException)
        {
            return false;
        }
    }

    /// <summary>The id at which the reader stands, or null when it is no number; an id of another kind is skipped.</summary>
    internal static long? IdOf(ref Utf8JsonReader reader)
    {
        if (reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out long id))
        {
            return id;
        }

        reader.Skip();
        return null;
    }
}
