namespace ChainExec.Ethereum.Crypto;

/// <summary>A public key of secp256k1: a point of the curve, as SEC 1 writes it. Equal when the points are.</summary>
public sealed class PublicKey : IEquatable<PublicKey>
{
    /// <summary>Bytes of the compressed form: 2 or 3, and the x coordinate.</summary>
    public const int CompressedSize = 33;

    /// <summary>Bytes of the uncompressed form: 4, and both coordinates.</summary>
    public const int UncompressedSize = Secp256k1.PublicKeySize;

    private readonly byte[] _bytes;

    private PublicKey(byte[] bytes) => _bytes = bytes;

    /// <summary>The account of whoever holds the private key.</summary>
    public Address Address => Ecdsa.AddressOf(_bytes);

    /// <summary>Reads either form.</summary>
    /// <exception cref="ArgumentException">The bytes are of neither form, or no point of the curve.</exception>
    /// <exception cref="DllNotFoundException">libsecp256k1 is not installed.</exception>
    public static PublicKey FromBytes(ReadOnlySpan<byte> encoded)
    {
        byte[] bytes = new byte[UncompressedSize];

        // The library also reads a hybrid form, led by 6 or 7, which nothing in Ethereum writes.
        bool known = encoded.Length switch
        {
            CompressedSize => encoded[0] is 2 or 3,
            UncompressedSize => encoded[0] == 4,
            _ => false,
        };
        return known && Secp256k1.TryReadPublicKey(encoded, bytes)
            ? new PublicKey(bytes)
            : throw new ArgumentException("A public key is a point of secp256k1 in 33 or 65 bytes.", nameof(encoded));
    }

    /// <summary>True when the key's holder signed the digest; false also when s is in the upper half of the order (EIP-2). The parity is
    /// not looked at: it helps to find the key, which is known here.</summary>
    public bool Verify(Hash32 digest, Signature signature)
    {
        Span<byte> message = stackalloc byte[Hash32.Size];
        Span<byte> compact = stackalloc byte[64];
        digest.CopyTo(message);
        signature.R.WriteBigEndian(compact);
        signature.S.WriteBigEndian(compact[32..]);
        return Secp256k1.Verify(message, compact, _bytes);
    }

    /// <summary>The uncompressed form in a new array.</summary>
    public byte[] ToArray() => [.. _bytes];

    /// <inheritdoc/>
    public bool Equals(PublicKey? other) => other is not null && other._bytes.AsSpan().SequenceEqual(_bytes);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as PublicKey);

    /// <inheritdoc/>
    public override int GetHashCode() => Address.GetHashCode();

    /// <summary>The uncompressed form in hexadecimal digits.</summary>
    public override string ToString() => Hex.Encode(_bytes);
}
