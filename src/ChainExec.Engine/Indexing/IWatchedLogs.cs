using ChainExec.Ethereum;

namespace ChainExec.Indexing;

/// <summary>An event for whose sake a transaction is kept although it concerns no account of ours.</summary>
/// <param name="Topic0">Its first topic.</param>
/// <param name="Emitters">The contracts that may emit it; nothing for every token of the asset registry.</param>
internal sealed record WatchedEvent(Hash32 Topic0, IReadOnlySet<Address>? Emitters);

/// <summary>Names events that others act on whomever they concern. Only rare ones: each is asked for in every range.</summary>
internal interface IWatchedLogs
{
    IReadOnlyList<WatchedEvent> Events { get; }
}
