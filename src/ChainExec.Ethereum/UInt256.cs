using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace ChainExec.Ethereum;

/// <summary>
/// An unsigned integer of 256 bits, the EVM's word. All arithmetic is checked: a result outside 0 to 2^256-1 throws
/// <see cref="OverflowException"/> and never wraps, because a wrapped amount is lost money.
/// </summary>
public readonly struct UInt256 : IEquatable<UInt256>, IComparable<UInt256>, IFormattable
{
    // Most significant word first, so that field order is comparison order.
    private readonly ulong _w3;
    private readonly ulong _w2;
    private readonly ulong _w1;
    private readonly ulong _w0;

    /// <summary>Builds the number from four 64-bit words, most significant first.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public UInt256(ulong w3, ulong w2, ulong w1, ulong w0)
    {
        _w3 = w3;
        _w2 = w2;
        _w1 = w1;
        _w0 = w0;
    }

    /// <summary>0, the default value.</summary>
    public static UInt256 Zero => default;

    /// <summary>1.</summary>
    public static UInt256 One => new(0, 0, 0, 1);

    /// <summary>2^256-1.</summary>
    public static UInt256 MaxValue => new(ulong.MaxValue, ulong.MaxValue, ulong.MaxValue, ulong.MaxValue);

    /// <summary>True for 0.</summary>
    public bool IsZero => (_w3 | _w2 | _w1 | _w0) == 0;

    /// <summary>The number of bits without leading zeros, 0 to 256.</summary>
    public int BitLength =>
        _w3 != 0 ? 256 - BitOperations.LeadingZeroCount(_w3) :
        _w2 != 0 ? 192 - BitOperations.LeadingZeroCount(_w2) :
        _w1 != 0 ? 128 - BitOperations.LeadingZeroCount(_w1) :
        64 - BitOperations.LeadingZeroCount(_w0);

    /// <summary>Reads decimal digits, or hexadecimal digits after <c>0x</c>. No sign, no space, no separators.</summary>
    /// <exception cref="FormatException">The text is of another form or the number is above 2^256-1.</exception>
    public static UInt256 Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return TryParse(text, out UInt256 value)
            ? value
            : throw new FormatException("Not an unsigned integer of at most 256 bits in decimal digits or in hexadecimal digits after 0x.");
    }

    /// <summary>Reads like <see cref="Parse"/>; answers false when the text is of another form or too large.</summary>
    public static bool TryParse(string? text, out UInt256 value)
    {
        value = default;
        if (string.IsNullOrEmpty(text))
        {
            return false;
        }

        return text.StartsWith("0x", StringComparison.Ordinal)
            ? TryParseHex(text.AsSpan(2), out value)
            : TryParseDecimal(text, out value);
    }

    /// <summary>Reads 0 to 32 bytes, most significant first.</summary>
    /// <exception cref="ArgumentException">There are more than 32 bytes.</exception>
    public static UInt256 ReadBigEndian(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > 32)
        {
            throw new ArgumentException($"At most 32 bytes make a 256-bit number, not {bytes.Length}.", nameof(bytes));
        }

        if (bytes.Length == 32)
        {
            return ReadWord(bytes);
        }

        Span<byte> padded = stackalloc byte[32];
        padded.Clear();
        bytes.CopyTo(padded[(32 - bytes.Length)..]);
        return ReadWord(padded);
    }

    /// <summary>Converts from <see cref="BigInteger"/>.</summary>
    /// <exception cref="OverflowException">The value is negative or above 2^256-1.</exception>
    public static UInt256 FromBigInteger(BigInteger value)
    {
        Span<byte> bytes = stackalloc byte[32];
        if (value.Sign < 0 || !value.TryWriteBytes(bytes, out int written, isUnsigned: true, isBigEndian: true))
        {
            throw new OverflowException("The value is outside 0 to 2^256-1.");
        }

        return ReadBigEndian(bytes[..written]);
    }

    /// <summary>Writes 32 bytes, most significant first.</summary>
    /// <exception cref="ArgumentException">The destination is shorter than 32 bytes.</exception>
    public void WriteBigEndian(Span<byte> destination)
    {
        if (destination.Length < 32)
        {
            throw new ArgumentException("A 256-bit number needs 32 bytes.", nameof(destination));
        }

        BinaryPrimitives.WriteUInt64BigEndian(destination, _w3);
        BinaryPrimitives.WriteUInt64BigEndian(destination[8..], _w2);
        BinaryPrimitives.WriteUInt64BigEndian(destination[16..], _w1);
        BinaryPrimitives.WriteUInt64BigEndian(destination[24..], _w0);
    }

    /// <summary>The big-endian bytes without leading zero bytes, as RLP wants integers; none for 0.</summary>
    public byte[] MinimalBigEndian()
    {
        Span<byte> bytes = stackalloc byte[32];
        WriteBigEndian(bytes);
        return bytes[(32 - (BitLength + 7) / 8)..].ToArray();
    }

    /// <summary>The same number as a <see cref="BigInteger"/>.</summary>
    public BigInteger ToBigInteger()
    {
        Span<byte> bytes = stackalloc byte[32];
        WriteBigEndian(bytes);
        return new BigInteger(bytes, isUnsigned: true, isBigEndian: true);
    }

    /// <summary>The number in decimal digits.</summary>
    public override string ToString() => (_w3 | _w2 | _w1) == 0
        ? _w0.ToString(CultureInfo.InvariantCulture)
        : ToBigInteger().ToString(CultureInfo.InvariantCulture);

    /// <summary>
    /// Formats as <see cref="BigInteger"/> does; no format gives decimal digits. The culture is ignored: chain numbers have none.
    /// </summary>
    public string ToString(string? format, IFormatProvider? formatProvider) =>
        string.IsNullOrEmpty(format) ? ToString() : ToBigInteger().ToString(format, CultureInfo.InvariantCulture);

    /// <inheritdoc/>
    public bool Equals(UInt256 other) => _w0 == other._w0 && _w1 == other._w1 && _w2 == other._w2 && _w3 == other._w3;

    /// <inheritdoc/>
    public override bool Equals([NotNullWhen(true)] object? obj) => obj is UInt256 other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(_w3, _w2, _w1, _w0);

    /// <inheritdoc/>
    public int CompareTo(UInt256 other)
    {
        if (_w3 != other._w3)
        {
            return _w3 < other._w3 ? -1 : 1;
        }

        if (_w2 != other._w2)
        {
            return _w2 < other._w2 ? -1 : 1;
        }

        return _w1 != other._w1 ? (_w1 < other._w1 ? -1 : 1) : _w0.CompareTo(other._w0);
    }

    /// <summary>Every unsigned 64-bit value is representable.</summary>
    public static implicit operator UInt256(ulong value) => new(0, 0, 0, value);

    /// <summary>The value as 64 bits.</summary>
    /// <exception cref="OverflowException">The value is above 2^64-1.</exception>
    public static explicit operator ulong(UInt256 value) => (value._w3 | value._w2 | value._w1) == 0
        ? value._w0
        : throw new OverflowException("The value needs more than 64 bits.");

    /// <summary>The sum.</summary>
    /// <exception cref="OverflowException">The sum is above 2^256-1.</exception>
    public static UInt256 operator +(in UInt256 left, in UInt256 right) => UInt256Arithmetic.Add(left, right);

    /// <summary>The difference.</summary>
    /// <exception cref="OverflowException">The difference is negative.</exception>
    public static UInt256 operator -(in UInt256 left, in UInt256 right) => UInt256Arithmetic.Subtract(left, right);

    /// <summary>The product.</summary>
    /// <exception cref="OverflowException">The product is above 2^256-1.</exception>
    public static UInt256 operator *(in UInt256 left, in UInt256 right) => UInt256Arithmetic.Multiply(left, right);

    /// <summary>The quotient, rounded down.</summary>
    /// <exception cref="DivideByZeroException">The divisor is 0.</exception>
    public static UInt256 operator /(in UInt256 left, in UInt256 right) => UInt256Division.DivRem(left, right, out _);

    /// <summary>The remainder.</summary>
    /// <exception cref="DivideByZeroException">The divisor is 0.</exception>
    public static UInt256 operator %(in UInt256 left, in UInt256 right)
    {
        UInt256Division.DivRem(left, right, out UInt256 remainder);
        return remainder;
    }

    /// <summary>Shifts left by 0 to 255 bits; bits above 256 are dropped, as a shift is not arithmetic.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The count is outside 0 to 255.</exception>
    public static UInt256 operator <<(in UInt256 value, int count) => UInt256Arithmetic.ShiftLeft(value, count);

    /// <summary>Shifts right by 0 to 255 bits.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The count is outside 0 to 255.</exception>
    public static UInt256 operator >>(in UInt256 value, int count) => UInt256Arithmetic.ShiftRight(value, count);

    /// <summary>True when the numbers are equal.</summary>
    public static bool operator ==(in UInt256 left, in UInt256 right) => left.Equals(right);

    /// <summary>True when the numbers differ.</summary>
    public static bool operator !=(in UInt256 left, in UInt256 right) => !left.Equals(right);

    /// <summary>True when <paramref name="left"/> is the smaller number.</summary>
    public static bool operator <(in UInt256 left, in UInt256 right) => left.CompareTo(right) < 0;

    /// <summary>True when <paramref name="left"/> is the larger number.</summary>
    public static bool operator >(in UInt256 left, in UInt256 right) => left.CompareTo(right) > 0;

    /// <summary>True when <paramref name="left"/> is not the larger number.</summary>
    public static bool operator <=(in UInt256 left, in UInt256 right) => left.CompareTo(right) <= 0;

    /// <summary>True when <paramref name="left"/> is not the smaller number.</summary>
    public static bool operator >=(in UInt256 left, in UInt256 right) => left.CompareTo(right) >= 0;

    /// <summary>The least significant word.</summary>
    internal ulong W0 => _w0;

    /// <summary>Bits 64 to 127.</summary>
    internal ulong W1 => _w1;

    /// <summary>Bits 128 to 191.</summary>
    internal ulong W2 => _w2;

    /// <summary>The most significant word.</summary>
    internal ulong W3 => _w3;

    /// <summary>The word at <paramref name="index"/>, 0 being the least significant.</summary>
    internal ulong Word(int index) => index switch { 0 => _w0, 1 => _w1, 2 => _w2, _ => _w3 };

    /// <summary>Lower-case hexadecimal digits without leading zeros and without prefix; <c>0</c> for 0.</summary>
    internal string ToHexDigits()
    {
        Span<byte> bytes = stackalloc byte[32];
        WriteBigEndian(bytes);
        Span<char> digits = stackalloc char[64];
        Convert.TryToHexStringLower(bytes, digits, out _);
        return new string(digits[(64 - Math.Max(1, (BitLength + 3) / 4))..]);
    }

    private static UInt256 ReadWord(ReadOnlySpan<byte> bytes) => new(
        BinaryPrimitives.ReadUInt64BigEndian(bytes),
        BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]),
        BinaryPrimitives.ReadUInt64BigEndian(bytes[16..]),
        BinaryPrimitives.ReadUInt64BigEndian(bytes[24..]));

    private static bool TryParseHex(ReadOnlySpan<char> digits, out UInt256 value)
    {
        value = default;
        ReadOnlySpan<char> significant = digits.TrimStart('0');
        if (digits.IsEmpty || significant.Length > 64)
        {
            return false;
        }

        foreach (char digit in significant)
        {
            if (!char.IsAsciiHexDigit(digit))
            {
                return false;
            }

            value = (value << 4) + (ulong)(digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10);
        }

        return true;
    }

    private static bool TryParseDecimal(ReadOnlySpan<char> digits, out UInt256 value)
    {
        value = default;
        if (digits.ContainsAnyExceptInRange('0', '9'))
        {
            return false;
        }

        ReadOnlySpan<char> significant = digits.TrimStart('0');
        if (significant.Length > 78)
        {
            return false;
        }

        BigInteger number = significant.IsEmpty
            ? BigInteger.Zero
            : BigInteger.Parse(significant, NumberStyles.None, CultureInfo.InvariantCulture);
        if (number.GetBitLength() > 256)
        {
            return false;
        }

        value = FromBigInteger(number);
        return true;
    }
}
