namespace ChainExec.Facts.Contracts;

/// <summary>The transaction is in a canonical block. Tentative: the block may still be orphaned.</summary>
internal sealed record TransactionIncluded(ChainTransaction Transaction) : IFactPayload
{
    public static string Type => "indexing.transaction_included";
}
