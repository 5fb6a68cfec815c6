using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace ChainExec.Ethereum;

/// <summary>
/// Addition, multiplication and shifts behind <see cref="UInt256"/>'s operators: on 64-bit words in registers, without loops, spans or
/// allocation, because amounts are added and multiplied for every log that is indexed.
/// </summary>
internal static class UInt256Arithmetic
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static UInt256 Add(in UInt256 left, in UInt256 right)
    {
        UInt256 sum = AddWrapping(left, right, out bool carry);
        if (carry)
        {
            ThrowOverflow("The sum is above 2^256-1.");
        }

        return sum;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static UInt256 Subtract(in UInt256 left, in UInt256 right)
    {
        UInt256 difference = SubtractWrapping(left, right, out bool borrow);
        if (borrow)
        {
            ThrowOverflow("The difference is negative.");
        }

        return difference;
    }

    /// <summary>The sum modulo 2^256; <paramref name="carry"/> is true when it wrapped.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static UInt256 AddWrapping(in UInt256 left, in UInt256 right, out bool carry)
    {
        ulong taken = 0;
        ulong w0 = AddWords(left.W0, right.W0, ref taken);
        ulong w1 = AddWords(left.W1, right.W1, ref taken);
        ulong w2 = AddWords(left.W2, right.W2, ref taken);
        ulong w3 = AddWords(left.W3, right.W3, ref taken);
        carry = taken != 0;
        return new UInt256(w3, w2, w1, w0);
    }

    /// <summary>The difference modulo 2^256; <paramref name="borrow"/> is true when it wrapped.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static UInt256 SubtractWrapping(in UInt256 left, in UInt256 right, out bool borrow)
    {
        ulong taken = 0;
        ulong w0 = SubtractWords(left.W0, right.W0, ref taken);
        ulong w1 = SubtractWords(left.W1, right.W1, ref taken);
        ulong w2 = SubtractWords(left.W2, right.W2, ref taken);
        ulong w3 = SubtractWords(left.W3, right.W3, ref taken);
        borrow = taken != 0;
        return new UInt256(w3, w2, w1, w0);
    }

    internal static UInt256 Multiply(in UInt256 left, in UInt256 right)
    {
        // As few products as the lengths of the factors need: amounts rarely fill their four words.
        if ((left.W3 | left.W2 | right.W3 | right.W2) == 0)
        {
            return MultiplyHalves(left, right);
        }

        bool swapped = (left.W3 | left.W2) == 0;
        ref readonly UInt256 longer = ref swapped ? ref right : ref left;
        ref readonly UInt256 shorter = ref swapped ? ref left : ref right;
        if ((shorter.W3 | shorter.W2 | shorter.W1) == 0)
        {
            return MultiplyByWord(longer, shorter.W0);
        }

        // Otherwise the upper words that are not 0 stand four or more places up together.
        return (longer.W3 | shorter.W3 | shorter.W2) == 0 ? MultiplyThreeByTwo(longer, shorter) : Overflow();
    }

    // Factors of at most 128 bits, whose product always fits.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static UInt256 MultiplyHalves(in UInt256 left, in UInt256 right)
    {
        ulong carry = MultiplyWords(left.W0, right.W0, out ulong w0);
        ulong w1 = MultiplyAdd(left.W0, right.W1, carry, 0, out ulong w2);
        w1 = MultiplyAdd(left.W1, right.W0, w1, 0, out carry);
        w2 = MultiplyAdd(left.W1, right.W1, w2, carry, out ulong w3);
        return new UInt256(w3, w2, w1, w0);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static UInt256 MultiplyByWord(in UInt256 left, ulong right)
    {
        ulong carry = MultiplyWords(left.W0, right, out ulong w0);
        ulong w1 = MultiplyAdd(left.W1, right, carry, 0, out carry);
        ulong w2 = MultiplyAdd(left.W2, right, carry, 0, out carry);
        ulong w3 = MultiplyAdd(left.W3, right, carry, 0, out carry);
        return carry != 0 ? Overflow() : new UInt256(w3, w2, w1, w0);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static UInt256 MultiplyThreeByTwo(in UInt256 left, in UInt256 right)
    {
        ulong carry = MultiplyWords(left.W0, right.W0, out ulong w0);
        ulong w1 = MultiplyAdd(left.W1, right.W0, carry, 0, out carry);
        ulong w2 = MultiplyAdd(left.W2, right.W0, carry, 0, out ulong w3);
        w1 = MultiplyAdd(left.W0, right.W1, w1, 0, out carry);
        w2 = MultiplyAdd(left.W1, right.W1, w2, carry, out carry);
        w3 = MultiplyAdd(left.W2, right.W1, w3, carry, out carry);
        return carry != 0 ? Overflow() : new UInt256(w3, w2, w1, w0);
    }

    [DoesNotReturn]
    private static UInt256 Overflow() => throw new OverflowException("The product is above 2^256-1.");

    /// <summary>The whole product, 512 bits, as its upper and its lower half.</summary>
    internal static UInt256 MultiplyFull(in UInt256 left, in UInt256 right, out UInt256 low)
    {
        Span<ulong> product = stackalloc ulong[8];
        product.Clear();
        for (int i = 0; i < 4; i++)
        {
            ulong carry = 0;
            for (int j = 0; j < 4; j++)
            {
                product[i + j] = MultiplyAdd(left.Word(i), right.Word(j), product[i + j], carry, out carry);
            }

            product[i + 4] = carry;
        }

        low = new UInt256(product[3], product[2], product[1], product[0]);
        return new UInt256(product[7], product[6], product[5], product[4]);
    }

    internal static UInt256 ShiftLeft(in UInt256 value, int count)
    {
        RefuseCount(count);
        int bits = count & 63;
        UInt256 moved = (count >> 6) switch
        {
            0 => value,
            1 => new UInt256(value.W2, value.W1, value.W0, 0),
            2 => new UInt256(value.W1, value.W0, 0, 0),
            _ => new UInt256(value.W0, 0, 0, 0),
        };

        // What comes in from below is shifted in two steps, as a shift by 64 would be one by 0.
        return new UInt256(
            (moved.W3 << bits) | (moved.W2 >> 1 >> (63 - bits)),
            (moved.W2 << bits) | (moved.W1 >> 1 >> (63 - bits)),
            (moved.W1 << bits) | (moved.W0 >> 1 >> (63 - bits)),
            moved.W0 << bits);
    }

    internal static UInt256 ShiftRight(in UInt256 value, int count)
    {
        RefuseCount(count);
        int bits = count & 63;
        UInt256 moved = (count >> 6) switch
        {
            0 => value,
            1 => new UInt256(0, value.W3, value.W2, value.W1),
            2 => new UInt256(0, 0, value.W3, value.W2),
            _ => new UInt256(0, 0, 0, value.W3),
        };
        return new UInt256(
            moved.W3 >> bits,
            (moved.W2 >> bits) | (moved.W3 << 1 << (63 - bits)),
            (moved.W1 >> bits) | (moved.W2 << 1 << (63 - bits)),
            (moved.W0 >> bits) | (moved.W1 << 1 << (63 - bits)));
    }

    /// <summary>The product of two words: its upper word, and the lower one as <paramref name="low"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static ulong MultiplyWords(ulong left, ulong right, out ulong low)
    {
        if (Bmi2.X64.IsSupported)
        {
            // Two multiplications, yet faster than Math.BigMul: the one instruction that gives both words is made to give the lower one
            // through memory, where the next step waits for it.
            low = left * right;
            return Bmi2.X64.MultiplyNoFlags(left, right);
        }

        return Math.BigMul(left, right, out low);
    }

    /// <summary>left * right + first + second, which always fits in 128 bits: the lower word, and the upper one as carry.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static ulong MultiplyAdd(ulong left, ulong right, ulong first, ulong second, out ulong carry)
    {
        ulong high = MultiplyWords(left, right, out ulong low);
        low += first;
        high += low < first ? 1UL : 0UL;
        low += second;
        high += low < second ? 1UL : 0UL;
        carry = high;
        return low;
    }

    /// <summary>The sum of two words and the carry, which is 0 or 1 and replaced by the one of this sum.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static ulong AddWords(ulong left, ulong right, ref ulong carry)
    {
        ulong sum = left + right;
        ulong all = sum + carry;
        carry = (sum < left ? 1UL : 0UL) | (all < sum ? 1UL : 0UL);
        return all;
    }

    /// <summary>The difference of two words less the borrow, which is 0 or 1 and replaced by the one of this difference.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static ulong SubtractWords(ulong left, ulong right, ref ulong borrow)
    {
        ulong difference = left - right;
        ulong all = difference - borrow;
        borrow = (left < right ? 1UL : 0UL) | (difference < borrow ? 1UL : 0UL);
        return all;
    }

    [DoesNotReturn]
    private static void ThrowOverflow(string message) => throw new OverflowException(message);

    private static void RefuseCount(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, 255);
    }
}
