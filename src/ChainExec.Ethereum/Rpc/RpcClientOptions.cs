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

    /// <summary>The most calls that wait for their answers on one WebSocket; further ones wait for their turn. 64 unless set.</summary>
    public int InFlightMax { get; init; } = 64;

    /// <summary>
    /// The node's software, such as <c>geth</c> or <c>besu</c>, when it is known: the rows of the error catalogue that name it are tried
    /// first. Null unless set.
    /// </summary>
    public string? NodeSoftware { get; init; }
}
