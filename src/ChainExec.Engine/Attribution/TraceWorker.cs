using ChainExec.Calls;
using ChainExec.Ethereum;
using ChainExec.Indexing;
using ChainExec.Storage;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace ChainExec.Attribution;

/// <summary>
/// Traces the transactions of one chain whose calls only their frames tell apart, a few at a time and outside any database transaction.
/// Nobody waits for it but what reads attributions: inclusion, finality, movements and the resolution of slots go on without, and so do the
/// other chains.
/// </summary>
internal sealed partial class TraceWorker(
    long chain, AttributionStore store, CallAttributor attributor, TraceSource traces, AssetStore assets, UnitOfWork unitOfWork,
    IOptions<AttributionOptions> options, ILogger<TraceWorker> logger) : IWorker
{
    private const string Actor = "worker:trace";

    public string Name => $"attribution.tracer.{chain}";

    public TimeSpan Pace { get; } = TimeSpan.FromMilliseconds(100);

    public async Task<int> RunTurnAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<DueTransaction> due = await unitOfWork.RunAsync(
            (session, token) => store.TakeDueAsync(session, chain, options.Value, token), cancellationToken);
        var bound = new ParallelOptions
        {
            MaxDegreeOfParallelism = options.Value.TracesAtOnceMax, CancellationToken = cancellationToken,
        };
        await Parallel.ForEachAsync(due, bound, async (one, token) => await TryAsync(one, token));
        return due.Count;
    }

    private async Task TryAsync(DueTransaction due, CancellationToken cancellationToken)
    {
        try
        {
            await StepAsync(due, cancellationToken);
        }
        catch (StaleWriteException)
        {
            // A reorg, or another process, was first: nothing of ours was written, and nothing is left to do.
            LogMovedElsewhere(due.Transaction.Chain, due.Transaction.TxHash);
        }
        catch (Exception exception) when (exception is not OperationCanceledException && !UnitOfWork.IsDatabaseFault(exception))
        {
            // A trace can be made to be what nobody foresaw. It is asked for again like one that did not come, and the others go on.
            LogUnusable(due.Transaction.Chain, due.Transaction.TxHash, exception);
            await NotAttributedAsync(
                due,
                new TraceAnswer.None(
                    UnattributedReason.TraceUnusable, $"{exception.GetType().Name}: {exception.Message}", Refused: false),
                cancellationToken);
        }
    }

    private async Task StepAsync(DueTransaction due, CancellationToken cancellationToken)
    {
        (IReadOnlyList<OwnCall> calls, IReadOnlyList<ObservedLog> logs, AssetHistory listed) = await unitOfWork.RunAsync(
            async (session, token) => (
                await OwnCall.OfAsync(session, due.Transaction, token), await LogRow.OfAsync(session, due.Transaction, token),
                await assets.HistoryAsync(session, due.Transaction.Chain, token)),
            cancellationToken);
        if (calls.Count == 0 && !due.Tracked.TraceAsked)
        {
            await unitOfWork.RunAsync((session, token) => attributor.NotNeededAsync(session, due, Actor, token), cancellationToken);
            return;
        }

        // What was listed when it was told first: a token that was listed later is none of what is said of it.
        AssetSnapshot assetsThen = listed.At(due.Since);
        if (!due.Tracked.TraceAsked && CallMatcher.IsDirect(due.Transaction, due.InputHash, calls))
        {
            await DecideAsync(
                due, CallMatcher.OfReceipt(due.Transaction, calls[0], logs, assetsThen), Grounds.OfReceipt(due.Since), cancellationToken);
            return;
        }

        TraceAnswer answer = await traces.AskAsync(due.Transaction, logs, cancellationToken);
        Boundary.Passed(Boundary.TraceAnswered);
        switch (answer)
        {
            case TraceAnswer.Found found when due.Tracked is { State: AttributionState.Attributed, Attempts: > 1 } && !found.Proven:
                LogWaits(due.Transaction.Chain, due.Transaction.TxHash, "no second provider tells the same");
                break;
            case TraceAnswer.Found found:
                await DecideAsync(
                    due, CallMatcher.OfTrace(due.Transaction, found.Attribution, calls, logs, assetsThen),
                    new Grounds(found.Witnesses, found.Proven, due.Since), cancellationToken);
                break;
            case TraceAnswer.None none:
                await NotAttributedAsync(due, none, cancellationToken);
                break;
            case var other:
                throw new InvalidOperationException($"{other} is no answer that is known here.");
        }
    }

    private async Task NotAttributedAsync(DueTransaction due, TraceAnswer.None none, CancellationToken cancellationToken)
    {
        if (!none.Refused && due.Tracked.Attempts < options.Value.AttemptsBeforeUnattributed)
        {
            LogWaits(due.Transaction.Chain, due.Transaction.TxHash, none.Detail);
            return;
        }

        bool goesOn = none.Reason != UnattributedReason.TraceTooLarge;
        if (await unitOfWork.RunAsync(
            async (session, token) => await attributor.GiveUpAsync(
                session, due, none.Reason, none.Detail, goesOn, await LogRow.OfAsync(session, due.Transaction, token), Actor, token),
            cancellationToken))
            LogUnattributed(due.Transaction.Chain, due.Transaction.TxHash, none.Detail);
    }

    private async Task DecideAsync(
        DueTransaction due, TransactionBreakdown breakdown, Grounds grounds, CancellationToken cancellationToken)
    {
        await unitOfWork.RunAsync(
            (session, token) => attributor.DecideAsync(session, due, breakdown, grounds, Actor, token), cancellationToken);
        Boundary.Passed(Boundary.TraceDecided);
    }

    [LoggerMessage(EventId = 2201, Level = LogLevel.Information, Message = "Chain {Chain}: no trace of {Transaction} yet: {Said}")]
    private partial void LogWaits(long chain, Hash32 transaction, string said);

    [LoggerMessage(EventId = 2202, Level = LogLevel.Warning, Message = "Chain {Chain}: {Transaction} is unattributed: {Said}")]
    private partial void LogUnattributed(long chain, Hash32 transaction, string said);

    [LoggerMessage(
        EventId = 2203, Level = LogLevel.Debug, Message = "Chain {Chain}: the attribution of {Transaction} was decided by somebody else")]
    private partial void LogMovedElsewhere(long chain, Hash32 transaction);

    [LoggerMessage(EventId = 2204, Level = LogLevel.Error, Message = "Chain {Chain}: the trace of {Transaction} cannot be used")]
    private partial void LogUnusable(long chain, Hash32 transaction, Exception exception);
}
