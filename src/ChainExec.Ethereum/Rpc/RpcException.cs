namespace ChainExec.Ethereum.Rpc;

/// <summary>
/// A JSON-RPC call gave no value. What that means is in the kind: the node refused, was not reached, or answered nonsense.
/// </summary>
public abstract class RpcException : Exception
{
    /// <summary>Names the provider and what happened.</summary>
    private protected RpcException(string provider, string message, Exception? innerException)
        : base($"{provider}: {message}", innerException) => Provider = provider;

    /// <summary>The name of the provider that was asked; never its address, which may hold an access key.</summary>
    public string Provider { get; }
}
