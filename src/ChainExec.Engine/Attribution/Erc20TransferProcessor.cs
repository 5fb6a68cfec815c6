using ChainExec.Calls;
using ChainExec.Calls.Abis;
using ChainExec.Ethereum;
using ChainExec.Facts.Contracts;

namespace ChainExec.Attribution;

/// <summary>ERC-20 <c>Transfer</c> logs of listed tokens as movements, by the same derivation that judges intents.</summary>
internal sealed class Erc20TransferProcessor : ILogProcessor
{
    public string Name => "erc20.transfer";

    public Hash32 Topic0 => Erc20.TransferEvent.Topic0;

    public bool Wants(ObservedLog log, AssetSnapshot assets) => assets.Token(log.Emitter) is not null;

    public IReadOnlyList<Movement> OnIncluded(ChainTransaction transaction, ObservedLog log, AssetSnapshot assets)
    {
        // Asked for its refusal, which says what is wrong with the log; what a sound one moved is for the one derivation to say.
        Erc20.TransferEvent.Decode([.. log.Topics], log.Data.Span);
        return [.. ObservedMovements.Of(transaction, [log], assets).Where(movement => movement.Kind == MovementKind.Token)];
    }
}
