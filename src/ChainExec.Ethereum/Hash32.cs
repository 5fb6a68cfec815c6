using System.Diagnostics.CodeAnalysis;

namespace ChainExec.Ethereum;

/// <summary>32 bytes that identify something: a block, a transaction, a topic, a digest. Ordered as the bytes are.</summary>
public readonly struct Hash32 : IEquatable<Hash32>, IComparable<Hash32>
{
    /// <summary>Bytes in a hash.</summary>
    public const int Size = 32;

    /// <summary>Characters of a hash in text, with the prefix.</summary>
    public const int TextLength = 2 + Size * 2;

    // The same four big-endian words as a number: comparing them is comparing the bytes.
    private readonly UInt256 _words;

    private Hash32(UInt256 words) => _words = words;

    /// <summary>Thirty-two zero bytes; also the default value.</summary>
    public static Hash32 Zero => default;

    /// <summary>The bytes as a big-endian number.</summary>
    internal UInt256 Words => _words;

    /// <summary>Reads exactly 32 bytes.</summary>
    /// <exception cref="ArgumentException">The length is another one.</exception>
    public static Hash32 FromBytes(ReadOnlySpan<byte> bytes) => bytes.Length == Size
        ? new Hash32(UInt256.ReadBigEndian(bytes))
        : throw new ArgumentException($"A hash has {Size} bytes, not {bytes.Length}.", nameof(bytes));

    /// <summary>Reads <c>0x</c> and 64 digits of either case.</summary>
    /// <exception cref="FormatException">The text is of another form; the message says what is wrong.</exception>
    public static Hash32 Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return TryParse(text, out Hash32 hash, out string? error) ? hash : throw new FormatException(error);
    }

    /// <summary>
    /// Reads like <see cref="Parse"/>; <paramref name="error"/> is a sentence naming the defect when the answer is false.
    /// </summary>
    public static bool TryParse(string? text, out Hash32 hash, [NotNullWhen(false)] out string? error)
    {
        Span<byte> bytes = stackalloc byte[Size];
        if (!Hex.TryDecodeExactly(text, bytes, out error))
        {
            hash = default;
            error = "Not a 32-byte hash: " + error;
            return false;
        }

        hash = FromBytes(bytes);
        return true;
    }

    /// <summary>Copies the 32 bytes to the start of <paramref name="destination"/>.</summary>
    /// <exception cref="ArgumentException">The destination is shorter than 32 bytes.</exception>
    public void CopyTo(Span<byte> destination) => _words.WriteBigEndian(destination);

    /// <summary>The 32 bytes in a new array.</summary>
    public byte[] ToArray()
    {
        byte[] bytes = new byte[Size];
        CopyTo(bytes);
        return bytes;
    }

    /// <summary>The hash in lower-case digits after <c>0x</c>.</summary>
    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[Size];
        CopyTo(bytes);
        return Hex.Encode(bytes);
    }

    /// <summary>Writes the text that <see cref="ToString"/> gives, in UTF-8, to the start of the span.</summary>
    /// <exception cref="ArgumentException">It has no room for <see cref="TextLength"/> bytes.</exception>
    public void WriteText(Span<byte> utf8)
    {
        if (utf8.Length < TextLength)
        {
            throw new ArgumentException($"A hash needs {TextLength} bytes.", nameof(utf8));
        }

        Span<byte> bytes = stackalloc byte[Size];
        CopyTo(bytes);
        utf8[0] = (byte)'0';
        utf8[1] = (byte)'x';
        Convert.TryToHexStringLower(bytes, utf8[2..], out _);
    }

    /// <summary>The hash whose bytes are those of a big-endian number.</summary>
    internal static Hash32 FromWords(UInt256 words) => new(words);

    /// <inheritdoc/>
    public bool Equals(Hash32 other) => _words == other._words;

    /// <inheritdoc/>
    public override bool Equals([NotNullWhen(true)] object? obj) => obj is Hash32 other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => _words.GetHashCode();

    /// <inheritdoc/>
    public int CompareTo(Hash32 other) => _words.CompareTo(other._words);

    /// <summary>True when all bytes are equal.</summary>
    public static bool operator ==(Hash32 left, Hash32 right) => left.Equals(right);

    /// <summary>True when a byte differs.</summary>
    public static bool operator !=(Hash32 left, Hash32 right) => !left.Equals(right);

    /// <summary>True when <paramref name="left"/> sorts before <paramref name="right"/>.</summary>
    public static bool operator <(Hash32 left, Hash32 right) => left.CompareTo(right) < 0;

    /// <summary>True when <paramref name="left"/> sorts after <paramref name="right"/>.</summary>
    public static bool operator >(Hash32 left, Hash32 right) => left.CompareTo(right) > 0;

    /// <summary>True when <paramref name="left"/> does not sort after <paramref name="right"/>.</summary>
    public static bool operator <=(Hash32 left, Hash32 right) => left.CompareTo(right) <= 0;

    /// <summary>True when <paramref name="left"/> does not sort before <paramref name="right"/>.</summary>
    public static bool operator >=(Hash32 left, Hash32 right) => left.CompareTo(right) >= 0;
}
