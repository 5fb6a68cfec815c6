namespace ChainExec.Ethereum.Rpc;

/// <summary>How one provider of a set does, for the operator.</summary>
/// <param name="Provider">The provider's name.</param>
/// <param name="IsWell">False while it is left out for failing, but for a trial now and then.</param>
/// <param name="Head">The newest head it was seen at; null before its first answer.</param>
/// <param name="PausedUntil">Until when it asked to be left alone; null when it did not, or that has passed.</param>
/// <param name="Limits">What was learned of it.</param>
/// <param name="UnmatchedErrors">How many of its errors the catalogue did not know.</param>
public sealed record RpcEndpointStatus(
    string Provider, bool IsWell, RpcHead? Head, DateTimeOffset? PausedUntil, RpcLearnedLimits Limits, long UnmatchedErrors);
