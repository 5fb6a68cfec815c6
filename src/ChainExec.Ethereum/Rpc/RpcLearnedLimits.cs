namespace ChainExec.Ethereum.Rpc;

/// <summary>What was learned of one provider, to be kept over a restart.</summary>
/// <param name="Provider">The provider's name.</param>
/// <param name="BlockRange">The most blocks it serves in one eth_getLogs.</param>
/// <param name="BatchSize">The most calls it takes in one batch.</param>
/// <param name="RequestsPerSecond">How fast it may be asked; null when no limit was met.</param>
public sealed record RpcLearnedLimits(string Provider, int BlockRange, int BatchSize, int? RequestsPerSecond);
