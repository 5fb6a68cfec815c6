namespace ChainExec.Ethereum.Rpc;

/// <summary>The bounds of one provider's client.</summary>
public sealed record RpcClientOptions
{
    /// <summary>The longest a call may take, from sending to the last byte of the answer. 10 seconds unless set.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The largest answer read, in bytes after decompression. 64 MiB unless set.</summary>
    public int ResponseBytesMax { get; init; } = 64 * 1024 * 1024;

    /// <summary>The most requests in one batch. 100 unless set.</summary>
    public int BatchSizeMax { get; init; } = 100;
}
