namespace ChainExec.Ethereum.Crypto;

/// <summary>Recovery of the signer of a digest, by libsecp256k1.</summary>
public static class Ecdsa
{
    /// <summary>The account whose key made <paramref name="signature"/> over <paramref name="digest"/>.</summary>
    /// <exception cref="SignatureException">r or s is out of range, s is in the upper half, or nobody can have made the
    /// signature.</exception>
    /// <exception cref="DllNotFoundException">libsecp256k1 is not installed.</exception>
    public static Address Recover(Hash32 digest, Signature signature)
    {
        if (!signature.HasLowS)
        {
            throw new SignatureException("s is in the upper half of the order, which EIP-2 refuses.");
        }

        Span<byte> compact = stackalloc byte[64];
        signature.R.WriteBigEndian(compact);
        signature.S.WriteBigEndian(compact[32..]);
        Span<byte> message = stackalloc byte[Hash32.Size];
        digest.CopyTo(message);
        Span<byte> publicKey = stackalloc byte[Secp256k1.PublicKeySize];
        return Secp256k1.TryRecover(message, compact, signature.YParity ? 1 : 0, publicKey)
            ? AddressOf(publicKey)
            : throw new SignatureException("r or s is out of range or no point belongs to them.");
    }

    /// <summary>The last 20 bytes of the hash of an uncompressed public key without its format byte.</summary>
    internal static Address AddressOf(ReadOnlySpan<byte> publicKey)
    {
        Span<byte> digest = stackalloc byte[Hash32.Size];
        Keccak256.Hash(publicKey[1..], digest);
        return Address.FromBytes(digest[12..]);
    }
}
