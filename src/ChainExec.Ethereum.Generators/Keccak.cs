using System.Text;

namespace ChainExec.Ethereum.Generators;

/// <summary>
/// Keccak-256 of signatures. The toolkit's own is for .NET 10 and its intrinsics, which the compiler's process need not have; this one is
/// the specification's loop, and a test holds the two equal.
/// </summary>
internal static class Keccak
{
    private const int Rate = 136;
    private const int Rounds = 24;

    private static readonly int[] Rotations = [1, 3, 6, 10, 15, 21, 28, 36, 45, 55, 2, 14, 27, 41, 56, 8, 25, 43, 62, 18, 39, 61, 20, 44];
    private static readonly int[] Lanes = [10, 7, 11, 17, 18, 3, 5, 16, 8, 21, 24, 4, 15, 23, 19, 13, 12, 2, 20, 14, 22, 9, 6, 1];

    /// <summary>The 32-byte digest of a text of ASCII characters.</summary>
    public static byte[] Hash(string text)
    {
        byte[] input = Encoding.ASCII.GetBytes(text);
        byte[] padded = new byte[(input.Length / Rate + 1) * Rate];
        input.CopyTo(padded, 0);
        padded[input.Length] = 0x01;
        padded[padded.Length - 1] |= 0x80;

        ulong[] state = new ulong[25];
        for (int i = 0; i < padded.Length; i++)
        {
            state[i % Rate / 8] ^= (ulong)padded[i] << (8 * (i % 8));
            if (i % Rate == Rate - 1)
            {
                Permute(state);
            }
        }

        byte[] digest = new byte[32];
        for (int i = 0; i < digest.Length; i++)
        {
            digest[i] = (byte)(state[i / 8] >> (8 * (i % 8)));
        }

        return digest;
    }

    private static void Permute(ulong[] state)
    {
        ulong[] column = new ulong[5];
        byte feedback = 1;
        for (int round = 0; round < Rounds; round++)
        {
            for (int x = 0; x < 5; x++)
            {
                column[x] = state[x] ^ state[x + 5] ^ state[x + 10] ^ state[x + 15] ^ state[x + 20];
            }

            for (int i = 0; i < 25; i++)
            {
                state[i] ^= column[(i + 4) % 5] ^ RotateLeft(column[(i + 1) % 5], 1);
            }

            ulong moved = state[1];
            for (int i = 0; i < 24; i++)
            {
                (state[Lanes[i]], moved) = (RotateLeft(moved, Rotations[i]), state[Lanes[i]]);
            }

            for (int row = 0; row < 25; row += 5)
            {
                (ulong a, ulong b, ulong c) = (state[row], state[row + 1], state[row + 2]);
                (ulong d, ulong e) = (state[row + 3], state[row + 4]);
                state[row] = a ^ (~b & c);
                state[row + 1] = b ^ (~c & d);
                state[row + 2] = c ^ (~d & e);
                state[row + 3] = d ^ (~e & a);
                state[row + 4] = e ^ (~a & b);
            }

            state[0] ^= RoundConstant(ref feedback);
        }
    }

    // The constants of FIPS 202, 3.2.5, by its shift register: bit 2^j - 1 of a round's constant is the register's next bit.
    private static ulong RoundConstant(ref byte feedback)
    {
        ulong constant = 0;
        for (int j = 0; j < 7; j++)
        {
            if ((feedback & 1) != 0)
            {
                constant |= 1UL << ((1 << j) - 1);
            }

            feedback = (byte)((feedback << 1) ^ ((feedback >> 7) * 0x71));
        }

        return constant;
    }

    private static ulong RotateLeft(ulong value, int count) => (value << count) | (value >> (64 - count));
}
