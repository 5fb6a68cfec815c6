using System.Security.Cryptography;

namespace ChainExec.Ethereum.Crypto;

/// <summary>A secp256k1 private key. Its bytes stay in one pinned place, are zeroed on <see cref="Dispose"/> and are never shown.</summary>
public sealed class PrivateKey : IDisposable
{
    /// <summary>Bytes in a key.</summary>
    public const int Size = 32;

    // Pinned, so that the garbage collector leaves no copies behind when it compacts.
    private readonly byte[] _bytes = GC.AllocateArray<byte>(Size, pinned: true);
    private bool _disposed;

    private PrivateKey(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(_bytes);
        Span<byte> publicKey = stackalloc byte[Secp256k1.PublicKeySize];
        if (!Secp256k1.TryGetPublicKey(_bytes, publicKey))
        {
            CryptographicOperations.ZeroMemory(_bytes);
            throw new ArgumentException("A private key is a number from 1 to the order of secp256k1 - 1.", nameof(bytes));
        }

        Address = Ecdsa.AddressOf(publicKey);
    }

    /// <summary>The account this key controls.</summary>
    public Address Address { get; }

    /// <summary>Copies the key from exactly 32 bytes; the caller zeroes its own.</summary>
    /// <exception cref="ArgumentException">There are not 32 bytes, or they are no valid key.</exception>
    /// <exception cref="DllNotFoundException">libsecp256k1 is not installed.</exception>
    public static PrivateKey FromBytes(ReadOnlySpan<byte> bytes) => bytes.Length == Size
        ? new PrivateKey(bytes)
        : throw new ArgumentException($"A private key has {Size} bytes.", nameof(bytes));

    /// <summary>A new key from the operating system's random numbers.</summary>
    /// <exception cref="DllNotFoundException">libsecp256k1 is not installed.</exception>
    public static PrivateKey Generate()
    {
        Span<byte> bytes = stackalloc byte[Size];
        try
        {
            // A random number is no key about once in 2^128 draws; then the next one is.
            do
            {
                RandomNumberGenerator.Fill(bytes);
            }
            while (!Secp256k1.IsValidKey(bytes));
            return new PrivateKey(bytes);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }
    }

    /// <summary>Signs a digest with the deterministic nonce of RFC 6979: the same digest gives the same signature; s is low.</summary>
    /// <exception cref="ObjectDisposedException">The key was disposed.</exception>
    public Signature Sign(Hash32 digest)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        Span<byte> message = stackalloc byte[Hash32.Size];
        digest.CopyTo(message);
        Span<byte> compact = stackalloc byte[64];
        int recoveryId = Secp256k1.Sign(message, _bytes, compact);
        if (recoveryId > 1)
        {
            // r was above the order before reduction: about one digest in 2^127, and Ethereum has no way to write it.
            throw new CryptographicException("The signature has no Ethereum form.");
        }

        return new Signature(UInt256.ReadBigEndian(compact[..32]), UInt256.ReadBigEndian(compact[32..]), recoveryId == 1);
    }

    /// <summary>The public key, by which signatures are verified.</summary>
    /// <exception cref="ObjectDisposedException">The key was disposed.</exception>
    public PublicKey ToPublicKey()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        Span<byte> bytes = stackalloc byte[Secp256k1.PublicKeySize];
        return Secp256k1.TryGetPublicKey(_bytes, bytes)
            ? PublicKey.FromBytes(bytes)
            : throw new CryptographicException("libsecp256k1 has no public key for a private key that it accepted.");
    }

    /// <summary>Zeroes the key.</summary>
    public void Dispose()
    {
        CryptographicOperations.ZeroMemory(_bytes);
        _disposed = true;
    }

    /// <summary>The account, and nothing of the key.</summary>
    public override string ToString() => $"private key of {Address}";

    /// <summary>Copies the key out, for encryption alone; the caller zeroes the copy.</summary>
    /// <param name="destination">At least <see cref="Size"/> bytes.</param>
    /// <exception cref="ObjectDisposedException">The key was zeroed.</exception>
    public void CopyTo(Span<byte> destination)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        _bytes.CopyTo(destination);
    }
}
