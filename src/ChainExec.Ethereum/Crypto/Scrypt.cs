using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace ChainExec.Ethereum.Crypto;

/// <summary>scrypt, RFC 7914. The framework has PBKDF2 and nothing of the rest, so ROMix over Salsa20/8 is here.</summary>
internal static class Scrypt
{
    /// <summary>The most memory one derivation may take, 512 MiB: twice what the usual wallets write.</summary>
    internal const long MemoryMax = 512L * 1024 * 1024;

    /// <summary>The most work, as N·R·P: four times what the usual wallets write.</summary>
    internal const long WorkMax = 1L << 23;

    /// <summary>Says what is wrong with the parameters, or null.</summary>
    internal static string? Check(long n, long r, long p) =>
        n < 2 || n > WorkMax || !BitOperations.IsPow2(n) ? "scrypt's n must be a power of two above 1 and within bounds." :
        r < 1 || r > 1024 || p < 1 || p > 1024 ? "scrypt's r and p must be 1 to 1024." :
        128 * n * r > MemoryMax ? "scrypt's parameters need more memory than is allowed." :
        n * r * p > WorkMax ? "scrypt's parameters need more work than is allowed." : null;

    /// <summary>Fills <paramref name="key"/>; the parameters have passed <see cref="Check"/>.</summary>
    internal static void Derive(ReadOnlySpan<byte> password, ReadOnlySpan<byte> salt, KeystoreCost cost, Span<byte> key)
    {
        int blockWords = 32 * cost.R;
        byte[] blocks = new byte[cost.P * blockWords * sizeof(uint)];
        uint[] memory = new uint[(long)cost.N * blockWords];
        try
        {
            Rfc2898DeriveBytes.Pbkdf2(password, salt, blocks, 1, HashAlgorithmName.SHA256);
            uint[] block = new uint[blockWords];
            for (int i = 0; i < cost.P; i++)
            {
                Span<byte> bytes = blocks.AsSpan(i * blockWords * sizeof(uint), blockWords * sizeof(uint));
                ToWords(bytes, block);
                Mix(block, memory, cost.N);
                ToBytes(block, bytes);
            }

            CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(block.AsSpan()));
            Rfc2898DeriveBytes.Pbkdf2(password, blocks, key, 1, HashAlgorithmName.SHA256);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(blocks);
            memory.AsSpan().Clear();
        }
    }

    // scryptROMix, RFC 7914 section 5.
    private static void Mix(Span<uint> block, Span<uint> memory, int n)
    {
        int words = block.Length;
        uint[] scratch = new uint[words];
        for (int i = 0; i < n; i++)
        {
            block.CopyTo(memory[(i * words)..]);
            MixBlock(block, scratch);
        }

        for (int i = 0; i < n; i++)
        {
            // Integerify: the low word of the last 64-byte chunk; n is at most 2^23, so 32 bits are enough.
            int j = (int)(block[words - 16] & (uint)(n - 1));
            ReadOnlySpan<uint> chosen = memory.Slice(j * words, words);
            for (int k = 0; k < words; k++)
            {
                block[k] ^= chosen[k];
            }

            MixBlock(block, scratch);
        }

        CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(scratch.AsSpan()));
    }

    // scryptBlockMix, RFC 7914 section 4: even chunks go to the first half, odd ones to the second.
    private static void MixBlock(Span<uint> block, Span<uint> scratch)
    {
        int chunks = block.Length / 16;
        Span<uint> x = stackalloc uint[16];
        block[^16..].CopyTo(x);
        for (int i = 0; i < chunks; i++)
        {
            ReadOnlySpan<uint> chunk = block.Slice(i * 16, 16);
            for (int k = 0; k < 16; k++)
            {
                x[k] ^= chunk[k];
            }

            Salsa(x);
            x.CopyTo(scratch[((i / 2 + i % 2 * (chunks / 2)) * 16)..]);
        }

        scratch.CopyTo(block);
    }

    // Salsa20 with 8 rounds, RFC 7914 section 3.
    private static void Salsa(Span<uint> x)
    {
        uint x0 = x[0], x1 = x[1], x2 = x[2], x3 = x[3], x4 = x[4], x5 = x[5], x6 = x[6], x7 = x[7];
        uint x8 = x[8], x9 = x[9], x10 = x[10], x11 = x[11], x12 = x[12], x13 = x[13], x14 = x[14], x15 = x[15];
        for (int i = 0; i < 8; i += 2)
        {
            QuarterRound(ref x0, ref x4, ref x8, ref x12);
            QuarterRound(ref x5, ref x9, ref x13, ref x1);
            QuarterRound(ref x10, ref x14, ref x2, ref x6);
            QuarterRound(ref x15, ref x3, ref x7, ref x11);
            QuarterRound(ref x0, ref x1, ref x2, ref x3);
            QuarterRound(ref x5, ref x6, ref x7, ref x4);
            QuarterRound(ref x10, ref x11, ref x8, ref x9);
            QuarterRound(ref x15, ref x12, ref x13, ref x14);
        }

        x[0] += x0; x[1] += x1; x[2] += x2; x[3] += x3;
        x[4] += x4; x[5] += x5; x[6] += x6; x[7] += x7;
        x[8] += x8; x[9] += x9; x[10] += x10; x[11] += x11;
        x[12] += x12; x[13] += x13; x[14] += x14; x[15] += x15;
    }

    [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.AggressiveInlining)]
    private static void QuarterRound(ref uint a, ref uint b, ref uint c, ref uint d)
    {
        b ^= BitOperations.RotateLeft(a + d, 7);
        c ^= BitOperations.RotateLeft(b + a, 9);
        d ^= BitOperations.RotateLeft(c + b, 13);
        a ^= BitOperations.RotateLeft(d + c, 18);
    }

    private static void ToWords(ReadOnlySpan<byte> bytes, Span<uint> words)
    {
        for (int i = 0; i < words.Length; i++)
        {
            words[i] = BinaryPrimitives.ReadUInt32LittleEndian(bytes[(i * sizeof(uint))..]);
        }
    }

    private static void ToBytes(ReadOnlySpan<uint> words, Span<byte> bytes)
    {
        for (int i = 0; i < words.Length; i++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(bytes[(i * sizeof(uint))..], words[i]);
        }
    }
}
