using ChainExec.Ethereum;
using ChainExec.Ethereum.Abi;
using ChainExec.Storage;
using Microsoft.Extensions.Logging;

namespace ChainExec.Attribution.Processors;

/// <summary>
/// Runs processors over included transactions, in memory. One that throws loses what it made of that block in this part, and is parked
/// there; its other blocks and the other processors go on.
/// </summary>
internal sealed partial class ProcessorRunner(ProcessorSet processors, ILogger<ProcessorRunner> logger)
{
    private const int ReasonLengthMax = 500;
    private const int RecordsPerLogMax = 256;

    /// <param name="names">Who runs.</param>
    /// <param name="isClosed">Whether a processor is parked at the block, or had the transaction already.</param>
    /// <param name="children">Contracts that factories of a processor made before.</param>
    public ProcessorOutput RunReaders(
        IReadOnlySet<string> names, IReadOnlyList<FedTransaction> fed, Func<string, TransactionKey, bool> isClosed,
        IReadOnlySet<(string Processor, long Chain, Address Child)> children)
    {
        var output = new ProcessorOutput();
        var known = new HashSet<(string Processor, long Chain, Address Child)>(children);
        foreach (LogReader reader in processors.Readers.Where(reader => names.Contains(reader.Processor.Name)))
        {
            foreach (IGrouping<BlockKey, FedTransaction> block in Open(reader.Processor.Name, fed, isClosed))
            {
                output.Add(Guarded(reader.Processor.Name, block, part =>
                {
                    foreach (FedTransaction one in block)
                        Read(reader, one, known, part);
                }));
            }
        }

        return output;
    }

    /// <param name="recordsOf">What the processors that one reads made of a transaction.</param>
    /// <param name="waitsFor">The processor that one reads and that is parked at the block.</param>
    public ProcessorOutput RunTransactionProcessors(
        IReadOnlySet<string> names, IReadOnlyList<FedTransaction> fed, Func<string, TransactionKey, bool> isClosed,
        Func<ITransactionProcessor, TransactionKey, IReadOnlyList<StoredRecord>> recordsOf,
        Func<ITransactionProcessor, BlockKey, string?> waitsFor)
    {
        var output = new ProcessorOutput();
        foreach (ITransactionProcessor processor in processors.TransactionProcessors.Where(processor => names.Contains(processor.Name)))
        {
            foreach (IGrouping<BlockKey, FedTransaction> block in Open(processor.Name, fed, isClosed))
            {
                if (waitsFor(processor, block.Key) is { } parked)
                {
                    output.Parked.Add(new ParkRow(
                        processor.Name, block.Key, NumberOf(block), $"It reads {parked}, which is parked at this block.", Waits: true));
                    continue;
                }

                output.Add(Guarded(processor.Name, block, part =>
                {
                    foreach (FedTransaction one in block)
                    {
                        var merged = new MergedTransaction(
                            one.Item.Transaction, one.Logs, recordsOf(processor, one.Item.Key), one.Calls, one.Scope);
                        Keep(processor.Name, one, RecordRow.OfTransaction, [.. processor.OnIncluded(merged)], one.OnlyCall, part);
                    }
                }));
            }
        }

        return output;
    }

    /// <summary>Runs what a processor does with a block; what it throws parks it there.</summary>
    public ProcessorOutput Guarded(string name, IEnumerable<FedTransaction> block, Action<ProcessorOutput> run)
    {
        FeedItem first = block.First().Item;
        return Guarded(name, first.Key.Block, first.Transaction.BlockNumber, run);
    }

    /// <summary>The same, of a block by its key.</summary>
    public ProcessorOutput Guarded(string name, BlockKey block, long number, Action<ProcessorOutput> run)
    {
        var part = new ProcessorOutput();
        try
        {
            run(part);
            return part;
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            // A processor is somebody's code, and this block is where it failed: kept for an operator, and nobody else stops.
            LogParked(name, block.Chain, number, exception);
            var parked = new ProcessorOutput();
            parked.Parked.Add(new ParkRow(name, block, number, $"{exception.GetType().Name}: {exception.Message}", Waits: false));
            return parked;
        }
    }

    private static IEnumerable<IGrouping<BlockKey, FedTransaction>> Open(
        string name, IReadOnlyList<FedTransaction> fed, Func<string, TransactionKey, bool> isClosed) =>
        fed.Where(one => !isClosed(name, one.Item.Key)).GroupBy(one => one.Item.Key.Block);

    private static long NumberOf(IGrouping<BlockKey, FedTransaction> block) => block.First().Item.Transaction.BlockNumber;

    private static void Read(
        LogReader reader, FedTransaction fed, HashSet<(string Processor, long Chain, Address Child)> children, ProcessorOutput output)
    {
        string name = reader.Processor.Name;
        foreach (EmittedLog log in fed.Logs)
        {
            if (reader.Source is AddressSource.FactoryChild factory && ChildOf(factory, log) is { } child
                && children.Add((name, fed.Item.Transaction.Chain, child)))
            {
                output.Children.Add(new ChildRow(name, fed.Item, log.LogIndex, child));
                output.Reach(name, fed.Item);
            }

            if (!reader.Wants(log) || !Believes(reader, fed, log, children))
                continue;
            try
            {
                Keep(name, fed, log.LogIndex, reader.Read(fed.Item.Transaction, log, fed.Scope), log.Call, output);
            }
            catch (AbiException exception)
            {
                // ERC-721 shares the topic of ERC-20's Transfer and indexes the token id as well; some contracts write short data.
                output.Undecodable.Add(new UndecodableRow(name, fed.Item, log.LogIndex, exception.Message.Cut(ReasonLengthMax)));
                output.Reach(name, fed.Item);
            }
        }
    }

    private static void Keep(
        string name, FedTransaction fed, int logIndex, IReadOnlyList<ProcessorRecord> records, CallContext? call, ProcessorOutput output)
    {
        if (records.Count > RecordsPerLogMax)
            throw new InvalidOperationException($"{records.Count} records of one log, at most {RecordsPerLogMax}.");
        for (int ordinal = 0; ordinal < records.Count; ordinal++)
            output.Records.Add(RecordRow.Make(name, fed, logIndex, ordinal, records[ordinal], call));
        if (records.Count > 0)
            output.Reach(name, fed.Item);
    }

    private static Address? ChildOf(AddressSource.FactoryChild factory, EmittedLog log) =>
        log.Topics is [var topic, ..] && topic == factory.Topic0 && factory.Factories.Contains(log.Emitter)
            ? factory.Child(log.Topics, log.Data)
            : null;

    private static bool Believes(
        LogReader reader, FedTransaction fed, EmittedLog log, HashSet<(string Processor, long Chain, Address Child)> children) =>
        reader.Source switch
        {
            AddressSource.Fixed(var addresses) => addresses.Contains(log.Emitter),
            AddressSource.ListedAssets => fed.Scope.AssetOf(log.Emitter) is not null,
            AddressSource.OurAccounts => fed.Scope.IsOurs(log.Emitter),
            AddressSource.FactoryChild => children.Contains((reader.Processor.Name, fed.Item.Transaction.Chain, log.Emitter)),
            var other => throw new InvalidOperationException($"{other} is no source that is known here."),
        };

    [LoggerMessage(
        EventId = 2211, Level = LogLevel.Error, Message = "Processor {Processor} is parked at block {Number} of chain {Chain}: it threw")]
    private partial void LogParked(string processor, long chain, long number, Exception exception);
}
