using ChainExec.Calls;
using ChainExec.Ethereum.Abi;
using ChainExec.Facts.Contracts;

namespace ChainExec.Attribution;

/// <summary>A processor of one event's logs.</summary>
internal interface ILogProcessor : IMovementProcessor
{
    /// <summary>The event; its first topic selects the logs.</summary>
    AbiEvent Event { get; }

    /// <summary>Which emitters count: anyone can emit a log, so a processor names whom it believes.</summary>
    bool Wants(ObservedLog log, AssetSnapshot assets);

    /// <summary>The records of one decoded log.</summary>
    IReadOnlyList<Movement> OnIncluded(DecodedLog log, AssetSnapshot assets);
}

/// <summary>A log with its arguments in declaration order, and the transaction that emitted it.</summary>
internal sealed record DecodedLog(ChainTransaction Transaction, ObservedLog Log, IReadOnlyList<object> Arguments);
