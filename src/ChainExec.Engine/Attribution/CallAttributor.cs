using ChainExec.Calls;
using ChainExec.Ethereum;
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

    // A fact is at most 64 KiB, of which its context may take 8.
    private const int LogsToldMax = 1000;

    /// <summary>A transaction is in a block.</summary>
    public async Task IncludeAsync(
        DbSession session, ChainTransaction transaction, IReadOnlyList<OwnCall> calls, IReadOnlyList<ObservedLog> logs,
        AssetSnapshot assets, string actor, CancellationToken cancellationToken)
    {
        if (calls.Count == 0)
        {
            await store.BeginAsync(session, transaction, AttributionEvent.NoCallFound, actor, cancellationToken);
            return;
        }

        Hash32 input = await store.InputHashAsync(session, transaction, cancellationToken);
        bool direct = CallMatcher.IsDirect(transaction, input, calls);
        TrackedTransaction? begun = await store.BeginAsync(
            session, transaction, direct ? AttributionEvent.CallsAttributed : null, actor, cancellationToken);
        if (direct && begun is not null)
        {
            await breakdowns.WriteAsync(
                session, begun, CallMatcher.OfReceipt(transaction, calls[0], logs, assets), cancellationToken);
        }
    }

    /// <summary>Its block is no longer canonical.</summary>
    public Task OrphanAsync(DbSession session, ChainTransaction transaction, string actor, CancellationToken cancellationToken) =>
        store.EndAsync(session, transaction, AttributionEnd.Orphaned, actor, cancellationToken);

    /// <summary>Its block is final.</summary>
    public async Task ConfirmAsync(DbSession session, ChainTransaction transaction, string actor, CancellationToken cancellationToken)
    {
        if (await store.EndAsync(session, transaction, AttributionEnd.Confirmed, actor, cancellationToken) is { } ended)
            await TellAsync(session, ended, transaction, cancellationToken);
    }

    /// <summary>A transaction was taken apart.</summary>
    /// <exception cref="StaleWriteException">Somebody else decided it, or its block was orphaned.</exception>
    public async Task DecideAsync(
        DbSession session, DueTransaction due, TransactionBreakdown breakdown, string actor, CancellationToken cancellationToken)
    {
        TrackedTransaction decided = await store.DecideAsync(session, due.Tracked, breakdown.Basis, actor, cancellationToken);
        await breakdowns.WriteAsync(session, decided, breakdown, cancellationToken);
        await incidents.CloseAsync(session, TraceMismatch, SubjectOf(due.Transaction), cancellationToken);
        if (breakdown.Basis == AttributionBasis.Trace)
            await incidents.CloseAsync(session, TraceUnavailable, $"{due.Transaction.Chain}", cancellationToken);
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
        (string kind, string subject) = reason == UnattributedReason.TraceUnavailable
            ? (TraceUnavailable, $"{due.Transaction.Chain}")
            : (TraceMismatch, SubjectOf(due.Transaction));
        await incidents.OpenAsync(
            session, kind, subject, due.Transaction.Chain, sender: null,
            $"The logs of transaction {due.Transaction.TxHash} are unattributed. {detail}",
            new { due.Transaction.TxHash, due.Transaction.BlockNumber, reason }, cancellationToken);
        return true;
    }

    private static string SubjectOf(ChainTransaction transaction) => $"{transaction.Chain}:{transaction.TxHash}";

    private async Task TellAsync(
        DbSession session, TrackedTransaction tracked, ChainTransaction transaction, CancellationToken cancellationToken)
    {
        if (tracked is not { Ended: AttributionEnd.Confirmed, Told: false, State: AttributionState.Attributed })
            return;
        foreach (FinalCall call in await FinalCall.OfAsync(session, tracked, cancellationToken))
        {
            var payload = new CallConfirmed(
                transaction, call.Intent, call.Call, call.CallType, call.Reached, call.Succeeded, call.RevertReason, call.GasShare,
                call.FeeShare, [.. call.Logs.Take(LogsToldMax)], call.Logs.Count, call.Findings, call.Label);
            await facts.AppendAsync(
                session, ChainTransaction.KeyOf(transaction.Chain, transaction.From), call.Owner, payload, cancellationToken);
        }

        await store.MarkToldAsync(session, tracked, cancellationToken);
    }
}
