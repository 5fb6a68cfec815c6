using ChainExec.Ethereum;

namespace ChainExec.Indexing;

/// <summary>Logs for whose sake a transaction is kept although it concerns no account of ours: rare events that others act on.</summary>
internal interface IWatchedLogs
{
    /// <param name="listed">Whether the emitter is a token of the asset registry.</param>
    bool Watches(Address emitter, bool listed, Hash32 topic0);
}
