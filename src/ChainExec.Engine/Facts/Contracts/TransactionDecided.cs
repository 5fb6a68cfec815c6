namespace ChainExec.Facts.Contracts;

/// <summary>
/// It is decided whose the logs of an included transaction are, or it waits for that. Its block may be orphaned. What moved is read at
/// once; everything else is read of it when it is decided for the first time.
/// </summary>
/// <param name="State">waiting, attributed, not_needed or unattributed.</param>
/// <param name="Again">True when it was decided before, without what a trace shows.</param>
internal sealed record TransactionDecided(ChainTransaction Transaction, string State, bool? Again = null) : IFactPayload
{
    public static string Type => "attribution.transaction_decided";
}

/// <summary>
/// The block of a transaction is final. Told at once with the state waiting while it is not decided, and again behind the decision.
/// </summary>
internal sealed record TransactionConfirmed(ChainTransaction Transaction, string State, bool? Again = null) : IFactPayload
{
    public static string Type => "attribution.transaction_confirmed";
}

/// <summary>The block of a transaction is no longer canonical; with the state dropped when it was never decided.</summary>
internal sealed record TransactionReversed(ChainTransaction Transaction, string State, bool? Again = null) : IFactPayload
{
    public static string Type => "attribution.transaction_reversed";
}
