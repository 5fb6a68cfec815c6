using System.Buffers.Binary;
using System.Security.Cryptography;

namespace ChainExec.Ethereum.Crypto;

/// <summary>
/// A private key of a BIP-32 tree with its chain code. Both stay in one pinned place, are zeroed on <see cref="Dispose"/> and are never
/// shown.
/// </summary>
public sealed class Bip32Key : IDisposable
{
    /// <summary>The shortest seed, in bytes.</summary>
    public const int SeedMin = 16;

    /// <summary>The longest seed, in bytes; a mnemonic's has as many.</summary>
    public const int SeedMax = 64;

    private const int KeySize = PrivateKey.Size;
    private const int NodeSize = 2 * KeySize;

    private readonly byte[] _node = GC.AllocateArray<byte>(NodeSize, pinned: true);
    private bool _disposed;

    private Bip32Key(ReadOnlySpan<byte> node) => node.CopyTo(_node);

    /// <summary>The master key of a seed; the caller zeroes its own.</summary>
    /// <exception cref="Bip32Exception">The seed is shorter or longer than BIP-32 allows, or has no master key (about one in
    /// 2^127).</exception>
    /// <exception cref="DllNotFoundException">libsecp256k1 is not installed.</exception>
    public static Bip32Key FromSeed(ReadOnlySpan<byte> seed)
    {
        if (seed.Length is < SeedMin or > SeedMax)
        {
            throw new Bip32Exception($"A seed has {SeedMin} to {SeedMax} bytes", seed.Length);
        }

        Span<byte> node = stackalloc byte[NodeSize];
        try
        {
            HMACSHA512.HashData("Bitcoin seed"u8, seed, node);
            return Secp256k1.IsValidKey(node[..KeySize])
                ? new Bip32Key(node)
                : throw new Bip32Exception("The seed has no master key", 0);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(node);
        }
    }

    /// <summary>The child at an index; from <see cref="Bip32Path.Hardened"/> on it is hardened.</summary>
    /// <exception cref="Bip32Exception">There is no key at that index (about one in 2^127).</exception>
    /// <exception cref="ObjectDisposedException">The key was disposed.</exception>
    public Bip32Key Derive(uint index) => Derive([index]);

    /// <summary>The key at the end of a path that starts here; the keys between are zeroed.</summary>
    /// <exception cref="Bip32Exception">There is no key at an index of it (about one in 2^127).</exception>
    /// <exception cref="ObjectDisposedException">The key was disposed.</exception>
    public Bip32Key Derive(Bip32Path path)
    {
        ArgumentNullException.ThrowIfNull(path);
        return Derive([.. path.Indices]);
    }

    /// <summary>A copy of the key, without the chain code, to sign with.</summary>
    /// <exception cref="ObjectDisposedException">The key was disposed.</exception>
    public PrivateKey ToPrivateKey()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return PrivateKey.FromBytes(_node.AsSpan(0, KeySize));
    }

    /// <summary>Zeroes the key and the chain code.</summary>
    public void Dispose()
    {
        CryptographicOperations.ZeroMemory(_node);
        _disposed = true;
    }

    /// <summary>What it is, and nothing of the key.</summary>
    public override string ToString() => "private key of a BIP-32 tree";

    /// <summary>Copies key and chain code; the caller zeroes the copies.</summary>
    internal void CopyTo(Span<byte> key, Span<byte> chainCode)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        _node.AsSpan(0, KeySize).CopyTo(key);
        _node.AsSpan(KeySize).CopyTo(chainCode);
    }

    private Bip32Key Derive(ReadOnlySpan<uint> indices)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        Span<byte> node = stackalloc byte[NodeSize];
        try
        {
            _node.CopyTo(node);
            for (int level = 0; level < indices.Length; level++)
            {
                Step(node, indices[level], level);
            }

            return new Bip32Key(node);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(node);
        }
    }

    // CKDpriv of BIP-32: the child's key is the parent's plus the left half of an HMAC, the right half is its chain code.
    private static void Step(Span<byte> node, uint index, int level)
    {
        Span<byte> key = node[..KeySize];
        Span<byte> input = stackalloc byte[1 + KeySize + sizeof(uint)];
        Span<byte> output = stackalloc byte[NodeSize];
        try
        {
            if ((index & Bip32Path.Hardened) != 0)
            {
                input[0] = 0;
                key.CopyTo(input[1..]);
            }
            else
            {
                WriteCompressedPublicKey(key, input);
            }

            BinaryPrimitives.WriteUInt32BigEndian(input[(1 + KeySize)..], index);
            HMACSHA512.HashData(node[KeySize..], input, output);
            if (!Secp256k1.TryAddTweak(key, output[..KeySize]))
            {
                throw new Bip32Exception("The tree has no key at this index", level);
            }

            output[KeySize..].CopyTo(node[KeySize..]);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(input);
            CryptographicOperations.ZeroMemory(output);
        }
    }

    // SEC 1, section 2.3.3: the x coordinate behind a byte that tells whether y is odd.
    private static void WriteCompressedPublicKey(ReadOnlySpan<byte> key, Span<byte> destination)
    {
        Span<byte> point = stackalloc byte[Secp256k1.PublicKeySize];
        if (!Secp256k1.TryGetPublicKey(key, point))
        {
            throw new InvalidOperationException("A key of the tree is none, although it was checked when it was made.");
        }

        destination[0] = (byte)(2 | point[^1] & 1);
        point.Slice(1, KeySize).CopyTo(destination[1..]);
    }
}
