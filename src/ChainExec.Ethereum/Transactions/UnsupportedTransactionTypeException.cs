namespace ChainExec.Ethereum.Transactions;

/// <summary>The bytes lead with a transaction type (EIP-2718) that is not decoded here.</summary>
/// <param name="type">See <see cref="TransactionType"/>.</param>
public sealed class UnsupportedTransactionTypeException(byte type) : TransactionException($"Transaction type {type} is not supported.")
{
    /// <summary>The type byte; 0 for a legacy transaction, which has none.</summary>
    public byte TransactionType { get; } = type;
}
