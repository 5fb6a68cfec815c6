using System.Text.Json;
using System.Text.Json.Nodes;
using ChainExec.Ethereum;

namespace ChainExec.TestKit.Simulated;

/// <summary>One view as bytes in and bytes out: batches, errors and faults, whatever carries the bytes.</summary>
internal sealed class JsonRpcEndpoint(SimulatedChain chain, ProviderView view)
{
    private const int ParseError = -32700;
    private const int InvalidRequest = -32600;
    private const int Ok = 200;
    private static readonly byte[] Nonsense = "<html>Bad gateway</html>"u8.ToArray();

    private readonly RpcMethods _methods = new(chain, view);

    public Reply Answer(ReadOnlySpan<byte> body)
    {
        lock (chain.Gate)
        {
            if (view.IsDown)
                return new Reply(FaultKind.Reset, 0, []);
            try
            {
                return Answer(JsonNode.Parse(body));
            }
            catch (JsonException)
            {
                return Json(Refuse(null, new NodeErrorException(ParseError, "parse error", null)));
            }
        }
    }

    private Reply Answer(JsonNode? request)
    {
        if (request is not JsonArray batch)
            return AnswerOne(request, out JsonNode? single) ?? Json(single);
        var answers = new JsonArray();
        foreach (JsonNode? item in batch)
        {
            // What happens to the connection happens to the whole batch.
            if (AnswerOne(item, out JsonNode? answer) is { } broken)
                return broken;
            answers.Add(answer);
        }

        return Json(answers);
    }

    private Reply? AnswerOne(JsonNode? request, out JsonNode? answer)
    {
        answer = null;
        JsonNode? id = request is JsonObject ? request["id"] : null;
        if (request?["method"] is not JsonValue named || !named.TryGetValue(out string? method))
        {
            answer = Refuse(id, new NodeErrorException(InvalidRequest, "invalid request", null));
            return null;
        }

        var parameters = new RpcParameters(request["params"] as JsonArray ?? []);
        Fault? fault = view.Judge(method);
        try
        {
            JsonNode? result = fault switch
            {
                null or { Processes: true } => _methods.Invoke(method, parameters),
                { Refusal: { } refusal } => throw refusal,
                { Kind: FaultKind.AcceptAndDrop } => RpcMethods.HashOfSent(parameters),
                _ => null,
            };
            answer = new JsonObject
            {
                ["jsonrpc"] = "2.0", ["id"] = id?.DeepClone(), ["result"] = fault is null ? result : fault.Change(result),
            };
        }
        catch (NodeErrorException error)
        {
            answer = Refuse(id, error);
        }

        return fault?.Kind switch
        {
            FaultKind.Timeout or FaultKind.Reset => new Reply(fault.Kind, 0, []),
            FaultKind.Status => new Reply(null, fault.StatusCode, Nonsense),
            FaultKind.Garbage => new Reply(null, Ok, Nonsense),
            _ => null,
        };
    }

    private static Reply Json(JsonNode? answer) => new(null, Ok, JsonSerializer.SerializeToUtf8Bytes(answer));

    private static JsonObject Refuse(JsonNode? id, NodeErrorException error)
    {
        var body = new JsonObject { ["code"] = error.Code, ["message"] = error.Message };
        if (error.ErrorData is { } data)
            body["data"] = Hex.Encode(data.Span);
        return new JsonObject { ["jsonrpc"] = "2.0", ["id"] = id?.DeepClone(), ["error"] = body };
    }

    /// <summary>What the one who asked gets.</summary>
    /// <param name="Broken">What happens to the connection instead of an answer: no answer for ever, or a reset.</param>
    /// <param name="Status">The HTTP status.</param>
    /// <param name="Body">The bytes of the answer.</param>
    internal sealed record Reply(FaultKind? Broken, int Status, byte[] Body);
}
