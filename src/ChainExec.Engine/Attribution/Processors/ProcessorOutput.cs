using System.Text.Json;
using System.Text.RegularExpressions;
using ChainExec.Ethereum;
using ChainExec.Facts;

namespace ChainExec.Attribution.Processors;

/// <summary>A record that is to be written.</summary>
/// <param name="Ordinal">Its place among the records that the processor made of the log, or of the transaction.</param>
/// <param name="Json">The body; nothing for a movement.</param>
internal sealed record RecordRow(
    string Processor, FeedItem Item, int LogIndex, int Ordinal, ProcessorRecord Record, string? Json, Guid? Intent, Guid? Call)
{
    /// <summary>The log index of a record of a whole transaction.</summary>
    public const int OfTransaction = -1;

    private const int BodyMax = 16 * 1024;
    private static readonly Regex Word = new("^[a-z][a-z0-9_]{0,63}$", RegexOptions.CultureInvariant);

    /// <exception cref="InvalidOperationException">The record is not one that can be stored: a mistake of its processor.</exception>
    public static RecordRow Make(
        string processor, FedTransaction fed, int logIndex, int ordinal, ProcessorRecord record, CallContext? call)
    {
        if (record is MovementRecord moved)
        {
            return new RecordRow(
                processor, fed.Item, moved.Movement.LogIndex, ordinal, record, null, call?.Intent ?? fed.Intent, call?.Call);
        }

        if (!Word.IsMatch(record.Kind))
            throw new InvalidOperationException($"'{record.Kind}' is no kind of a record: lower case, digits and underscores, at most 64.");
        return new RecordRow(
            processor, fed.Item, logIndex, ordinal, record, Storable(record.Body ?? new object(), BodyMax), call?.Intent, call?.Call);
    }

    /// <exception cref="InvalidOperationException">It is too long, or holds a NUL, which PostgreSQL refuses.</exception>
    internal static string Storable(object body, int lengthMax)
    {
        string json = JsonSerializer.Serialize(body, body.GetType(), FactJson.Options);
        return json.Length > lengthMax ? throw new InvalidOperationException($"A body has {json.Length} characters, at most {lengthMax}.")
            : json.Contains("\\u0000", StringComparison.Ordinal) ? throw new InvalidOperationException("A body holds a NUL character.")
            : json;
    }
}

/// <summary>A log with a processor's event that does not decode.</summary>
internal sealed record UndecodableRow(string Processor, FeedItem Item, int LogIndex, string Reason);

/// <summary>A contract that a factory made.</summary>
internal sealed record ChildRow(string Processor, FeedItem Item, int LogIndex, Address Child);

/// <summary>A processor threw on a block, or waits for one that did.</summary>
internal sealed record ParkRow(string Processor, BlockKey Block, long Number, string Error, bool Waits);

/// <summary>What processors made of a part of the feed.</summary>
internal sealed class ProcessorOutput
{
    public List<RecordRow> Records { get; } = [];

    public List<UndecodableRow> Undecodable { get; } = [];

    public List<ChildRow> Children { get; } = [];

    public List<ParkRow> Parked { get; } = [];

    /// <summary>Whom a transaction reached, where something came of it, at which position.</summary>
    public Dictionary<(string Processor, TransactionKey Key), long> Reached { get; } = [];

    public void Reach(string processor, FeedItem item) => Reached[(processor, item.Key)] = item.Position;

    public void Add(ProcessorOutput part)
    {
        Records.AddRange(part.Records);
        Undecodable.AddRange(part.Undecodable);
        Children.AddRange(part.Children);
        Parked.AddRange(part.Parked);
        foreach (((string Processor, TransactionKey Key) whom, long position) in part.Reached)
            Reached[whom] = position;
    }
}
