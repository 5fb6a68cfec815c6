using ChainExec.Ethereum;

namespace ChainExec.Signer.Signing;

/// <summary>
/// Decodes calldata that this signer understands. It is deliberately a short list: what is not on it is never signed, because its effect is
/// not known.
/// </summary>
internal static class CallDecoder
{
    /// <summary>ERC-20 transfer.</summary>
    internal const string Transfer = "transfer(address,uint256)";

    /// <summary>ERC-20 approve.</summary>
    internal const string Approve = "approve(address,uint256)";

    private const int SelectorBytes = 4;
    private const int WordBytes = 32;

    private static readonly (string Function, byte[] Selector)[] s_known = [.. new[] { Transfer, Approve }.Select(f => (f, Selector(f)))];

    /// <summary>The functions a policy may name.</summary>
    internal static IReadOnlyList<string> KnownFunctions { get; } = [.. s_known.Select(known => known.Function)];

    /// <summary>
    /// Decodes a call, or gives null when it is unknown. Strict: exact length and clean padding, so that what is judged is all there is.
    /// </summary>
    internal static DecodedCall? Decode(Address to, UInt256 value, ReadOnlySpan<byte> data)
    {
        if (data.IsEmpty)
            return new DecodedCall(DecodedCall.Native, null, to, value);

        if (data.Length != SelectorBytes + 2 * WordBytes)
            return null;

        ReadOnlySpan<byte> addressWord = data.Slice(SelectorBytes, WordBytes);
        if (addressWord[..(WordBytes - Address.Size)].ContainsAnyExcept((byte)0))
            return null;

        foreach ((string function, byte[] selector) in s_known)
        {
            if (data[..SelectorBytes].SequenceEqual(selector))
            {
                Address counterparty = Address.FromBytes(addressWord[(WordBytes - Address.Size)..]);
                return new DecodedCall(function, to, counterparty, UInt256.ReadBigEndian(data[(SelectorBytes + WordBytes)..]));
            }
        }

        return null;
    }

    private static byte[] Selector(string signature)
    {
        Span<byte> hash = stackalloc byte[WordBytes];
        Keccak256.Hash(System.Text.Encoding.ASCII.GetBytes(signature), hash);
        return hash[..SelectorBytes].ToArray();
    }
}
