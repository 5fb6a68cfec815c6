using System.Numerics;
using System.Runtime.CompilerServices;

namespace ChainExec.Ethereum;

/// <summary>The permutation Keccak-f[1600] of FIPS 202, section 3.3, on 25 lanes of 64 bits.</summary>
internal static class KeccakPermutation
{
    private static ReadOnlySpan<ulong> RoundConstants =>
    [
        0x0000000000000001, 0x0000000000008082, 0x800000000000808a, 0x8000000080008000,
        0x000000000000808b, 0x0000000080000001, 0x8000000080008081, 0x8000000000008009,
        0x000000000000008a, 0x0000000000000088, 0x0000000080008009, 0x000000008000000a,
        0x000000008000808b, 0x800000000000008b, 0x8000000000008089, 0x8000000000008003,
        0x8000000000008002, 0x8000000000000080, 0x000000000000800a, 0x800000008000000a,
        0x8000000080008081, 0x8000000000008080, 0x0000000080000001, 0x8000000080008008,
    ];

    // Compiled for speed at once: a process that has just started hashes tens of thousands of receipts before anything else is warm.
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Permute(ref KeccakState state)
    {
        // Two rounds a turn, from one set of lanes to the other and back, so that no lane is ever copied.
        KeccakState a = state;
        KeccakState e;
        Unsafe.SkipInit(out e);
        ReadOnlySpan<ulong> constants = RoundConstants;
        for (int i = 0; i < constants.Length; i += 2)
        {
            Round(ref a, ref e, constants[i]);
            Round(ref e, ref a, constants[i + 1]);
        }

        state = a;
    }

    // The lanes stay in memory on purpose: 25 of them do not fit in the registers, and a row of five with its parities does. Longer than a
    // method should be, because any loop over lanes costs more than twice the time here.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Round(ref KeccakState a, ref KeccakState e, ulong constant)
    {
        ulong c0 = a.L00 ^ a.L10 ^ a.L20 ^ a.L30 ^ a.L40;
        ulong c1 = a.L01 ^ a.L11 ^ a.L21 ^ a.L31 ^ a.L41;
        ulong c2 = a.L02 ^ a.L12 ^ a.L22 ^ a.L32 ^ a.L42;
        ulong c3 = a.L03 ^ a.L13 ^ a.L23 ^ a.L33 ^ a.L43;
        ulong c4 = a.L04 ^ a.L14 ^ a.L24 ^ a.L34 ^ a.L44;
        ulong d0 = c4 ^ BitOperations.RotateLeft(c1, 1);
        ulong d1 = c0 ^ BitOperations.RotateLeft(c2, 1);
        ulong d2 = c1 ^ BitOperations.RotateLeft(c3, 1);
        ulong d3 = c2 ^ BitOperations.RotateLeft(c4, 1);
        ulong d4 = c3 ^ BitOperations.RotateLeft(c0, 1);

        ulong b0 = a.L00 ^ d0;
        ulong b1 = BitOperations.RotateLeft(a.L11 ^ d1, 44);
        ulong b2 = BitOperations.RotateLeft(a.L22 ^ d2, 43);
        ulong b3 = BitOperations.RotateLeft(a.L33 ^ d3, 21);
        ulong b4 = BitOperations.RotateLeft(a.L44 ^ d4, 14);
        e.L00 = b0 ^ (~b1 & b2) ^ constant;
        e.L01 = b1 ^ (~b2 & b3);
        e.L02 = b2 ^ (~b3 & b4);
        e.L03 = b3 ^ (~b4 & b0);
        e.L04 = b4 ^ (~b0 & b1);

        b0 = BitOperations.RotateLeft(a.L03 ^ d3, 28);
        b1 = BitOperations.RotateLeft(a.L14 ^ d4, 20);
        b2 = BitOperations.RotateLeft(a.L20 ^ d0, 3);
        b3 = BitOperations.RotateLeft(a.L31 ^ d1, 45);
        b4 = BitOperations.RotateLeft(a.L42 ^ d2, 61);
        e.L10 = b0 ^ (~b1 & b2);
        e.L11 = b1 ^ (~b2 & b3);
        e.L12 = b2 ^ (~b3 & b4);
        e.L13 = b3 ^ (~b4 & b0);
        e.L14 = b4 ^ (~b0 & b1);

        b0 = BitOperations.RotateLeft(a.L01 ^ d1, 1);
        b1 = BitOperations.RotateLeft(a.L12 ^ d2, 6);
        b2 = BitOperations.RotateLeft(a.L23 ^ d3, 25);
        b3 = BitOperations.RotateLeft(a.L34 ^ d4, 8);
        b4 = BitOperations.RotateLeft(a.L40 ^ d0, 18);
        e.L20 = b0 ^ (~b1 & b2);
        e.L21 = b1 ^ (~b2 & b3);
        e.L22 = b2 ^ (~b3 & b4);
        e.L23 = b3 ^ (~b4 & b0);
        e.L24 = b4 ^ (~b0 & b1);

        b0 = BitOperations.RotateLeft(a.L04 ^ d4, 27);
        b1 = BitOperations.RotateLeft(a.L10 ^ d0, 36);
        b2 = BitOperations.RotateLeft(a.L21 ^ d1, 10);
        b3 = BitOperations.RotateLeft(a.L32 ^ d2, 15);
        b4 = BitOperations.RotateLeft(a.L43 ^ d3, 56);
        e.L30 = b0 ^ (~b1 & b2);
        e.L31 = b1 ^ (~b2 & b3);
        e.L32 = b2 ^ (~b3 & b4);
        e.L33 = b3 ^ (~b4 & b0);
        e.L34 = b4 ^ (~b0 & b1);

        b0 = BitOperations.RotateLeft(a.L02 ^ d2, 62);
        b1 = BitOperations.RotateLeft(a.L13 ^ d3, 55);
        b2 = BitOperations.RotateLeft(a.L24 ^ d4, 39);
        b3 = BitOperations.RotateLeft(a.L30 ^ d0, 41);
        b4 = BitOperations.RotateLeft(a.L41 ^ d1, 2);
        e.L40 = b0 ^ (~b1 & b2);
        e.L41 = b1 ^ (~b2 & b3);
        e.L42 = b2 ^ (~b3 & b4);
        e.L43 = b3 ^ (~b4 & b0);
        e.L44 = b4 ^ (~b0 & b1);
    }
}
