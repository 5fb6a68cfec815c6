using ChainExec.Storage;
using static ChainExec.Execution.SlotEvent;
using static ChainExec.Execution.SlotState;

namespace ChainExec.Execution;

/// <summary>Where a nonce slot stands.</summary>
internal enum SlotState
{
    Reserved,
    Released,
    SignRequested,
    Signed,
    BroadcastUnknown,
    Accepted,
    Mined,
    Finalized,
    Filled,
    Taken,
    Adopted,
    ExternallyConsumed,
}

/// <summary>What can happen to a nonce slot.</summary>
internal enum SlotEvent
{
    Bound,
    GivenUp,
    SigningCommitted,
    SigningRefused,
    FamilySignedElsewhere,
    BytesStored,
    SendStarted,
    ProviderAccepted,
    OwnHashInBlock,
    OwnHashOrphaned,
    OwnHashFinal,
    FillFinal,
    ForeignHashInBlock,
    ForeignOrphanedReserved,
    ForeignOrphanedReleased,
    ForeignOrphanedSignRequested,
    ForeignOrphanedSigned,
    ForeignOrphanedBroadcastUnknown,
    ForeignOrphanedAccepted,
    ForeignFinalSameEffect,
    ForeignFinal,
    JournalImported,
    ProvedOurs,

    /// <summary>A higher price was asked to be signed; lower rungs stay watched.</summary>
    Repriced,

    /// <summary>A child of the intent carries on in this slot.</summary>
    Escalated,

    /// <summary>The nonce is to be consumed by a fill from now on.</summary>
    FillAsked,

    /// <summary>No provider holds the bytes any more.</summary>
    Evicted,

    /// <summary>The account's nonce is above the slot at a final block, by a quorum, and no transaction did it.</summary>
    ConsumedWithoutTransaction,

    /// <summary>An administrator took the chain back below the final block that had resolved the slot.</summary>
    Undone,
}

/// <summary>
/// Every legal move of one nonce slot. Nothing that was ever asked to be signed is released. What is resolved stays resolved, but where an
/// administrator takes the chain back.
/// </summary>
internal static class SlotLifecycle
{
    public static readonly TransitionTable<SlotState, SlotEvent> Table = new(
        initial: Reserved, final: [Finalized, Filled, Adopted, ExternallyConsumed],
    [
        (Released,         Bound,                           Reserved),
        (Reserved,         GivenUp,                         Released),
        (Reserved,         SigningCommitted,                SignRequested),
        (SignRequested,    SigningRefused,                  Reserved),          // only when the signer recorded "never signed, now refused"
        // A fill takes the nonce over: the signer never signs this family on a second nonce.
        (SignRequested,    FamilySignedElsewhere,           Reserved),
        (SignRequested,    BytesStored,                     SlotState.Signed),
        (SlotState.Signed, SendStarted,                     BroadcastUnknown),  // committed before the bytes leave
        (BroadcastUnknown, ProviderAccepted,                Accepted),
        (SignRequested,    OwnHashInBlock,                  Mined),             // another price of it, which the signer's journal knew
        (SlotState.Signed, OwnHashInBlock,                  Mined),
        (BroadcastUnknown, OwnHashInBlock,                  Mined),
        (Accepted,         OwnHashInBlock,                  Mined),
        (Mined,            OwnHashOrphaned,                 Accepted),
        (Mined,            OwnHashFinal,                    Finalized),
        (Mined,            FillFinal,                       Filled),
        (Released,         ForeignHashInBlock,              Taken),
        (Reserved,         ForeignHashInBlock,              Taken),
        (SignRequested,    ForeignHashInBlock,              Taken),
        (SlotState.Signed, ForeignHashInBlock,              Taken),
        (BroadcastUnknown, ForeignHashInBlock,              Taken),
        (Accepted,         ForeignHashInBlock,              Taken),
        (Taken,            ForeignOrphanedReserved,         Reserved),
        (Taken,            ForeignOrphanedReleased,         Released),
        (Taken,            ForeignOrphanedSignRequested,    SignRequested),
        (Taken,            ForeignOrphanedSigned,           SlotState.Signed),
        (Taken,            ForeignOrphanedBroadcastUnknown, BroadcastUnknown),
        (Taken,            ForeignOrphanedAccepted,         Accepted),
        (Taken,            ForeignFinalSameEffect,          Adopted),
        (Taken,            ForeignFinal,                    ExternallyConsumed),
        (Released,         JournalImported,                 BroadcastUnknown),  // a restored database: the signer knows better
        (Reserved,         JournalImported,                 BroadcastUnknown),
        (SignRequested,    JournalImported,                 BroadcastUnknown),
        (Taken,            ProvedOurs,                      Mined),             // what looked foreign carries bytes of the journal
        // A rung more does not move a slot: bytes of it are out, and any of its hashes may be mined.
        (SignRequested,    Repriced,                        SignRequested),     // the fill of a nonce whose own signature is unknown
        (SlotState.Signed, Repriced,                        SlotState.Signed),
        (BroadcastUnknown, Repriced,                        BroadcastUnknown),
        (Accepted,         Repriced,                        Accepted),
        (SlotState.Signed, Escalated,                       SlotState.Signed),
        (BroadcastUnknown, Escalated,                       BroadcastUnknown),
        (Accepted,         Escalated,                       Accepted),
        (SignRequested,    FillAsked,                       SignRequested),
        (SlotState.Signed, FillAsked,                       SlotState.Signed),
        (BroadcastUnknown, FillAsked,                       BroadcastUnknown),
        (Accepted,         FillAsked,                       Accepted),
        (Mined,            FillAsked,                       Mined),             // remembered for the case that the block is orphaned
        (Taken,            FillAsked,                       Taken),
        (Accepted,         Evicted,                         BroadcastUnknown),
        // An EIP-7702 authorization, or a CREATE of delegated code.
        (SignRequested,    ConsumedWithoutTransaction,      ExternallyConsumed),
        (SlotState.Signed, ConsumedWithoutTransaction,      ExternallyConsumed),
        (BroadcastUnknown, ConsumedWithoutTransaction,      ExternallyConsumed),
        (Accepted,         ConsumedWithoutTransaction,      ExternallyConsumed),
        // The chain broke its finality: what is signed is out again.
        (Finalized,        Undone,                          Accepted),
        (Filled,           Undone,                          Accepted),
    ], compensation: SlotEvent.Undone);

    /// <summary>Whether a slot in this state takes one of the places that a sender has in flight.</summary>
    public static bool IsInFlight(SlotState state) =>
        state is Reserved or SignRequested or SlotState.Signed or BroadcastUnknown or Accepted;

    /// <summary>The event that takes a slot back to where it was before a foreign transaction that is now orphaned.</summary>
    public static SlotEvent Undo(SlotState before) => before switch
    {
        Reserved => ForeignOrphanedReserved,
        Released => ForeignOrphanedReleased,
        SignRequested => ForeignOrphanedSignRequested,
        SlotState.Signed => ForeignOrphanedSigned,
        BroadcastUnknown => ForeignOrphanedBroadcastUnknown,
        Accepted => ForeignOrphanedAccepted,
        _ => throw new IllegalMoveException($"A slot cannot have been taken in state {EnumText.Of(before)}."),
    };
}
