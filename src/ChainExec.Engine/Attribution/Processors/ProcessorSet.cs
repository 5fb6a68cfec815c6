using System.Text.RegularExpressions;

namespace ChainExec.Attribution.Processors;

/// <summary>Who goes on together, in database transactions and at a pace of their own.</summary>
internal enum ProcessorGroup
{
    /// <summary>Movements, on which the books stand: nobody else's code runs beside them.</summary>
    Movements,

    /// <summary>All others.</summary>
    Records,
}

/// <summary>A processor, as it said of itself once.</summary>
/// <param name="IsShipped">It is the engine's own code.</param>
internal sealed record Registered(string Name, int Version, ProcessorGroup Group, bool IsShipped, IProcessor Processor);

/// <summary>A transaction processor, as it said of itself once.</summary>
internal sealed record Merger(Registered Of, ITransactionProcessor Processor, IReadOnlyCollection<string> Reads)
{
    public string Name => Of.Name;
}

/// <summary>Processors that make movements. The engine's own only, and never run again over history: what is booked stays booked.</summary>
internal interface IMovementProcessor;

/// <summary>The processors of this host.</summary>
internal sealed class ProcessorSet
{
    private static readonly Regex NameForm = new(@"^[a-z][a-z0-9_.]{0,63}$", RegexOptions.CultureInvariant);

    private readonly Dictionary<string, Registered> _byName = [];

    /// <exception cref="ArgumentException">A name, a version or a reading is not possible: the host does not start.</exception>
    public ProcessorSet(IEnumerable<LogReader> readers, IEnumerable<ITransactionProcessor> transactionProcessors)
    {
        Readers = [.. readers];
        foreach (LogReader reader in Readers)
            Add(reader.Name, reader.Processor);
        Mergers = [.. transactionProcessors.Select(one => new Merger(Add(one.Name, one), one, [.. one.Reads]))];
        foreach (Merger merger in Mergers)
        {
            if (merger.Reads.FirstOrDefault(name => Readers.All(reader => reader.Name != name)) is { } missing)
                throw new ArgumentException($"{merger.Name} reads {missing}, which is no log processor.", nameof(transactionProcessors));
        }
    }

    public IReadOnlyList<LogReader> Readers { get; }

    public IReadOnlyList<Merger> Mergers { get; }

    public IReadOnlyCollection<string> Names => _byName.Keys;

    public Registered Get(string name) => _byName[name];

    public IReadOnlyList<Registered> Of(ProcessorGroup group) => [.. _byName.Values.Where(one => one.Group == group)];

    private Registered Add(string name, IProcessor processor)
    {
        int version = processor.Version;
        if (!NameForm.IsMatch(name))
            throw new ArgumentException($"'{name}' is no name of a processor: lower case, digits, dots and underscores, at most 64.");
        if (version < 1 || (processor is IMovementProcessor && version != 1))
            throw new ArgumentException($"{name} has version {version}; versions begin at 1, and movements have no other.");
        var added = new Registered(
            name, version, processor is IMovementProcessor ? ProcessorGroup.Movements : ProcessorGroup.Records,
            processor.GetType().Assembly == typeof(IProcessor).Assembly, processor);
        return _byName.TryAdd(name, added) ? added : throw new ArgumentException($"Two processors are called {name}.");
    }
}
