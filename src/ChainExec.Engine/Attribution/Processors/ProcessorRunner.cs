using ChainExec.Ethereum;
using ChainExec.Storage;
using Microsoft.Extensions.Logging;

namespace ChainExec.Attribution.Processors;

/// <summary>
/// Runs processors over included transactions, in memory. One that throws, does not return or makes what cannot be stored loses what it
/// made of that block in this part, and is parked there; its other blocks and the other processors go on.
/// </summary>
internal sealed partial class ProcessorRunner(ProcessorSet processors, ProcessorCalls calls, ILogger<ProcessorRunner> logger)
{
    private const int ReasonLengthMax = 500;
    private const int ErrorLengthMax = 1000;
    private const int RecordsPerLogMax = 256;

    // Of one processor in one block of one turn.
    private const int RecordsPerCallMax = 20_000;
    private const int AlertsPerCallMax = 100;
    private const long CharactersPerCallMax = 16 * 1024 * 1024;

    /// <param name="names">Who runs.</param>
    /// <param name="startOf">The first log that is still to be read by a processor; nothing when it is parked or was through.</param>
    /// <param name="children">Contracts that factories of a processor made before.</param>
    /// <param name="pause">Called between the calls of code that may be slow.</param>
    public async Task<ProcessorOutput> RunReadersAsync(
        IReadOnlySet<string> names, IReadOnlyList<FedTransaction> fed, Func<string, FedTransaction, int?> startOf,
        IReadOnlySet<(string Processor, long Chain, Address Child)> children, Func<CancellationToken, Task> pause,
        CancellationToken cancellationToken)
    {
        var output = new ProcessorOutput();
        foreach (LogReader reader in processors.Readers.Where(reader => names.Contains(reader.Name)))
        {
            var known = new HashSet<(string Processor, long Chain, Address Child)>(children);
            foreach (IGrouping<BlockKey, (FedTransaction Fed, int Start)> block in Open(
                reader.Name, fed.Where(one => one.Logs.Any(reader.Concerns)), startOf))
            {
                ProcessorOutput part = await GuardedAsync(
                    reader.Name, block.Key, NumberOf(block),
                    made =>
                    {
                        foreach ((FedTransaction one, int start) in block)
                            Read(reader, one, start, known, made);
                    },
                    cancellationToken);
                known.UnionWith(part.Children.Select(child => (child.Processor, child.Item.Transaction.Chain, child.Child)));
                output.Add(part);
                await pause(cancellationToken);
            }
        }

        return output;
    }

    /// <param name="recordsOf">What the processors that one reads made of a transaction.</param>
    /// <param name="waitsFor">The processor that one reads and that is parked at the block.</param>
    public async Task<ProcessorOutput> RunMergersAsync(
        IReadOnlyList<Merger> mergers, IReadOnlyList<FedTransaction> fed, Func<string, FedTransaction, int?> startOf,
        Func<Merger, TransactionKey, IReadOnlyList<StoredRecord>> recordsOf, Func<Merger, BlockKey, string?> waitsFor,
        Func<CancellationToken, Task> pause, CancellationToken cancellationToken)
    {
        var output = new ProcessorOutput();
        foreach (Merger merger in mergers)
        {
            foreach (IGrouping<BlockKey, (FedTransaction Fed, int Start)> block in Open(
                merger.Name, fed.Where(one => one.Part.IsLast), startOf))
            {
                if (waitsFor(merger, block.Key) is { } parked)
                {
                    output.Parked.Add(new ParkRow(
                        merger.Name, block.Key, NumberOf(block), $"It reads {parked}, which is parked at this block.", Waits: true));
                    continue;
                }

                output.Add(await GuardedAsync(
                    merger.Name, block.Key, NumberOf(block),
                    made =>
                    {
                        foreach ((FedTransaction one, _) in block)
                        {
                            var merged = new MergedTransaction(
                                one.Item.Transaction, one.Logs, recordsOf(merger, one.Item.Key), one.Calls, one.Scope)
                            {
                                Transfers = one.Transfers,
                            };
                            Keep(merger.Of, one, RecordRow.OfTransaction, merger.Processor.OnIncluded(merged), one.OnlyCall, made);
                        }
                    },
                    cancellationToken));
                await pause(cancellationToken);
            }
        }

        return output;
    }

    /// <summary>Runs what a processor does with a block; what it throws parks it there.</summary>
    public async Task<ProcessorOutput> GuardedAsync(
        string name, BlockKey block, long number, Action<ProcessorOutput> run, CancellationToken cancellationToken)
    {
        var part = new ProcessorOutput();
        if (await calls.RunAsync(processors.Get(name), () => run(part), cancellationToken) is not { } failure)
            return part;
        // A processor is somebody's code, and this block is where it failed: kept for an operator, and nobody else stops.
        return Parked(name, block, number, failure);
    }

