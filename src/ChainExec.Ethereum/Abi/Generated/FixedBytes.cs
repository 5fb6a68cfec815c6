using System.Diagnostics.CodeAnalysis;

namespace ChainExec.Ethereum.Abi.Generated;

/// <summary>
/// 1 to 32 bytes by value: what <c>bytes1</c> to <c>bytes31</c> and <c>function</c> are in generated code, so that decoding them allocates
/// nothing. The default value has no bytes and fits no type, so a forgotten argument is refused and not encoded as zeros.
/// </summary>
public readonly struct FixedBytes : IEquatable<FixedBytes>
{
    /// <summary>The most bytes of a value.</summary>
    public const int LengthMax = 32;

    // The bytes from the left, as a word of the ABI holds them; what lies behind them is zero, so words compare as the bytes do.
    private readonly UInt256 _word;
    private readonly byte _length;

    private FixedBytes(UInt256 word, int length)
    {
        _word = word;
        _length = (byte)length;
    }

    /// <summary>The number of bytes; 0 for the default value only.</summary>
    public int Length => _length;

    /// <summary>Copies 1 to <see cref="LengthMax"/> bytes.</summary>
    /// <exception cref="ArgumentException">There are none or more.</exception>
    public static FixedBytes FromBytes(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length is 0 or > LengthMax)
        {
            throw new ArgumentException($"A fixed byte string has 1 to {LengthMax} bytes, not {bytes.Length}.", nameof(bytes));
        }

        Span<byte> word = stackalloc byte[LengthMax];
        word.Clear();
        bytes.CopyTo(word);
        return new FixedBytes(UInt256.ReadBigEndian(word), bytes.Length);
    }

    /// <summary>Copies the bytes to the start of <paramref name="destination"/>.</summary>
    /// <exception cref="ArgumentException">The destination is shorter than <see cref="Length"/>.</exception>
    public void CopyTo(Span<byte> destination)
    {
        Span<byte> word = stackalloc byte[LengthMax];
        _word.WriteBigEndian(word);
        word[.._length].CopyTo(destination);
    }

    /// <summary>The bytes in a new array.</summary>
    public byte[] ToArray()
    {
        byte[] bytes = new byte[_length];
        CopyTo(bytes);
        return bytes;
    }

    /// <summary>The bytes in lower-case digits after <c>0x</c>.</summary>
    public override string ToString()
    {
        Span<byte> word = stackalloc byte[LengthMax];
        _word.WriteBigEndian(word);
        return Hex.Encode(word[.._length]);
    }

    /// <summary>True when the bytes and their number are equal: <c>0x01</c> is not <c>0x0100</c>.</summary>
    public bool Equals(FixedBytes other) => _length == other._length && _word == other._word;

    /// <inheritdoc/>
    public override bool Equals([NotNullWhen(true)] object? obj) => obj is FixedBytes other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(_word, _length);

    /// <summary>True when the bytes and their number are equal.</summary>
    public static bool operator ==(FixedBytes left, FixedBytes right) => left.Equals(right);

    /// <summary>True when a byte or the number of bytes differs.</summary>
    public static bool operator !=(FixedBytes left, FixedBytes right) => !left.Equals(right);

    /// <summary>The word of a value of that many bytes whose padding was checked.</summary>
    internal static FixedBytes FromWord(UInt256 word, int length) => new(word, length);

    /// <summary>The bytes from the left in a whole word, zeros behind them.</summary>
    internal void WriteWord(Span<byte> word) => _word.WriteBigEndian(word);
}
