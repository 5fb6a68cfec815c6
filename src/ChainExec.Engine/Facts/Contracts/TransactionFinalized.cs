namespace ChainExec.Facts.Contracts;

/// <summary>The block that holds the transaction is final by the chain's finality profile.</summary>
/// <param name="AtOnce">True when it was final when it was first seen: then no fact of its inclusion comes before, and whoever acts on
/// inclusion does so now.</param>
internal sealed record TransactionFinalized(ChainTransaction Transaction, bool? AtOnce = null) : IFactPayload
{
    public static string Type => "indexing.transaction_finalized";
}
