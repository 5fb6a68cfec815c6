using System.Net.WebSockets;
using System.Text.Json;

namespace ChainExec.Ethereum.Rpc;

/// <summary>
/// One open WebSocket that many calls and subscriptions share. One reader takes every message to whom it is for; when it ends, for whatever
/// reason, everybody who waits is told, and the connection is of no more use.
/// </summary>
internal sealed class RpcWebSocketConnection : IAsyncDisposable
{
    private static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(10);

    private readonly string _provider;
    private readonly RpcClientOptions _options;
    private readonly TimeProvider _time;
    private readonly ClientWebSocket _socket = new();
    private readonly SemaphoreSlim _sending = new(1);
    private readonly SemaphoreSlim _inFlight;
    private readonly CancellationTokenSource _closing = new();
    private readonly TaskCompletionSource<RpcException> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _gate = new();
    private readonly Dictionary<long, Waiting> _waiting = [];
    private readonly Dictionary<string, IRpcSink> _sinks = new(StringComparer.Ordinal);
    private Task _reading = Task.CompletedTask;

    private RpcWebSocketConnection(string provider, RpcClientOptions options, TimeProvider time)
    {
        _provider = provider;
        _options = options;
        _time = time;
        _inFlight = new SemaphoreSlim(options.InFlightMax);

        // A ping that goes unanswered ends the connection: a dead peer must not look like a quiet chain.
        _socket.Options.KeepAliveInterval = KeepAlive;
        _socket.Options.KeepAliveTimeout = KeepAlive;
    }

    /// <summary>Becomes why the connection ended.</summary>
    internal Task<RpcException> Ended => _ended.Task;

