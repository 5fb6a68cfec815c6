using ChainExec.Calls;
using ChainExec.Execution;
using ChainExec.Facts;
using ChainExec.Facts.Contracts;
using ChainExec.Storage;

namespace ChainExec.Attribution;

/// <summary>
/// Decides whose the logs of a transaction are, inside the caller's database transaction: at inclusion where the receipt is enough, else
/// when a trace has come. At finality, or when the decision comes after it, the fact of each business call is told once.
/// </summary>
internal sealed class CallAttributor(AttributionStore store, BreakdownStore breakdowns, IncidentStore incidents, FactWriter facts)
{
    public const string TraceUnavailable = "trace_unavailable";
    public const string TraceMismatch = "trace_mismatch";
    public const string TraceDisputed = "trace_disputed";

    // A fact is at most 64 KiB, of which its context may take 8.
    private const int LogsToldMax = 1000;

    /// <summary>A transaction is in a block.</summary>
    public async Task IncludeAsync(
        DbSession session, ChainTransaction transaction, IReadOnlyList<OwnCall> calls, IReadOnlyList<ObservedLog> logs,
        AssetSnapshot assets, string actor, CancellationToken cancellationToken)
    {
        bool direct = calls.Count > 0
            && CallMatcher.IsDirect(transaction, await store.InputHashAsync(session, transaction, cancellationToken), calls);
        AttributionEvent? decided = direct ? AttributionEvent.CallsAttributed : calls.Count == 0 ? AttributionEvent.NoCallFound : null;
        if (await store.BeginAsync(session, transaction, decided, actor, cancellationToken) is not { } begun)
            return;
        if (direct)
        {
            await breakdowns.WriteAsync(
                session, begun, CallMatcher.OfReceipt(transaction, calls[0], logs, assets), grounds: null, cancellationToken);
        }

        await FeedAsync(session, begun, transaction, again: null, cancellationToken);
    }

    /// <summary>Its block is final, or no longer canonical.</summary>
    public async Task EndAsync(
        DbSession session, ChainTransaction transaction, AttributionEnd end, string actor, CancellationToken cancellationToken)
    {
        TrackedTransaction? ended = await store.EndAsync(session, transaction, end, actor, cancellationToken);
        if (ended is null)
            return;
        // Of what is not decided only movements are told the end now; the other processors hear of it behind the decision.
        await FeedEndAsync(session, ended, transaction, again: null, cancellationToken);
        await TellAsync(session, ended, transaction, cancellationToken);
    }

    /// <summary>No call of ours is in it after all.</summary>
    /// <exception cref="StaleWriteException">Somebody else decided it, or its block was orphaned.</exception>
    public async Task NotNeededAsync(DbSession session, DueTransaction due, string actor, CancellationToken cancellationToken)
    {
        TrackedTransaction row = await store.NotNeededAsync(session, due.Tracked, actor, cancellationToken);
        await FeedFirstAsync(session, due, row, cancellationToken);
    }

    /// <summary>A transaction was taken apart.</summary>
    /// <exception cref="StaleWriteException">Somebody else decided it, or its block was orphaned.</exception>
    public async Task DecideAsync(
        DbSession session, DueTransaction due, TransactionBreakdown breakdown, Grounds grounds, string actor,
        CancellationToken cancellationToken)
    {
        TrackedTransaction decided = await store.DecideAsync(
            session, due.Tracked, breakdown.Basis, grounds.Proven, actor, cancellationToken);
        await breakdowns.WriteAsync(session, decided, breakdown, grounds, cancellationToken);
        await incidents.CloseAsync(session, TraceMismatch, SubjectOf(due.Transaction), cancellationToken);
        await incidents.CloseAsync(session, TraceDisputed, SubjectOf(due.Transaction), cancellationToken);
        if (breakdown.Basis == AttributionBasis.Trace)
            await incidents.CloseAsync(session, TraceUnavailable, $"{due.Transaction.Chain}", cancellationToken);
        await FeedFirstAsync(session, due, decided, cancellationToken);
        if (due.Tracked.State != AttributionState.Waiting && breakdown.Basis == AttributionBasis.Trace)
        {
            // The trace came late: what it shows to have moved inside is told now.
            await FeedAsync(session, decided, due.Transaction, again: true, cancellationToken);
            await FeedEndAsync(session, decided, due.Transaction, again: true, cancellationToken);
        }

        await TellAsync(session, decided, due.Transaction, cancellationToken);
    }

