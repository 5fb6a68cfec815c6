using ChainExec.Attribution.Processors;
using ChainExec.Facts.Contracts;

namespace ChainExec.Attribution.Shipped;

/// <summary>
/// Native value that calls inside a transaction moved from or to accounts of ours, as its trace shows it. Each is numbered by its frame, so
/// that the frame is its evidence. The first trace that was believed counts: what is booked stays booked.
/// </summary>
internal sealed class InternalMovements : ITransactionProcessor, IMovementProcessor
{
    public string Name => "native.internal";

    public IEnumerable<ProcessorRecord> OnIncluded(MergedTransaction transaction) => transaction.Scope.Assets.Native is not { } native
        ? []
        : transaction.Transfers.Select(transfer => new MovementRecord(new Movement(
            MovementKind.Native, Movement.LogIndexOfFrame(transfer.Frame), native.Id, transfer.From, transfer.To, transfer.Value)));
}
