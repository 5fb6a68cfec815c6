using ChainExec.Ethereum;

namespace ChainExec.Execution;

/// <summary>Works through what was leased: one sender's items are worked on together, different senders' go side by side.</summary>
internal static class SenderLanes
{
    /// <param name="atOnceMax">Senders at the same time at most. With 1 all is done in the order of the senders' first items.</param>
    public static Task ForEachLaneAsync<T>(
        IReadOnlyList<T> items, Func<T, (long Chain, Address Sender)> laneOf, int atOnceMax,
        Func<IReadOnlyList<T>, CancellationToken, Task> work, CancellationToken cancellationToken) =>
        Parallel.ForEachAsync(
            items.GroupBy(laneOf),
            new ParallelOptions { MaxDegreeOfParallelism = atOnceMax, CancellationToken = cancellationToken },
            async (lane, token) => await work([.. lane], token));

    /// <summary>A list as runs of items that are alike in one respect, in their order.</summary>
    public static IEnumerable<IReadOnlyList<T>> Runs<T, TKind>(IReadOnlyList<T> items, Func<T, TKind> kindOf)
    {
        var run = new List<T>();
        foreach (T item in items)
        {
            if (run.Count > 0 && !Equals(kindOf(run[0]), kindOf(item)))
            {
                yield return run;
                run = [];
            }

            run.Add(item);
        }

        if (run.Count > 0)
            yield return run;
    }
}
