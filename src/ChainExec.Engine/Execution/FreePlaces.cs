using ChainExec.Ethereum;

namespace ChainExec.Execution;

/// <summary>Places that became free in the lane of a sender.</summary>
internal sealed record FreePlaces(long Chain, Address Sender, long Count);
