namespace ChainExec.Ethereum.Rpc;

/// <summary>How a set of providers is read.</summary>
public abstract record RpcReadMode
{
    private protected RpcReadMode()
    {
    }

    /// <summary>What that many providers say alike.</summary>
    public static RpcReadMode Quorum(int count) => new RpcQuorum(count);

    /// <summary>What the provider with the newest plausible head says; when it fails, the next.</summary>
    public static RpcReadMode FreshestHead { get; } = new RpcFreshestHead();
}

/// <summary>What <paramref name="Count"/> providers say alike, and no other <paramref name="Count"/> otherwise.</summary>
/// <param name="Count">1 to the number of providers; more than half of them cannot be split.</param>
public sealed record RpcQuorum(int Count) : RpcReadMode;

/// <summary>What the provider with the newest plausible head says.</summary>
public sealed record RpcFreshestHead : RpcReadMode;
