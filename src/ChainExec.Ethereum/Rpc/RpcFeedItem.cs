namespace ChainExec.Ethereum.Rpc;

/// <summary>What the reader of a subscription is given: a value, or the news that values may be missing.</summary>
/// <typeparam name="T">What is announced.</typeparam>
public abstract record RpcFeedItem<T>
{
    private protected RpcFeedItem()
    {
    }
}

/// <summary>An announced value.</summary>
/// <param name="Value">The value.</param>
public sealed record RpcFeedValue<T>(T Value) : RpcFeedItem<T>;

/// <summary>
/// Values may be missing here. Whoever keeps state by the values must look at the chain for what it missed; after
/// <see cref="RpcGapCause.Reconnected"/> and <see cref="RpcGapCause.Overflowed"/> at once, because what comes next is new.
/// </summary>
/// <param name="Cause">Why.</param>
/// <param name="Since">Since when, by our clock.</param>
/// <param name="Dropped">How many items that had arrived were let go; 0 unless the queue overflowed.</param>
/// <param name="Reason">What happened, for the operator.</param>
public sealed record RpcFeedGap<T>(RpcGapCause Cause, DateTimeOffset Since, long Dropped, string Reason) : RpcFeedItem<T>;

/// <summary>Why values may be missing.</summary>
public enum RpcGapCause
{
    /// <summary>The connection ended: nothing is heard from now on.</summary>
    Disconnected,

    /// <summary>The subscription runs again: what happened since it was lost was not announced.</summary>
    Reconnected,

    /// <summary>The reader was slower than the node: what waited was let go, and the newest value follows.</summary>
    Overflowed,
}
