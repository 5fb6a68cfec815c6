namespace ChainExec.Ethereum;

/// <summary>Arithmetic on <see cref="UInt256"/> beyond the operators. Every division here names its rounding.</summary>
public static class UInt256Math
{
    /// <summary>The quotient without the rest.</summary>
    /// <exception cref="DivideByZeroException">The divisor is 0.</exception>
    public static UInt256 DivideRoundingDown(this UInt256 dividend, UInt256 divisor) => dividend / divisor;

    /// <summary>The quotient, one more when there is a rest.</summary>
    /// <exception cref="DivideByZeroException">The divisor is 0.</exception>
    public static UInt256 DivideRoundingUp(this UInt256 dividend, UInt256 divisor) => Divide(dividend, divisor, Rounding.Up);

    /// <summary>The quotient in the named rounding.</summary>
    /// <exception cref="DivideByZeroException">The divisor is 0.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The rounding is none of those named.</exception>
    public static UInt256 Divide(this UInt256 dividend, UInt256 divisor, Rounding rounding)
    {
        UInt256 quotient = DivRem(dividend, divisor, out UInt256 remainder);
        return Round(quotient, remainder, divisor, rounding);
    }

    /// <summary>The quotient without the rest, and the rest.</summary>
    /// <exception cref="DivideByZeroException">The divisor is 0.</exception>
    public static UInt256 DivRem(this UInt256 dividend, UInt256 divisor, out UInt256 remainder) =>
        UInt256Division.DivRem(dividend, divisor, out remainder);

    /// <summary>
    /// value * multiplier / divisor in the named rounding. The product is kept in full, 512 bits, so only the result has to fit.
    /// </summary>
    /// <exception cref="DivideByZeroException">The divisor is 0.</exception>
    /// <exception cref="OverflowException">The result is above 2^256-1.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The rounding is none of those named.</exception>
    public static UInt256 MulDiv(this UInt256 value, UInt256 multiplier, UInt256 divisor, Rounding rounding)
    {
        UInt256 high = UInt256Arithmetic.MultiplyFull(value, multiplier, out UInt256 low);
        UInt256 quotient;
        UInt256 remainder;
        if (high.IsZero)
        {
            quotient = DivRem(low, divisor, out remainder);
        }
        else if (high < divisor)
        {
            quotient = UInt256Division.DivRemWide(high, low, divisor, out remainder);
        }
        else
        {
            throw divisor.IsZero
                ? new DivideByZeroException("A 256-bit number cannot be divided by 0.")
                : new OverflowException("The result is above 2^256-1.");
        }

        return Round(quotient, remainder, divisor, rounding);
    }

    /// <summary>The value raised to a power; anything to the power of 0 is 1, as in the EVM.</summary>
    /// <exception cref="OverflowException">The result is above 2^256-1.</exception>
    public static UInt256 Pow(this UInt256 value, uint exponent)
    {
        // These two never overflow, however large the exponent is, and would only cost time.
        if (exponent == 0 || value == UInt256.One)
        {
            return UInt256.One;
        }

        if (value.IsZero)
        {
            return UInt256.Zero;
        }

        UInt256 result = UInt256.One;
        UInt256 square = value;
        for (uint rest = exponent; ;)
        {
            if ((rest & 1) != 0)
            {
                result *= square;
            }

            rest >>= 1;
            if (rest == 0)
            {
                return result;
            }

            // A square beyond the range belongs to a result beyond it, as a higher bit of the exponent is still to come.
            square *= square;
        }
    }

    private static UInt256 Round(UInt256 quotient, UInt256 remainder, UInt256 divisor, Rounding rounding)
    {
        // Twice the remainder might not fit, so it is compared with what is missing to the divisor.
        bool up = rounding switch
        {
            Rounding.Down => false,
            Rounding.Up => !remainder.IsZero,
            Rounding.HalfUp => remainder >= divisor - remainder,
            Rounding.HalfEven => remainder > divisor - remainder || (remainder == divisor - remainder && (quotient.W0 & 1) != 0),
            _ => throw new ArgumentOutOfRangeException(nameof(rounding), rounding, "There is no such rounding."),
        };
        return up ? quotient + UInt256.One : quotient;
    }
}
