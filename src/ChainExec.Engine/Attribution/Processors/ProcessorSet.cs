namespace ChainExec.Attribution.Processors;

/// <summary>The processors of this host.</summary>
internal sealed class ProcessorSet
{
    private readonly Dictionary<string, IProcessor> _byName;

    /// <exception cref="ArgumentException">Two have one name, or one reads another that is not there.</exception>
    public ProcessorSet(IEnumerable<LogReader> readers, IEnumerable<ITransactionProcessor> transactionProcessors)
    {
        Readers = [.. readers];
        TransactionProcessors = [.. transactionProcessors];
        _byName = [];
        foreach (IProcessor processor in Readers.Select(reader => reader.Processor).Concat(TransactionProcessors))
        {
            if (!_byName.TryAdd(processor.Name, processor))
                throw new ArgumentException($"Two processors are called {processor.Name}.", nameof(readers));
        }

        foreach (ITransactionProcessor processor in TransactionProcessors)
        {
            if (processor.Reads.FirstOrDefault(name => Readers.All(reader => reader.Processor.Name != name)) is { } missing)
                throw new ArgumentException($"{processor.Name} reads {missing}, which is no log processor.", nameof(transactionProcessors));
        }
    }

    public IReadOnlyList<LogReader> Readers { get; }

    public IReadOnlyList<ITransactionProcessor> TransactionProcessors { get; }

    public IReadOnlyCollection<string> Names => _byName.Keys;

    public IProcessor Get(string name) => _byName[name];
}
