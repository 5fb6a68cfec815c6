using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;

namespace ChainExec.Ethereum;

/// <summary>The 20 bytes that name an account. Ordered as the bytes are; written with the checksum of EIP-55.</summary>
public readonly struct Address : IEquatable<Address>, IComparable<Address>
{
    /// <summary>Bytes in an address.</summary>
    public const int Size = 20;

    /// <summary>Characters of an address in text, with the prefix.</summary>
    public const int TextLength = 2 + Size * 2;

    private readonly ulong _high;
    private readonly ulong _middle;
    private readonly uint _low;

    private Address(ReadOnlySpan<byte> bytes)
    {
        _high = BinaryPrimitives.ReadUInt64BigEndian(bytes);
        _middle = BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]);
        _low = BinaryPrimitives.ReadUInt32BigEndian(bytes[16..]);
    }

    private Address(ulong high, ulong middle, uint low)
    {
        _high = high;
        _middle = middle;
        _low = low;
    }

    /// <summary>The address of twenty zero bytes, which nobody holds the key of; also the default value.</summary>
    public static Address Zero => default;

    /// <summary>Reads exactly 20 bytes.</summary>
    /// <exception cref="ArgumentException">The length is another one.</exception>
    public static Address FromBytes(ReadOnlySpan<byte> bytes) => bytes.Length == Size
        ? new Address(bytes)
        : throw new ArgumentException($"An address has {Size} bytes, not {bytes.Length}.", nameof(bytes));

    /// <summary>Reads <c>0x</c> and 40 digits; digits of mixed case must carry a valid EIP-55 checksum.</summary>
    /// <exception cref="FormatException">The text is of another form; the message says what is wrong.</exception>
    public static Address Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return TryParse(text, out Address address, out string? error) ? address : throw new FormatException(error);
    }

    /// <summary>
    /// Reads like <see cref="Parse"/>; <paramref name="error"/> is a sentence naming the defect when the answer is false.
    /// </summary>
    public static bool TryParse(string? text, out Address address, [NotNullWhen(false)] out string? error)
    {
        address = default;
        Span<byte> bytes = stackalloc byte[Size];
        if (!Hex.TryDecodeExactly(text, bytes, out error))
        {
            error = "Not an address: " + error;
            return false;
        }

        var parsed = new Address(bytes);
        ReadOnlySpan<char> digits = text.AsSpan(2);
        bool mixed = digits.ContainsAnyInRange('a', 'f') && digits.ContainsAnyInRange('A', 'F');
        if (mixed && !parsed.IsWrittenAs(text))
        {
            error = "Not an address: the EIP-55 checksum does not match, so a character was probably mistyped.";
            return false;
        }

        address = parsed;
        return true;
    }

    /// <summary>
    /// Reads <c>0x</c> and 40 digits that carry the checksum of EIP-55; an address in one case only, which has none, is refused too.
    /// </summary>
    /// <exception cref="FormatException">The text is of another form; the message says what is wrong.</exception>
    public static Address ParseChecksummed(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return TryParseChecksummed(text, out Address address, out string? error) ? address : throw new FormatException(error);
    }

    /// <summary>
    /// Reads like <see cref="ParseChecksummed"/>; <paramref name="error"/> is a sentence naming the defect when the answer is false.
    /// </summary>
    public static bool TryParseChecksummed(string? text, out Address address, [NotNullWhen(false)] out string? error)
    {
        if (!TryParse(text, out address, out error))
        {
            return false;
        }

        if (!address.IsWrittenAs(text))
        {
            address = default;
            error = "Not an address: it does not carry the checksum of EIP-55.";
            return false;
        }

        return true;
    }

    /// <summary>Copies the 20 bytes to the start of <paramref name="destination"/>.</summary>
    /// <exception cref="ArgumentException">The destination is shorter than 20 bytes.</exception>
    public void CopyTo(Span<byte> destination)
    {
        if (destination.Length < Size)
        {
            throw new ArgumentException($"An address needs {Size} bytes.", nameof(destination));
        }

        BinaryPrimitives.WriteUInt64BigEndian(destination, _high);
        BinaryPrimitives.WriteUInt64BigEndian(destination[8..], _middle);
        BinaryPrimitives.WriteUInt32BigEndian(destination[16..], _low);
    }

    /// <summary>The 20 bytes in a new array.</summary>
    public byte[] ToArray()
    {
        byte[] bytes = new byte[Size];
        CopyTo(bytes);
        return bytes;
    }

    /// <summary>The address with the mixed-case checksum of EIP-55.</summary>
    public override string ToString()
    {
        Span<char> text = stackalloc char[TextLength];
        Write(text);
        return new string(text);
    }

    /// <summary>The address in lower-case digits, as nodes and databases compare it.</summary>
    public string ToHex()
    {
        Span<byte> bytes = stackalloc byte[Size];
        CopyTo(bytes);
        return Hex.Encode(bytes);
    }

    /// <summary>The last 20 bytes of a big-endian word; the 12 before them are not looked at.</summary>
    internal static Address FromWord(in UInt256 word) =>
        new((word.Word(2) << 32) | (word.Word(1) >> 32), (word.Word(1) << 32) | (word.Word(0) >> 32), (uint)word.Word(0));

    /// <inheritdoc/>
    public bool Equals(Address other) => _high == other._high && _middle == other._middle && _low == other._low;

    /// <inheritdoc/>
    public override bool Equals([NotNullWhen(true)] object? obj) => obj is Address other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(_high, _middle, _low);

    /// <inheritdoc/>
    public int CompareTo(Address other)
    {
        int order = _high.CompareTo(other._high);
        order = order != 0 ? order : _middle.CompareTo(other._middle);
        return order != 0 ? order : _low.CompareTo(other._low);
    }

    /// <summary>True when all bytes are equal.</summary>
    public static bool operator ==(Address left, Address right) => left.Equals(right);

    /// <summary>True when a byte differs.</summary>
    public static bool operator !=(Address left, Address right) => !left.Equals(right);

    /// <summary>True when <paramref name="left"/> sorts before <paramref name="right"/>.</summary>
    public static bool operator <(Address left, Address right) => left.CompareTo(right) < 0;

    /// <summary>True when <paramref name="left"/> sorts after <paramref name="right"/>.</summary>
    public static bool operator >(Address left, Address right) => left.CompareTo(right) > 0;

    /// <summary>True when <paramref name="left"/> does not sort after <paramref name="right"/>.</summary>
    public static bool operator <=(Address left, Address right) => left.CompareTo(right) <= 0;

    /// <summary>True when <paramref name="left"/> does not sort before <paramref name="right"/>.</summary>
    public static bool operator >=(Address left, Address right) => left.CompareTo(right) >= 0;

    private bool IsWrittenAs(ReadOnlySpan<char> text)
    {
        Span<char> own = stackalloc char[TextLength];
        Write(own);
        return text.SequenceEqual(own);
    }

    /// <summary>Writes the text that <see cref="ToString"/> gives to the start of the span.</summary>
    /// <exception cref="ArgumentException">It has no room for <see cref="TextLength"/> characters.</exception>
    public void CopyTo(Span<char> text)
    {
        if (text.Length < TextLength)
        {
            throw new ArgumentException($"An address needs {TextLength} characters.", nameof(text));
        }

        Write(text);
    }

    // EIP-55: a letter is upper case where the hash of the lower-case digits has the top bit of its nibble set.
    private void Write(Span<char> text)
    {
        Span<byte> bytes = stackalloc byte[Size];
        CopyTo(bytes);
        Span<byte> digits = stackalloc byte[Size * 2];
        Convert.TryToHexStringLower(bytes, digits, out _);
        Span<byte> checksum = stackalloc byte[Hash32.Size];
        Keccak256.Hash(digits, checksum);
        text[0] = '0';
        text[1] = 'x';
        for (int i = 0; i < digits.Length; i++)
        {
            // Letters have the bit 0x40 and digits have not; taking 0x20 away makes a letter upper case.
            int nibble = checksum[i >> 1] >> (4 - ((i & 1) << 2));
            int upper = (nibble & 8) << 2 & (digits[i] & 0x40) >> 1;
            text[2 + i] = (char)(digits[i] - upper);
        }
    }
}
