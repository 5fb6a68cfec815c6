using System.Text.RegularExpressions;
using ChainExec.Ethereum;

namespace ChainExec.Attribution.Processors;

/// <summary>A record that is to be written.</summary>
/// <param name="Version">The version of the processor that made it.</param>
/// <param name="Ordinal">Its place among the records that the processor made of the log, or of the transaction.</param>
/// <param name="Json">The body; nothing for a movement.</param>
internal sealed record RecordRow(
    string Processor, int Version, FeedItem Item, int LogIndex, int Ordinal, ProcessorRecord Record, string? Json, Guid? Intent, Guid? Call)
{
    /// <summary>The log index of a record of a whole transaction.</summary>
    public const int OfTransaction = -1;

    private const int BodyMax = 16 * 1024;
    private const int AlertTextMax = 500;
    private static readonly Regex Word = new("^[a-z][a-z0-9_]{0,63}$", RegexOptions.CultureInvariant);

    /// <exception cref="InvalidOperationException">The record is not one that can be stored: a mistake of its processor.</exception>
    public static RecordRow Make(
        Registered processor, FedTransaction fed, int logIndex, int ordinal, ProcessorRecord? record, CallContext? call)
    {
        if (record is MovementRecord moved)
        {
            return new RecordRow(
                processor.Name, processor.Version, fed.Item, moved.Movement.LogIndex, ordinal, record, null, call?.Intent ?? fed.Intent,
                call?.Call);
        }

        if (record?.Kind is not { } kind || !Word.IsMatch(kind))
            throw new InvalidOperationException($"'{record?.Kind}' is no kind of a record: lower case, digits, underscores, at most 64.");
        return new RecordRow(
            processor.Name, processor.Version, fed.Item, logIndex, ordinal, record with { Alert = Checked(processor, record.Alert) },
            ProcessorText.Json(record.Body, BodyMax), call?.Intent, call?.Call);
    }

    // The kinds of the engine's own incidents have no dot: no processor of anybody else opens or closes one.
    private static ProcessorAlert? Checked(Registered processor, ProcessorAlert? alert)
    {
        if (alert is null)
            return null;
        if (!processor.IsShipped && !ProcessorFacts.IsTypeOfProcessors(alert.Kind))
            throw new InvalidOperationException($"'{alert.Kind}' is no kind of an alert of a processor: family.thing.");
        return alert with
        {
            Subject = ProcessorText.Checked(alert.Subject, "The subject of an alert", AlertTextMax),
            Detail = ProcessorText.Checked(alert.Detail, "The detail of an alert", AlertTextMax),
        };
    }
}

/// <summary>A log with a processor's event that does not decode.</summary>
internal sealed record UndecodableRow(string Processor, FeedItem Item, int LogIndex, string Reason);

/// <summary>A contract that a factory made.</summary>
internal sealed record ChildRow(string Processor, int Version, FeedItem Item, int LogIndex, Address Child);

/// <summary>A processor threw on a block, or waits for one that did.</summary>
internal sealed record ParkRow(string Processor, BlockKey Block, long Number, string Error, bool Waits);

/// <summary>What processors made of a part of the feed.</summary>
internal sealed class ProcessorOutput
{
    public List<RecordRow> Records { get; } = [];

    /// <summary>How many characters the bodies of the records have.</summary>
    public long Characters { get; set; }

    /// <summary>How many of the records are alerts.</summary>
    public int Alerts { get; set; }

    public List<UndecodableRow> Undecodable { get; } = [];

    public List<ChildRow> Children { get; } = [];

    public List<ParkRow> Parked { get; } = [];

    /// <summary>Whom a transaction reached, where something came of it.</summary>
    public Dictionary<(string Processor, TransactionKey Key), FedTransaction> Reached { get; } = [];

    public void Reach(string processor, FedTransaction fed) => Reached[(processor, fed.Item.Key)] = fed;

    public void Add(ProcessorOutput part)
    {
        Records.AddRange(part.Records);
        Undecodable.AddRange(part.Undecodable);
        Children.AddRange(part.Children);
        Parked.AddRange(part.Parked);
        foreach (((string Processor, TransactionKey Key) whom, FedTransaction fed) in part.Reached)
            Reached[whom] = fed;
    }

    /// <summary>What one processor made of one block, for each.</summary>
    public IReadOnlyList<(string Processor, BlockKey Block, long Number, ProcessorOutput Part)> ByBlock() =>
    [
        .. from reached in Reached
           group reached by (reached.Key.Processor, reached.Key.Key.Block) into block
           let number = block.First().Value.Item.Transaction.BlockNumber
           select (block.Key.Processor, block.Key.Block, number, PartOf(block.Key.Processor, block.Key.Block)),
    ];

    private ProcessorOutput PartOf(string processor, BlockKey block)
    {
        var part = new ProcessorOutput();
        part.Records.AddRange(Records.Where(row => row.Processor == processor && row.Item.Key.Block == block));
        part.Undecodable.AddRange(Undecodable.Where(row => row.Processor == processor && row.Item.Key.Block == block));
        part.Children.AddRange(Children.Where(row => row.Processor == processor && row.Item.Key.Block == block));
        foreach (((string Processor, TransactionKey Key) whom, FedTransaction fed) in Reached)
        {
            if (whom.Processor == processor && whom.Key.Block == block)
                part.Reached[whom] = fed;
        }

        return part;
    }
}
