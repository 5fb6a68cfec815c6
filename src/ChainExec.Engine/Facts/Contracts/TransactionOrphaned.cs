namespace ChainExec.Facts.Contracts;

/// <summary>The block that held the transaction is no longer canonical.</summary>
internal sealed record TransactionOrphaned(ChainTransaction Transaction) : IFactPayload
{
    public static string Type => "indexing.transaction_orphaned";
}
