namespace ChainExec.TestKit;

/// <summary>How an <see cref="AnvilNode"/> runs.</summary>
public sealed record AnvilOptions
{
    /// <summary>
    /// Time between blocks, also below a second. Null (the default): blocks come only from <see cref="DevNode.MineAsync"/>.
    /// </summary>
    public TimeSpan? BlockTime { get; init; }

    /// <summary>The finalized block is two epochs behind the head: 1 means two blocks behind, 0 that the head itself is final.</summary>
    public int SlotsInAnEpoch { get; init; } = 1;

    /// <summary>The chain id that it answers with.</summary>
    public long ChainId { get; init; } = 31337;

    /// <summary>Where the chain is kept over restarts, written every second; null keeps nothing.</summary>
    public string? StateFile { get; init; }

    /// <summary>The TCP port; 0 takes a free one.</summary>
    public int Port { get; init; }

    /// <summary>Further command line arguments.</summary>
    public IReadOnlyList<string> ExtraArguments { get; init; } = [];
}
