using System.Runtime.ExceptionServices;
using ChainExec.Storage;
using Microsoft.Extensions.Logging;

namespace ChainExec.Facts;

/// <summary>
/// Feeds one consumer. Cursor, memory of handled facts and the handler's effects commit in one transaction per window. A fact that throws
/// undoes its window, which is then handled once more with a savepoint before each fact: it is parked with its key, later facts of that
/// key wait behind it in order, all others go on.
/// </summary>
internal sealed partial class ConsumerWorker(
    FactConsumer consumer, ConsumerStore store, UnitOfWork unitOfWork, ILogger<ConsumerWorker> logger) : IWorker
{
    private const string Savepoint = "fact";

    // A consumer that is up with the stream takes what came in a while together: a transaction for each few facts cost more than they did.
    private static readonly TimeSpan PaceUpToDate = TimeSpan.FromMilliseconds(40);

    private bool _hasCursor;
    private bool _isBehind;
    private int _windowMax = consumer.WindowMax;

    public string Name => $"facts.consumer.{consumer.Name}";

    public TimeSpan Pace => _isBehind ? TimeSpan.Zero : PaceUpToDate;

    public async Task<int> RunTurnAsync(CancellationToken cancellationToken)
    {
        if (!_hasCursor)
        {
            await unitOfWork.RunAsync((session, token) => store.EnsureCursorAsync(session, consumer, token), cancellationToken);
            _hasCursor = true;
        }

        int moved = 0;
        _isBehind = false;
        ExceptionDispatchInfo? fault = null;
        for (int shard = 0; shard < consumer.Shards; shard++)
        {
            int current = shard;
            try
            {
                moved += await RunShardAsync(current, cancellationToken);
                _windowMax = Math.Min(consumer.WindowMax, _windowMax * 2);
            }
            catch (Exception exception) when (UnitOfWork.IsDatabaseFault(exception))
            {
                // A lock that one shard cannot get must not hold back the others; the loop still hears of it.
                fault ??= ExceptionDispatchInfo.Capture(exception);
                // One row that somebody else holds must not hold back a whole window for ever.
                if (UnitOfWork.IsImpatience(exception))
                    _windowMax = Math.Max(1, _windowMax / 2);
            }
        }

        fault?.Throw();
        return moved;
    }

    private async Task<int> RunShardAsync(int shard, CancellationToken cancellationToken)
    {
        if (!await store.IsAnyDueAsync(consumer, shard, cancellationToken))
            return 0;
        try
        {
            return await unitOfWork.RunAsync(
                (session, token) => RunShardAsync(session, shard, HandleAllAsync, token), cancellationToken);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested && !UnitOfWork.IsDatabaseFault(exception))
        {
            LogUndone(consumer.Name, exception.Message);
            return await unitOfWork.RunAsync(
                (session, token) => RunShardAsync(session, shard, HandleEachAsync, token), cancellationToken);
        }
    }

    private async Task<int> RunShardAsync(
        DbSession session, int shard, Func<DbSession, IReadOnlyList<Fact>, CancellationToken, Task> handle,
        CancellationToken cancellationToken)
    {
        if (await store.LockCursorAsync(session, consumer.Name, shard, cancellationToken) is not { } cursor)
        {
            // Another process has it; or the database was restored to before there was one, and the next turn makes it again.
            _hasCursor = false;
            return 0;
        }

        // Parked facts that an operator released come first: they are the oldest of their key.
        int retried = cursor.HasRetries ? await RetryAsync(session, shard, cancellationToken) : 0;

        (IReadOnlyList<Fact> facts, long end) = await store.ReadWindowAsync(
            session, consumer, shard, cursor, _windowMax, cancellationToken);
        if (facts.Count > 0)
        {
            await consumer.LockAsync(session, facts, cancellationToken);
            await handle(session, facts, cancellationToken);
        }

        _isBehind |= end < cursor.Head;
        if (end > cursor.Position)
            store.MoveCursor(session, consumer.Name, shard, end);
        if (facts.Count > 0 || retried > 0)
            session.WakeWorkersAfterCommit();
        return retried + (int)(end - cursor.Position);
    }

    private async Task HandleAllAsync(DbSession session, IReadOnlyList<Fact> facts, CancellationToken cancellationToken)
    {
        string[] keys = [.. facts.Select(fact => fact.Key).Distinct(StringComparer.Ordinal)];
        IReadOnlySet<string> parked = await store.ParkedKeysAsync(session, consumer.Name, keys, cancellationToken);
        foreach (Fact fact in facts.Where(fact => parked.Contains(fact.Key)))
        {
            await store.WaitBehindAsync(session, consumer.Name, fact, cancellationToken);
            await TellParkedAsync(session, fact, cancellationToken);
        }

        Fact[] free = [.. facts.Where(fact => !parked.Contains(fact.Key))];
        await consumer.HandleManyAsync(session, free, cancellationToken);

        // The window holds nothing that was handled before, and nobody else handles anything while we hold the cursor.
        store.MarkHandled(session, consumer.Name, [.. free.Select(fact => fact.Position)]);
    }

    private async Task HandleEachAsync(DbSession session, IReadOnlyList<Fact> facts, CancellationToken cancellationToken)
    {
        foreach (Fact fact in facts)
        {
            if ((await store.ParkedKeysAsync(session, consumer.Name, [fact.Key], cancellationToken)).Count > 0)
            {
                await store.WaitBehindAsync(session, consumer.Name, fact, cancellationToken);
                await TellParkedAsync(session, fact, cancellationToken);
            }
            else
            {
                await TryHandleAsync(session, fact, cancellationToken);
            }
        }
    }

    private async Task<int> RetryAsync(DbSession session, int shard, CancellationToken cancellationToken)
    {
        int retried = 0;
        while (retried < consumer.WindowMax)
        {
            IReadOnlyList<Fact> due = await store.RetriesAsync(session, consumer, shard, consumer.WindowMax - retried, cancellationToken);
            if (due.Count == 0)
                break;
            foreach (Fact fact in due)
            {
                if (await TryHandleAsync(session, fact, cancellationToken))
                    await store.ResolveAsync(session, consumer.Name, fact, cancellationToken);
            }

            retried += due.Count;
        }

        return retried;
    }

    private async Task<bool> TryHandleAsync(DbSession session, Fact fact, CancellationToken cancellationToken)
    {
        await session.SavepointAsync(Savepoint, cancellationToken);
        try
        {
            if (await store.MarkHandledAsync(session, consumer.Name, fact.Position, cancellationToken))
                await consumer.HandleAsync(session, fact, cancellationToken);
            await session.ReleaseAsync(Savepoint, cancellationToken);
            return true;
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested && !UnitOfWork.IsDatabaseFault(exception))
        {
            // A bug or an impossible state. What it wrote is undone, the fact is kept where an operator sees it, the others go on.
            await session.RollbackToAsync(Savepoint, cancellationToken);
            await store.ParkAsync(session, consumer.Name, fact, exception, cancellationToken);
            await TellParkedAsync(session, fact, cancellationToken);
            LogParked(consumer.Name, fact.Position, fact.Type, fact.Key, exception);
            return false;
        }
    }

    // What a consumer does for a parked fact may fail as its handling did; the fact is parked all the same.
    private async Task TellParkedAsync(DbSession session, Fact fact, CancellationToken cancellationToken)
    {
        await session.SavepointAsync(Savepoint, cancellationToken);
        try
        {
            await consumer.OnParkedAsync(session, fact, cancellationToken);
            await session.ReleaseAsync(Savepoint, cancellationToken);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested && !UnitOfWork.IsDatabaseFault(exception))
        {
            await session.RollbackToAsync(Savepoint, cancellationToken);
            LogNotTold(consumer.Name, fact.Position, fact.Type, exception);
        }
    }

    [LoggerMessage(EventId = 1203, Level = LogLevel.Error,
        Message = "{Consumer} could do nothing for parked fact {Position} ({Type})")]
    private partial void LogNotTold(string consumer, long position, string type, Exception exception);

    [LoggerMessage(
        EventId = 1202, Level = LogLevel.Information, Message = "A window of {Consumer} was undone and is handled fact by fact: {Reason}")]
    private partial void LogUndone(string consumer, string reason);

    [LoggerMessage(EventId = 1201, Level = LogLevel.Error,
        Message = "{Consumer} parked fact {Position} ({Type}) and its key {Key}: an operator is needed (docs/runbooks/parked-fact.md)")]
    private partial void LogParked(string consumer, long position, string type, string key, Exception exception);
}
