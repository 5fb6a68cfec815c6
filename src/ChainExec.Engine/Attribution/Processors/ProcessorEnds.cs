using System.Text.Json;
using ChainExec.Ethereum;
using ChainExec.Facts;
using ChainExec.Facts.Contracts;
using ChainExec.Indexing;
using ChainExec.Storage;
using Microsoft.Extensions.Options;

namespace ChainExec.Attribution.Processors;

/// <summary>What came of a run of ends.</summary>
/// <param name="Stopped">The item that has more than one turn ends; those before it are through.</param>
internal sealed record EndedRun(IReadOnlyList<ParkRow> Parked, FeedItem? Stopped);

/// <summary>Ends what processors made of transactions: final, with facts, or orphaned.</summary>
internal sealed class ProcessorEnds(
    ProcessorSet processors, ProcessorRunner runner, ProcessorStore store, RecordStore records, MovementStore movements,
    ProcessorAlerts alerts, ProcessorFacts told, FactWriter facts, IOptions<AttributionOptions> options)
{
    /// <param name="isRetried">Whether the only processor is parked at the block and tried again: all ends are remembered then.</param>
    public async Task<EndedRun> RunAsync(
        DbSession session, IReadOnlyList<Registered> group, IReadOnlyList<FeedItem> items, FeedPhase phase,
        HashSet<(string, BlockKey)> parked, bool isRetried, CancellationToken cancellationToken)
    {
        int most = options.Value.EndsPerTurnMax;
        Dictionary<TransactionKey, FeedItem> byKey = items.DistinctBy(item => item.Key).ToDictionary(item => item.Key);
        IReadOnlyList<OpenRecord> open =
            await records.OpenOnesAsync(session, group, byKey.Keys, isRetried, most + 1, cancellationToken);
        IReadOnlyList<OpenMovement> moved = await movements.OpenOnesAsync(
            session, group.Select(one => one.Name), byKey.Keys, isRetried, most + 1, cancellationToken);
        FeedItem? stopped = StopAt(items, open, moved, most);
        if (stopped is not null)
        {
            HashSet<TransactionKey> whole = [.. items.TakeWhile(item => item != stopped).Select(item => item.Key)];
            bool inside = !open.Any(one => whole.Contains(one.Key)) && !moved.Any(one => whole.Contains(one.Key));
            if (inside)
                whole.Add(stopped.Key);
            open = [.. First(open, most).Where(one => whole.Contains(one.Key))];
            moved = [.. moved.Take(most).Where(one => whole.Contains(one.Key))];
            byKey = byKey.Where(pair => whole.Contains(pair.Key)).ToDictionary();
        }

        IReadOnlyList<ParkRow> failed = [];
        if (phase == FeedPhase.Confirmed)
        {
            IReadOnlySet<TransactionKey> restored = await RestoredAsync(
                session, [.. open.Select(one => one.Key).Union(moved.Select(one => one.Key)).Select(key => byKey[key])], cancellationToken);
            (open, failed) = await ConfirmAsync(
                session, group, open, byKey, restored, parked, stopped?.Key, cancellationToken);
            await facts.AppendManyAsync(session, await ToldOfAsync(session, moved, byKey, restored, cancellationToken), cancellationToken);
        }

        await movements.EndAsync(session, [.. moved.Select(one => (one.Id, byKey[one.Key].Position))], phase, cancellationToken);
        await records.EndAsync(session, [.. open.Select(one => (one.Id, byKey[one.Key].Position))], phase, cancellationToken);
        if (phase == FeedPhase.Orphaned)
            await alerts.SettleAsync(session, open.Select(one => one.Alert).OfType<(string, string)>(), cancellationToken);
        IEnumerable<(string Processor, TransactionKey Key)> reached =
            open.Select(one => (one.Processor, one.Key)).Concat(moved.Select(one => (one.Processor, one.Key)))
                .Where(one => one.Key != stopped?.Key);
        if (isRetried && stopped is null && failed.Count == 0)
            reached = reached.Concat(byKey.Keys.Select(key => (group[0].Name, key)));
        await store.RememberEndsAsync(
            session, [.. reached.Distinct().Select(one => (processors.Get(one.Processor), byKey[one.Key]))], phase, cancellationToken);
        return new EndedRun(failed, stopped);
    }

    // The first item of which not everything was read, or that has too much for what is left.
    private static FeedItem? StopAt(
        IReadOnlyList<FeedItem> items, IReadOnlyList<OpenRecord> open, IReadOnlyList<OpenMovement> moved, int most)
    {
        TransactionKey? record = open.Count > most ? open[^1].Key : null;
        TransactionKey? movement = moved.Count > most ? moved[^1].Key : null;
        return record is null && movement is null ? null : items.First(item => item.Key == record || item.Key == movement);
    }

    // Whole logs, because the facts of a log are compared with those that were told of it before.
    private static List<OpenRecord> First(IReadOnlyList<OpenRecord> open, int most)
    {
        if (open.Count <= most)
            return [.. open];
        OpenRecord next = open[most];
        return [.. open.Take(most).Where(one => (one.Key, one.LogIndex, one.Processor) != (next.Key, next.LogIndex, next.Processor))];
    }

    // What takes the place of an undone transaction: whoever acts on its facts has acted, and is not told again.
    private static async Task<IReadOnlySet<TransactionKey>> RestoredAsync(
        DbSession session, IReadOnlyList<FeedItem> ending, CancellationToken cancellationToken)
    {
        IReadOnlyList<int> places = await UndoneTransactions.RestoredAmongAsync(
            session, [.. ending.Select(item => item.Transaction)], cancellationToken);
        return places.Select(place => ending[place].Key).ToHashSet();
    }

    // What a processor has made of a block is confirmed as a whole, or it is parked there. Of the transaction that is cut only what was
    // read of it is compared with what was told before; the rest of it comes with the next turn.
    private async Task<(IReadOnlyList<OpenRecord> Confirmed, IReadOnlyList<ParkRow> Failed)> ConfirmAsync(
        DbSession session, IReadOnlyList<Registered> group, IReadOnlyList<OpenRecord> open, Dictionary<TransactionKey, FeedItem> byKey,
        IReadOnlySet<TransactionKey> restored, HashSet<(string, BlockKey)> parked, TransactionKey? cut, CancellationToken cancellationToken)
    {
        var telling = new List<TellingFact>();
        var failed = new List<ParkRow>();
        foreach (IGrouping<(string Processor, BlockKey Block), OpenRecord> block in open.GroupBy(one => (one.Processor, one.Key.Block)))
        {
            Registered processor = processors.Get(block.Key.Processor);
            List<TellingFact> own = [];
            ProcessorOutput part = await runner.GuardedAsync(
                block.Key.Processor, block.Key.Block, byKey[block.First().Key].Transaction.BlockNumber,
                _ => own =
                [
                    .. block.Where(record => !restored.Contains(record.Key))
                        .SelectMany(record => ProcessorFacts.Of(processor, record, byKey[record.Key].Transaction)),
                ],
                cancellationToken);
            failed.AddRange(part.Parked);
            if (part.Parked.Count == 0)
                telling.AddRange(own);
        }

        HashSet<(string, BlockKey)> failing = [.. failed.Select(row => (row.Processor, row.Block))];
        open = [.. open.Where(one => !failing.Contains((one.Processor, one.Key.Block)))];
        IReadOnlyList<Registered> again = [.. group.Where(one => one.Version > 1)];
        IReadOnlyList<PendingFact> pending = again.Count == 0
            ? [.. telling.Select(one => one.Fact)]
            : await CorrectAsync(
                session, again, telling, open, byKey,
                (processor, key) => key != cut && !parked.Contains((processor, key.Block)) && !failing.Contains((processor, key.Block)),
                cancellationToken);
        await told.RememberAsync(session, telling, cancellationToken);
        await facts.AppendManyAsync(session, pending, cancellationToken);
        return (open, failed);
    }

    // A version that is run again tells what was not told, and withdraws what was told and is not said any more.
    private async Task<IReadOnlyList<PendingFact>> CorrectAsync(
        DbSession session, IReadOnlyList<Registered> again, List<TellingFact> telling, IReadOnlyList<OpenRecord> open,
        Dictionary<TransactionKey, FeedItem> byKey, Func<string, TransactionKey, bool> isWhole, CancellationToken cancellationToken)
    {
        HashSet<(string, TransactionKey, int)> spoken = [.. open.Select(one => (one.Processor, one.Key, one.LogIndex))];
        List<TellingFact> fresh = [.. telling];
        var pending = new List<PendingFact>();
        var ended = new List<(long Id, int By, bool Withdrawn)>();
        foreach (ToldFact before in await told.BeforeAsync(session, again, byKey.Keys, cancellationToken))
        {
            Registered processor = processors.Get(before.Processor);
            int same = fresh.FindIndex(one => one.Processor == processor && one.Key == before.Key && one.LogIndex == before.LogIndex
                && one.Fact.Type == before.Type
                && JsonElement.DeepEquals(JsonSerializer.Deserialize<JsonElement>(one.Fact.Json), before.Payload));
            if (same >= 0)
            {
                fresh.RemoveAt(same);
                ended.Add((before.Id, processor.Version, false));
            }
            else if (spoken.Contains((before.Processor, before.Key, before.LogIndex)) || isWhole(before.Processor, before.Key))
            {
                ChainTransaction transaction = byKey[before.Key].Transaction;
                pending.Add(PendingFact.Of(
                    ChainTransaction.KeyOf(transaction.Chain, transaction.From), before.Owner,
                    new FactWithdrawn(transaction, before.Processor, processor.Version, before.LogIndex, before.Type, before.Payload)));
                ended.Add((before.Id, processor.Version, true));
            }
        }

        await told.EndAsync(session, ended, cancellationToken);
        return [.. pending, .. fresh.Select(one => one.Fact)];
    }

    // The books take what touches one of our accounts, final and of a listed asset, and nothing else.
    private static async Task<IReadOnlyList<PendingFact>> ToldOfAsync(
        DbSession session, IReadOnlyList<OpenMovement> moved, Dictionary<TransactionKey, FeedItem> byKey,
        IReadOnlySet<TransactionKey> restored, CancellationToken cancellationToken)
    {
        var told = new List<PendingFact>();
        foreach (IGrouping<long, OpenMovement> chain in moved.GroupBy(one => one.Key.Block.Chain))
        {
            HashSet<Address> named = [.. chain.Select(one => one.Movement.From)];
            named.UnionWith(chain.Select(one => one.Movement.To).OfType<Address>());
            IReadOnlyDictionary<Address, DateTimeOffset> ours = await FeedReader.RegisteredAsync(
                session, chain.Key, named, cancellationToken);
            foreach (OpenMovement one in chain)
            {
                FeedItem item = byKey[one.Key];
                if (!IsOurs(one.Movement.From) && (one.Movement.To is not { } to || !IsOurs(to)))
                    continue;
                // Whoever judges an intent does not see what moved inside: it is booked by itself.
                Guid? intent = one.Movement.LogIndex < Movement.GasLogIndex ? null : one.Intent;
                string key = ChainTransaction.KeyOf(item.Transaction.Chain, item.Transaction.From);
                told.Add(restored.Contains(one.Key)
                    ? PendingFact.Of(key, owner: null, new MovementRestored(item.Transaction, one.Movement, intent))
                    : PendingFact.Of(
                        key, owner: null, new MovementConfirmed(item.Transaction, one.Movement, intent, one.Call, one.Label)));

                bool IsOurs(Address address) => ours.TryGetValue(address, out DateTimeOffset since) && since <= item.At;
            }
        }

        return told;
    }
}
