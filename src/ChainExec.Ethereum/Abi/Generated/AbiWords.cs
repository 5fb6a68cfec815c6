using System.Numerics;
using System.Runtime.CompilerServices;

namespace ChainExec.Ethereum.Abi.Generated;

/// <summary>
/// The verdicts of <see cref="AbiWord"/> on words held as numbers, for readers that must not allocate: each answers the value, and null or
/// the name of the type that the word is not.
/// </summary>
internal static class AbiWords
{
    private const int Bits = 256;
    private static readonly string[] UnsignedNames = NamesOf("uint");
    private static readonly string[] SignedNames = NamesOf("int");

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Address ToAddress(in UInt256 word, out string? refused)
    {
        refused = (word.Word(3) | word.Word(2) >> 32) == 0 ? null : "address";
        return Address.FromWord(word);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static bool ToBool(in UInt256 word, out string? refused)
    {
        refused = (word.Word(3) | word.Word(2) | word.Word(1) | word.Word(0) >> 1) == 0 ? null : "bool";
        return word.Word(0) == 1;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static ulong ToUInt64(in UInt256 word, int bits, out string? refused)
    {
        ulong low = word.Word(0);
        ulong above = bits == 64 ? 0 : low >> bits;
        refused = (word.Word(3) | word.Word(2) | word.Word(1) | above) == 0 ? null : UnsignedNames[bits / 8];
        return low;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static UInt256 ToUInt256(in UInt256 word, int bits, out string? refused)
    {
        refused = bits == Bits || word.BitLength <= bits ? null : UnsignedNames[bits / 8];
        return word;
    }

    internal static long ToInt64(in UInt256 word, int bits, out string? refused)
    {
        long low = (long)word.Word(0);
        ulong sign = (ulong)(low >> 63);
        bool isExtended = word.Word(3) == sign && word.Word(2) == sign && word.Word(1) == sign && low >> (bits - 1) is 0 or -1;
        refused = isExtended ? null : SignedNames[bits / 8];
        return low;
    }

    // The bits above the sign must repeat it: none of them differs from the top one.
    internal static Int256 ToInt256(in UInt256 word, int bits, out string? refused)
    {
        ulong sign = (ulong)((long)word.Word(3) >> 63);
        var differing = new UInt256(word.Word(3) ^ sign, word.Word(2) ^ sign, word.Word(1) ^ sign, word.Word(0) ^ sign);
        refused = differing.BitLength < bits ? null : SignedNames[bits / 8];
        return Int256.FromTwosComplement(word);
    }

    internal static FixedBytes ToFixedBytes(in UInt256 word, int length, out string? refused)
    {
        refused = TrailingZeros(word) >= Bits - 8 * length ? null : "byte string of its length";
        return FixedBytes.FromWord(word, length);
    }

    private static int TrailingZeros(in UInt256 word)
    {
        for (int i = 0; i < 4; i++)
        {
            if (word.Word(i) != 0)
            {
                return 64 * i + BitOperations.TrailingZeroCount(word.Word(i));
            }
        }

        return Bits;
    }

    private static string[] NamesOf(string prefix)
    {
        string[] names = new string[Bits / 8 + 1];
        for (int i = 0; i < names.Length; i++)
        {
            names[i] = $"{prefix}{8 * i}";
        }

        return names;
    }
}
