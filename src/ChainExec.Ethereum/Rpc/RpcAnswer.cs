using System.Text.Json;

namespace ChainExec.Ethereum.Rpc;

/// <summary>Takes JSON-RPC answers apart: checks the envelope and the id, and turns the node's error into ours.</summary>
internal static class RpcAnswer
{
    /// <summary>The value in an answer with that id, or the node's error.</summary>
    internal static RpcBatchAnswer Read(string provider, JsonElement answer)
    {
        if (answer.ValueKind != JsonValueKind.Object)
        {
            throw new RpcProtocolException(provider, "the answer is no JSON-RPC object");
        }

        if (RpcJson.TryGet(answer, "error", out JsonElement error))
        {
            return new RpcBatchAnswer(default, ReadError(provider, error));
        }

        return answer.TryGetProperty("result", out JsonElement result)
            ? new RpcBatchAnswer(result, null)
            : throw new RpcProtocolException(provider, "the answer has neither a result nor an error");
    }

    /// <summary>The id of an answer, or null when it has no number as id.</summary>
    internal static long? IdOf(JsonElement answer) =>
        RpcJson.TryGet(answer, "id", out JsonElement id) && id.ValueKind == JsonValueKind.Number && id.TryGetInt64(out long number)
            ? number
            : null;

    private static RpcErrorException ReadError(string provider, JsonElement error)
    {
        int code = 0;
        if (RpcJson.TryGet(error, "code", out JsonElement codeJson) && codeJson.ValueKind == JsonValueKind.Number)
        {
            codeJson.TryGetInt32(out code);
        }

        string message = RpcJson.TryGet(error, "message", out JsonElement messageJson) ? TextOf(messageJson) : TextOf(error);
        return new RpcErrorException(provider, code, message, RpcJson.TryGet(error, "data", out JsonElement data) ? DataOf(data) : []);
    }

    // Most clients send the revert data as text; hardhat wraps it in an object, and some put a word before it ("Reverted 0x…").
    private static byte[] DataOf(JsonElement data)
    {
        if (data.ValueKind == JsonValueKind.Object && RpcJson.TryGet(data, "data", out JsonElement inner))
        {
            data = inner;
        }

        string text = TextOf(data);
        int start = text.LastIndexOf("0x", StringComparison.Ordinal);
        return start >= 0 && Hex.TryDecode(text[start..], out byte[] bytes) ? bytes : [];
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
