using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;
using static ChainExec.Ethereum.UInt256Arithmetic;

namespace ChainExec.Ethereum;

/// <summary>
/// Division behind <see cref="UInt256"/>'s operators: Knuth, The Art of Computer Programming 2, 4.3.1, algorithm D, on digits of 64 bits,
/// written out for divisors of one, two, three and four digits so that all of them stay in registers.
/// </summary>
internal static class UInt256Division
{
    internal static UInt256 DivRem(in UInt256 dividend, in UInt256 divisor, out UInt256 remainder)
    {
        if ((divisor.W3 | divisor.W2 | divisor.W1) == 0)
        {
            UInt256 quotient = DivRemWord(dividend, divisor.W0, out ulong rest);
            remainder = rest;
            return quotient;
        }

        // A dividend below the divisor takes the same way: asking first would be one more branch that cannot be foretold.
        return (divisor.W3 | divisor.W2) == 0 ? DivideByTwoWords(dividend, divisor, out remainder)
            : divisor.W3 == 0 ? DivideByThreeWords(dividend, divisor, out remainder)
            : divisor.W3 <= uint.MaxValue ? DivideByFourWords(dividend, divisor, out remainder)
            : DivideBySimilar(dividend, divisor, out remainder);
    }

    internal static UInt256 DivRemWord(in UInt256 dividend, ulong divisor, out ulong remainder)
    {
        if (divisor == 0)
        {
            ThrowDivideByZero();
        }

        ulong q3 = 0, q2 = 0, q1 = 0;
        remainder = 0;
        if (dividend.W3 != 0)
        {
            (q3, remainder) = Math.DivRem(dividend.W3, divisor);
            q2 = DivideWords(remainder, dividend.W2, divisor, out remainder);
            q1 = DivideWords(remainder, dividend.W1, divisor, out remainder);
        }
        else if (dividend.W2 != 0)
        {
            (q2, remainder) = Math.DivRem(dividend.W2, divisor);
            q1 = DivideWords(remainder, dividend.W1, divisor, out remainder);
        }
        else if (dividend.W1 != 0)
        {
            (q1, remainder) = Math.DivRem(dividend.W1, divisor);
        }

        ulong q0 = DivideWords(remainder, dividend.W0, divisor, out remainder);
        return new UInt256(q3, q2, q1, q0);
    }

    /// <summary>(high, low) / divisor for a high half below the divisor, so that the quotient fits in 256 bits.</summary>
    internal static UInt256 DivRemWide(in UInt256 high, in UInt256 low, in UInt256 divisor, out UInt256 remainder)
    {
        // Normalized all together: the divisor gets its top bit set, and the upper half, being smaller, loses none.
        int shift = 256 - divisor.BitLength;
        UInt256 v = divisor << shift;
        UInt256 u = shift == 0 ? high : (high << shift) + (low >> (256 - shift));
        UInt256 next = low << shift;
        ulong q3 = WideDigit(ref u, next.W3, v);
        ulong q2 = WideDigit(ref u, next.W2, v);
        ulong q1 = WideDigit(ref u, next.W1, v);
        ulong q0 = WideDigit(ref u, next.W0, v);
        remainder = u >> shift;
        return new UInt256(q3, q2, q1, q0);
    }

    // One digit of (u, next) / v; u is below v, whose top bit is set, and becomes the remainder.
    private static ulong WideDigit(ref UInt256 u, ulong next, in UInt256 v)
    {
        if (u.W3 == v.W3 && u.W2 == v.W2)
        {
            // As in a digit by three words: 2^64-1, which leaves the divisor + next - (v - u) * 2^64.
            UInt256 missing = SubtractWrapping(v, u, out _);
            UInt256 sum = AddWrapping(v, next, out _);
            u = SubtractWrapping(sum, new UInt256(missing.W2, missing.W1, missing.W0, 0), out _);
            return ulong.MaxValue;
        }

        ulong upper = u.W2, lower = u.W1;
        ulong quotient = Digit(u.W3, ref upper, ref lower, v.W3, v.W2);
        ulong p0 = MultiplyAdd(quotient, v.W0, 0, 0, out ulong carry);
        ulong p1 = MultiplyAdd(quotient, v.W1, carry, 0, out ulong p2);
        u = SubtractWrapping(new UInt256(upper, lower, u.W0, next), new UInt256(0, p2, p1, p0), out bool borrow);
        if (borrow)
        {
            quotient--;
            u = AddWrapping(u, v, out _);
        }

        return quotient;
    }

