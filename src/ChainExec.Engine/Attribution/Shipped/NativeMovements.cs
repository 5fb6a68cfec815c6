using ChainExec.Attribution.Processors;
using ChainExec.Calls;

namespace ChainExec.Attribution.Shipped;

/// <summary>A transaction's top-level native value and its gas as movements, by the same derivation that judges intents.</summary>
internal sealed class NativeMovements : ITransactionProcessor, IMovementProcessor
{
    public string Name => "native";

    public IEnumerable<ProcessorRecord> OnIncluded(MergedTransaction transaction) =>
        ObservedMovements.Of(transaction.Transaction, logs: [], transaction.Scope.Assets).Select(movement => new MovementRecord(movement));
}
