namespace ChainExec.Facts.Contracts;

/// <summary>It is decided for the first time whose the logs of an included transaction are. Its block may be orphaned.</summary>
/// <param name="State">attributed, not_needed or unattributed.</param>
internal sealed record TransactionDecided(ChainTransaction Transaction, string State) : IFactPayload
{
    public static string Type => "attribution.transaction_decided";
}

/// <summary>The block of a decided transaction is final. Comes behind the decision, whichever was first.</summary>
internal sealed record TransactionConfirmed(ChainTransaction Transaction, string State) : IFactPayload
{
    public static string Type => "attribution.transaction_confirmed";
}

/// <summary>The block of a decided transaction is no longer canonical.</summary>
internal sealed record TransactionReversed(ChainTransaction Transaction, string State) : IFactPayload
{
    public static string Type => "attribution.transaction_reversed";
}
