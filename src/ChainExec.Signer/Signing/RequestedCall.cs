using ChainExec.Ethereum;

namespace ChainExec.Signer.Signing;

/// <summary>One call as it is asked for: the transaction's own, or one of those within a batch.</summary>
/// <param name="To">The called account.</param>
/// <param name="Value">Wei sent.</param>
/// <param name="Data">Calldata.</param>
internal sealed record RequestedCall(Address To, UInt256 Value, ReadOnlyMemory<byte> Data)
{
    /// <summary>What it moves, or null when this signer does not understand it.</summary>
    internal DecodedCall? Decode() => CallDecoder.Decode(To, Value, Data.Span);
}
