using ChainExec.Execution;
using ChainExec.Storage;
using Microsoft.Extensions.Logging;

namespace ChainExec.Attribution.Processors;

/// <summary>
/// Feeds the processors of one group. Each has a cursor on the stream of transactions, which moves with what came of it in one database
/// transaction. Processors at one place of the stream go on together; one that is behind, because it is new, catches up beside them. One
/// whose code does not return is left where it is.
/// </summary>
internal sealed partial class ProcessorWorker(
    ProcessorGroup group, ProcessorSet processors, ProcessorCalls calls, ProcessorFeed feed, ProcessorStore store, ProcessorSteps steps,
    IncidentStore incidents, UnitOfWork unitOfWork, ILogger<ProcessorWorker> logger) : IWorker
{
    private readonly IReadOnlyList<Registered> _all = processors.Of(group);

    public string Name => group == ProcessorGroup.Movements ? "attribution.movements" : "attribution.processors";

    public TimeSpan Pace { get; } = TimeSpan.FromMilliseconds(20);

    public async Task<int> RunTurnAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<Registered> free = [.. _all.Where(one => !calls.Hangs(one.Name))];
        if (free.Count == 0)
            return 0;
        ProcessorsDue due = await store.DueAsync(free, cancellationToken);
        if (due.Begin)
        {
            await unitOfWork.RunAsync((session, token) => EnsureAsync(session, free, token), cancellationToken);
            due = await store.DueAsync(free, cancellationToken);
        }

        int moved = 0;
        if (due.IsReleased)
            moved += await unitOfWork.RunAsync((session, token) => RetryAsync(session, free, token), cancellationToken);
        if (due.AreBehind)
            moved += await unitOfWork.RunAsync((session, token) => AdvanceAsync(session, free, foremost: true, token), cancellationToken);
        if (due.AreApart)
            moved += await unitOfWork.RunAsync((session, token) => AdvanceAsync(session, free, foremost: false, token), cancellationToken);
        if (moved > 0)
            Boundary.Passed(Boundary.ProcessorsCommitted);
        return moved;
    }

    private async Task EnsureAsync(DbSession session, IReadOnlyList<Registered> free, CancellationToken cancellationToken)
    {
        foreach (string name in await store.EnsureAsync(session, free, cancellationToken))
        {
            int version = processors.Get(name).Version;
            if (version > 1)
                LogBegins(name, version);
            await incidents.CloseAsync(session, ProcessorSteps.ParkedKind, name, cancellationToken);
        }
    }

    /// <param name="foremost">Those that are furthest, which are the live ones; or else those that are furthest behind them.</param>
    private async Task<int> AdvanceAsync(
        DbSession session, IReadOnlyList<Registered> free, bool foremost, CancellationToken cancellationToken)
    {
        IReadOnlyDictionary<string, FeedPosition> cursors = await store.LockAsync(session, free, cancellationToken);
        if (cursors.Count == 0)
            return 0;
        long head = await store.HeadAsync(session, cancellationToken);
        FeedPosition front = cursors.Values.Max();
        IReadOnlyDictionary<string, long> others = await OthersAsync(session, cursors, cancellationToken);
        IEnumerable<FeedPosition> places = foremost ? [front] : cursors.Values.Where(at => at != front).Distinct().Order();
        foreach (FeedPosition at in places)
        {
            (IReadOnlyList<Registered> going, long until) = Going(at, cursors, others);
            // One that catches up stops where the others are, and goes on with them.
            until = Math.Min(until, foremost ? head : Math.Max(front.Position, at.Position + (front.NextLog > 0 ? 1 : 0)));
            if (going.Count == 0 || until <= at.Position)
                continue;
            FeedWindow window = await feed.ReadAsync(session, group, at, until, cancellationToken);
            FeedPosition end = await steps.RunAsync(session, going, window.Parts, retried: null, cancellationToken) ?? window.End;
            await store.MoveAsync(session, going.Select(one => one.Name), end, cancellationToken);
            Boundary.Passed(Boundary.ProcessorsRun);
            session.WakeWorkersAfterCommit();
            return (int)Math.Max(1, end.Position - at.Position);
        }

        return 0;
    }

    // Who reads others' records is never ahead of them: it goes with those at its place, and no further than the others are.
    private (IReadOnlyList<Registered> Going, long Until) Going(
        FeedPosition at, IReadOnlyDictionary<string, FeedPosition> cursors, IReadOnlyDictionary<string, long> others)
    {
        long until = long.MaxValue;
        var going = new List<Registered>();
        foreach (Registered one in cursors.Where(cursor => cursor.Value == at).Select(cursor => processors.Get(cursor.Key)))
        {
            long allowed = ReadsOf(one.Name).Where(name => !cursors.TryGetValue(name, out FeedPosition its) || its != at)
                .Select(name => cursors.TryGetValue(name, out FeedPosition its) ? its.Position : others.GetValueOrDefault(name))
                .DefaultIfEmpty(long.MaxValue).Min();
            if (allowed <= at.Position)
                continue;
            going.Add(one);
            until = Math.Min(until, allowed);
        }

        return (going, until);
    }

    private async Task<IReadOnlyDictionary<string, long>> OthersAsync(
        DbSession session, IReadOnlyDictionary<string, FeedPosition> cursors, CancellationToken cancellationToken)
    {
        string[] missing = [.. cursors.Keys.SelectMany(ReadsOf).Distinct().Where(name => !cursors.ContainsKey(name))];
        return missing.Length == 0 ? new Dictionary<string, long>() : await store.PositionsAsync(session, missing, cancellationToken);
    }

    // A part of one released block in a turn: what came of its transactions until now is done with it anew.
    private async Task<int> RetryAsync(DbSession session, IReadOnlyList<Registered> free, CancellationToken cancellationToken)
    {
        IReadOnlyDictionary<string, FeedPosition> cursors = await store.LockAsync(session, free, cancellationToken);
        if (await store.NextReleasedAsync(session, cursors.Keys, cancellationToken) is not { } parked)
            return 0;
        session.WakeWorkersAfterCommit();
        Registered processor = processors.Get(parked.Processor);
        FeedPosition at = cursors[parked.Processor];
        FeedWindow included = await feed.OfBlockAsync(session, processor, parked.Block, at, cancellationToken);
        FeedWindow window = included.Parts.Count > 0
            ? included
            : await feed.EndsOfBlockAsync(session, processor, parked.Block, at, cancellationToken);
        await steps.RunAsync(session, [processor], window.Parts, parked.Block, cancellationToken);
        if (window.Parts.Count > 0 || !await store.IsReleasedAsync(session, parked, cancellationToken))
            return 1;
        if (await store.ResolveAsync(session, parked, cancellationToken))
            await incidents.CloseAsync(session, ProcessorSteps.ParkedKind, parked.Processor, cancellationToken);
        return 1;
    }

    private IReadOnlyCollection<string> ReadsOf(string name) =>
        processors.Mergers.FirstOrDefault(merger => merger.Name == name)?.Reads ?? [];

    [LoggerMessage(
        EventId = 2212, Level = LogLevel.Information, Message = "Processor {Processor} runs over its history as version {Version}")]
    private partial void LogBegins(string processor, int version);
}
