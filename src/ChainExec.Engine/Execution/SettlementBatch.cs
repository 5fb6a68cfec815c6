using ChainExec.Calls;
using ChainExec.Ethereum;
using ChainExec.Facts.Contracts;
using ChainExec.Storage;

namespace ChainExec.Execution;

/// <summary>
/// Settles many transactions at once: those that went as payments do, included or final with one member behind a signature of ours.
/// Whatever else a transaction can mean for its slot is <see cref="SlotSettlement"/>'s, one by one.
/// </summary>
internal sealed class SettlementBatch(
    SettlementStore store, IntentStore intents, AttemptStore attempts, CallStore calls, IndexReader index)
{
    /// <summary>How these transactions stand, each beside its slot. The caller holds the locks of all of them.</summary>
    public Task<IReadOnlyList<SeenSlot>> ReadAsync(
        DbSession session, IReadOnlyList<ChainTransaction> transactions, CancellationToken cancellationToken) =>
        store.ReadAsync(session, transactions, cancellationToken);

    /// <summary>The transactions, each plainly included, are in a canonical block.</summary>
    public async Task IncludeAsync(DbSession session, IReadOnlyList<SeenSlot> seen, string actor, CancellationToken cancellationToken)
    {
        await SlotMoves.AllAsync(
            session,
            [
                .. seen.Select(one => new SlotMove(
                    one.Slot!, SlotEvent.OwnHashInBlock, SlotSettlement.ChangeBy(one.Transaction, actor), Epoch: null)),
            ],
            cancellationToken);
        await intents.MoveManyAsync(
            session,
            [
                .. seen.Select(one => new IntentStep(
                    one.Member!, IntentEvent.SeenInBlock, new IntentMove(actor, Transaction: one.Transaction))),
            ],
            cancellationToken);
    }

    /// <summary>The blocks of the transactions, each plainly final, are final: what moved is the judgement.</summary>
    public async Task FinalizeAsync(DbSession session, IReadOnlyList<SeenSlot> seen, string actor, CancellationToken cancellationToken)
    {
        IReadOnlyList<NonceSlot> resolved = await SlotMoves.AllAsync(
            session,
            [
                .. seen.Select(one => new SlotMove(
                    one.Slot!, SlotEvent.OwnHashFinal,
                    SlotSettlement.ChangeBy(one.Transaction, actor) with { NextStepIn = TimeSpan.Zero }, Epoch: null)),
            ],
            cancellationToken);
        var steps = new List<IntentStep>();
        foreach (IGrouping<long, SeenSlot> chain in seen.GroupBy(one => one.Transaction.Chain))
            steps.AddRange(await JudgeAsync(session, chain.Key, [.. chain], actor, cancellationToken));
        await intents.MoveManyAsync(session, steps, cancellationToken);
        attempts.ResolveCarriers(session, [.. resolved.Select(slot => slot.Carrier!.Value)]);
        attempts.ResolveFills(session, [.. resolved.Select(slot => slot.Id)]);
    }

    private async Task<IReadOnlyList<IntentStep>> JudgeAsync(
        DbSession session, long chain, IReadOnlyList<SeenSlot> seen, string actor, CancellationToken cancellationToken)
    {
        AssetSnapshot assets = await index.AssetsAsync(session, chain, cancellationToken);
        ILookup<Hash32, ObservedLog> logs = await store.LogsAsync(
            session, [.. seen.Select(one => one.Transaction)], cancellationToken);
        ILookup<Guid, BlockchainCall> made = (await calls.OfIntentsAsync(
            session, [.. seen.Select(one => one.Member!.Root.Value)], cancellationToken)).ToLookup(call => call.Intent);
        Dictionary<Hash32, Movement[]> moved = seen.ToDictionary(
            one => one.Transaction.TxHash,
            one => ObservedMovements.Of(one.Transaction, [.. logs[one.Transaction.TxHash]], assets)
                .Where(movement => movement.Kind != MovementKind.Gas).ToArray());
        // A recipient that is a contract can make any number of transfers inside our transaction: the fact carries what left us, no more.
        IReadOnlySet<Address> ours = await store.OurSendersAsync(
            session, chain, [.. moved.Values.SelectMany(each => each)], cancellationToken);
        return
        [
            .. seen.Select(one =>
            {
                Movement[] its = moved[one.Transaction.TxHash];
                (IntentEvent happened, string? reason, string? detail) = IntentJudge.OfSuccess(
                    [.. made[one.Member!.Root.Value].SelectMany(call => call.Expected)], its, assets);
                return new IntentStep(
                    one.Member!, happened,
                    new IntentMove(
                        actor, reason, detail, one.Transaction, one.Transaction, [.. its.Where(movement => ours.Contains(movement.From))]));
            }),
        ];
    }
}
