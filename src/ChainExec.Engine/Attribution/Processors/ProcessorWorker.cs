using ChainExec.Execution;
using ChainExec.Storage;

namespace ChainExec.Attribution.Processors;

/// <summary>
/// Feeds the processors. Each has a cursor on the stream of decided transactions, which moves with what came of it in one database
/// transaction. Processors at one place of the stream go on together; one that is behind, because it is new, catches up beside them.
/// </summary>
internal sealed class ProcessorWorker(
    ProcessorSet processors, ProcessorFeed feed, ProcessorStore store, ProcessorSteps steps, IncidentStore incidents,
    UnitOfWork unitOfWork) : IWorker
{
    public string Name => "attribution.processors";

    public async Task<int> RunTurnAsync(CancellationToken cancellationToken)
    {
        if (processors.Names.Count == 0 || !await store.IsAnyDueAsync(processors.Names, cancellationToken))
            return 0;
        await unitOfWork.RunAsync((session, token) => store.EnsureAsync(session, processors.Names, token), cancellationToken);
        int moved = await unitOfWork.RunAsync(RetryAsync, cancellationToken);
        moved += await unitOfWork.RunAsync((session, token) => AdvanceAsync(session, foremost: true, token), cancellationToken);
        moved += await unitOfWork.RunAsync((session, token) => AdvanceAsync(session, foremost: false, token), cancellationToken);
        if (moved > 0)
            Boundary.Passed(Boundary.ProcessorsCommitted);
        return moved;
    }

    /// <param name="foremost">Those that are furthest, which are the live ones; or else those that are furthest behind them.</param>
    private async Task<int> AdvanceAsync(DbSession session, bool foremost, CancellationToken cancellationToken)
    {
        IReadOnlyDictionary<string, long> cursors = await store.LockAsync(session, processors.Names, cancellationToken);
        if (cursors.Count == 0)
            return 0;
        long head = await store.HeadAsync(session, cancellationToken);
        long front = cursors.Values.Max();
        long position = foremost ? front : cursors.Values.Min();
        if (position >= head || (!foremost && position == front))
            return 0;
        // Who reads others' records is never ahead of them.
        HashSet<string> group =
        [
            .. cursors.Where(cursor => cursor.Value == position && ReadsOf(cursor.Key).All(
                name => cursors.TryGetValue(name, out long other) && other >= position)).Select(cursor => cursor.Key),
        ];
        if (group.Count == 0)
            return 0;
        (IReadOnlyList<FeedItem> items, long end) = await feed.ReadAsync(session, position, head, cancellationToken);
        // One that catches up stops where the others are, and goes on with them.
        if (!foremost && end > front)
            (items, end) = ([.. items.Where(item => item.Position <= front)], front);
        await steps.RunAsync(session, group, items, cancellationToken);
        await store.MoveAsync(session, group, end, cancellationToken);
        Boundary.Passed(Boundary.ProcessorsRun);
        session.WakeWorkersAfterCommit();
        return (int)(end - position);
    }

    // One released block in a turn: what came of its transactions until now is done with it anew.
    private async Task<int> RetryAsync(DbSession session, CancellationToken cancellationToken)
    {
        IReadOnlyDictionary<string, long> cursors = await store.LockAsync(session, processors.Names, cancellationToken);
        if (await store.NextReleasedAsync(session, cursors.Keys, cancellationToken) is not { } parked)
            return 0;
        bool isFree = await store.ResolveAsync(session, parked, cancellationToken);
        IReadOnlyList<FeedItem> items = await feed.OfBlockAsync(
            session, parked.Block, cursors[parked.Processor], cancellationToken);
        await steps.RunAsync(session, [parked.Processor], items, cancellationToken);
        bool stillParked = (await store.ParkedAsync(session, [parked.Processor], [parked.Block], cancellationToken)).Count > 0;
        if (isFree && !stillParked)
            await incidents.CloseAsync(session, ProcessorSteps.ParkedKind, parked.Processor, cancellationToken);
        session.WakeWorkersAfterCommit();
        return 1;
    }

    private IReadOnlyCollection<string> ReadsOf(string name) =>
        processors.Get(name) is ITransactionProcessor processor ? processor.Reads : [];
}