    /// <summary>Connects within the timeout of the options.</summary>
    /// <exception cref="RpcUnavailableException">The node is not reached.</exception>
    internal static async Task<RpcWebSocketConnection> OpenAsync(
        string provider, Uri endpoint, RpcClientOptions options, TimeProvider time, CancellationToken cancellationToken)
    {
        var connection = new RpcWebSocketConnection(provider, options, time);
        using var timeout = new CancellationTokenSource(options.Timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            await connection._socket.ConnectAsync(endpoint, either.Token).ConfigureAwait(false);
            connection._reading = connection.ReadAllAsync();
            return connection;
        }
        catch (OperationCanceledException error) when (!cancellationToken.IsCancellationRequested)
        {
            throw new RpcUnavailableException(provider, $"no WebSocket within {options.Timeout.TotalSeconds:0.###} s", error);
        }
        catch (WebSocketException error)
        {
            throw Failed(provider, error);
        }
        finally
        {
            if (connection._reading == Task.CompletedTask)
            {
                await connection.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    /// <summary>
    /// Sends a message and answers what comes for it. With a sink, the message is a subscription and the sink is attached.
    /// </summary>
    internal async Task<RpcPayload> SendAsync(
        RpcMessage message, RpcClientOptions bounds, IRpcSink? sink, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(bounds.Timeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            await _inFlight.WaitAsync(either.Token).ConfigureAwait(false);
            var waiting = new Waiting(message, sink);
            try
            {
                Register(waiting);
                _ = WriteAsync(message.Body);
                RpcPayload payload = await waiting.Answer.Task.WaitAsync(either.Token).ConfigureAwait(false);
                if (payload.Length <= bounds.ResponseBytesMax)
                {
                    return payload;
                }

                payload.Dispose();
                throw RpcProtocolException.TooLarge(_provider, bounds.ResponseBytesMax);
            }
            finally
            {
                Unregister(waiting);
                _inFlight.Release();
            }
        }
        catch (OperationCanceledException error) when (!cancellationToken.IsCancellationRequested)
        {
            throw new RpcUnavailableException(_provider, $"no answer within {bounds.Timeout.TotalSeconds:0.###} s", error);
        }
    }

    /// <summary>
    /// Detaches a sink; what the node still announces for it is dropped. Answers the subscription, or null if it had none.
    /// </summary>
    internal string? Detach(IRpcSink sink)
    {
        lock (_gate)
        {
            string? subscription = _sinks.FirstOrDefault(attached => ReferenceEquals(attached.Value, sink)).Key;
            if (subscription is not null)
            {
                _sinks.Remove(subscription);
            }

            return subscription;
        }
    }

    /// <summary>Ends the connection; who still waits is told that the node is unavailable.</summary>
    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync().ConfigureAwait(false);
        await _reading.ConfigureAwait(false);
        _socket.Dispose();
    }

    private void Register(Waiting waiting)
    {
        lock (_gate)
        {
            if (_ended.Task.IsCompleted)
            {
                throw new RpcUnavailableException(_provider, "the WebSocket has ended");
            }

            for (int i = 0; i < waiting.Message.Count; i++)
            {
                _waiting.Add(waiting.Message.FirstId + i, waiting);
            }
        }
    }

    private void Unregister(Waiting waiting)
    {
        lock (_gate)
        {
            for (int i = 0; i < waiting.Message.Count; i++)
            {
                _waiting.Remove(waiting.Message.FirstId + i);
            }
        }
    }

    // Not under the caller's token: to cancel a send ends the connection for everybody. A peer that takes nothing fails its ping.
    private async Task WriteAsync(ReadOnlyMemory<byte> body)
    {
        try
        {
            await _sending.WaitAsync(_closing.Token).ConfigureAwait(false);
            try
            {
                await _socket.SendAsync(body, WebSocketMessageType.Text, endOfMessage: true, _closing.Token).ConfigureAwait(false);
            }
            finally
            {
                _sending.Release();
            }
        }
        catch (WebSocketException error)
        {
            End(Failed(_provider, error));
        }
        catch (OperationCanceledException error)
        {
            End(new RpcUnavailableException(_provider, "the WebSocket was closed", error));
        }
        catch (ObjectDisposedException error)
        {
            End(new RpcUnavailableException(_provider, "the WebSocket was closed", error));
        }
    }

    private async Task ReadAllAsync()
    {
        try
        {
            while (true)
            {
                RpcPayload payload = await ReceiveAsync().ConfigureAwait(false);
                if (!Dispatch(payload))
                {
                    payload.Dispose();
                }
            }
        }
        catch (RpcException error)
        {
            End(error);
        }
        catch (JsonException error)
        {
            End(new RpcProtocolException(_provider, "a message is no JSON", error));
        }
        catch (RpcFormatException error)
        {
            End(new RpcProtocolException(_provider, $"a notification cannot be read: {error.Message}", error));
        }
        catch (WebSocketException error)
        {
            End(Failed(_provider, error));
        }
        catch (OperationCanceledException error)
        {
            // By whoever closes, or by an unanswered ping, which the framework reports as an aborted read.
            End(new RpcUnavailableException(_provider, "the WebSocket was aborted", error));
        }
    }

    // True when somebody took the payload over.
    private bool Dispatch(RpcPayload payload)
    {
        RpcWireMessage message = RpcWireMessage.Of(payload.Span);
        IRpcSink? sink = null;
        Waiting? waiting = null;
        lock (_gate)
        {
            if (message.Subscription is { } subscription)
            {
                _sinks.TryGetValue(subscription, out sink);
            }
            else if (message.Id is { } id)
            {
                // An id that nobody waits for is an answer that came after its caller left.
                _waiting.TryGetValue(id, out waiting);
            }
            else
            {
                waiting = OnlyOneWaiting();
            }

            if (waiting?.Sink is { } started && RpcWireMessage.TextResultOf(payload.Span) is { } taken)
            {
                // Before the next message is read: it may be the first announcement.
                _sinks[taken] = started;
                started.Started();
            }
        }

        sink?.Notify(payload.Span[message.Result]);
        return waiting is not null && waiting.Answer.TrySetResult(payload);
    }

    // A node that cannot read a request answers its error without an id; with several under way nobody knows whose it is.
    private Waiting? OnlyOneWaiting()
    {
        List<Waiting> all = [.. _waiting.Values.Distinct()];
        return all.Count switch
        {
            0 => null,
            1 => all[0],
            _ => throw new RpcUnavailableException(_provider, "the node answered without saying to what"),
        };
    }

    private async Task<RpcPayload> ReceiveAsync()
    {
        RpcPayload payload = RpcPayload.Rent(16 * 1024);
        bool whole = false;
        try
        {
            while (!whole)
            {
                ValueWebSocketReceiveResult received = await _socket.ReceiveAsync(payload.Room(), _closing.Token).ConfigureAwait(false);
                if (received.MessageType == WebSocketMessageType.Close)
                {
                    throw new RpcUnavailableException(_provider, "the node closed the WebSocket");
                }

                payload.Advance(received.Count);
                if (payload.Length > _options.ResponseBytesMax)
                {
                    throw RpcProtocolException.TooLarge(_provider, _options.ResponseBytesMax);
                }

                whole = received.EndOfMessage;
            }

            return payload;
        }
        finally
        {
            if (!whole)
            {
                payload.Dispose();
            }
        }
    }

    private void End(RpcException cause)
    {
        List<Waiting> left;
        lock (_gate)
        {
            if (!_ended.TrySetResult(cause))
            {
                return;
            }

            left = [.. _waiting.Values.Distinct()];
            _sinks.Clear();
        }

        // What the node sent may have been the answer to one of them; of the others nothing is known.
        foreach (Waiting waiting in left)
        {
            waiting.Answer.TrySetException(
                left.Count == 1 ? cause : new RpcUnavailableException(_provider, "the WebSocket ended before an answer came", cause));
        }

        _socket.Abort();
    }

    private static RpcUnavailableException Failed(string provider, WebSocketException error) =>
        new(provider, $"the WebSocket failed ({error.WebSocketErrorCode})", error);

    /// <summary>A message whose answer is awaited.</summary>
    private sealed class Waiting(RpcMessage message, IRpcSink? sink)
    {
        public RpcMessage Message { get; } = message;

        public IRpcSink? Sink { get; } = sink;

        public TaskCompletionSource<RpcPayload> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
