using System.Buffers;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace ChainExec.Ethereum.Rpc;

/// <summary>
/// Wraps calls in JSON-RPC envelopes, matches answers to them by id, and reads results. It knows JSON-RPC and nothing of Ethereum.
/// </summary>
internal sealed class RpcCaller(string provider, RpcTransport transport, int batchSizeMax)
{
    private long _lastId;

    /// <summary>A call whose result may be null, which means that there is no such thing.</summary>
    internal Task<T?> MaybeAsync<T>(string method, JsonArray parameters, Func<JsonElement, T> read, CancellationToken cancellationToken)
        where T : class =>
        CallAsync(method, parameters, result => result.ValueKind == JsonValueKind.Null ? null : read(result), cancellationToken);

    /// <summary>A call whose result cannot be null.</summary>
    internal Task<T> ValueAsync<T>(string method, JsonArray parameters, Func<JsonElement, T> read, CancellationToken cancellationToken) =>
        CallAsync(
            method,
            parameters,
            result => result.ValueKind == JsonValueKind.Null ? throw new FormatException("the result is null") : read(result),
            cancellationToken);

    /// <summary>
    /// A call; <paramref name="read"/> sees the result while its document lives and throws FormatException when it is malformed.
    /// </summary>
    internal async Task<T> CallAsync<T>(string method, JsonArray parameters, Func<JsonElement, T> read, CancellationToken cancellationToken)
    {
        long id = Interlocked.Increment(ref _lastId);
        ReadOnlyMemory<byte> body = Write(writer => WriteCall(writer, id, method, parameters));
        using JsonDocument document = await transport.SendAsync(body, cancellationToken).ConfigureAwait(false);
        RpcBatchAnswer answer = RpcAnswer.Read(provider, document.RootElement);
        if (answer.Error is not null)
        {
            // Before the id is looked at: a node that could not even read the request answers its error without one.
            throw answer.Error;
        }

        if (RpcAnswer.IdOf(document.RootElement) != id)
        {
            throw new RpcProtocolException(provider, $"the answer to {method} has another id");
        }

        try
        {
            return read(answer.Result);
        }
        catch (FormatException error)
        {
            throw new RpcProtocolException(provider, $"the answer to {method} cannot be read: {error.Message}", error);
        }
        catch (InvalidOperationException error)
        {
            // The JSON reader's word for an escape that stands for no character.
            throw new RpcProtocolException(provider, $"the answer to {method} holds a text that is no text", error);
        }
    }

    internal async Task<IReadOnlyList<RpcBatchAnswer>> BatchAsync(IReadOnlyList<RpcRequest> requests, CancellationToken cancellationToken)
    {
        if (requests.Count == 0 || requests.Count > batchSizeMax)
        {
            throw new ArgumentException($"A batch has 1 to {batchSizeMax} calls, not {requests.Count}.", nameof(requests));
        }

        long firstId = Interlocked.Add(ref _lastId, requests.Count) - requests.Count + 1;
        ReadOnlyMemory<byte> body = Write(writer =>
        {
            writer.WriteStartArray();
            for (int i = 0; i < requests.Count; i++)
            {
                WriteCall(writer, firstId + i, requests[i].Method, requests[i].Parameters);
            }

            writer.WriteEndArray();
        });

        using JsonDocument document = await transport.SendAsync(body, cancellationToken).ConfigureAwait(false);
        return ReadBatch(document.RootElement, firstId, requests.Count);
    }

    private RpcBatchAnswer[] ReadBatch(JsonElement root, long firstId, int count)
    {
        if (root.ValueKind == JsonValueKind.Object && RpcAnswer.Read(provider, root).Error is { } refused)
        {
            throw refused;
        }

        if (root.ValueKind != JsonValueKind.Array || root.GetArrayLength() != count)
        {
            throw new RpcProtocolException(provider, $"the answer to a batch of {count} is no list of {count}");
        }

        var answers = new RpcBatchAnswer[count];
        foreach (JsonElement item in root.EnumerateArray())
        {
            long index = (RpcAnswer.IdOf(item) ?? -1) - firstId;
            if (index < 0 || index >= count || answers[index] is not null)
            {
                throw new RpcProtocolException(provider, "an answer of a batch has an id that was not asked or was answered already");
            }

            RpcBatchAnswer answer = RpcAnswer.Read(provider, item);
            answers[index] = answer.Error is null ? answer with { Result = answer.Result.Clone() } : answer;
        }

        return answers;
    }

    private static ReadOnlyMemory<byte> Write(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var writer = new Utf8JsonWriter(buffer))
        {
            write(writer);
        }

        return buffer.WrittenMemory;
    }

    private static void WriteCall(Utf8JsonWriter writer, long id, string method, JsonArray parameters)
    {
        writer.WriteStartObject();
        writer.WriteString("jsonrpc", "2.0");
        writer.WriteNumber("id", id);
        writer.WriteString("method", method);
        writer.WritePropertyName("params");
        parameters.WriteTo(writer);
        writer.WriteEndObject();
    }
}