    /// <summary>Nobody can say whose its logs are: an operator is told, once for a chain that nobody traces.</summary>
    /// <returns>Whether that is new.</returns>
    /// <exception cref="StaleWriteException">Somebody else decided it, or its block was orphaned.</exception>
    public async Task<bool> GiveUpAsync(
        DbSession session, DueTransaction due, UnattributedReason reason, string detail, bool goesOn, IReadOnlyList<ObservedLog> logs,
        string actor, CancellationToken cancellationToken)
    {
        (TrackedTransaction row, bool moved) = await store.UnattributedAsync(
            session, due.Tracked, reason, detail, goesOn, actor, cancellationToken);
        if (!moved)
            return false;
        await breakdowns.WriteUnattributedAsync(session, row, logs, cancellationToken);
        await FeedFirstAsync(session, due, row, cancellationToken);
        (string kind, string subject) = reason switch
        {
            UnattributedReason.TraceUnavailable => (TraceUnavailable, $"{due.Transaction.Chain}"),
            UnattributedReason.TraceDisputed => (TraceDisputed, SubjectOf(due.Transaction)),
            _ => (TraceMismatch, SubjectOf(due.Transaction)),
        };
        await incidents.OpenAsync(
            session, kind, subject, due.Transaction.Chain, sender: null,
            $"The logs of transaction {due.Transaction.TxHash} are unattributed. {PlainText.Of(detail)}",
            new { due.Transaction.TxHash, due.Transaction.BlockNumber, reason }, cancellationToken);
        return true;
    }

    // Processors hear of the first decision; a later one changes what they made by its rows, and the views show it.
    private async Task FeedFirstAsync(
        DbSession session, DueTransaction due, TrackedTransaction row, CancellationToken cancellationToken)
    {
        if (due.Tracked.State != AttributionState.Waiting)
            return;
        await FeedAsync(session, row, due.Transaction, again: null, cancellationToken);
        await FeedEndAsync(session, row, due.Transaction, again: null, cancellationToken);
    }

    private Task FeedAsync(
        DbSession session, TrackedTransaction row, ChainTransaction transaction, bool? again, CancellationToken cancellationToken) =>
        facts.AppendAsync(
            session, KeyOf(transaction), owner: null, new TransactionDecided(transaction, EnumText.Of(row.State), again),
            cancellationToken);

    private Task FeedEndAsync(
        DbSession session, TrackedTransaction row, ChainTransaction transaction, bool? again,
        CancellationToken cancellationToken) => row.Ended switch
    {
        null => Task.CompletedTask,
        AttributionEnd.Confirmed => facts.AppendAsync(
            session, KeyOf(transaction), owner: null, new TransactionConfirmed(transaction, EnumText.Of(row.State), again),
            cancellationToken),
        AttributionEnd.Orphaned => facts.AppendAsync(
            session, KeyOf(transaction), owner: null, new TransactionReversed(transaction, EnumText.Of(row.State), again),
            cancellationToken),
        _ => throw new InvalidOperationException($"{row.Ended} is no end that is known here."),
    };

    private static string KeyOf(ChainTransaction transaction) => ChainTransaction.KeyOf(transaction.Chain, transaction.From);

    private static string SubjectOf(ChainTransaction transaction) => $"{transaction.Chain}:{transaction.TxHash}";

    private async Task TellAsync(
        DbSession session, TrackedTransaction tracked, ChainTransaction transaction, CancellationToken cancellationToken)
    {
        if (tracked is not { Ended: AttributionEnd.Confirmed, Told: false, State: AttributionState.Attributed })
            return;
        foreach (FinalCall call in await FinalCall.OfAsync(session, tracked, transaction, cancellationToken))
        {
            var payload = new CallConfirmed(
                transaction, call.Intent, call.Call, call.CallType, call.Reached, call.Succeeded, call.RevertReason, call.GasShare,
                call.FeeShare, [.. call.Logs.Take(LogsToldMax)], call.Logs.Count, call.Findings, call.Label);
            await facts.AppendAsync(session, KeyOf(transaction), call.Owner, payload, cancellationToken);
        }

        await store.MarkToldAsync(session, tracked, cancellationToken);
    }
}
