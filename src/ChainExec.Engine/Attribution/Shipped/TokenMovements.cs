using ChainExec.Attribution.Processors;
using ChainExec.Calls;
using ChainExec.Calls.Abis;
using ChainExec.Facts.Contracts;

namespace ChainExec.Attribution.Shipped;

/// <summary>ERC-20 <c>Transfer</c> logs of listed tokens as movements, by the same derivation that judges intents.</summary>
internal sealed class TokenMovements : ILogProcessor<Erc20.TransferEvent>, IMovementProcessor
{
    public string Name => "erc20.transfer";

    public AddressSource Source { get; } = new AddressSource.ListedAssets();

    public IEnumerable<ProcessorRecord> OnIncluded(DecodedLog<Erc20.TransferEvent> log)
    {
        var observed = new ObservedLog(log.Log.LogIndex, log.Emitter, log.Log.Topics, log.Log.Data);
        return ObservedMovements.Of(log.Transaction, [observed], log.Scope.Assets)
            .Where(movement => movement.Kind == MovementKind.Token).Select(movement => new MovementRecord(movement));
    }
}
