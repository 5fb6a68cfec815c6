namespace ChainExec.Ethereum.Rpc;

/// <summary>Carries one JSON-RPC message, a call or a batch, to a provider and its answer back.</summary>
internal interface IRpcTransport
{
    /// <summary>Takes that many ids that nobody else on this transport uses; answers the first of the run.</summary>
    long TakeIds(int count);

    /// <summary>Sends the message and answers what came, which the caller disposes.</summary>
    /// <exception cref="RpcUnavailableException">Nothing came in time, or the connection failed.</exception>
    /// <exception cref="RpcProtocolException">What came is larger than the bound, or no answer.</exception>
    Task<RpcPayload> SendAsync(RpcMessage message, RpcClientOptions bounds, CancellationToken cancellationToken);
}

/// <summary>A call, or a batch of calls with consecutive ids, ready to be sent.</summary>
internal readonly record struct RpcMessage(ReadOnlyMemory<byte> Body, long FirstId, int Count);
