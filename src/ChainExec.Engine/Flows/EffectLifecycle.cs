using ChainExec.Storage;
using static ChainExec.Flows.EffectEvent;
using static ChainExec.Flows.EffectState;

namespace ChainExec.Flows;

/// <summary>Where an external effect stands.</summary>
internal enum EffectState
{
    /// <summary>The key is persisted; nothing was asked.</summary>
    Prepared,

    /// <summary>The provider is being asked, or was when the process ended.</summary>
    Sent,

    /// <summary>It was asked and may have done it.</summary>
    Unknown,

    /// <summary>The engine cannot find out what became of it: an operator decides, and only here.</summary>
    Dead,

    /// <summary>The provider did it.</summary>
    Confirmed,

    /// <summary>The provider did not do it and will not.</summary>
    Rejected,
}

/// <summary>What can happen to an external effect.</summary>
internal enum EffectEvent
{
    SendStarted,
    ProviderConfirmed,
    ProviderRejected,
    ProviderDidNotTake,
    ProviderUnclear,
    ProcessEnded,
    NeverArrived,
    GaveUp,
    OperatorRetried,
    OperatorConfirmed,
    OperatorRejected,
}

/// <summary>Every legal move of an external effect. Only evidence leads out of unknown, or an operator who answers for it.</summary>
internal static class EffectLifecycle
{
    public static readonly TransitionTable<EffectState, EffectEvent> Table = new(
        initial: Prepared, final: [Confirmed, Rejected],
    [
        (Prepared, SendStarted,        Sent),
        (Prepared, GaveUp,             Dead),
        (Prepared, OperatorRejected,   Rejected),
        (Sent,     ProviderConfirmed,  Confirmed),
        (Sent,     ProviderRejected,   Rejected),
        (Sent,     ProviderDidNotTake, Prepared),
        (Sent,     ProviderUnclear,    Unknown),
        (Sent,     ProcessEnded,       Unknown),
        (Unknown,  SendStarted,        Sent),          // with a provider that takes the same key once, or that never took it
        (Unknown,  ProviderConfirmed,  Confirmed),
        (Unknown,  ProviderRejected,   Rejected),
        (Unknown,  NeverArrived,       Prepared),      // asked twice after the settle window
        (Unknown,  ProviderUnclear,    Unknown),       // an enquiry that said nothing
        (Unknown,  GaveUp,             Dead),
        (Dead,     OperatorRetried,    Unknown),
        (Dead,     OperatorConfirmed,  Confirmed),
        (Dead,     OperatorRejected,   Rejected),
    ]);
}
