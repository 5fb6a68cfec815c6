using ChainExec.Calls;
using ChainExec.Ethereum;
using ChainExec.Facts.Contracts;

namespace ChainExec.Attribution;

/// <summary>A processor of one event's logs; the event is a type that the generator made of its ABI.</summary>
internal interface ILogProcessor : IMovementProcessor
{
    /// <summary>The first topic of the event, which selects the logs.</summary>
    Hash32 Topic0 { get; }

    /// <summary>Which emitters count: anyone can emit a log, so a processor names whom it believes.</summary>
    bool Wants(ObservedLog log, AssetSnapshot assets);

    /// <summary>The records of one log.</summary>
    /// <exception cref="Ethereum.Abi.AbiException">The log has the event's topic and is not one of it; the reason is kept.</exception>
    IReadOnlyList<Movement> OnIncluded(ChainTransaction transaction, ObservedLog log, AssetSnapshot assets);
}
