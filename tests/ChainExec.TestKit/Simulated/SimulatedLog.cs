using ChainExec.Ethereum;

namespace ChainExec.TestKit.Simulated;

/// <summary>A log that a contract emitted.</summary>
/// <param name="Contract">Who emitted it.</param>
/// <param name="Topics">Up to four topics.</param>
/// <param name="Data">The unindexed part.</param>
public sealed record SimulatedLog(Address Contract, IReadOnlyList<Hash32> Topics, ReadOnlyMemory<byte> Data);
