namespace ChainExec.Facts.Contracts;

/// <summary>The block that holds the transaction is final by the chain's finality profile.</summary>
internal sealed record TransactionFinalized(ChainTransaction Transaction) : IFactPayload
{
    public static string Type => "indexing.transaction_finalized";
}
