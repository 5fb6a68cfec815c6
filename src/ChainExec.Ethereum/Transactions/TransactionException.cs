namespace ChainExec.Ethereum.Transactions;

/// <summary>Bytes are no valid signed transaction: not canonical, a field out of its range, or a signature nobody can have made.</summary>
public class TransactionException : FormatException
{
    /// <summary>Says what is wrong.</summary>
    public TransactionException(string message)
        : base(message)
    {
    }

    /// <summary>Says what is wrong and what showed it.</summary>
    public TransactionException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