    /// <summary>(high, low) / divisor; high must be below the divisor, so that the quotient fits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static ulong DivideWords(ulong high, ulong low, ulong divisor, out ulong remainder)
    {
        if (X86Base.X64.IsSupported)
        {
            // Evaluation only, says the framework, whose own UInt128 divides by it; should it go, the portable way below remains.
#pragma warning disable SYSLIB5004
            (ulong quotient, remainder) = X86Base.X64.DivRem(low, high, divisor);
#pragma warning restore SYSLIB5004
            return quotient;
        }

        return DivideWordsPortably(high, low, divisor, out remainder);
    }

    /// <summary>The same by 64-bit divisions: algorithm D on two digits of 32 bits.</summary>
    internal static ulong DivideWordsPortably(ulong high, ulong low, ulong divisor, out ulong remainder)
    {
        int shift = BitOperations.LeadingZeroCount(divisor);
        divisor <<= shift;
        high = (high << shift) | (low >> 1 >> (63 - shift));
        low <<= shift;
        ulong first = HalfDigit(high, low >> 32, divisor, out high);
        ulong second = HalfDigit(high, low & uint.MaxValue, divisor, out high);
        remainder = high >> shift;
        return (first << 32) | second;
    }

    private static ulong HalfDigit(ulong high, ulong next, ulong divisor, out ulong remainder)
    {
        ulong top = divisor >> 32;
        ulong bottom = divisor & uint.MaxValue;
        ulong estimate = high / top;
        ulong rest = high - estimate * top;
        while (estimate > uint.MaxValue || estimate * bottom > ((rest << 32) | next))
        {
            estimate--;
            rest += top;
            if (rest > uint.MaxValue)
            {
                break;
            }
        }

        // The difference is below the divisor, so it is right modulo 2^64.
        remainder = (high << 32) + next - estimate * divisor;
        return estimate;
    }

    private static UInt256 DivideByTwoWords(in UInt256 dividend, in UInt256 divisor, out UInt256 remainder)
    {
        int shift = BitOperations.LeadingZeroCount(divisor.W1);
        ulong v1 = Upper(divisor.W1, divisor.W0, shift);
        ulong v0 = divisor.W0 << shift;
        ulong u4 = Upper(0, dividend.W3, shift);
        ulong u3 = Upper(dividend.W3, dividend.W2, shift);
        ulong u2 = Upper(dividend.W2, dividend.W1, shift);
        ulong u1 = Upper(dividend.W1, dividend.W0, shift);
        ulong u0 = dividend.W0 << shift;

        // A dividend of fewer words has fewer digits in its quotient; whether the first digit is 0 is not worth a branch of its own.
        ulong q2 = 0, q1 = 0;
        if (dividend.W3 != 0)
        {
            q2 = u4 == 0 ? SmallDigit(ref u3, ref u2, v1, v0) : Digit(u4, ref u3, ref u2, v1, v0);
        }

        if ((dividend.W3 | dividend.W2) != 0)
        {
            q1 = Digit(u3, ref u2, ref u1, v1, v0);
        }

        ulong q0 = Digit(u2, ref u1, ref u0, v1, v0);
        remainder = new UInt256(0, 0, u1 >> shift, Lower(u1, u0, shift));
        return new UInt256(0, q2, q1, q0);
    }

