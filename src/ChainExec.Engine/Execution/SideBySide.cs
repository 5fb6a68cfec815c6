namespace ChainExec.Execution;

/// <summary>Asks several questions at the same time.</summary>
internal static class SideBySide
{
    /// <summary>The answers, in the order of the items.</summary>
    /// <param name="atOnceMax">Questions at the same time at most.</param>
    public static async Task<TAnswer[]> AskAsync<TItem, TAnswer>(
        IReadOnlyList<TItem> items, int atOnceMax, Func<TItem, CancellationToken, Task<TAnswer>> ask, CancellationToken cancellationToken)
    {
        var answers = new TAnswer[items.Count];
        await Parallel.ForEachAsync(
            Enumerable.Range(0, items.Count),
            new ParallelOptions { MaxDegreeOfParallelism = atOnceMax, CancellationToken = cancellationToken },
            async (place, token) => answers[place] = await ask(items[place], token));
        return answers;
    }
}
