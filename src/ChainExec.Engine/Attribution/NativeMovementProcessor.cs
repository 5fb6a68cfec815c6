using ChainExec.Calls;
using ChainExec.Facts.Contracts;

namespace ChainExec.Attribution;

/// <summary>A transaction's top-level native value and its gas as movements, by the same derivation that judges intents.</summary>
internal sealed class NativeMovementProcessor : ITransactionProcessor
{
    public string Name => "native";

    public IReadOnlyList<Movement> OnIncluded(ChainTransaction transaction, IReadOnlyList<Movement> fromLogs, AssetSnapshot assets) =>
        ObservedMovements.Of(transaction, logs: [], assets);
}
