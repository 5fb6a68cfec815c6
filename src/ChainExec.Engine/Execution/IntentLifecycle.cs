using ChainExec.Storage;
using static ChainExec.Execution.IntentEvent;
using static ChainExec.Execution.IntentState;

namespace ChainExec.Execution;

/// <summary>Where an intent stands.</summary>
internal enum IntentState
{
    Created,
    Waiting,
    Preparing,
    Signing,
    Executing,
    Included,
    Confirmed,
    Failed,
    Cancelled,
    Expired,
}

/// <summary>What can happen to an intent.</summary>
internal enum IntentEvent
{
    DependencyPending,
    Ready,
    DependencyFailed,
    DeadlinePassed,
    Prepared,
    WouldRevert,
    WouldHaveNoEffect,
    SignerRefused,
    Signed,
    JournalImported,
    SeenInBlock,
    BlockOrphaned,
    FinalWithEffect,
    FinalWithPartialEffect,
    FinalWithoutEffect,
    FinalReverted,
    SlotLost,
    SlotReclaimed,
}

/// <summary>Every legal move of an intent. A pair that is not listed is a bug and throws.</summary>
internal static class IntentLifecycle
{
    public static readonly TransitionTable<IntentState, IntentEvent> Table = new(
        initial: Created, final: [Confirmed, Failed, Cancelled, Expired],
    [
        (Created,   DependencyPending,      Waiting),
        (Created,   Ready,                  Preparing),
        (Created,   DependencyFailed,       Cancelled),
        (Created,   DeadlinePassed,         Expired),
        (Waiting,   Ready,                  Preparing),
        (Waiting,   DependencyFailed,       Cancelled),
        (Waiting,   DeadlinePassed,         Expired),
        (Preparing, Prepared,               Signing),
        (Preparing, WouldRevert,            Failed),     // no slot was bound yet: no gas is spent, and nothing has to be given up
        (Preparing, WouldHaveNoEffect,      Failed),
        (Preparing, DeadlinePassed,         Expired),
        (Signing,   Signed,                 Executing),
        (Signing,   SignerRefused,          Failed),     // only a refusal that the signer recorded for ever
        (Signing,   SlotReclaimed,          Preparing),  // the journal knows another family on this nonce; ours was never signed there
        (Created,   JournalImported,        Executing),  // the database was restored; the signer's journal knows that we signed
        (Waiting,   JournalImported,        Executing),
        (Preparing, JournalImported,        Executing),
        (Signing,   JournalImported,        Executing),
        (Executing, SeenInBlock,            Included),
        (Included,  BlockOrphaned,          Executing),  // the slot is kept; the same bytes are sent again
        (Included,  FinalWithEffect,        Confirmed),
        (Included,  FinalWithPartialEffect, Confirmed),  // what did not move stays held until it is resolved
        (Included,  FinalWithoutEffect,     Failed),     // tokens may return false or take a fee: only what was observed is posted
        (Included,  FinalReverted,          Failed),
        (Executing, SlotLost,               Failed),     // a foreign transaction consumed the nonce: a security incident
        // A signature was asked for and its answer is unknown: only an operator may try again.
        (Signing,   SlotLost,               Failed),
        (Executing, FinalWithEffect,        Confirmed),  // adopted: a foreign transaction with our very effect
        (Executing, FinalWithPartialEffect, Confirmed),
        (Executing, FinalWithoutEffect,     Failed),
        (Executing, FinalReverted,          Failed),
        (Signing,   FinalWithEffect,        Confirmed),  // adopted before our own signature was known
        (Signing,   FinalWithPartialEffect, Confirmed),
        (Signing,   FinalWithoutEffect,     Failed),
        (Signing,   FinalReverted,          Failed),
    ]);
}
