using ChainExec.Calls;
using ChainExec.Ethereum.Abi;
using ChainExec.Facts.Contracts;

namespace ChainExec.Attribution;

/// <summary>ERC-20 <c>Transfer</c> logs of listed tokens as movements, by the same derivation that judges intents.</summary>
internal sealed class Erc20TransferProcessor : ILogProcessor
{
    public string Name => "erc20.transfer";

    public AbiEvent Event { get; } = AbiEvent.Parse("event Transfer(address indexed from, address indexed to, uint256 value)");

    public bool Wants(ObservedLog log, AssetSnapshot assets) => assets.Token(log.Emitter) is not null;

    public IReadOnlyList<Movement> OnIncluded(DecodedLog log, AssetSnapshot assets) =>
        [.. ObservedMovements.Of(log.Transaction, [log.Log], assets).Where(movement => movement.Kind == MovementKind.Token)];
}
