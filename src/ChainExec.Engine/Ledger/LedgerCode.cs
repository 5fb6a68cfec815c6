namespace ChainExec.Ledger;

/// <summary>
/// What became of a posting or a hold, in the order of precedence: of several reasons the first is the answer. Stored and shown in snake
/// case.
/// </summary>
internal enum LedgerCode
{
    /// <summary>It is in the books.</summary>
    Posted,

    /// <summary>The money is reserved.</summary>
    Held,

    /// <summary>Too few or too many lines, an amount out of range, a text that is too long. Nothing is stored.</summary>
    Malformed,

    /// <summary>Debits and credits differ in an asset. Nothing is stored.</summary>
    Unbalanced,

    /// <summary>The account is open with another kind, asset or owner. Nothing is stored.</summary>
    AccountOfAnotherMeaning,

    /// <summary>An account that must be open is not. Nothing is stored.</summary>
    UnknownAccount,

    /// <summary>The idempotency key belongs to a posting that says something else. Nothing is stored.</summary>
    KeyReused,

    /// <summary>The books are closed up to a later moment than the effective time.</summary>
    PeriodClosed,

    /// <summary>The account takes nothing any more.</summary>
    AccountClosed,

    /// <summary>The account is append-only: it has no holds.</summary>
    NoHoldsHere,

    /// <summary>There is no transaction that this could reverse.</summary>
    UnknownTransaction,

    /// <summary>What should be reversed is a reversal itself.</summary>
    ReversalOfReversal,

    /// <summary>More would be moved back than the original moved, other reversals counted.</summary>
    ReversalExceeds,

    /// <summary>There is no such hold.</summary>
    UnknownHold,

    /// <summary>The hold was posted, released or has expired before.</summary>
    HoldResolved,

    /// <summary>The hold is past its time.</summary>
    HoldExpired,

    /// <summary>The hold has less left, or the posting does not draw that much from its account.</summary>
    HoldDoesNotCarry,

    /// <summary>The same unit of work holds another amount in the account.</summary>
    HoldOfAnotherAmount,

    /// <summary>The account has less than that available.</summary>
    InsufficientFunds,

    /// <summary>The account may not grow beyond its limit.</summary>
    LimitExceeded,

    /// <summary>Another member of the linked group was refused, and with it all.</summary>
    LinkedFailed,
}
