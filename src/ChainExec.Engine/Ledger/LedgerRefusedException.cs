using Npgsql;

namespace ChainExec.Ledger;

/// <summary>
/// The books refused what a caller demanded inside its own database transaction, which must be rolled back. Trying the same again gives the
/// same answer while the books stand as they do.
/// </summary>
internal sealed class LedgerRefusedException : Exception
{
    public LedgerRefusedException(LedgerCode reason, string? detail)
        : base(detail ?? reason.ToString()) => Reason = reason;

    public LedgerRefusedException(LedgerCode reason, PostgresException inner)
        : base(inner.MessageText, inner) => Reason = reason;

    public LedgerCode Reason { get; }

    /// <summary>What the schema's error means, or nothing when it is no refusal of the ledger.</summary>
    public static LedgerCode? ReasonOf(PostgresException exception) => exception.SqlState switch
    {
        "CE003" => LedgerCode.Malformed,
        "CE004" => LedgerCode.UnknownAccount,
        "CE005" => LedgerCode.AccountOfAnotherMeaning,
        "CE006" => LedgerCode.HoldOfAnotherAmount,
        "CE007" => LedgerCode.UnknownHold,
        PostgresErrorCodes.CheckViolation when exception.SchemaName == "ledger" => LedgerCode.Malformed,
        _ => null,
    };
}
