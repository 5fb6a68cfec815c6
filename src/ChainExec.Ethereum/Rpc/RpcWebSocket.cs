using System.Text.Json.Nodes;

namespace ChainExec.Ethereum.Rpc;

/// <summary>
/// One provider over one WebSocket that calls and subscriptions share: give it to an <see cref="RpcClient"/> for calls, and read heads or
/// logs of it. It connects when it is first needed, and anew for the next call after the connection ended; calls that were under way then
/// fail, because only their callers know whether they may be repeated. Subscriptions resume by themselves and say so
/// (<see cref="RpcFeedGap{T}"/>).
/// </summary>
public sealed class RpcWebSocket : IRpcTransport, IAsyncDisposable
{
    private readonly Uri _endpoint;
    private readonly RpcClientOptions _options;
    private readonly TimeProvider _time;
    private readonly SemaphoreSlim _connecting = new(1);
    private RpcWebSocketConnection? _connection;
    private bool _disposed;
    private long _lastId;

    /// <summary>The provider called <paramref name="name"/> at a <c>ws</c> or <c>wss</c> address; nothing is sent yet.</summary>
    public RpcWebSocket(string name, Uri endpoint, RpcClientOptions options, TimeProvider time)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(endpoint);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(time);
        Name = name;
        _endpoint = endpoint;
        _options = options;
        _time = time;
    }

    /// <summary>The provider's name, as evidence and errors carry it.</summary>
    public string Name { get; }

    /// <summary>The clock of its timeouts and waits.</summary>
    internal TimeProvider Time => _time;

    /// <summary>
    /// Heads as the node announces them, for ever. Hints only: a block is read by its hash before anything is decided on it. The first
    /// connection is not tried twice; later ones are, with a growing wait, and the reader is told of the gap.
    /// </summary>
    /// <exception cref="RpcException">The first subscription failed, or the node refuses a later one.</exception>
    public IAsyncEnumerable<RpcFeedItem<RpcHead>> ReadHeadsAsync(CancellationToken cancellationToken) =>
        new RpcFeed<RpcHead>(this, () => ["newHeads"], RpcReader.Head, _time).ReadAsync(cancellationToken);

    /// <summary>
    /// Logs of the filter's contracts and topics as the node announces them, for ever; its block or range is not used. Logs of blocks that
    /// were reorganised away come again with <see cref="RpcLog.Removed"/> from most nodes, but not from all.
    /// </summary>
    /// <exception cref="RpcException">The first subscription failed, or the node refuses a later one.</exception>
    public IAsyncEnumerable<RpcFeedItem<RpcLog>> ReadLogsAsync(RpcLogFilter filter, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(filter);
        return new RpcFeed<RpcLog>(this, () => ["logs", filter.ToSubscription()], RpcReader.Log, _time).ReadAsync(cancellationToken);
    }

    /// <summary>Closes the connection; calls under way fail as unavailable.</summary>
    public async ValueTask DisposeAsync()
    {
        await _connecting.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        try
        {
            _disposed = true;
            if (_connection is not null)
            {
                await _connection.DisposeAsync().ConfigureAwait(false);
            }
        }
        finally
        {
            _connecting.Release();
        }
    }

    /// <inheritdoc/>
    long IRpcTransport.TakeIds(int count) => Interlocked.Add(ref _lastId, count) - count + 1;

    /// <inheritdoc/>
    async Task<RpcPayload> IRpcTransport.SendAsync(RpcMessage message, RpcClientOptions bounds, CancellationToken cancellationToken)
    {
        RpcWebSocketConnection connection = await ConnectedWithinAsync(bounds.Timeout, cancellationToken).ConfigureAwait(false);
        return await connection.SendAsync(message, bounds, sink: null, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Subscribes on the present connection, which is answered.</summary>
    internal async Task<RpcWebSocketConnection> SubscribeAsync(JsonArray parameters, IRpcSink sink, CancellationToken cancellationToken)
    {
        RpcWebSocketConnection connection = await ConnectedAsync(cancellationToken).ConfigureAwait(false);
        var caller = new RpcCaller(
            new RpcSubscribing(this, connection, sink), new RpcErrorSource(Name, _options.NodeSoftware), _options);
        try
        {
            await caller.ElementAsync("eth_subscribe", parameters, cancellationToken).ConfigureAwait(false);
            return connection;
        }
        catch (OperationCanceledException)
        {
            // The node's answer may have come just before: then the sink is attached already.
            await UnsubscribeAsync(connection, sink).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Tells the node that a subscription is of no more interest. That it does not hear it matters little.</summary>
    internal async Task UnsubscribeAsync(RpcWebSocketConnection connection, IRpcSink sink)
    {
        if (connection.Detach(sink) is not { } subscription || connection.Ended.IsCompleted)
        {
            return;
        }

        // When it does not hear it, what it still announces has no reader and is dropped: nothing is lost by not looking at the answer.
        var caller = new RpcCaller(
            new RpcSubscribing(this, connection, sink: null), new RpcErrorSource(Name, _options.NodeSoftware), _options);
        Task unheard = caller.ElementAsync("eth_unsubscribe", [subscription], CancellationToken.None);
        await unheard.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task<RpcWebSocketConnection> ConnectedWithinAsync(TimeSpan limit, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(limit, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            return await ConnectedAsync(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException error) when (!cancellationToken.IsCancellationRequested)
        {
            throw new RpcUnavailableException(Name, $"no WebSocket within {limit.TotalSeconds:0.###} s", error);
        }
    }

    private async Task<RpcWebSocketConnection> ConnectedAsync(CancellationToken cancellationToken)
    {
        await _connecting.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (_connection is { Ended.IsCompleted: false } open)
            {
                return open;
            }

            if (_connection is not null)
            {
                await _connection.DisposeAsync().ConfigureAwait(false);
                _connection = null;
            }

            return _connection = await RpcWebSocketConnection.OpenAsync(Name, _endpoint, _options, _time, cancellationToken)
                .ConfigureAwait(false);
        }
        finally
        {
            _connecting.Release();
        }
    }

    /// <summary>One connection as a transport: a subscription lives and dies with it.</summary>
    private sealed class RpcSubscribing(IRpcTransport ids, RpcWebSocketConnection connection, IRpcSink? sink) : IRpcTransport
    {
        public long TakeIds(int count) => ids.TakeIds(count);

        public Task<RpcPayload> SendAsync(RpcMessage message, RpcClientOptions bounds, CancellationToken cancellationToken) =>
            connection.SendAsync(message, bounds, sink, cancellationToken);
    }
}