    private static UInt256 DivideByThreeWords(in UInt256 dividend, in UInt256 divisor, out UInt256 remainder)
    {
        int shift = BitOperations.LeadingZeroCount(divisor.W2);
        ulong v2 = Upper(divisor.W2, divisor.W1, shift);
        ulong v1 = Upper(divisor.W1, divisor.W0, shift);
        ulong v0 = divisor.W0 << shift;
        ulong u4 = Upper(0, dividend.W3, shift);
        ulong u3 = Upper(dividend.W3, dividend.W2, shift);
        ulong u2 = Upper(dividend.W2, dividend.W1, shift);
        ulong u1 = Upper(dividend.W1, dividend.W0, shift);
        ulong u0 = dividend.W0 << shift;
        ulong q1 = 0;
        if (dividend.W3 != 0)
        {
            q1 = u4 == 0 ? SmallDigit(ref u3, ref u2, ref u1, v2, v1, v0) : Digit(u4, ref u3, ref u2, ref u1, v2, v1, v0);
        }

        ulong q0 = Digit(u3, ref u2, ref u1, ref u0, v2, v1, v0);
        remainder = new UInt256(0, u2 >> shift, Lower(u2, u1, shift), Lower(u1, u0, shift));
        return new UInt256(0, 0, q1, q0);
    }

    private static UInt256 DivideByFourWords(in UInt256 dividend, in UInt256 divisor, out UInt256 remainder)
    {
        int shift = BitOperations.LeadingZeroCount(divisor.W3);
        ulong v3 = Upper(divisor.W3, divisor.W2, shift);
        ulong v2 = Upper(divisor.W2, divisor.W1, shift);
        ulong u4 = Upper(0, dividend.W3, shift);
        ulong u3 = Upper(dividend.W3, dividend.W2, shift);
        ulong u2 = Upper(dividend.W2, dividend.W1, shift);

        // The quotient is this one digit, so the remainder needs no shifted words.
        ulong quotient = Digit(u4, ref u3, ref u2, v3, v2);
        ulong p0 = MultiplyAdd(quotient, divisor.W0, 0, 0, out ulong carry);
        ulong p1 = MultiplyAdd(quotient, divisor.W1, carry, 0, out carry);
        ulong p2 = MultiplyAdd(quotient, divisor.W2, carry, 0, out carry);
        ulong p3 = MultiplyAdd(quotient, divisor.W3, carry, 0, out ulong beyond);
        remainder = SubtractWrapping(dividend, new UInt256(p3, p2, p1, p0), out bool borrow);
        if (borrow || beyond != 0)
        {
            // One too large, which is rare: the product is above the dividend, or above 2^256, where the difference shows no borrow.
            quotient--;
            remainder = AddWrapping(remainder, divisor, out _);
        }

        return quotient;
    }

    // The quotient is below 2^32, so the upper words with the divisor's rounded up are enough for all but its last bit or two; they
    // nearly always give these too, without normalizing anything.
    private static UInt256 DivideBySimilar(in UInt256 dividend, in UInt256 divisor, out UInt256 remainder)
    {
        ulong quotient = divisor.W3 == ulong.MaxValue ? 0 : dividend.W3 / (divisor.W3 + 1);
        ulong p0 = MultiplyAdd(quotient, divisor.W0, 0, 0, out ulong carry);
        ulong p1 = MultiplyAdd(quotient, divisor.W1, carry, 0, out carry);
        ulong p2 = MultiplyAdd(quotient, divisor.W2, carry, 0, out carry);
        ulong p3 = quotient * divisor.W3 + carry;
        UInt256 rest = SubtractWrapping(dividend, new UInt256(p3, p2, p1, p0), out _);
        while (rest >= divisor)
        {
            quotient++;
            rest = SubtractWrapping(rest, divisor, out _);
        }

        remainder = rest;
        return quotient;
    }

