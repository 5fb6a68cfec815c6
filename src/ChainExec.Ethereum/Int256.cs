using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Numerics;

namespace ChainExec.Ethereum;

/// <summary>
/// A signed integer of 256 bits in two's complement, Solidity's <c>int256</c>. All arithmetic is checked: a result outside
/// -2^255 to 2^255-1 throws <see cref="OverflowException"/> and never wraps.
/// </summary>
public readonly struct Int256 : IEquatable<Int256>, IComparable<Int256>, IFormattable
{
    // -2^255 as bits, which is also the magnitude of the least number.
    private static readonly UInt256 SignBit = new(1UL << 63, 0, 0, 0);

    private readonly UInt256 _bits;

    private Int256(UInt256 bits) => _bits = bits;

    /// <summary>0, the default value.</summary>
    public static Int256 Zero => default;

    /// <summary>1.</summary>
    public static Int256 One => new(UInt256.One);

    /// <summary>-1.</summary>
    public static Int256 MinusOne => new(UInt256.MaxValue);

    /// <summary>2^255-1.</summary>
    public static Int256 MaxValue => new(new UInt256(long.MaxValue, ulong.MaxValue, ulong.MaxValue, ulong.MaxValue));

    /// <summary>-2^255.</summary>
    public static Int256 MinValue => new(SignBit);

    /// <summary>True for 0.</summary>
    public bool IsZero => _bits.IsZero;

    /// <summary>True below 0.</summary>
    public bool IsNegative => (long)_bits.Word(3) < 0;

    /// <summary>-1, 0 or 1.</summary>
    public int Sign => IsNegative ? -1 : IsZero ? 0 : 1;

    /// <summary>The number without its sign, 0 to 2^255.</summary>
    public UInt256 Magnitude => IsNegative ? Negated(_bits) : _bits;

    /// <summary>
    /// Reads decimal digits, or hexadecimal digits after <c>0x</c>, with <c>-</c> before either for a negative number. Hexadecimal digits
    /// are a magnitude as well: <c>-0x1</c> is minus one, and sixty-four digits <c>f</c> are out of range. A word in two's complement is
    /// read by <see cref="ReadBigEndian"/> or <see cref="FromTwosComplement"/>.
    /// </summary>
    /// <exception cref="FormatException">The text is of another form or the number is outside -2^255 to 2^255-1.</exception>
    public static Int256 Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return TryParse(text, out Int256 value)
            ? value
            : throw new FormatException("Not a signed integer of at most 256 bits in decimal digits or in hexadecimal digits after 0x.");
    }

    /// <summary>Reads like <see cref="Parse"/>; answers false when the text is of another form or out of range.</summary>
    public static bool TryParse(string? text, out Int256 value)
    {
        value = default;
        if (string.IsNullOrEmpty(text))
        {
            return false;
        }

        bool negative = text[0] == '-';
        return UInt256.TryParse(negative ? text[1..] : text, out UInt256 magnitude) && TryCombine(negative, magnitude, out value);
    }

    /// <summary>Reads exactly 32 bytes of two's complement, most significant first, as the ABI writes every signed integer.</summary>
    /// <exception cref="ArgumentException">There are not 32 bytes.</exception>
    public static Int256 ReadBigEndian(ReadOnlySpan<byte> bytes) => bytes.Length == 32
        ? new Int256(UInt256.ReadBigEndian(bytes))
        : throw new ArgumentException($"A signed 256-bit number has 32 bytes, not {bytes.Length}.", nameof(bytes));

    /// <summary>The number whose two's complement is <paramref name="bits"/>: from 2^255 on it is negative.</summary>
    public static Int256 FromTwosComplement(UInt256 bits) => new(bits);

    /// <summary>Converts from <see cref="BigInteger"/>.</summary>
    /// <exception cref="OverflowException">The value is outside -2^255 to 2^255-1.</exception>
    public static Int256 FromBigInteger(BigInteger value)
    {
        // Bounded before the absolute value is taken, so that a huge number costs nothing.
        return value.GetBitLength() <= 256
            && TryCombine(value.Sign < 0, UInt256.FromBigInteger(BigInteger.Abs(value)), out Int256 result)
            ? result
            : throw OutOfRange();
    }

    /// <summary>Writes 32 bytes of two's complement, most significant first.</summary>
    /// <exception cref="ArgumentException">The destination is shorter than 32 bytes.</exception>
    public void WriteBigEndian(Span<byte> destination) => _bits.WriteBigEndian(destination);

    /// <summary>The 256 bits of the two's complement as an unsigned number.</summary>
    public UInt256 ToTwosComplement() => _bits;

    /// <summary>The same number as a <see cref="BigInteger"/>.</summary>
    public BigInteger ToBigInteger() => IsNegative ? -Magnitude.ToBigInteger() : _bits.ToBigInteger();

    /// <summary>The number in decimal digits, with <c>-</c> before them when it is negative.</summary>
    public override string ToString() => IsNegative ? "-" + Magnitude : _bits.ToString();

    /// <summary>The magnitude in lower-case hexadecimal digits after <c>0x</c>, with <c>-</c> before it when the number is negative.</summary>
    public string ToHex() => (IsNegative ? "-" : "") + Hex.EncodeQuantity(Magnitude);

    /// <summary>
    /// Formats as <see cref="BigInteger"/> does; no format gives decimal digits. The culture is ignored: chain numbers have none.
    /// </summary>
    public string ToString(string? format, IFormatProvider? formatProvider) =>
        string.IsNullOrEmpty(format) ? ToString() : ToBigInteger().ToString(format, CultureInfo.InvariantCulture);

    /// <inheritdoc/>
    public bool Equals(Int256 other) => _bits == other._bits;

    /// <inheritdoc/>
    public override bool Equals([NotNullWhen(true)] object? obj) => obj is Int256 other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => _bits.GetHashCode();

    /// <inheritdoc/>
    public int CompareTo(Int256 other)
    {
        // Among numbers of one sign the order of two's complement is that of the bits.
        return IsNegative == other.IsNegative ? _bits.CompareTo(other._bits) : IsNegative ? -1 : 1;
    }

    /// <summary>Every signed 64-bit value is representable.</summary>
    public static implicit operator Int256(long value)
    {
        ulong sign = (ulong)(value >> 63);
        return new Int256(new UInt256(sign, sign, sign, (ulong)value));
    }

    /// <summary>The value as 64 signed bits.</summary>
    /// <exception cref="OverflowException">The value is outside -2^63 to 2^63-1.</exception>
    public static explicit operator long(Int256 value)
    {
        long low = (long)value._bits.Word(0);
        return value == (Int256)low ? low : throw new OverflowException("The value needs more than 64 bits.");
    }

    /// <summary>The same number with a sign.</summary>
    /// <exception cref="OverflowException">The value is above 2^255-1.</exception>
    public static explicit operator Int256(UInt256 value) =>
        TryCombine(negative: false, value, out Int256 result) ? result : throw OutOfRange();

    /// <summary>The same number without a sign.</summary>
    /// <exception cref="OverflowException">The value is negative.</exception>
    public static explicit operator UInt256(Int256 value) =>
        value.IsNegative ? throw new OverflowException("The value is negative.") : value._bits;

    /// <summary>The sum.</summary>
    /// <exception cref="OverflowException">The sum is outside -2^255 to 2^255-1.</exception>
    public static Int256 operator +(Int256 left, Int256 right)
    {
        // The sum of two numbers of one sign must keep it; numbers of different signs cannot leave the range.
        var sum = new Int256(UInt256Arithmetic.AddWrapping(left._bits, right._bits, out _));
        return left.IsNegative == right.IsNegative && sum.IsNegative != left.IsNegative ? throw OutOfRange() : sum;
    }

    /// <summary>The difference.</summary>
    /// <exception cref="OverflowException">The difference is outside -2^255 to 2^255-1.</exception>
    public static Int256 operator -(Int256 left, Int256 right)
    {
        var difference = new Int256(UInt256Arithmetic.SubtractWrapping(left._bits, right._bits, out _));
        return left.IsNegative != right.IsNegative && difference.IsNegative != left.IsNegative ? throw OutOfRange() : difference;
    }

    /// <summary>The number with the other sign.</summary>
    /// <exception cref="OverflowException">The value is -2^255.</exception>
    public static Int256 operator -(Int256 value) => Zero - value;

    /// <summary>The product.</summary>
    /// <exception cref="OverflowException">The product is outside -2^255 to 2^255-1.</exception>
    public static Int256 operator *(Int256 left, Int256 right) => Combine(
        left.IsNegative != right.IsNegative, left.Magnitude * right.Magnitude);

    /// <summary>The quotient, rounded towards 0 as the EVM's SDIV does.</summary>
    /// <exception cref="DivideByZeroException">The divisor is 0.</exception>
    /// <exception cref="OverflowException">-2^255 is divided by -1.</exception>
    public static Int256 operator /(Int256 left, Int256 right) => Combine(
        left.IsNegative != right.IsNegative, left.Magnitude / right.Magnitude);

    /// <summary>The remainder, with the sign of the dividend as the EVM's SMOD gives it.</summary>
    /// <exception cref="DivideByZeroException">The divisor is 0.</exception>
    public static Int256 operator %(Int256 left, Int256 right) => Combine(left.IsNegative, left.Magnitude % right.Magnitude);

    /// <summary>True when the numbers are equal.</summary>
    public static bool operator ==(Int256 left, Int256 right) => left.Equals(right);

    /// <summary>True when the numbers differ.</summary>
    public static bool operator !=(Int256 left, Int256 right) => !left.Equals(right);

    /// <summary>True when <paramref name="left"/> is the smaller number.</summary>
    public static bool operator <(Int256 left, Int256 right) => left.CompareTo(right) < 0;

    /// <summary>True when <paramref name="left"/> is the larger number.</summary>
    public static bool operator >(Int256 left, Int256 right) => left.CompareTo(right) > 0;

    /// <summary>True when <paramref name="left"/> is not the larger number.</summary>
    public static bool operator <=(Int256 left, Int256 right) => left.CompareTo(right) <= 0;

    /// <summary>True when <paramref name="left"/> is not the smaller number.</summary>
    public static bool operator >=(Int256 left, Int256 right) => left.CompareTo(right) >= 0;

    private static Int256 Combine(bool negative, UInt256 magnitude) =>
        TryCombine(negative, magnitude, out Int256 value) ? value : throw OutOfRange();

    private static bool TryCombine(bool negative, UInt256 magnitude, out Int256 value)
    {
        value = new Int256(negative ? Negated(magnitude) : magnitude);
        return negative ? magnitude <= SignBit : magnitude < SignBit;
    }

    private static UInt256 Negated(UInt256 bits) => UInt256Arithmetic.SubtractWrapping(UInt256.Zero, bits, out _);

    private static OverflowException OutOfRange() => new("The result is outside -2^255 to 2^255-1.");
}
