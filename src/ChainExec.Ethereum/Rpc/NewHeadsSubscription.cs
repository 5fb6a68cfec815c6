using System.Net.WebSockets;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Threading.Channels;

namespace ChainExec.Ethereum.Rpc;

/// <summary>
/// eth_subscribe newHeads over one WebSocket. It ends with <see cref="RpcUnavailableException"/> when the socket dies and never reconnects
/// by itself:
/// who reads heads must look at what was missed before listening again.
/// </summary>
/// <param name="name">The provider's name.</param>
/// <param name="endpoint">The <c>ws</c> or <c>wss</c> address.</param>
/// <param name="options">The bounds; the timeout is that of connecting and subscribing.</param>
/// <param name="time">The clock of the timeout.</param>
public sealed class NewHeadsSubscription(string name, Uri endpoint, RpcClientOptions options, TimeProvider time)
{
    // Heads are hints: when the reader is slow, the oldest are dropped and the newest tells it where to catch up to.
    private const int QueueMax = 256;
    private const int MessageBytesMax = 1024 * 1024;
    private const int SubscribeId = 1;
    private static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(10);

    /// <summary>The heads as the node announces them, until the token is cancelled or the connection ends.</summary>
    /// <exception cref="RpcUnavailableException">The node is not reached, or the connection died.</exception>
    /// <exception cref="RpcErrorException">The node refused the subscription.</exception>
    /// <exception cref="RpcProtocolException">The node sent something that is no notification.</exception>
    public async IAsyncEnumerable<RpcHead> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var socket = new ClientWebSocket();

        // A ping that goes unanswered ends the connection: a dead peer must not look like a quiet chain.
        socket.Options.KeepAliveInterval = KeepAlive;
        socket.Options.KeepAliveTimeout = KeepAlive;
        string subscription = await OpenAsync(socket, cancellationToken).ConfigureAwait(false);

        var queue = Channel.CreateBounded<RpcHead>(
            new BoundedChannelOptions(QueueMax) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true, SingleWriter = true });
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task pump = PumpAsync(socket, subscription, queue.Writer, stop.Token);
        try
        {
            await foreach (RpcHead head in queue.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
            {
                yield return head;
            }
        }
        finally
        {
            // The pump never throws: what ended it has travelled through the queue.
            await stop.CancelAsync().ConfigureAwait(false);
            await pump.ConfigureAwait(false);
        }
    }

    private async Task<string> OpenAsync(ClientWebSocket socket, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(options.Timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            await socket.ConnectAsync(endpoint, either.Token).ConfigureAwait(false);
            byte[] request = """{"jsonrpc":"2.0","id":1,"method":"eth_subscribe","params":["newHeads"]}"""u8.ToArray();
            await socket.SendAsync(request, WebSocketMessageType.Text, endOfMessage: true, either.Token).ConfigureAwait(false);
            using JsonDocument document = await ReceiveAsync(socket, either.Token).ConfigureAwait(false);
            RpcBatchAnswer answer = RpcAnswer.Read(name, document.RootElement);
            if (answer.Error is not null)
            {
                throw answer.Error;
            }

            return RpcAnswer.IdOf(document.RootElement) == SubscribeId && answer.Result.ValueKind == JsonValueKind.String
                ? answer.Result.GetRawText()
                : throw new RpcProtocolException(name, "the answer to eth_subscribe names no subscription");
        }
        catch (OperationCanceledException error) when (!cancellationToken.IsCancellationRequested)
        {
            throw new RpcUnavailableException(name, $"no subscription within {options.Timeout.TotalSeconds:0.###} s", error);
        }
        catch (WebSocketException error)
        {
            throw new RpcUnavailableException(name, $"the WebSocket failed ({error.WebSocketErrorCode})", error);
        }
    }

    private async Task PumpAsync(
        ClientWebSocket socket, string subscription, ChannelWriter<RpcHead> queue, CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                using JsonDocument document = await ReceiveAsync(socket, cancellationToken).ConfigureAwait(false);
                if (TryReadHead(document.RootElement, subscription) is { } head)
                {
                    // Never waits: a full queue drops its oldest.
                    queue.TryWrite(head);
                }
            }
        }
        catch (RpcException error)
        {
            queue.TryComplete(error);
        }
        catch (WebSocketException error)
        {
            queue.TryComplete(new RpcUnavailableException(name, $"the WebSocket failed ({error.WebSocketErrorCode})", error));
        }
        catch (OperationCanceledException error)
        {
            // By the reader, or by an unanswered ping, which the framework reports as an aborted read.
            queue.TryComplete(
                cancellationToken.IsCancellationRequested ? error : new RpcUnavailableException(name, "the WebSocket was aborted", error));
        }
    }

    private RpcHead? TryReadHead(JsonElement message, string subscription)
    {
        try
        {
            bool ours = RpcJson.TryGet(message, "params", out JsonElement parameters)
                && RpcJson.TryGet(parameters, "subscription", out JsonElement id)
                && id.GetRawText() == subscription;
            return ours ? RpcReader.Head(RpcJson.Get(parameters, "result")) : null;
        }
        catch (FormatException error)
        {
            throw new RpcProtocolException(name, $"a head cannot be read: {error.Message}", error);
        }
        catch (InvalidOperationException error)
        {
            throw new RpcProtocolException(name, "a head holds a text that is no text", error);
        }
    }

    private async Task<JsonDocument> ReceiveAsync(ClientWebSocket socket, CancellationToken cancellationToken)
    {
        byte[] buffer = new byte[16 * 1024];
        int length = 0;
        while (true)
        {
            ValueWebSocketReceiveResult received = await socket.ReceiveAsync(buffer.AsMemory(length), cancellationToken)
                .ConfigureAwait(false);
            if (received.MessageType == WebSocketMessageType.Close)
            {
                throw new RpcUnavailableException(name, "the node closed the WebSocket");
            }

            length += received.Count;
            if (received.EndOfMessage)
            {
                break;
            }

            if (length >= MessageBytesMax)
            {
                throw new RpcProtocolException(name, $"a message is larger than {MessageBytesMax} bytes");
            }

            if (length == buffer.Length)
            {
                Array.Resize(ref buffer, buffer.Length * 2);
            }
        }

        try
        {
            return JsonDocument.Parse(buffer.AsMemory(0, length));
        }
        catch (JsonException error)
        {
            throw new RpcProtocolException(name, "a message is no JSON", error);
        }
    }
}