    // One digit of the quotient by a divisor of three digits; (u3, u2, u1) is below the divisor and (u2, u1, u0) becomes the remainder.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Digit(ulong u3, ref ulong u2, ref ulong u1, ref ulong u0, ulong v2, ulong v1, ulong v0)
    {
        ulong borrow = 0;
        if (u3 == v2 && u2 == v1)
        {
            // The digit is 2^64-1, which leaves the divisor + u0 - (v0 - u1) * 2^64: never negative, as the divisor has its top bit set.
            ulong over = 0;
            ulong missing = v0 - u1;
            u0 = AddWords(u0, v0, ref over);
            u1 = AddWords(v1, 0, ref over);
            u2 = v2 + over;
            u1 = SubtractWords(u1, missing, ref borrow);
            u2 -= borrow;
            return ulong.MaxValue;
        }

        ulong quotient = Digit(u3, ref u2, ref u1, v2, v1);
        ulong high = MultiplyWords(quotient, v0, out ulong low);
        u0 = SubtractWords(u0, low, ref borrow);
        u1 = SubtractWords(u1, high, ref borrow);
        u2 = SubtractWords(u2, 0, ref borrow);
        if (borrow != 0)
        {
            // The two upper digits of the divisor decide nearly always: add the divisor back about once in 2^64.
            quotient--;
            ulong carry = 0;
            u0 = AddWords(u0, v0, ref carry);
            u1 = AddWords(u1, v1, ref carry);
            u2 = AddWords(u2, v2, ref carry);
        }

        return quotient;
    }

    // One digit of the quotient by a divisor of two digits; (u2, u1) is below (v1, v0) and (u1, u0) becomes the remainder.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Digit(ulong u2, ref ulong u1, ref ulong u0, ulong v1, ulong v0)
    {
        ulong quotient, rest, surplus = 0;
        if (u2 < v1)
        {
            quotient = DivideWords(u2, u1, v1, out rest);
        }
        else
        {
            // The upper digits are equal and the estimate is 2^64-1, which leaves u1 + v1; that may need one bit more than a word.
            quotient = ulong.MaxValue;
            rest = u1 + v1;
            surplus = rest < v1 ? 1UL : 0UL;
        }

        ulong high = MultiplyWords(quotient, v0, out ulong low);
        high += u0 < low ? 1UL : 0UL;
        u0 -= low;
        ulong before = rest - high;
        ulong negative = (rest < high ? 1UL : 0UL) & ~surplus;

        // One too large for about every third digit, so it is mended without a branch that could not be foretold.
        ulong mask = 0 - negative;
        quotient -= negative;
        u1 = before + (v1 & mask) + AddLow(ref u0, v0 & mask);
        if (u1 > before)
        {
            // The sum did not wrap, so it is negative still: two too large, which is rare.
            quotient--;
            u1 += v1 + AddLow(ref u0, v0);
        }

        return quotient;
    }

    // A first digit whose divisor is known to go into it once or not at all.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong SmallDigit(ref ulong u1, ref ulong u0, ulong v1, ulong v0)
    {
        ulong quotient = (v1 < u1 ? 1UL : 0UL) | ((v1 == u1 ? 1UL : 0UL) & (v0 <= u0 ? 1UL : 0UL));
        ulong mask = 0 - quotient;
        u1 -= (v1 & mask) + ((v0 & mask) > u0 ? 1UL : 0UL);
        u0 -= v0 & mask;
        return quotient;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong SmallDigit(ref ulong u2, ref ulong u1, ref ulong u0, ulong v2, ulong v1, ulong v0)
    {
        ulong borrow = 0;
        SubtractWords(u0, v0, ref borrow);
        SubtractWords(u1, v1, ref borrow);
        SubtractWords(u2, v2, ref borrow);
        ulong mask = borrow - 1;
        ulong quotient = 1 - borrow;
        borrow = 0;
        u0 = SubtractWords(u0, v0 & mask, ref borrow);
        u1 = SubtractWords(u1, v1 & mask, ref borrow);
        u2 = SubtractWords(u2, v2 & mask, ref borrow);
        return quotient;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong AddLow(ref ulong word, ulong addend)
    {
        word += addend;
        return word < addend ? 1UL : 0UL;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Upper(ulong high, ulong low, int shift) => (high << shift) | (low >> 1 >> (63 - shift));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Lower(ulong high, ulong low, int shift) => (low >> shift) | (high << 1 << (63 - shift));

    [DoesNotReturn]
    private static void ThrowDivideByZero() => throw new DivideByZeroException("A 256-bit number cannot be divided by 0.");
}
