namespace ChainExec.Ethereum.Rpc;

/// <summary>What one provider said to a question.</summary>
/// <param name="Provider">The provider's name.</param>
/// <param name="Said">What it said.</param>
/// <param name="Head">Its head just before it was asked; null when that is not known.</param>
/// <param name="Error">Why it said nothing; null unless it failed.</param>
public sealed record RpcWitness(string Provider, RpcTestimony Said, RpcHead? Head, RpcException? Error);

/// <summary>What a provider said.</summary>
public enum RpcTestimony
{
    /// <summary>It was not asked: it is sick, or the others had decided.</summary>
    NotAsked,

    /// <summary>It failed.</summary>
    Failed,

    /// <summary>It has no such thing, but it is behind the chain as others know it, so that says nothing.</summary>
    Behind,

    /// <summary>It has no such thing.</summary>
    Absent,

    /// <summary>It has the thing as it was found.</summary>
    Value,

    /// <summary>It has another thing than others, or than the one found.</summary>
    OtherValue,
}
