using System.Buffers.Binary;
using ChainExec.Ethereum;

namespace ChainExec.Signer.Signing;

/// <summary>
/// The identity of what a transaction does, without what it pays for gas or which nonce it uses: two prices of one effect have one hash.
/// </summary>
internal static class EffectHash
{
    private const int WordBytes = 32;
    private const int Words = 6;

    private static readonly Hash32 s_domain = Keccak256.Hash("chainexec.effect.v1"u8);

    /// <summary>
    /// Keccak-256 over six words: domain, chain id, sender, to, value, keccak(data). Fixed width, so no two effects can collide by layout.
    /// </summary>
    internal static Hash32 Compute(ulong chainId, Address sender, Address to, UInt256 value, ReadOnlySpan<byte> data)
    {
        Span<byte> words = stackalloc byte[Words * WordBytes];
        words.Clear();
        s_domain.CopyTo(words);
        BinaryPrimitives.WriteUInt64BigEndian(words[(2 * WordBytes - sizeof(ulong))..], chainId);
        sender.CopyTo(words[(3 * WordBytes - Address.Size)..]);
        to.CopyTo(words[(4 * WordBytes - Address.Size)..]);
        value.WriteBigEndian(words.Slice(4 * WordBytes, WordBytes));
        Keccak256.Hash(data, words.Slice(5 * WordBytes, WordBytes));
        return Keccak256.Hash(words);
    }
}
