namespace ChainExec.Ethereum.Rpc;

/// <summary>
/// The node answered something that is no answer to the question: not JSON-RPC, oversized, another id, a field missing or malformed.
/// </summary>
public sealed class RpcProtocolException : RpcException
{
    /// <summary>Says what is wrong; the answer itself is not quoted.</summary>
    public RpcProtocolException(string provider, string message, Exception? innerException = null)
        : base(provider, message, innerException)
    {
    }
}
