using ChainExec.Ethereum;

namespace ChainExec.Execution;

/// <summary>Works through what was leased: one sender's items follow one another, different senders' go side by side.</summary>
internal static class SenderLanes
{
    /// <param name="atOnceMax">Senders at the same time at most. With 1 all is done in the order of the senders' first items.</param>
    public static Task ForEachAsync<T>(
        IReadOnlyList<T> items, Func<T, (long Chain, Address Sender)> laneOf, int atOnceMax, Func<T, CancellationToken, Task> work,
        CancellationToken cancellationToken) =>
        Parallel.ForEachAsync(
            items.GroupBy(laneOf),
            new ParallelOptions { MaxDegreeOfParallelism = atOnceMax, CancellationToken = cancellationToken },
            async (lane, token) =>
            {
                foreach (T item in lane)
                    await work(item, token);
            });
}
