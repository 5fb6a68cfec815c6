using System.Text.RegularExpressions;
using ChainExec.Ethereum;
using ChainExec.Execution;
using ChainExec.Facts;
using ChainExec.Facts.Contracts;
using ChainExec.Indexing;
using ChainExec.Storage;

namespace ChainExec.Attribution.Processors;

/// <summary>
/// Takes a part of the feed through processors and writes what comes of it, all in the caller's database transaction: what happened
/// to the transactions, in its order, as runs of one phase each.
/// </summary>
internal sealed class ProcessorSteps(
    ProcessorSet processors, ProcessorRunner runner, ProcessorFeed feed, ProcessorStore store, RecordStore records, MovementStore movements,
    IncidentStore incidents, FactWriter facts)
{
    public const string ParkedKind = "processor_parked";

    private const int FactMax = 60_000;
    private static readonly Regex FactType = new(@"^[a-z_]{1,64}\.[a-z_]{1,64}$", RegexOptions.CultureInvariant);

    private static readonly HashSet<string> EngineFamilies =
    [
        "storage", "facts", "governance", "calls", "ledger", "custody", "execution", "indexing", "attribution", "admission", "flows",
        "payments", "reconciliation", "delivery", "operations",
    ];

    private const int AlertTextMax = 500;

    public async Task RunAsync(
        DbSession session, IReadOnlyCollection<string> names, IReadOnlyList<FeedItem> items, CancellationToken cancellationToken)
    {
        if (items.Count == 0)
            return;
        HashSet<(string, BlockKey)> parked =
        [
            .. await store.ParkedAsync(
                session, processors.Names, items.Select(item => item.Key.Block), cancellationToken),
        ];
        for (int first = 0; first < items.Count;)
        {
            FeedPhase phase = items[first].Phase;
            List<FeedItem> run = [.. items.Skip(first).TakeWhile(item => item.Phase == phase)];
            first += run.Count;
            if (phase == FeedPhase.Included)
                await IncludeAsync(session, names, run, parked, cancellationToken);
            else
                await EndAsync(session, names, run, phase, parked, cancellationToken);
        }
    }

    private async Task IncludeAsync(
        DbSession session, IReadOnlyCollection<string> names, IReadOnlyList<FeedItem> items, HashSet<(string, BlockKey)> parked,
        CancellationToken cancellationToken)
    {
        HashSet<string> running = [.. names];
        IReadOnlySet<(string, TransactionKey)> reached = await store.ReachedAsync(
            session, names, items.Select(item => item.Key), cancellationToken);
        bool IsClosed(string name, TransactionKey key) => parked.Contains((name, key.Block)) || reached.Contains((name, key));

        IReadOnlyList<FedTransaction> fed = await feed.FeedAsync(session, items, cancellationToken);
        IReadOnlySet<(string, long, Address)> children = await ChildrenAsync(session, names, fed, cancellationToken);
        await WriteAsync(session, runner.RunReaders(running, fed, IsClosed, children), parked, cancellationToken);

        IReadOnlyList<ITransactionProcessor> merging = [.. processors.TransactionProcessors.Where(one => running.Contains(one.Name))];
        if (merging.Count == 0)
            return;
        string[] read = [.. merging.SelectMany(one => one.Reads).Distinct()];
        ILookup<TransactionKey, StoredRecord>? stored = read.Length == 0
            ? null
            : await records.OfAsync(session, read, items.Select(item => item.Key), cancellationToken);
        ProcessorOutput merged = runner.RunTransactionProcessors(
            running, fed, IsClosed,
            (one, key) => stored is null ? [] : [.. stored[key].Where(record => one.Reads.Contains(record.Processor))],
            (one, block) => one.Reads.FirstOrDefault(name => parked.Contains((name, block))));
        await WriteAsync(session, merged, parked, cancellationToken);
    }

    private async Task<IReadOnlySet<(string, long, Address)>> ChildrenAsync(
        DbSession session, IEnumerable<string> names, IReadOnlyList<FedTransaction> fed, CancellationToken cancellationToken)
    {
        string[] ofFactories =
        [
            .. processors.Readers.Where(reader => reader.Source is AddressSource.FactoryChild).Select(reader => reader.Processor.Name)
                .Intersect(names),
        ];
        return ofFactories.Length == 0
            ? new HashSet<(string, long, Address)>()
            : await records.ChildrenAsync(
                session, ofFactories, fed.SelectMany(one => one.Logs).Select(log => log.Emitter), cancellationToken);
    }

    private async Task WriteAsync(
        DbSession session, ProcessorOutput output, HashSet<(string, BlockKey)> parked, CancellationToken cancellationToken)
    {
        await store.RememberAsync(
            session,
            output.Reached.Select(row => (row.Key.Processor, row.Key.Key, row.Value)), FeedPhase.Included, cancellationToken);
        await records.WriteChildrenAsync(session, output.Children, cancellationToken);
        await records.WriteUndecodableAsync(session, output.Undecodable, cancellationToken);
        await movements.WriteAsync(session, [.. output.Records.Where(row => row.Record is MovementRecord)], cancellationToken);
        await records.WriteAsync(session, [.. output.Records.Where(row => row.Record is not MovementRecord)], cancellationToken);
        foreach (RecordRow row in output.Records.Where(row => row.Record.Alert is not null))
            await AlertAsync(session, row, row.Record.Alert!, cancellationToken);
        await ParkAsync(session, output, parked, cancellationToken);
    }

    private async Task EndAsync(
        DbSession session, IReadOnlyCollection<string> names, IReadOnlyList<FeedItem> items, FeedPhase phase,
        HashSet<(string, BlockKey)> parked, CancellationToken cancellationToken)
    {
        Dictionary<TransactionKey, FeedItem> byKey = items.ToDictionary(item => item.Key);
        IReadOnlyList<OpenRecord> open =
        [
            .. (await records.OpenOnesAsync(session, names, byKey.Keys, cancellationToken))
                .Where(record => !parked.Contains((record.Processor, record.Key.Block))),
        ];
        IReadOnlyList<OpenMovement> moved =
        [
            .. (await movements.OpenOnesAsync(session, names, byKey.Keys, cancellationToken))
                .Where(movement => !parked.Contains((movement.Processor, movement.Key.Block))),
        ];
        if (phase == FeedPhase.Confirmed)
        {
            IReadOnlyList<PendingFact> told = await ToldOfAsync(session, moved, byKey, cancellationToken);
            (IReadOnlyList<PendingFact> more, ProcessorOutput output) = Confirm(open, byKey);
            await ParkAsync(session, output, parked, cancellationToken);
            open = [.. open.Where(record => !parked.Contains((record.Processor, record.Key.Block)))];
            moved = [.. moved.Where(movement => !parked.Contains((movement.Processor, movement.Key.Block)))];
            await facts.AppendManyAsync(session, [.. told, .. more], cancellationToken);
        }
        else
        {
            foreach ((string kind, string subject) in open.Select(record => record.Alert).OfType<(string, string)>())
                await incidents.CloseAsync(session, kind, subject, cancellationToken);
        }

        await movements.EndAsync(session, [.. moved.Select(one => (one.Id, byKey[one.Key].Position))], phase, cancellationToken);
        await records.EndAsync(session, [.. open.Select(one => (one.Id, byKey[one.Key].Position))], phase, cancellationToken);
        await store.RememberAsync(
            session,
            open.Select(one => (one.Processor, one.Key)).Concat(moved.Select(one => (one.Processor, one.Key))).Distinct()
                .Select(one => (one.Processor, one.Key, byKey[one.Key].Position)),
            phase, cancellationToken);
    }

    // What a processor has made of a block is confirmed as a whole, or it is parked there.
    private (IReadOnlyList<PendingFact> Facts, ProcessorOutput Output) Confirm(
        IReadOnlyList<OpenRecord> open, Dictionary<TransactionKey, FeedItem> byKey)
    {
        var told = new List<PendingFact>();
        var output = new ProcessorOutput();
        foreach (IGrouping<(string Processor, BlockKey Block), OpenRecord> block in open.GroupBy(one => (one.Processor, one.Key.Block)))
        {
            var own = new List<PendingFact>();
            IProcessor processor = processors.Get(block.Key.Processor);
            ProcessorOutput part = runner.Guarded(
                block.Key.Processor, block.Key.Block, byKey[block.First().Key].Transaction.BlockNumber,
                _ => own.AddRange(block.SelectMany(record => FactsOf(processor, record, byKey[record.Key].Transaction))));
            output.Add(part);
            if (part.Parked.Count == 0)
                told.AddRange(own);
        }

        return (told, output);
    }

    private static List<PendingFact> FactsOf(IProcessor processor, OpenRecord record, ChainTransaction transaction)
    {
        var told = new List<PendingFact>();
        string key = ChainTransaction.KeyOf(transaction.Chain, transaction.From);
        foreach (ProcessorFact fact in processor.OnConfirmed(
            new ConfirmedRecord(transaction, record.LogIndex, record.Kind, record.Body, record.Call)))
        {
            // The families of the engine's own facts are acted on: no processor may speak in their name.
            if (!FactType.IsMatch(fact.Type) || EngineFamilies.Contains(fact.Type[..fact.Type.IndexOf('.', StringComparison.Ordinal)]))
                throw new InvalidOperationException($"'{fact.Type}' is no type of a fact of a processor: family.thing_happened.");
            told.Add(new PendingFact(fact.Type, key, record.Owner, RecordRow.Storable(fact.Payload, FactMax)));
        }

        return told;
    }

    // The books take what touches one of our accounts, final and of a listed asset, and nothing else.
    private static async Task<IReadOnlyList<PendingFact>> ToldOfAsync(
        DbSession session, IReadOnlyList<OpenMovement> moved, Dictionary<TransactionKey, FeedItem> byKey,
        CancellationToken cancellationToken)
    {
        var told = new List<PendingFact>();
        foreach (IGrouping<long, OpenMovement> chain in moved.GroupBy(one => one.Key.Block.Chain))
        {
            HashSet<Address> named = [.. chain.Select(one => one.Movement.From)];
            named.UnionWith(chain.Select(one => one.Movement.To).OfType<Address>());
            IReadOnlySet<Address> ours = await OurAccounts.AmongAsync(session, chain.Key, named, cancellationToken);
            foreach (OpenMovement one in chain)
            {
                if (!ours.Contains(one.Movement.From) && (one.Movement.To is not { } to || !ours.Contains(to)))
                    continue;
                ChainTransaction transaction = byKey[one.Key].Transaction;
                told.Add(PendingFact.Of(
                    ChainTransaction.KeyOf(transaction.Chain, transaction.From), owner: null,
                    new MovementConfirmed(transaction, one.Movement, one.Intent, one.Call, one.Label)));
            }
        }

        return told;
    }

    private async Task AlertAsync(DbSession session, RecordRow row, ProcessorAlert alert, CancellationToken cancellationToken)
    {
        if (alert.Over)
        {
            await incidents.CloseAsync(session, alert.Kind, alert.Subject, cancellationToken);
            return;
        }

        ChainTransaction transaction = row.Item.Transaction;
        await incidents.OpenAsync(
            session, alert.Kind, alert.Subject.Cut(AlertTextMax), transaction.Chain, sender: null, alert.Detail.Cut(AlertTextMax),
            new { transaction.TxHash, transaction.BlockNumber, row.LogIndex, row.Processor }, cancellationToken);
    }

    private async Task ParkAsync(
        DbSession session, ProcessorOutput output, HashSet<(string, BlockKey)> parked, CancellationToken cancellationToken)
    {
        foreach (ParkRow row in output.Parked)
        {
            parked.Add((row.Processor, row.Block));
            await store.ParkAsync(session, row, cancellationToken);
            await incidents.OpenAsync(
                session, ParkedKind, row.Processor, row.Block.Chain, sender: null,
                $"Processor {row.Processor} is parked at block {row.Number}: {row.Error}".ReplaceLineEndings(" "),
                new { row.Block.Block, row.Number }, cancellationToken);
        }
    }
}
