namespace ChainExec.Ethereum.Rpc;

/// <summary>Takes what a subscription announces. It is called by the connection's one reader and must not wait.</summary>
internal interface IRpcSink
{
    /// <summary>The node has taken the subscription; what it announces follows.</summary>
    void Started();

    /// <summary>One announced value.</summary>
    /// <exception cref="RpcFormatException">It is malformed, which ends the connection.</exception>
    void Notify(ReadOnlySpan<byte> result);
}
