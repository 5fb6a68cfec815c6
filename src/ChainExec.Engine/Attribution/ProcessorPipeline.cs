using ChainExec.Calls;
using ChainExec.Ethereum.Abi;
using ChainExec.Facts.Contracts;
using ChainExec.Storage;

namespace ChainExec.Attribution;

/// <summary>What the processors made of one transaction.</summary>
internal sealed record PipelineOutput(IReadOnlyList<ProcessedMovement> Movements, IReadOnlyList<UndecodableLog> Undecodable);

/// <summary>Runs the processors over one transaction: logs first, in order, then the transaction with what they gave. Pure.</summary>
internal sealed class ProcessorPipeline
{
    private const int ReasonLengthMax = 500;

    private readonly IReadOnlyList<ILogProcessor> _logProcessors;
    private readonly IReadOnlyList<ITransactionProcessor> _transactionProcessors;
    private readonly Dictionary<string, IMovementProcessor> _byName;

    public ProcessorPipeline(IEnumerable<ILogProcessor> logProcessors, IEnumerable<ITransactionProcessor> transactionProcessors)
    {
        _logProcessors = [.. logProcessors];
        _transactionProcessors = [.. transactionProcessors];
        _byName = _logProcessors.Concat<IMovementProcessor>(_transactionProcessors).ToDictionary(processor => processor.Name);
    }

    /// <summary>The processor that read a stored movement.</summary>
    /// <exception cref="InvalidOperationException">This build does not have it.</exception>
    public IMovementProcessor Get(string name) =>
        _byName.GetValueOrDefault(name) ?? throw new InvalidOperationException($"No processor is called {name}.");

    public PipelineOutput Run(ChainTransaction transaction, IReadOnlyList<ObservedLog> logs, AssetSnapshot assets)
    {
        var movements = new List<ProcessedMovement>();
        var undecodable = new List<UndecodableLog>();
        foreach (ObservedLog log in logs)
        {
            foreach (ILogProcessor processor in _logProcessors)
            {
                if (log.Topics.Count == 0 || log.Topics[0] != processor.Topic0 || !processor.Wants(log, assets))
                    continue;
                IReadOnlyList<Movement> read = Read(processor, transaction, log, assets, out string? reason);
                movements.AddRange(read.Select(movement => new ProcessedMovement(processor.Name, movement)));
                if (reason is not null)
                    undecodable.Add(new UndecodableLog(processor.Name, log.LogIndex, reason));
            }
        }

        IReadOnlyList<Movement> fromLogs = [.. movements.Select(processed => processed.Movement)];
        foreach (ITransactionProcessor processor in _transactionProcessors)
        {
            movements.AddRange(processor.OnIncluded(transaction, fromLogs, assets)
                .Select(movement => new ProcessedMovement(processor.Name, movement)));
        }

        return new PipelineOutput(movements, undecodable);
    }

    // ERC-721 shares the topic of ERC-20's Transfer and indexes the token id as well; some contracts write short data. A row with a reason.
    private static IReadOnlyList<Movement> Read(
        ILogProcessor processor, ChainTransaction transaction, ObservedLog log, AssetSnapshot assets, out string? reason)
    {
        try
        {
            reason = null;
            return processor.OnIncluded(transaction, log, assets);
        }
        catch (AbiException exception)
        {
            reason = exception.Message.Cut(ReasonLengthMax);
            return [];
        }
    }
}
