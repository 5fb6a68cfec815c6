using System.Text.Json;

namespace ChainExec.Ethereum.Rpc;

/// <summary>The answer to one call of a batch: a value or the node's error.</summary>
/// <param name="Result">The value; JSON null is a value. Undefined when <paramref name="Error"/> is set.</param>
/// <param name="Error">The node's error; null when it answered a value.</param>
public sealed record RpcBatchAnswer(JsonElement Result, RpcErrorException? Error)
{
    private static readonly JsonElement Null = JsonElement.Parse("null");

    internal static RpcBatchAnswer Of(RpcAnswer<JsonElement> answer) =>
        new(answer.Error is not null ? default : answer.IsNull ? Null : answer.Value, answer.Error);
}
