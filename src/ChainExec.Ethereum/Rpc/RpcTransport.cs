using System.Net;
using System.Net.Http.Headers;

namespace ChainExec.Ethereum.Rpc;

/// <summary>Posts one JSON-RPC body and reads one bounded answer. It knows HTTP and nothing of methods.</summary>
internal sealed class RpcTransport(string provider, Uri endpoint, HttpMessageInvoker http, TimeProvider time) : IRpcTransport
{
    private const int FirstBufferBytes = 16 * 1024;
    private static readonly TimeSpan RetryAfterMax = TimeSpan.FromHours(1);
    private static readonly MediaTypeHeaderValue Json = new("application/json");
    private long _lastId;

    /// <inheritdoc/>
    public long TakeIds(int count) => Interlocked.Add(ref _lastId, count) - count + 1;

    /// <inheritdoc/>
    public async Task<RpcPayload> SendAsync(RpcMessage message, RpcClientOptions bounds, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(bounds.Timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            return await ExchangeAsync(message.Body, bounds, either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException error) when (!cancellationToken.IsCancellationRequested)
        {
            throw new RpcUnavailableException(provider, $"no answer within {bounds.Timeout.TotalSeconds:0.###} s", error);
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

    private async Task<RpcPayload> ExchangeAsync(ReadOnlyMemory<byte> body, RpcClientOptions bounds, CancellationToken cancellationToken)
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

        RpcPayload payload = await ReadBoundedAsync(response.Content, bounds.ResponseBytesMax, cancellationToken).ConfigureAwait(false);
        if (response.IsSuccessStatusCode || RpcAnswer.IsError(payload.Span))
        {
            // Some nodes send JSON-RPC errors with status 4xx or 500: then the error is the answer.
            return payload;
        }

        payload.Dispose();
        throw (int)status >= 500
            ? Unavailable(response)
            : new RpcProtocolException(provider, $"HTTP status {(int)status}", null, status);
    }

    private async Task<RpcPayload> ReadBoundedAsync(HttpContent content, int bytesMax, CancellationToken cancellationToken)
    {
        if (content.Headers.ContentLength > bytesMax)
        {
            throw TooLarge(bytesMax);
        }

        Stream stream = await content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        RpcPayload payload = RpcPayload.Rent((int)(content.Headers.ContentLength ?? FirstBufferBytes) + 1);
        bool whole = false;
        try
        {
            while (true)
            {
                int read = await stream.ReadAsync(payload.Room(), cancellationToken).ConfigureAwait(false);
                if (read == 0)
                {
                    whole = true;
                    return payload;
                }

                payload.Advance(read);
                if (payload.Length > bytesMax)
                {
                    throw TooLarge(bytesMax);
                }
            }
        }
        finally
        {
            await stream.DisposeAsync().ConfigureAwait(false);
            if (!whole)
            {
                payload.Dispose();
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

    private RpcProtocolException TooLarge(int bytesMax) => RpcProtocolException.TooLarge(provider, bytesMax);
}
