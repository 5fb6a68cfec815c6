using ChainExec.Calls;
using ChainExec.Ethereum;
using ChainExec.Facts;
using ChainExec.Facts.Contracts;
using ChainExec.Indexing;
using ChainExec.Storage;

namespace ChainExec.Attribution;

/// <summary>
/// From transaction facts to movements: recorded tentatively at inclusion, confirmed at finality with a fact for each that touches one of
/// our accounts, reversed by a row when the block is orphaned. Whose the logs are is decided beside it.
/// </summary>
internal sealed class AttributionConsumer(
    ProcessorPipeline pipeline, MovementStore movements, CallAttributor attributor, AssetStore assets, FactWriter facts) : FactConsumer
{
    private const string Actor = "consumer:attribution";

    public override string Name => "attribution";

    public override IReadOnlySet<string> Types { get; } =
        new HashSet<string> { TransactionIncluded.Type, TransactionFinalized.Type, TransactionOrphaned.Type };

    public override Task HandleAsync(DbSession session, Fact fact, CancellationToken cancellationToken) => fact.Type switch
    {
        _ when fact.Type == TransactionIncluded.Type =>
            IncludeAsync(session, fact.Read<TransactionIncluded>().Transaction, fact.Position, cancellationToken),
        _ when fact.Type == TransactionFinalized.Type =>
            ConfirmAsync(session, fact.Read<TransactionFinalized>().Transaction, fact.Position, cancellationToken),
        _ when fact.Type == TransactionOrphaned.Type =>
            OrphanAsync(session, fact.Read<TransactionOrphaned>().Transaction, fact.Position, cancellationToken),
        _ => throw new InvalidOperationException($"Fact type {fact.Type} was not asked for."),
    };

    private async Task IncludeAsync(DbSession session, ChainTransaction transaction, long position, CancellationToken cancellationToken)
    {
        IReadOnlyList<ObservedLog> logs = await LogRow.OfAsync(session, transaction, cancellationToken);
        AssetSnapshot listed = await assets.SnapshotAsync(session, transaction.Chain, cancellationToken);
        IReadOnlyList<OwnCall> calls = await OwnCall.OfAsync(session, transaction, cancellationToken);
        PipelineOutput output = pipeline.Run(transaction, logs, listed);
        await movements.WriteIncludedAsync(session, transaction, output, CallAttribution.Of(calls), position, cancellationToken);
        await attributor.IncludeAsync(session, transaction, calls, logs, listed, Actor, cancellationToken);
    }

    private async Task OrphanAsync(DbSession session, ChainTransaction transaction, long position, CancellationToken cancellationToken)
    {
        await movements.EndAsync(session, transaction, MovementPhase.Orphaned, position, cancellationToken);
        await attributor.OrphanAsync(session, transaction, Actor, cancellationToken);
    }

    private async Task ConfirmAsync(DbSession session, ChainTransaction transaction, long position, CancellationToken cancellationToken)
    {
        IReadOnlyList<RecordedMovement> confirmed =
            await movements.EndAsync(session, transaction, MovementPhase.Confirmed, position, cancellationToken);
        HashSet<Address> named = [.. confirmed.Select(recorded => recorded.Movement.From)];
        named.UnionWith(confirmed.Select(recorded => recorded.Movement.To).OfType<Address>());
        IReadOnlySet<Address> ours = await OurAccounts.AmongAsync(session, transaction.Chain, named, cancellationToken);
        string key = ChainTransaction.KeyOf(transaction.Chain, transaction.From);
        List<(string Key, MovementConfirmed Payload)> emitted = [];
        foreach (RecordedMovement recorded in confirmed)
        {
            if (pipeline.Get(recorded.Processor).OnConfirmed(transaction, recorded, ours) is { } payload)
                emitted.Add((key, payload));
        }

        await facts.AppendManyAsync(session, emitted, cancellationToken);
        await attributor.ConfirmAsync(session, transaction, Actor, cancellationToken);
    }
}
