using ChainExec.Storage;
using static ChainExec.Ledger.HoldEvent;
using static ChainExec.Ledger.HoldState;

namespace ChainExec.Ledger;

/// <summary>Where a hold stands.</summary>
internal enum HoldState
{
    /// <summary>All of it is reserved.</summary>
    Held,

    /// <summary>A part was posted, the rest is reserved.</summary>
    Partial,

    /// <summary>All of it was posted.</summary>
    Posted,

    /// <summary>What was not posted was given back.</summary>
    Released,

    /// <summary>A timed hold's time had passed, and what was not posted was given back.</summary>
    Expired,
}

/// <summary>What can happen to a hold.</summary>
internal enum HoldEvent
{
    PostedInPart,
    PostedInFull,
    Released,
    Expired,
}

/// <summary>
/// Every legal move of a hold; it resolves once. The functions of the schema make the moves, under the account's row lock; a test
/// compares the history that they write with this table.
/// </summary>
internal static class HoldLifecycle
{
    public static readonly TransitionTable<HoldState, HoldEvent> Table = new(
        initial: Held, final: [Posted, HoldState.Released, HoldState.Expired],
    [
        (Held,    PostedInPart,       Partial),
        (Held,    PostedInFull,       Posted),
        (Held,    HoldEvent.Released, HoldState.Released),
        (Held,    HoldEvent.Expired,  HoldState.Expired),
        (Partial, PostedInPart,       Partial),
        (Partial, PostedInFull,       Posted),
        (Partial, HoldEvent.Released, HoldState.Released),
        (Partial, HoldEvent.Expired,  HoldState.Expired),
    ]);
}
