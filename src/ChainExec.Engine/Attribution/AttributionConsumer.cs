using ChainExec.Calls;
using ChainExec.Facts;
using ChainExec.Facts.Contracts;
using ChainExec.Indexing;
using ChainExec.Storage;

namespace ChainExec.Attribution;

/// <summary>
/// From transaction facts to attributions: decided at inclusion where no trace is needed, else left to <see cref="TraceWorker"/>; ended
/// with the transaction's block. Processors read what was decided, from cursors of their own.
/// </summary>
internal sealed class AttributionConsumer(CallAttributor attributor, AssetStore assets) : FactConsumer
{
    private const string Actor = "consumer:attribution";

    public override string Name => "attribution";

    public override IReadOnlySet<string> Types { get; } =
        new HashSet<string> { TransactionIncluded.Type, TransactionFinalized.Type, TransactionOrphaned.Type };

    public override Task HandleAsync(DbSession session, Fact fact, CancellationToken cancellationToken) => fact.Type switch
    {
        _ when fact.Type == TransactionIncluded.Type =>
            IncludeAsync(session, fact.Read<TransactionIncluded>().Transaction, cancellationToken),
        _ when fact.Type == TransactionFinalized.Type =>
            FinalizeAsync(session, fact.Read<TransactionFinalized>(), cancellationToken),
        _ when fact.Type == TransactionOrphaned.Type =>
            attributor.EndAsync(session, fact.Read<TransactionOrphaned>().Transaction, AttributionEnd.Orphaned, Actor, cancellationToken),
        _ => throw new InvalidOperationException($"Fact type {fact.Type} was not asked for."),
    };

    private async Task FinalizeAsync(DbSession session, TransactionFinalized told, CancellationToken cancellationToken)
    {
        if (told.AtOnce == true)
            await IncludeAsync(session, told.Transaction, cancellationToken);
        await attributor.EndAsync(session, told.Transaction, AttributionEnd.Confirmed, Actor, cancellationToken);
    }

    private async Task IncludeAsync(DbSession session, ChainTransaction transaction, CancellationToken cancellationToken)
    {
        IReadOnlyList<OwnCall> calls = await OwnCall.OfAsync(session, transaction, cancellationToken);
        IReadOnlyList<ObservedLog> logs = calls.Count == 0 ? [] : await LogRow.OfAsync(session, transaction, cancellationToken);
        AssetSnapshot listed = calls.Count == 0
            ? new AssetSnapshot([])
            : await assets.SnapshotAsync(session, transaction.Chain, cancellationToken);
        await attributor.IncludeAsync(session, transaction, calls, logs, listed, Actor, cancellationToken);
    }
}
