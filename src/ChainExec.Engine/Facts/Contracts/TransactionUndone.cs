namespace ChainExec.Facts.Contracts;

/// <summary>
/// An administrator took a halted chain back below the final block that held the transaction: what it settled is compensated, and what it
/// said is not said again when it, or what takes its nonce, is final once more.
/// </summary>
internal sealed record TransactionUndone(ChainTransaction Transaction) : IFactPayload
{
    public static string Type => "indexing.transaction_undone";
}