    /// <summary>What comes of a processor that failed at a block.</summary>
    public ProcessorOutput Parked(string name, BlockKey block, long number, Exception failure)
    {
        LogParked(name, block.Chain, number, failure);
        var parked = new ProcessorOutput();
        parked.Parked.Add(new ParkRow(name, block, number, ProcessorText.Of(failure, ErrorLengthMax), Waits: false));
        return parked;
    }

    private static IEnumerable<IGrouping<BlockKey, (FedTransaction Fed, int Start)>> Open(
        string name, IEnumerable<FedTransaction> fed, Func<string, FedTransaction, int?> startOf) =>
        fed.Select(one => (Fed: one, Start: startOf(name, one))).Where(one => one.Start is not null)
            .Select(one => (one.Fed, one.Start!.Value)).GroupBy(one => one.Fed.Item.Key.Block);

    private static long NumberOf(IGrouping<BlockKey, (FedTransaction Fed, int Start)> block) =>
        block.First().Fed.Item.Transaction.BlockNumber;

    private void Read(
        LogReader reader, FedTransaction fed, int start, HashSet<(string Processor, long Chain, Address Child)> known,
        ProcessorOutput output)
    {
        long chain = fed.Item.Transaction.Chain;
        Registered processor = processors.Get(reader.Name);
        foreach (EmittedLog log in fed.Logs.Where(log => log.LogIndex >= start))
        {
            if (reader.Source is AddressSource.FactoryChild factory && ChildOf(factory, log) is { } child
                && !Knows(child))
            {
                output.Children.Add(new ChildRow(reader.Name, processor.Version, fed.Item, log.LogIndex, child));
                output.Reach(reader.Name, fed);
            }

            if (!reader.Wants(log) || !Believes(log))
                continue;
            IEnumerable<ProcessorRecord?> made = reader.Read(fed.Item.Transaction, log, fed.Scope, out string? undecodable);
            if (undecodable is not null)
            {
                output.Undecodable.Add(new UndecodableRow(
                    reader.Name, fed.Item, log.LogIndex, PlainText.Of(undecodable.Cut(ReasonLengthMax))));
                output.Reach(reader.Name, fed);
            }
            else
            {
                Keep(processor, fed, log.LogIndex, made, log.Call, output);
            }
        }

        bool Knows(Address child) => known.Contains((reader.Name, chain, child))
            || output.Children.Exists(row => row.Child == child && row.Item.Transaction.Chain == chain);

        bool Believes(EmittedLog log) => reader.Source switch
        {
            AddressSource.Fixed(var addresses) => addresses.Contains(log.Emitter),
            AddressSource.ListedAssets => fed.Scope.AssetOf(log.Emitter) is not null,
            AddressSource.OurAccounts => fed.Scope.IsOurs(log.Emitter),
            AddressSource.FactoryChild => Knows(log.Emitter),
            var other => throw new InvalidOperationException($"{other} is no source that is known here."),
        };
    }

    private static void Keep(
        Registered processor, FedTransaction fed, int logIndex, IEnumerable<ProcessorRecord?> records, CallContext? call,
        ProcessorOutput output)
    {
        int ordinal = 0;
        foreach (ProcessorRecord? record in records)
        {
            if (ordinal == RecordsPerLogMax)
                throw new InvalidOperationException($"More than {RecordsPerLogMax} records of one log.");
            if (output.Records.Count == RecordsPerCallMax)
                throw new InvalidOperationException($"More than {RecordsPerCallMax} records of one block in one turn.");
            RecordRow row = RecordRow.Make(processor, fed, logIndex, ordinal++, record, call);
            output.Characters += row.Json?.Length ?? 0;
            output.Alerts += row.Record.Alert is null ? 0 : 1;
            if (output.Characters > CharactersPerCallMax || output.Alerts > AlertsPerCallMax)
                throw new InvalidOperationException(
                    $"More than {CharactersPerCallMax} characters or {AlertsPerCallMax} alerts of one block in one turn.");
            output.Records.Add(row);
        }

        if (ordinal > 0)
            output.Reach(processor.Name, fed);
    }

    private static Address? ChildOf(AddressSource.FactoryChild factory, EmittedLog log) =>
        log.Topics is [var topic, ..] && topic == factory.Topic0 && factory.Factories.Contains(log.Emitter)
            ? factory.Child(log.Topics, log.Data)
            : null;

    [LoggerMessage(
        EventId = 2211, Level = LogLevel.Error, Message = "Processor {Processor} is parked at block {Number} of chain {Chain}")]
    private partial void LogParked(string processor, long chain, long number, Exception exception);
}
