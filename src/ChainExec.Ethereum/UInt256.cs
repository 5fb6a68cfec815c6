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
public readonly struct UInt256 : IEquatable<UInt256>, IComparable<UInt256>, ISpanFormattable
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
        return Parse(text.AsSpan());
    }

    /// <inheritdoc cref="Parse(string)"/>
    public static UInt256 Parse(ReadOnlySpan<char> text) => UInt256Text.TryParse(text, out UInt256 value)
        ? value
        : throw new FormatException("Not an unsigned integer of at most 256 bits in decimal digits or in hexadecimal digits after 0x.");

    /// <summary>Reads like <see cref="Parse(string)"/>; answers false when the text is of another form or too large.</summary>
    public static bool TryParse(string? text, out UInt256 value) => UInt256Text.TryParse(text.AsSpan(), out value);

    /// <inheritdoc cref="TryParse(string, out UInt256)"/>
    public static bool TryParse(ReadOnlySpan<char> text, out UInt256 value) => UInt256Text.TryParse(text, out value);

    /// <summary>Reads the same text in UTF-8, as JSON carries it.</summary>
    public static bool TryParse(ReadOnlySpan<byte> utf8Text, out UInt256 value) => UInt256Text.TryParse(utf8Text, out value);

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

    /// <summary>
    /// Converts from a signed number; a method and no operator, because casts of literals would then not know which of two to take.
    /// </summary>
    /// <exception cref="OverflowException">The value is negative.</exception>
    public static UInt256 FromInt64(long value) =>
        value >= 0 ? new UInt256(0, 0, 0, (ulong)value) : throw new OverflowException("The value is negative.");

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
    public override string ToString()
    {
        Span<char> digits = stackalloc char[UInt256Text.DecimalDigitsMax];
        return new string(UInt256Text.FormatDecimal(this, digits));
    }

    /// <summary>The number in lower-case hexadecimal digits after <c>0x</c>, without leading zeros; <c>0x0</c> for 0.</summary>
    public string ToHex()
    {
        Span<char> digits = stackalloc char[UInt256Text.HexCharactersMax];
        return new string(UInt256Text.FormatHex(this, digits));
    }

    /// <summary>
    /// Formats as <see cref="BigInteger"/> does; no format gives decimal digits. The culture is ignored: chain numbers have none.
    /// </summary>
    public string ToString(string? format, IFormatProvider? formatProvider) =>
        string.IsNullOrEmpty(format) ? ToString() : ToBigInteger().ToString(format, CultureInfo.InvariantCulture);

    /// <summary>Writes what <see cref="ToString(string, IFormatProvider)"/> gives, without a string when there is no format.</summary>
    public bool TryFormat(Span<char> destination, out int charsWritten, ReadOnlySpan<char> format, IFormatProvider? provider)
    {
        Span<char> digits = stackalloc char[UInt256Text.DecimalDigitsMax];
        ReadOnlySpan<char> text = format.IsEmpty ? UInt256Text.FormatDecimal(this, digits) : ToString(format.ToString(), provider);
        bool fits = text.TryCopyTo(destination);
        charsWritten = fits ? text.Length : 0;
        return fits;
    }

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

    /// <summary>Every unsigned 128-bit value is representable.</summary>
    public static implicit operator UInt256(UInt128 value) => new(0, 0, (ulong)(value >> 64), (ulong)value);

    /// <summary>The value as 128 bits.</summary>
    /// <exception cref="OverflowException">The value is above 2^128-1.</exception>
    public static explicit operator UInt128(UInt256 value) => (value._w3 | value._w2) == 0
        ? new UInt128(value._w1, value._w0)
        : throw new OverflowException("The value needs more than 128 bits.");

    /// <summary>The value as 64 bits.</summary>
    /// <exception cref="OverflowException">The value is above 2^64-1.</exception>
    public static explicit operator ulong(UInt256 value) => (value._w3 | value._w2 | value._w1) == 0
        ? value._w0
        : throw new OverflowException("The value needs more than 64 bits.");

    /// <summary>The value as 63 bits with a sign.</summary>
    /// <exception cref="OverflowException">The value is above 2^63-1.</exception>
    public static explicit operator long(UInt256 value) => checked((long)(ulong)value);

    /// <summary>The value as 32 bits.</summary>
    /// <exception cref="OverflowException">The value is above 2^32-1.</exception>
    public static explicit operator uint(UInt256 value) => checked((uint)(ulong)value);

    /// <summary>The value as 31 bits with a sign.</summary>
    /// <exception cref="OverflowException">The value is above 2^31-1.</exception>
    public static explicit operator int(UInt256 value) => checked((int)(ulong)value);

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

    /// <summary>The bits that both have.</summary>
    public static UInt256 operator &(in UInt256 left, in UInt256 right) =>
        new(left._w3 & right._w3, left._w2 & right._w2, left._w1 & right._w1, left._w0 & right._w0);

    /// <summary>The bits that either has.</summary>
    public static UInt256 operator |(in UInt256 left, in UInt256 right) =>
        new(left._w3 | right._w3, left._w2 | right._w2, left._w1 | right._w1, left._w0 | right._w0);

    /// <summary>The bits that one has and the other has not.</summary>
    public static UInt256 operator ^(in UInt256 left, in UInt256 right) =>
        new(left._w3 ^ right._w3, left._w2 ^ right._w2, left._w1 ^ right._w1, left._w0 ^ right._w0);

    /// <summary>The bits that the value has not, so 2^256-1 less the value.</summary>
    public static UInt256 operator ~(in UInt256 value) => new(~value._w3, ~value._w2, ~value._w1, ~value._w0);

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

    private static UInt256 ReadWord(ReadOnlySpan<byte> bytes) => new(
        BinaryPrimitives.ReadUInt64BigEndian(bytes),
        BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]),
        BinaryPrimitives.ReadUInt64BigEndian(bytes[16..]),
        BinaryPrimitives.ReadUInt64BigEndian(bytes[24..]));
}
