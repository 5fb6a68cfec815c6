using System.Buffers;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace ChainExec.Ethereum.Rpc;

/// <summary>
/// Wraps calls in JSON-RPC envelopes, matches answers to them by id, and reads results. It knows JSON-RPC and nothing of Ethereum.
/// </summary>
internal sealed class RpcCaller(IRpcTransport transport, RpcErrorSource errors, RpcClientOptions options)
{
    private static readonly JsonElement NullElement = JsonElement.Parse("null");

    /// <summary>The provider's name.</summary>
    internal string Provider => errors.Provider;

    /// <summary>How many of the provider's errors matched no row of the catalogue.</summary>
    internal long UnmatchedErrors => errors.Unmatched;

    /// <summary>The bounds of each call.</summary>
    internal RpcClientOptions Options => options;

    /// <summary>The same provider, connection and ids with other bounds.</summary>
    internal RpcCaller With(RpcClientOptions bounds) => new(transport, errors, bounds);

    /// <summary>A call whose result may be null, which means that there is no such thing.</summary>
    internal async Task<T?> MaybeAsync<T>(string method, JsonArray parameters, RpcRead<T> read, CancellationToken cancellationToken)
        where T : class =>
        (await AskAsync(method, parameters, read, cancellationToken).ConfigureAwait(false)).Value;

    /// <summary>A call whose result cannot be null.</summary>
    internal async Task<T> ValueAsync<T>(string method, JsonArray parameters, RpcRead<T> read, CancellationToken cancellationToken)
    {
        RpcAnswer<T> answer = await AskAsync(method, parameters, read, cancellationToken).ConfigureAwait(false);
        return answer.IsNull
            ? throw new RpcProtocolException(Provider, $"the answer to {method} cannot be read: the result is null")
            : answer.Value!;
    }

    /// <summary>A call; its result as it is, which may be JSON null.</summary>
    internal async Task<JsonElement> ElementAsync(string method, JsonArray parameters, CancellationToken cancellationToken)
    {
        RpcAnswer<JsonElement> answer = await AskAsync(method, parameters, Element, cancellationToken).ConfigureAwait(false);
        return answer.IsNull ? NullElement : answer.Value;
    }

    /// <summary>The calls in one message; the answers are in the order of the calls.</summary>
    internal async Task<IReadOnlyList<RpcAnswer<T>>> BatchAsync<T>(
        IReadOnlyList<RpcRequest> requests, RpcRead<T> read, CancellationToken cancellationToken)
    {
        if (requests.Count == 0 || requests.Count > options.BatchSizeMax)
        {
            throw new ArgumentException($"A batch has 1 to {options.BatchSizeMax} calls, not {requests.Count}.", nameof(requests));
        }

        long firstId = transport.TakeIds(requests.Count);
        ReadOnlyMemory<byte> body = Write(writer =>
        {
            writer.WriteStartArray();
            for (int i = 0; i < requests.Count; i++)
            {
                WriteCall(writer, firstId + i, requests[i].Method, requests[i].Parameters);
            }

            writer.WriteEndArray();
        });

        using RpcPayload payload = await transport.SendAsync(new RpcMessage(body, firstId, requests.Count), options, cancellationToken)
            .ConfigureAwait(false);
        return ReadOrRefuse(payload, "a batch", (ref Utf8JsonReader reader) => ReadBatch(ref reader, firstId, requests.Count, read));
    }

    /// <summary>A call as one of a batch: the node's error is part of the answer.</summary>
    internal async Task<RpcAnswer<T>> AloneAsync<T>(RpcRequest request, RpcRead<T> read, CancellationToken cancellationToken)
    {
        try
        {
            return await AskAsync(request.Method, request.Parameters, read, cancellationToken).ConfigureAwait(false);
        }
        catch (RpcErrorException error)
        {
            return new RpcAnswer<T>(null, false, false, default, error);
        }
    }

    private async Task<RpcAnswer<T>> AskAsync<T>(
        string method, JsonArray parameters, RpcRead<T> read, CancellationToken cancellationToken)
    {
        long id = transport.TakeIds(1);
        ReadOnlyMemory<byte> body = Write(writer => WriteCall(writer, id, method, parameters));
        using RpcPayload payload = await transport.SendAsync(new RpcMessage(body, id, 1), options, cancellationToken).ConfigureAwait(false);
        RpcAnswer<T> answer = ReadOrRefuse(payload, method, (ref Utf8JsonReader reader) => RpcAnswer.Read(ref reader, errors, read));
        if (answer.Error is not null)
        {
            // Before the id is looked at: a node that could not even read the request answers its error without one.
            throw answer.Error;
        }

        return !answer.HasResult ? throw new RpcProtocolException(Provider, "the answer has neither a result nor an error")
            : answer.Id == id ? answer
            : throw new RpcProtocolException(Provider, $"the answer to {method} has another id");
    }

    private T ReadOrRefuse<T>(RpcPayload payload, string method, RpcRead<T> read)
    {
        try
        {
            return RpcDocument.Read(payload.Span, read);
        }
        catch (RpcFormatException error) when (error.InnerException is JsonException)
        {
            throw new RpcProtocolException(Provider, $"the answer is no JSON ({payload.Length} bytes)", error);
        }
        catch (RpcFormatException error)
        {
            throw new RpcProtocolException(Provider, $"the answer to {method} cannot be read: {error.Message}", error);
        }
    }

    private RpcAnswer<T>[] ReadBatch<T>(ref Utf8JsonReader reader, long firstId, int count, RpcRead<T> read)
    {
        if (reader.TokenType == JsonTokenType.StartObject && RpcAnswer.Read(ref reader, errors, Element).Error is { } refused)
        {
            throw refused;
        }

        if (reader.TokenType != JsonTokenType.StartArray)
        {
            throw new RpcProtocolException(Provider, $"the answer to a batch of {count} is no list of {count}");
        }

        var answers = new RpcAnswer<T>[count];
        int answered = 0;
        for (; reader.Read() && reader.TokenType != JsonTokenType.EndArray; answered++)
        {
            RpcAnswer<T> answer = RpcAnswer.Read(ref reader, errors, read);
            long index = (answer.Id ?? -1) - firstId;
            if (index < 0 || index >= count || answers[index].Id is not null)
            {
                throw new RpcProtocolException(Provider, "an answer of a batch has an id that was not asked or was answered already");
            }

            answers[index] = answer.Error is not null || answer.HasResult
                ? answer
                : throw new RpcProtocolException(Provider, "the answer has neither a result nor an error");
        }

        return answered == count
            ? answers
            : throw new RpcProtocolException(Provider, $"the answer to a batch of {count} is no list of {count}");
    }

    internal static JsonElement Element(ref Utf8JsonReader reader) => JsonElement.ParseValue(ref reader);

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
