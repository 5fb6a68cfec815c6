using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Threading.Channels;

namespace ChainExec.Ethereum.Rpc;

/// <summary>
/// eth_subscribe newHeads over one WebSocket of its own. It ends with <see cref="RpcUnavailableException"/> when the socket dies and never
/// reconnects by itself: who reads heads must look at what was missed before listening again. <see cref="RpcWebSocket.ReadHeadsAsync"/> is
/// the one that resumes.
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

    /// <summary>The heads as the node announces them, until the token is cancelled or the connection ends.</summary>
    /// <exception cref="RpcUnavailableException">The node is not reached, or the connection died.</exception>
    /// <exception cref="RpcErrorException">The node refused the subscription.</exception>
    /// <exception cref="RpcProtocolException">The node sent something that is no notification.</exception>
    public async IAsyncEnumerable<RpcHead> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        RpcClientOptions bounds = options with { ResponseBytesMax = Math.Min(options.ResponseBytesMax, MessageBytesMax) };
        var queue = Channel.CreateBounded<RpcHead>(
            new BoundedChannelOptions(QueueMax) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true, SingleWriter = true });
        RpcWebSocketConnection connection = await RpcWebSocketConnection.OpenAsync(name, endpoint, bounds, time, cancellationToken)
            .ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            var caller = new RpcCaller(new Subscribing(connection, queue.Writer), new RpcErrorSource(name, bounds.NodeSoftware), bounds);
            JsonElement subscription = await caller.ElementAsync("eth_subscribe", ["newHeads"], cancellationToken).ConfigureAwait(false);
            if (subscription.ValueKind != JsonValueKind.String)
            {
                throw new RpcProtocolException(name, "the answer to eth_subscribe names no subscription");
            }

            Task ending = EndAsync(connection, queue.Writer);
            await foreach (RpcHead head in queue.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
            {
                yield return head;
            }

            await ending.ConfigureAwait(false);
        }
    }

    private static async Task EndAsync(RpcWebSocketConnection connection, ChannelWriter<RpcHead> queue) =>
        queue.TryComplete(await connection.Ended.ConfigureAwait(false));

    /// <summary>The one call on the connection, and where its announcements go.</summary>
    private sealed class Subscribing(RpcWebSocketConnection connection, ChannelWriter<RpcHead> queue) : IRpcTransport, IRpcSink
    {
        public long TakeIds(int count) => 1;

        public Task<RpcPayload> SendAsync(RpcMessage message, RpcClientOptions bounds, CancellationToken cancellationToken) =>
            connection.SendAsync(message, bounds, this, cancellationToken);

        public void Started()
        {
        }

        public void Notify(ReadOnlySpan<byte> result) =>
            // Never waits: a full queue drops its oldest.
            queue.TryWrite(RpcDocument.Read(result, RpcReader.Head));
    }
}
