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

    /// <summary>It is to end without its effect, and its nonce may still carry it: what is mined decides.</summary>
    Cancelling,
    Confirmed,
    Failed,
    Cancelled,
    Expired,

    /// <summary>A child intent carries on. Never shown outside: the family's status is that of its living member.</summary>
    Escalated,
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

    /// <summary>An operator proved that the final foreign transaction which consumed the family's nonce is the payment.</summary>
    FinalAdopted,

    /// <summary>Asked to end, and nothing was ever asked to be signed.</summary>
    CancelledUnsigned,

    /// <summary>Asked to end after a signature was asked for.</summary>
    CancelAsked,

    /// <summary>Orphaned after it was asked to end.</summary>
    OrphanedWhileWished,

    /// <summary>The fill of its nonce is final: it can have no effect any more.</summary>
    FilledInstead,

    /// <summary>The same, for a deadline.</summary>
    FilledAfterDeadline,

    /// <summary>Its re-priced prepared calls are used up; a child carries on in the same slot.</summary>
    RungsExhausted,

    /// <summary>Its transaction reverted for ever; by its policy a child tries again on a new nonce.</summary>
    RevertRetried,

    /// <summary>The batch that carried it ended for ever without any effect, for a reason that was not its own.</summary>
    BatchDissolved,

    /// <summary>The owner of its account is asked whether it may be signed.</summary>
    ApprovalAsked,

    /// <summary>The owner approved; it is priced anew, within what was approved.</summary>
    Approved,

    /// <summary>The owner said no, before anything was asked to be signed.</summary>
    ApprovalRejected,

    /// <summary>The owner did not answer in time; it is priced anew and asked again.</summary>
    ApprovalExpired,

    /// <summary>The owner was asked as often as allowed and did not answer.</summary>
    ApprovalsExhausted,
}

/// <summary>Every legal move of an intent. A pair that is not listed is a bug and throws.</summary>
internal static class IntentLifecycle
{
    public static readonly TransitionTable<IntentState, IntentEvent> Table = new(
        initial: Created, final: [Confirmed, Failed, Cancelled, Expired, Escalated],
    [
        (Created,   DependencyPending,      Waiting),
        (Created,   Ready,                  Preparing),
        (Created,   DependencyFailed,       Cancelled),
        (Created,   DeadlinePassed,         Expired),
        (Waiting,   Ready,                  Preparing),
        (Waiting,   DependencyFailed,       Cancelled),
        (Waiting,   DeadlinePassed,         Expired),
        (Preparing, ApprovalAsked,          Waiting),    // no nonce is bound while a person thinks
        (Waiting,   Approved,               Preparing),
        (Waiting,   ApprovalRejected,       Failed),
        (Waiting,   ApprovalExpired,        Preparing),
        (Waiting,   ApprovalsExhausted,     Failed),
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
        (Created,   FinalAdopted,           Confirmed),  // the member that stands for what an operator adopted
        (Created,   CancelledUnsigned,      Cancelled),
        (Waiting,   CancelledUnsigned,      Cancelled),
        (Preparing, CancelledUnsigned,      Cancelled),
        (Signing,   CancelledUnsigned,      Cancelled),  // the slot was only reserved, and is released with it
        (Signing,   DeadlinePassed,         Expired),    // likewise
        (Signing,   CancelAsked,            Cancelling),
        (Executing, CancelAsked,            Cancelling),
        (Included,  CancelAsked,            Included),   // kept as a wish: what is in a block is not undone, but may be orphaned
        (Included,  OrphanedWhileWished,    Cancelling),
        (Signing,   SeenInBlock,            Included),   // a child whose own rung is not signed yet: an earlier rung was mined
        (Signing,   FilledInstead,          Cancelled),  // a restored backup forgot the wish, the signer's journal did not
        (Executing, FilledInstead,          Cancelled),
        (Cancelling, SeenInBlock,           Included),   // truth over wish
        (Cancelling, FilledInstead,         Cancelled),
        (Cancelling, FilledAfterDeadline,   Expired),
        (Cancelling, FinalWithEffect,       Confirmed),
        (Cancelling, FinalWithPartialEffect, Confirmed),
        (Cancelling, FinalWithoutEffect,    Failed),
        (Cancelling, FinalReverted,         Failed),
        (Cancelling, SlotLost,              Failed),
        (Signing,   BatchDissolved,         Preparing),  // it goes on alone, on a nonce of its own
        (Executing, BatchDissolved,         Preparing),
        (Included,  BatchDissolved,         Preparing),
        (Executing, RungsExhausted,         Escalated),
        (Included,  RevertRetried,          Escalated),
    ]);
}
