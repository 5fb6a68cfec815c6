using Npgsql;

namespace ChainExec.Ledger;

/// <summary>Why the books refused to be written.</summary>
internal enum LedgerRefusal
{
    /// <summary>The idempotency key belongs to a posting that says something else.</summary>
    KeyOfAnotherPosting,

    /// <summary>Debits and credits differ in an asset.</summary>
    Unbalanced,

    /// <summary>Too few or too many lines, an amount out of range, a text that is too long.</summary>
    Malformed,

    /// <summary>A line names an account that is not open.</summary>
    UnknownAccount,

    /// <summary>The account is open with another kind, asset or owner.</summary>
    AccountOfAnotherMeaning,

    /// <summary>The same unit of work holds another amount in the account.</summary>
    HoldOfAnotherAmount,

    /// <summary>There is no such hold.</summary>
    UnknownHold,

    /// <summary>The hold is resolved, has less left, or the posting does not draw that much from its account.</summary>
    HoldDoesNotCarry,
}

/// <summary>
/// The books refused: nothing was written, and the database transaction cannot go on. Trying the same again gives the same answer.
/// </summary>
internal sealed class LedgerRefusedException(LedgerRefusal reason, PostgresException inner) : Exception(inner.MessageText, inner)
{
    public LedgerRefusal Reason { get; } = reason;

    /// <summary>What the schema's error means, or nothing when it is no refusal of the ledger.</summary>
    public static LedgerRefusal? ReasonOf(PostgresException exception) => exception.SqlState switch
    {
        "CE001" => LedgerRefusal.KeyOfAnotherPosting,
        "CE002" => LedgerRefusal.Unbalanced,
        "CE003" => LedgerRefusal.Malformed,
        "CE004" => LedgerRefusal.UnknownAccount,
        "CE005" => LedgerRefusal.AccountOfAnotherMeaning,
        "CE006" => LedgerRefusal.HoldOfAnotherAmount,
        "CE007" => LedgerRefusal.UnknownHold,
        "CE008" => LedgerRefusal.HoldDoesNotCarry,
        PostgresErrorCodes.CheckViolation when exception.SchemaName == "ledger" => LedgerRefusal.Malformed,
        _ => null,
    };
}
