using System.Buffers;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;

namespace ChainExec.Ethereum.Rpc;

/// <summary>Posts one JSON-RPC body and reads one bounded answer. It knows HTTP and nothing of methods.</summary>
internal sealed class RpcTransport(string provider, Uri endpoint, HttpMessageInvoker http, RpcClientOptions options, TimeProvider time)
{
    // A trace nests as deep as the EVM calls (1,024) with an object and a list for each level.
    private const int JsonDepthMax = 4096;
    private static readonly TimeSpan RetryAfterMax = TimeSpan.FromHours(1);
    private static readonly MediaTypeHeaderValue Json = new("application/json");

    /// <summary>Sends the body and answers the parsed document, which the caller disposes.</summary>
    internal async Task<JsonDocument> SendAsync(ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(options.Timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            return await ExchangeAsync(body, either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException error) when (!cancellationToken.IsCancellationRequested)
        {
            throw new RpcUnavailableException(provider, $"no answer within {options.Timeout.TotalSeconds:0.###} s", error);
        }
        catch (HttpRequestException error)
        {
            throw new RpcUnavailableException(provider, $"the connection failed ({error.HttpRequestError})", error, error.StatusCode);
        }
        catch (IOException error)
        {
            throw new RpcUnavailableException(provider, "the connection broke while the answer was read", error);
        }
    }

    private async Task<JsonDocument> ExchangeAsync(ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, endpoint) { Content = new ReadOnlyMemoryContent(body) };
        request.Content.Headers.ContentType = Json;

        // HttpClient would read the whole answer before we can bound it.
        using HttpResponseMessage response = http is HttpClient client
            ? await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken).ConfigureAwait(false)
            : await http.SendAsync(request, cancellationToken).ConfigureAwait(false);
        HttpStatusCode status = response.StatusCode;
        if (status is HttpStatusCode.TooManyRequests or HttpStatusCode.BadGateway
            or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout)
        {
            throw Unavailable(response);
        }

        ReadOnlyMemory<byte> bytes = await ReadBoundedAsync(response.Content, cancellationToken).ConfigureAwait(false);
        JsonDocument? document = TryParse(bytes, out JsonException? parseError);
        if (document is not null && (response.IsSuccessStatusCode || IsError(document.RootElement)))
        {
            // Some nodes send JSON-RPC errors with status 4xx or 500: then the error is the answer.
            return document;
        }

        document?.Dispose();
        throw (int)status >= 500
            ? Unavailable(response)
            : response.IsSuccessStatusCode
                ? new RpcProtocolException(provider, $"the answer is no JSON ({bytes.Length} bytes)", parseError)
                : new RpcProtocolException(provider, $"HTTP status {(int)status}");
    }

    private async Task<ReadOnlyMemory<byte>> ReadBoundedAsync(HttpContent content, CancellationToken cancellationToken)
    {
        if (content.Headers.ContentLength > options.ResponseBytesMax)
        {
            throw TooLarge();
        }

        Stream stream = await content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        await using (stream.ConfigureAwait(false))
        {
            var buffer = new ArrayBufferWriter<byte>((int)(content.Headers.ContentLength ?? 4096) + 1);
            while (true)
            {
                int read = await stream.ReadAsync(buffer.GetMemory(1), cancellationToken).ConfigureAwait(false);
                if (read == 0)
                {
                    return buffer.WrittenMemory;
                }

                buffer.Advance(read);
                if (buffer.WrittenCount > options.ResponseBytesMax)
                {
                    throw TooLarge();
                }
            }
        }
    }

    private RpcUnavailableException Unavailable(HttpResponseMessage response)
    {
        RetryConditionHeaderValue? header = response.Headers.RetryAfter;
        TimeSpan? wait = header?.Delta ?? (header?.Date is { } date ? date - time.GetUtcNow() : null);
        if (wait is { } asked)
        {
            wait = asked < TimeSpan.Zero ? TimeSpan.Zero : asked > RetryAfterMax ? RetryAfterMax : asked;
        }

        return new RpcUnavailableException(provider, $"HTTP status {(int)response.StatusCode}", null, response.StatusCode, wait);
    }

    private RpcProtocolException TooLarge() => new(provider, $"the answer is larger than {options.ResponseBytesMax} bytes");

    private static JsonDocument? TryParse(ReadOnlyMemory<byte> bytes, out JsonException? error)
    {
        error = null;
        try
        {
            return JsonDocument.Parse(bytes, new JsonDocumentOptions { MaxDepth = JsonDepthMax });
        }
        catch (JsonException parseError)
        {
            error = parseError;
            return null;
        }
    }

    private static bool IsError(JsonElement root) => root.ValueKind == JsonValueKind.Object && RpcJson.TryGet(root, "error", out _);
}
