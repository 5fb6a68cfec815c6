using ChainExec.Storage;
using static ChainExec.Attribution.AttributionEvent;
using static ChainExec.Attribution.AttributionState;

namespace ChainExec.Attribution;

/// <summary>How far the attribution of a transaction is.</summary>
internal enum AttributionState
{
    /// <summary>It carries calls of ours that only a trace can tell apart.</summary>
    Waiting,
    Attributed,

    /// <summary>No call of ours is in it.</summary>
    NotNeeded,

    /// <summary>Nobody can say; it is asked for again while there is hope.</summary>
    Unattributed,

    /// <summary>Its block was orphaned before it was decided.</summary>
    Dropped,
}

/// <summary>What can happen to the attribution of a transaction.</summary>
internal enum AttributionEvent
{
    CallsAttributed,
    NoCallFound,
    NotExplained,
    BlockOrphaned,
}

/// <summary>Why nothing is attributed.</summary>
internal enum UnattributedReason
{
    /// <summary>No provider gave a trace.</summary>
    TraceUnavailable,

    /// <summary>The trace and what was indexed are not of one transaction.</summary>
    TraceMismatch,

    /// <summary>It has more frames or calls than are kept.</summary>
    TraceTooLarge,

    /// <summary>Something in it is what nobody foresaw.</summary>
    TraceUnusable,

    /// <summary>Providers tell different ones, and the receipt fits them all.</summary>
    TraceDisputed,
}

/// <summary>What a decision stands on.</summary>
internal enum AttributionBasis
{
    Receipt,
    Trace,
}

/// <summary>What became of the block of a transaction.</summary>
internal enum AttributionEnd
{
    Confirmed,
    Orphaned,
}

/// <summary>Every legal move of a transaction's attribution. Attempts that find nothing new are no moves.</summary>
internal static class AttributionLifecycle
{
    public static readonly TransitionTable<AttributionState, AttributionEvent> Table = new(
        initial: Waiting, final: [Dropped],
    [
        (Waiting,      CallsAttributed, Attributed),
        (Waiting,      NoCallFound,     NotNeeded),
        (Waiting,      NotExplained,    Unattributed),
        (Waiting,      BlockOrphaned,   Dropped),
        (Unattributed, CallsAttributed, Attributed),    // a provider that traces came
        (NotNeeded,    CallsAttributed, Attributed),    // the intent became known later: a journal was imported
        (NotNeeded,    NotExplained,    Unattributed),
        (Attributed,   CallsAttributed, Attributed),    // asked for again
    ]);
}
