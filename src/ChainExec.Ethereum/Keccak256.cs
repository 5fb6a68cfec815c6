using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace ChainExec.Ethereum;

/// <summary>
/// Keccak-256 as Ethereum uses it: the permutation of FIPS 202 with the original padding byte 0x01, so not the SHA3-256 of the framework.
/// </summary>
public static class Keccak256
{
    private const int RateBytes = 136;

    /// <summary>The 32-byte digest of <paramref name="input"/>.</summary>
    public static Hash32 Hash(ReadOnlySpan<byte> input)
    {
        Span<byte> digest = stackalloc byte[Hash32.Size];
        Hash(input, digest);
        return Hash32.FromBytes(digest);
    }

    /// <summary>
    /// Writes the 32-byte digest of <paramref name="input"/> to the start of <paramref name="destination"/>, allocating nothing.
    /// </summary>
    /// <exception cref="ArgumentException">The destination is shorter than 32 bytes.</exception>
    public static void Hash(ReadOnlySpan<byte> input, Span<byte> destination)
    {
        if (destination.Length < Hash32.Size)
        {
            throw new ArgumentException("A digest needs 32 bytes.", nameof(destination));
        }

        var state = default(KeccakState);
        while (input.Length >= RateBytes)
        {
            Absorb(ref state, input[..RateBytes]);
            input = input[RateBytes..];
        }

        Span<byte> last = stackalloc byte[RateBytes];
        last.Clear();
        input.CopyTo(last);
        last[input.Length] = 0x01;
        last[RateBytes - 1] |= 0x80;
        Absorb(ref state, last);
        BinaryPrimitives.WriteUInt64LittleEndian(destination, state.L00);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[8..], state.L01);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[16..], state.L02);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[24..], state.L03);
    }

    private static void Absorb(ref KeccakState state, ReadOnlySpan<byte> block)
    {
        Span<ulong> lanes = MemoryMarshal.CreateSpan(ref state.L00, 25);
        for (int i = 0; i < RateBytes / 8; i++)
        {
            lanes[i] ^= BinaryPrimitives.ReadUInt64LittleEndian(block[(8 * i)..]);
        }

        KeccakPermutation.Permute(ref state);
    }
}
