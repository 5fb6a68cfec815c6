using ChainExec.Ethereum;

namespace ChainExec.Calls;

/// <summary>A movement that a call means to cause. What happened is judged against it at finality; it is never posted.</summary>
/// <param name="Contract">The token; nothing for the native coin.</param>
internal sealed record ExpectedMovement(Address? Contract, Address From, Address To, TokenAmount Amount);

/// <summary>A typed call as the chain understands it.</summary>
internal sealed record EncodedCall(Address To, TokenAmount Value, ReadOnlyMemory<byte> Data, IReadOnlyList<ExpectedMovement> Expected);
