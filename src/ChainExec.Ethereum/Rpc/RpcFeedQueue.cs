using System.Runtime.ExceptionServices;

namespace ChainExec.Ethereum.Rpc;

/// <summary>
/// What waits for the reader of a subscription: bounded, because a node does not wait. When it is full, everything in it gives way to one
/// gap, so that the reader goes on with the newest and knows that it missed something.
/// </summary>
internal sealed class RpcFeedQueue<T>(int itemsMax, TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly Queue<RpcFeedItem<T>> _items = new();
    private TaskCompletionSource _arrived = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Exception? _failure;

    internal void Put(RpcFeedItem<T> item)
    {
        lock (_gate)
        {
            if (_items.Count == itemsMax)
            {
                long dropped = _items.Sum(waiting => waiting is RpcFeedGap<T> gap ? gap.Dropped : 1);
                _items.Clear();
                _items.Enqueue(new RpcFeedGap<T>(
                    RpcGapCause.Overflowed, time.GetUtcNow(), dropped, $"{itemsMax} items waited for the reader"));
            }

            _items.Enqueue(item);
            Signal();
        }
    }

    /// <summary>Nothing comes any more; the reader is given the exception after what waits.</summary>
    internal void Fail(Exception failure)
    {
        lock (_gate)
        {
            _failure = failure;
            Signal();
        }
    }

    internal async Task<RpcFeedItem<T>> TakeAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            Task arrived;
            lock (_gate)
            {
                if (_items.TryDequeue(out RpcFeedItem<T>? item))
                {
                    return item;
                }

                if (_failure is not null)
                {
                    ExceptionDispatchInfo.Throw(_failure);
                }

                arrived = _arrived.Task;
            }

            await arrived.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private void Signal()
    {
        _arrived.TrySetResult();
        _arrived = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
