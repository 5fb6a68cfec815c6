namespace ChainExec.Ethereum;

/// <summary>The checked arithmetic behind <see cref="UInt256"/>'s operators, on 64-bit words and without allocation.</summary>
internal static class UInt256Arithmetic
{
    private const int Words = 4;

    internal static UInt256 Add(UInt256 left, UInt256 right)
    {
        UInt256 sum = AddWrapping(left, right, out bool carry);
        return carry ? throw new OverflowException("The sum is above 2^256-1.") : sum;
    }

    internal static UInt256 Subtract(UInt256 left, UInt256 right)
    {
        UInt256 difference = SubtractWrapping(left, right, out bool borrow);
        return borrow ? throw new OverflowException("The difference is negative.") : difference;
    }

    /// <summary>The sum modulo 2^256; <paramref name="carry"/> is true when it wrapped.</summary>
    internal static UInt256 AddWrapping(UInt256 left, UInt256 right, out bool carry)
    {
        Span<ulong> sum = stackalloc ulong[Words];
        UInt128 step = 0;
        for (int i = 0; i < Words; i++)
        {
            step += (UInt128)left.Word(i) + right.Word(i);
            sum[i] = (ulong)step;
            step >>= 64;
        }

        carry = step != 0;
        return From(sum);
    }

    /// <summary>The difference modulo 2^256; <paramref name="borrow"/> is true when it wrapped.</summary>
    internal static UInt256 SubtractWrapping(UInt256 left, UInt256 right, out bool borrow)
    {
        Span<ulong> difference = stackalloc ulong[Words];
        ulong taken = 0;
        for (int i = 0; i < Words; i++)
        {
            UInt128 step = (UInt128)left.Word(i) - right.Word(i) - taken;
            difference[i] = (ulong)step;
            taken = (ulong)(step >> 127);
        }

        borrow = taken != 0;
        return From(difference);
    }

    internal static UInt256 Multiply(UInt256 left, UInt256 right)
    {
        Span<ulong> product = stackalloc ulong[2 * Words];
        product.Clear();
        for (int i = 0; i < Words; i++)
        {
            ulong carry = 0;
            for (int j = 0; j < Words; j++)
            {
                UInt128 step = (UInt128)left.Word(i) * right.Word(j) + product[i + j] + carry;
                product[i + j] = (ulong)step;
                carry = (ulong)(step >> 64);
            }

            product[i + Words] = carry;
        }

        return product[Words..].ContainsAnyExcept(0UL)
            ? throw new OverflowException("The product is above 2^256-1.")
            : From(product[..Words]);
    }

    internal static UInt256 DivRem(UInt256 dividend, UInt256 divisor, out UInt256 remainder)
    {
        if (divisor.IsZero)
        {
            throw new DivideByZeroException("A 256-bit number cannot be divided by 0.");
        }

        if (dividend < divisor)
        {
            remainder = dividend;
            return UInt256.Zero;
        }

        Span<uint> quotient = stackalloc uint[9];
        quotient.Clear();
        remainder = DivideDigits(dividend, divisor, quotient);
        return FromDigits(quotient[..8]);
    }

    internal static UInt256 ShiftLeft(UInt256 value, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, 255);
        int words = count / 64;
        int bits = count % 64;
        Span<ulong> shifted = stackalloc ulong[Words];
        shifted.Clear();
        for (int i = words; i < Words; i++)
        {
            shifted[i] = value.Word(i - words) << bits;
            if (bits != 0 && i > words)
            {
                shifted[i] |= value.Word(i - words - 1) >> (64 - bits);
            }
        }

        return From(shifted);
    }

    internal static UInt256 ShiftRight(UInt256 value, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, 255);
        int words = count / 64;
        int bits = count % 64;
        Span<ulong> shifted = stackalloc ulong[Words];
        shifted.Clear();
        for (int i = 0; i + words < Words; i++)
        {
            shifted[i] = value.Word(i + words) >> bits;
            if (bits != 0 && i + words + 1 < Words)
            {
                shifted[i] |= value.Word(i + words + 1) << (64 - bits);
            }
        }

        return From(shifted);
    }

    // Knuth, The Art of Computer Programming 2, 4.3.1, algorithm D, on digits of 32 bits so that every step fits in 64.
    private static UInt256 DivideDigits(UInt256 dividend, UInt256 divisor, Span<uint> quotient)
    {
        int n = (divisor.BitLength + 31) / 32;
        int m = (dividend.BitLength + 31) / 32 - n;
        int shift = 32 * n - divisor.BitLength;

        // The shifted divisor still fits; the dividend gets one digit more for the bits that leave the top.
        Span<uint> v = stackalloc uint[8];
        ToDigits(divisor << shift, v);
        Span<uint> u = stackalloc uint[9];
        ToDigits(dividend << shift, u[..8]);
        u[8] = shift == 0 ? 0 : (uint)(ulong)(dividend >> (256 - shift));

        if (n == 1)
        {
            ulong rest = 0;
            for (int j = 8; j >= 0; j--)
            {
                ulong digits = (rest << 32) | u[j];
                quotient[j] = (uint)(digits / v[0]);
                rest = digits % v[0];
            }

            return (UInt256)(rest >> shift);
        }

        for (int j = m; j >= 0; j--)
        {
            quotient[j] = QuotientDigit(u[j..(j + n + 1)], v[..n]);
        }

        u[n..].Clear();
        return FromDigits(u[..8]) >> shift;
    }

    private static uint QuotientDigit(Span<uint> u, ReadOnlySpan<uint> v)
    {
        int n = v.Length;
        ulong top = ((ulong)u[n] << 32) | u[n - 1];
        ulong estimate = top / v[n - 1];
        ulong rest = top % v[n - 1];
        while (estimate > uint.MaxValue || estimate * v[n - 2] > ((rest << 32) | u[n - 2]))
        {
            estimate--;
            rest += v[n - 1];
            if (rest > uint.MaxValue)
            {
                break;
            }
        }

        long borrow = 0;
        ulong carry = 0;
        for (int i = 0; i < n; i++)
        {
            carry += estimate * v[i];
            long step = u[i] - borrow - (long)(carry & uint.MaxValue);
            u[i] = (uint)step;
            borrow = step < 0 ? 1 : 0;
            carry >>= 32;
        }

        long last = u[n] - borrow - (long)carry;
        u[n] = (uint)last;
        if (last >= 0)
        {
            return (uint)estimate;
        }

        // The estimate was one too large, which happens about once in 2^31 digits: add the divisor back.
        ulong sum = 0;
        for (int i = 0; i < n; i++)
        {
            sum += (ulong)u[i] + v[i];
            u[i] = (uint)sum;
            sum >>= 32;
        }

        u[n] += (uint)sum;
        return (uint)(estimate - 1);
    }

    private static void ToDigits(UInt256 value, Span<uint> digits)
    {
        for (int i = 0; i < 8; i++)
        {
            digits[i] = (uint)(value.Word(i / 2) >> (i % 2 * 32));
        }
    }

    private static UInt256 FromDigits(ReadOnlySpan<uint> digits) => new(
        digits[6] | ((ulong)digits[7] << 32),
        digits[4] | ((ulong)digits[5] << 32),
        digits[2] | ((ulong)digits[3] << 32),
        digits[0] | ((ulong)digits[1] << 32));

    private static UInt256 From(ReadOnlySpan<ulong> words) => new(words[3], words[2], words[1], words[0]);
}
