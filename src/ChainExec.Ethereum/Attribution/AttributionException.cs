namespace ChainExec.Ethereum.Attribution;

/// <summary>A transaction is beyond the bounds of <see cref="TransactionAttribution.Of"/>: no chain of today could have mined it.</summary>
public sealed class AttributionException : Exception
{
    /// <summary>Says which bound.</summary>
    public AttributionException(string message)
        : base(message)
    {
    }
}
