using ChainExec.Ethereum;
using ChainExec.Execution;
using ChainExec.Storage;
using Npgsql;

namespace ChainExec.Attribution.Processors;

/// <summary>
/// Takes a part of the feed through processors and writes what comes of it, all in the caller's database transaction: what happened
/// to the transactions, as runs of one phase each.
/// </summary>
internal sealed class ProcessorSteps(
    ProcessorSet processors, ProcessorRunner runner, FeedReader reader, ProcessorStore store, RecordStore records,
    MovementStore movements, ProcessorAlerts alerts, ProcessorEnds ends, IncidentStore incidents, TimeProvider clock)
{
    public const string ParkedKind = "processor_parked";

    private const string Savepoint = "processor_output";

    // A session that says nothing for thirty seconds inside a transaction is ended by the database.
    private static readonly TimeSpan QuietMax = TimeSpan.FromSeconds(3);

    /// <param name="group">Processors of one group.</param>
    /// <param name="retried">A block at which the only processor is parked, and is tried again.</param>
    /// <returns>Where it stopped before the end of the window.</returns>
    public async Task<FeedPosition?> RunAsync(
        DbSession session, IReadOnlyList<Registered> group, IReadOnlyList<FeedPart> parts, BlockKey? retried,
        CancellationToken cancellationToken)
    {
        if (parts.Count == 0)
            return null;
        HashSet<(string, BlockKey)> parked =
            [.. await store.ParkedAsync(session, processors.Names, parts.Select(part => part.Item.Key.Block), cancellationToken)];
        if (retried is { } block)
            parked.Remove((group[0].Name, block));
        foreach ((FeedPhase phase, IReadOnlyList<FeedPart> run) in RunsOf(parts))
        {
            if (phase == FeedPhase.Included)
            {
                await IncludeAsync(session, group, run, parked, retried is not null, cancellationToken);
                continue;
            }

            EndedRun ended = await ends.RunAsync(
                session, group, [.. run.Select(part => part.Item)], phase, parked, retried is not null, cancellationToken);
            await ParkAsync(session, ended.Parked, parked, cancellationToken);
            if (ended.Stopped is { } stopped)
                return new FeedPosition(stopped.Position - 1, 0);
        }

        return null;
    }

    // What was final when it was found is told included and confirmed, one transaction after the other: each phase of all of them is one
    // run. A transaction that was told twice, waiting and decided, is in two: the second sees what the first had done. What was orphaned
    // stays where it stands: nothing comes before it that came after, and nothing after it that came before.
    private static List<(FeedPhase Phase, IReadOnlyList<FeedPart> Parts)> RunsOf(IReadOnlyList<FeedPart> parts)
    {
        var runs = new List<(FeedPhase Phase, List<FeedPart> Parts)>();
        var last = new Dictionary<TransactionKey, int>();
        int orphaned = 0;
        foreach (FeedPart part in parts)
        {
            FeedPhase phase = part.Item.Phase;
            int first = Math.Max(
                last.TryGetValue(part.Item.Key, out int before) ? before + 1 : 0,
                phase == FeedPhase.Orphaned ? runs.Count - 1 : orphaned);
            int run = first < 0 || first >= runs.Count ? -1 : runs.FindIndex(first, one => one.Phase == phase);
            if (run < 0)
            {
                run = runs.Count;
                runs.Add((phase, []));
            }

            runs[run].Parts.Add(part);
            last[part.Item.Key] = run;
            if (phase == FeedPhase.Orphaned)
                orphaned = run;
        }

        return [.. runs.Select(run => (run.Phase, (IReadOnlyList<FeedPart>)run.Parts))];
    }

    private async Task IncludeAsync(
        DbSession session, IReadOnlyList<Registered> group, IReadOnlyList<FeedPart> parts, HashSet<(string, BlockKey)> parked,
        bool isRetried, CancellationToken cancellationToken)
    {
        IReadOnlyList<TransactionKey> keys = [.. parts.Select(part => part.Item.Key)];
        IReadOnlySet<(string, TransactionKey)> reached = await store.ReachedAsync(session, group, keys, cancellationToken);
        IReadOnlyDictionary<(string, TransactionKey), int> begun = await store.BegunAsync(session, group, keys, cancellationToken);
        int? StartOf(string name, FedTransaction fed) =>
            parked.Contains((name, fed.Item.Key.Block)) || reached.Contains((name, fed.Item.Key))
            ? null
            : Math.Max(begun.GetValueOrDefault((name, fed.Item.Key)), fed.Part.FirstLog);

        HashSet<string> names = [.. group.Select(one => one.Name)];
        Func<CancellationToken, Task> pause = Pause(session);
        IReadOnlyList<FedTransaction> fed = await reader.ReadAsync(
            session, parts, group[0].Group == ProcessorGroup.Movements, cancellationToken);
        ProcessorOutput output = await runner.RunReadersAsync(
            names, fed, StartOf, await ChildrenAsync(session, names, fed, cancellationToken), pause, cancellationToken);
        Reach(output, group.Where(one => processors.Mergers.All(merger => merger.Name != one.Name)), fed, StartOf, begun, isRetried);
        await WriteAsync(session, output, parked, cancellationToken);

        IReadOnlyList<Merger> merging = [.. processors.Mergers.Where(one => names.Contains(one.Name))];
        if (merging.Count > 0)
        {
            ProcessorOutput merged = await MergeAsync(session, merging, fed, StartOf, parked, pause, cancellationToken);
            Reach(merged, merging.Select(one => one.Of), fed, StartOf, begun, isRetried);
            await WriteAsync(session, merged, parked, cancellationToken);
        }

        await ReplaceAsync(session, group, fed, StartOf, cancellationToken);
    }

    private async Task<ProcessorOutput> MergeAsync(
        DbSession session, IReadOnlyList<Merger> merging, IReadOnlyList<FedTransaction> fed, Func<string, FedTransaction, int?> startOf,
        HashSet<(string, BlockKey)> parked, Func<CancellationToken, Task> pause, CancellationToken cancellationToken)
    {
        string[] read = [.. merging.SelectMany(one => one.Reads).Distinct()];
        ILookup<TransactionKey, StoredRecord>? stored = read.Length == 0
            ? null
            : await records.OfAsync(session, read, fed.Select(one => one.Item.Key), cancellationToken);
        // The last part of a transaction that was read in parts: these see it from its beginning.
        if (fed is [{ Part: { FirstLog: > 0, IsLast: true } part }, ..])
        {
            IReadOnlyList<FedTransaction> whole = await reader.ReadAsync(
                session, [part with { FirstLog = 0 }], merging[0].Of.Group == ProcessorGroup.Movements, cancellationToken);
            fed = [.. whole, .. fed.Skip(1)];
        }

        return await runner.RunMergersAsync(
            merging, fed, startOf,
            (one, key) => stored is null ? [] : [.. stored[key].Where(record => one.Reads.Contains(record.Processor))],
            (one, block) => one.Reads.FirstOrDefault(name => parked.Contains((name, block))), pause, cancellationToken);
    }

    // Whoever began a transaction before is with it until its end; whoever is tried again remembers what brought nothing too.
    private static void Reach(
        ProcessorOutput output, IEnumerable<Registered> whom, IReadOnlyList<FedTransaction> fed,
        Func<string, FedTransaction, int?> startOf, IReadOnlyDictionary<(string, TransactionKey), int> begun, bool isRetried)
    {
        foreach (Registered one in whom)
        {
            foreach (FedTransaction transaction in fed.Where(each => isRetried || begun.ContainsKey((one.Name, each.Item.Key))))
            {
                if (startOf(one.Name, transaction) is not null
                    && !output.Parked.Exists(row => row.Processor == one.Name && row.Block == transaction.Item.Key.Block))
                    output.Reach(one.Name, transaction);
            }
        }
    }

    private async Task<IReadOnlySet<(string, long, Address)>> ChildrenAsync(
        DbSession session, IEnumerable<string> names, IReadOnlyList<FedTransaction> fed, CancellationToken cancellationToken)
    {
        IReadOnlyList<Registered> ofFactories =
        [
            .. processors.Readers.Where(one => one.Source is AddressSource.FactoryChild).Select(one => one.Name).Intersect(names)
                .Select(processors.Get),
        ];
        return ofFactories.Count == 0
            ? new HashSet<(string, long, Address)>()
            : await records.ChildrenAsync(
                session, ofFactories, fed.SelectMany(one => one.Logs).Select(log => log.Emitter), cancellationToken);
    }

    // What cannot be written although it was looked at is the fault of one processor at one block: the others are written without it.
    private async Task WriteAsync(
        DbSession session, ProcessorOutput output, HashSet<(string, BlockKey)> parked, CancellationToken cancellationToken)
    {
        var refused = new List<ParkRow>(output.Parked);
        if (output.Reached.Count > 0 && await TryWriteAsync(session, output, cancellationToken) is not null)
        {
            foreach ((string processor, BlockKey block, long number, ProcessorOutput part) in output.ByBlock())
            {
                if (await TryWriteAsync(session, part, cancellationToken) is { } failure)
                    refused.AddRange(runner.Parked(processor, block, number, failure).Parked);
            }
        }

        await ParkAsync(session, refused, parked, cancellationToken);
    }

    private async Task<Exception?> TryWriteAsync(DbSession session, ProcessorOutput output, CancellationToken cancellationToken)
    {
        await session.SavepointAsync(Savepoint, cancellationToken);
        try
        {
            await store.RememberPartsAsync(
                session, [.. output.Reached.Select(row => (processors.Get(row.Key.Processor), row.Value.Part))], cancellationToken);
            await records.WriteChildrenAsync(session, output.Children, cancellationToken);
            await records.WriteUndecodableAsync(session, output.Undecodable, cancellationToken);
            await movements.WriteAsync(session, [.. output.Records.Where(row => row.Record is MovementRecord)], cancellationToken);
            await records.WriteAsync(session, [.. output.Records.Where(row => row.Record is not MovementRecord)], cancellationToken);
            await alerts.SettleAsync(
                session, output.Records.Select(row => row.Record.Alert).OfType<ProcessorAlert>().Select(one => (one.Kind, one.Subject)),
                cancellationToken);
            await session.ReleaseAsync(Savepoint, cancellationToken);
            return null;
        }
        catch (PostgresException exception) when (!UnitOfWork.IsDatabaseFault(exception))
        {
            await session.RollbackToAsync(Savepoint, cancellationToken);
            return exception;
        }
    }

    // What earlier versions of these processors made of the transactions is replaced by what was made now.
    private async Task ReplaceAsync(
        DbSession session, IReadOnlyList<Registered> group, IReadOnlyList<FedTransaction> fed, Func<string, FedTransaction, int?> startOf,
        CancellationToken cancellationToken)
    {
        foreach (Registered one in group.Where(one => one.Version > 1))
        {
            IReadOnlyList<FeedItem> items =
                [.. fed.Where(each => each.Part.FirstLog == 0 && startOf(one.Name, each) is not null).Select(each => each.Item)];
            await alerts.SettleAsync(session, await records.ReplaceAsync(session, one, items, cancellationToken), cancellationToken);
        }
    }

    private async Task ParkAsync(
        DbSession session, IEnumerable<ParkRow> rows, HashSet<(string, BlockKey)> parked, CancellationToken cancellationToken)
    {
        foreach (ParkRow row in rows)
        {
            parked.Add((row.Processor, row.Block));
            await store.ParkAsync(session, row, cancellationToken);
            await incidents.OpenAsync(
                session, ParkedKind, row.Processor, row.Block.Chain, sender: null,
                $"Processor {row.Processor} is parked at block {row.Number}: {row.Error}",
                new { row.Block.Block, row.Number }, cancellationToken);
        }
    }

    private Func<CancellationToken, Task> Pause(DbSession session)
    {
        long quietSince = clock.GetTimestamp();
        return async token =>
        {
            if (clock.GetElapsedTime(quietSince) < QuietMax)
                return;
            await session.Sql("select 1").ScalarAsync<int>(token);
            quietSince = clock.GetTimestamp();
        };
    }
}
