namespace ChainExec.Ethereum.Rpc;

/// <summary>The bounds of a set of providers.</summary>
public sealed record RpcEndpointSetOptions
{
    /// <summary>
    /// How many providers must have nothing, at a head that most have reached, before a thing counts as absent. More than half of the set
    /// unless set; with fewer, a minority can make absent what is unknown.
    /// </summary>
    public int? AbsenceQuorum { get; init; }

    /// <summary>
    /// How many blocks a head may be ahead of the one that more than half of the providers have reached and still be plausible. 64 unless
    /// set.
    /// </summary>
    public ulong HeadLeadMax { get; init; } = 64;

    /// <summary>How long a question waits for a provider's rate limit before it does without that provider. 2 seconds unless set.</summary>
    public TimeSpan RateWaitMax { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>The most blocks asked for in one eth_getLogs before anything was learned. 100,000 unless set.</summary>
    public int BlockRangeMax { get; init; } = 100_000;
}
