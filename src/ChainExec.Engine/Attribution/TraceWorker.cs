using ChainExec.Calls;
using ChainExec.Ethereum;
using ChainExec.Indexing;
using ChainExec.Storage;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace ChainExec.Attribution;

/// <summary>
/// Traces the transactions whose calls only their frames tell apart, one transaction at a time and outside any database transaction.
/// Nobody waits for it but what reads attributions: inclusion, finality and the resolution of slots go on without.
/// </summary>
internal sealed partial class TraceWorker(
    AttributionStore store, CallAttributor attributor, TraceSource traces, AssetStore assets, UnitOfWork unitOfWork,
    IOptions<AttributionOptions> options, ILogger<TraceWorker> logger) : IWorker
{
    private const string Actor = "worker:trace";

    public string Name => "attribution.tracer";

    public async Task<int> RunTurnAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<DueTransaction> due = await unitOfWork.RunAsync(
            (session, token) => store.TakeDueAsync(session, options.Value, token), cancellationToken);
        foreach (DueTransaction one in due)
        {
            try
            {
                await StepAsync(one, cancellationToken);
            }
            catch (StaleWriteException)
            {
                // A reorg, or another process, was first: nothing of ours was written, and nothing is left to do.
                LogMovedElsewhere(one.Transaction.Chain, one.Transaction.TxHash);
            }
        }

        return due.Count;
    }

    private async Task StepAsync(DueTransaction due, CancellationToken cancellationToken)
    {
        (IReadOnlyList<OwnCall> calls, IReadOnlyList<ObservedLog> logs, AssetSnapshot listed) = await unitOfWork.RunAsync(
            async (session, token) => (
                await OwnCall.OfAsync(session, due.Transaction, token), await LogRow.OfAsync(session, due.Transaction, token),
                await assets.SnapshotAsync(session, due.Transaction.Chain, token)),
            cancellationToken);
        if (calls.Count == 0 && !due.Tracked.TraceAsked)
        {
            await unitOfWork.RunAsync((session, token) => attributor.NotNeededAsync(session, due, Actor, token), cancellationToken);
            return;
        }

        if (!due.Tracked.TraceAsked && CallMatcher.IsDirect(due.Transaction, due.InputHash, calls))
        {
            await DecideAsync(due, CallMatcher.OfReceipt(due.Transaction, calls[0], logs, listed), cancellationToken);
            return;
        }

        TraceAnswer answer = await traces.AskAsync(due.Transaction, logs, cancellationToken);
        Boundary.Passed(Boundary.TraceAnswered);
        switch (answer)
        {
            case TraceAnswer.Found(var found):
                await DecideAsync(due, CallMatcher.OfTrace(due.Transaction, found, calls, logs, listed), cancellationToken);
                break;
            case TraceAnswer.None none when none.Refused || due.Tracked.Attempts >= options.Value.AttemptsBeforeUnattributed:
                bool goesOn = none.Reason != UnattributedReason.TraceTooLarge;
                if (await unitOfWork.RunAsync(
                    (session, token) => attributor.GiveUpAsync(session, due, none.Reason, none.Detail, goesOn, logs, Actor, token),
                    cancellationToken))
                    LogUnattributed(due.Transaction.Chain, due.Transaction.TxHash, none.Detail);
                break;
            case TraceAnswer.None none:
                LogWaits(due.Transaction.Chain, due.Transaction.TxHash, none.Detail);
                break;
            case var other:
                throw new InvalidOperationException($"{other} is no answer that is known here.");
        }
    }

    private async Task DecideAsync(DueTransaction due, TransactionBreakdown breakdown, CancellationToken cancellationToken)
    {
        await unitOfWork.RunAsync((session, token) => attributor.DecideAsync(session, due, breakdown, Actor, token), cancellationToken);
        Boundary.Passed(Boundary.TraceDecided);
    }

    [LoggerMessage(EventId = 2201, Level = LogLevel.Information, Message = "Chain {Chain}: no trace of {Transaction} yet: {Said}")]
    private partial void LogWaits(long chain, Hash32 transaction, string said);

    [LoggerMessage(EventId = 2202, Level = LogLevel.Warning, Message = "Chain {Chain}: {Transaction} is unattributed: {Said}")]
    private partial void LogUnattributed(long chain, Hash32 transaction, string said);

    [LoggerMessage(
        EventId = 2203, Level = LogLevel.Debug, Message = "Chain {Chain}: the attribution of {Transaction} was decided by somebody else")]
    private partial void LogMovedElsewhere(long chain, Hash32 transaction);
}
