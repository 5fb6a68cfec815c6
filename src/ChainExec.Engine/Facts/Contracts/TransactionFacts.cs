namespace ChainExec.Facts.Contracts;

/// <summary>The transaction is in a canonical block. Tentative: the block may still be orphaned.</summary>
internal sealed record TransactionIncluded(ChainTransaction Transaction) : IFactPayload
{
    public static string Type => "indexing.transaction_included";
}

/// <summary>The block that held the transaction is no longer canonical.</summary>
internal sealed record TransactionOrphaned(ChainTransaction Transaction) : IFactPayload
{
    public static string Type => "indexing.transaction_orphaned";
}

/// <summary>The block that holds the transaction is final by the chain's finality profile.</summary>
internal sealed record TransactionFinalized(ChainTransaction Transaction) : IFactPayload
{
    public static string Type => "indexing.transaction_finalized";
}
