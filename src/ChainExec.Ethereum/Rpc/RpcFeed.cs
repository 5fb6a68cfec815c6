using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;

namespace ChainExec.Ethereum.Rpc;

/// <summary>
/// A subscription that outlives its connections: it subscribes again with a growing wait and tells its reader of every gap.
/// </summary>
internal sealed class RpcFeed<T>(RpcWebSocket socket, Func<JsonArray> parameters, RpcRead<T> read, TimeProvider time)
{
    /// <summary>How many items may wait for the reader.</summary>
    internal const int QueueMax = 1024;

    /// <summary>
    /// The wait before the first new try; it doubles with each until <see cref="WaitMax"/>, and begins anew after a value.
    /// </summary>
    internal static readonly TimeSpan WaitFirst = TimeSpan.FromMilliseconds(250);

    /// <summary>The longest wait between two tries.</summary>
    internal static readonly TimeSpan WaitMax = TimeSpan.FromSeconds(30);

    internal async IAsyncEnumerable<RpcFeedItem<T>> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var queue = new RpcFeedQueue<T>(QueueMax, time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task run = RunAsync(queue, stop.Token);
        try
        {
            while (true)
            {
                yield return await queue.TakeAsync(cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            // It never throws: what ended it has travelled through the queue.
            await stop.CancelAsync().ConfigureAwait(false);
            await run.ConfigureAwait(false);
        }
    }

    private async Task RunAsync(RpcFeedQueue<T> queue, CancellationToken cancellationToken)
    {
        var sink = new Sink(queue, read, time);
        try
        {
            TimeSpan wait = WaitFirst;
            while (true)
            {
                RpcException lost = await HearAsync(sink, cancellationToken).ConfigureAwait(false);
                wait = sink.TakeHeard() ? WaitFirst : wait;
                sink.Lost(lost);
                await Task.Delay(wait, time, cancellationToken).ConfigureAwait(false);
                wait = wait * 2 < WaitMax ? wait * 2 : WaitMax;
            }
        }
        catch (RpcException error)
        {
            queue.Fail(error);
        }
        catch (OperationCanceledException error)
        {
            queue.Fail(error);
        }
        catch (ObjectDisposedException error)
        {
            queue.Fail(error);
        }
    }

    // Subscribes once and listens until the connection ends, which is answered.
    private async Task<RpcException> HearAsync(Sink sink, CancellationToken cancellationToken)
    {
        RpcWebSocketConnection connection;
        try
        {
            connection = await socket.SubscribeAsync(parameters(), sink, cancellationToken).ConfigureAwait(false);
        }
        catch (RpcException error) when (sink.WasStarted && MayPass(error))
        {
            return error;
        }

        try
        {
            return await connection.Ended.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            await socket.UnsubscribeAsync(connection, sink).ConfigureAwait(false);
        }
    }

    // A node that refuses a subscription it once took, other than for load, will go on refusing it.
    private static bool MayPass(RpcException error) =>
        error is not RpcErrorException { Classification.Class: not (RpcErrorClass.RateLimited or RpcErrorClass.Unavailable) };

    /// <summary>Puts values and gaps into the queue.</summary>
    private sealed class Sink(RpcFeedQueue<T> queue, RpcRead<T> read, TimeProvider time) : IRpcSink
    {
        private DateTimeOffset? _lostAt;
        private string _reason = "";
        private volatile bool _heard;

        public bool WasStarted { get; private set; }

        public void Started()
        {
            if (_lostAt is { } since)
            {
                queue.Put(new RpcFeedGap<T>(RpcGapCause.Reconnected, since, 0, _reason));
                _lostAt = null;
            }

            WasStarted = true;
        }

        public void Notify(ReadOnlySpan<byte> result)
        {
            queue.Put(new RpcFeedValue<T>(RpcDocument.Read(result, read)));
            _heard = true;
        }

        /// <summary>The subscription is lost; only the first loss after it ran is news.</summary>
        public void Lost(RpcException cause)
        {
            if (_lostAt is null)
            {
                (_lostAt, _reason) = (time.GetUtcNow(), cause.Message);
                queue.Put(new RpcFeedGap<T>(RpcGapCause.Disconnected, _lostAt.Value, 0, _reason));
            }
        }

        /// <summary>True when a value came since this was last asked.</summary>
        public bool TakeHeard()
        {
            bool heard = _heard;
            _heard = false;
            return heard;
        }
    }
}
