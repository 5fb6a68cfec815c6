namespace ChainExec.Ethereum.Rpc;

/// <summary>
/// The answer of a set of providers: found, known absent at a head, or unknown. Only evidence makes the first two; whatever fails, lags or
/// contradicts leaves it unknown.
/// </summary>
/// <typeparam name="T">What was asked for.</typeparam>
/// <param name="Witnesses">What each provider of the set said, and at which head.</param>
public abstract record RpcFinding<T>(IReadOnlyList<RpcWitness> Witnesses);

/// <summary>There is such a thing.</summary>
/// <param name="Value">The thing.</param>
/// <param name="Witnesses">What each provider said; those that said it have <see cref="RpcTestimony.Value"/>.</param>
public sealed record RpcFound<T>(T Value, IReadOnlyList<RpcWitness> Witnesses) : RpcFinding<T>(Witnesses);

/// <summary>There was no such thing on the chain up to a head.</summary>
/// <param name="Head">The height that every counted witness had reached before it was asked.</param>
/// <param name="Witnesses">What each provider said.</param>
public sealed record RpcAbsent<T>(ulong Head, IReadOnlyList<RpcWitness> Witnesses) : RpcFinding<T>(Witnesses);

/// <summary>It is not known.</summary>
/// <param name="Reason">Why, for the operator.</param>
/// <param name="Witnesses">What each provider said.</param>
public sealed record RpcUndetermined<T>(string Reason, IReadOnlyList<RpcWitness> Witnesses) : RpcFinding<T>(Witnesses);
