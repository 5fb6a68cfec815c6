using System.Buffers.Binary;
using System.Text;

namespace ChainExec.Ethereum.Abi.Generated;

/// <summary>
/// What generated encoders are made of: heads are reserved, tails appended behind, as <see cref="AbiEncoder"/> does. The same code runs
/// once to measure and once to write, so that an encoding is one array of its exact size, or none in a buffer of the caller's.
/// </summary>
public ref struct AbiSpanWriter
{
    private const int Word = 32;
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly Span<byte> _buffer;
    private readonly bool _measures;
    private int _length;
    private int _argument;

    /// <summary>Writes to <paramref name="buffer"/>, every byte of it.</summary>
    public AbiSpanWriter(Span<byte> buffer) => _buffer = buffer;

    private AbiSpanWriter(bool measures) => _measures = measures;

    /// <summary>Counts, and judges values, without writing.</summary>
    public static AbiSpanWriter Measuring() => new(measures: true);

    /// <summary>The bytes appended so far.</summary>
    public readonly int Length => _length;

    /// <summary>Names the argument that is written next, for <see cref="AbiException.Position"/>.</summary>
    public void Argument(int index) => _argument = index;

    /// <summary>Appends a selector.</summary>
    public void AppendSelector(uint selector)
    {
        if (!_measures)
        {
            BinaryPrimitives.WriteUInt32BigEndian(_buffer[_length..], selector);
        }

        _length += AbiFunction.SelectorSize;
    }

    /// <summary>Appends the heads of a sequence, to be written afterwards; answers where they start.</summary>
    /// <exception cref="AbiException">The encoding exceeds <see cref="AbiEncoder.SizeMax"/>.</exception>
    public int AppendHeads(long slots) => Append(slots * Word);

    /// <summary>Appends the length of a list and the heads of its items; answers where these start.</summary>
    /// <exception cref="AbiException">The encoding exceeds <see cref="AbiEncoder.SizeMax"/>.</exception>
    public int AppendList(int count, int slots)
    {
        WriteCount(count, Append(Word));
        return Append((long)count * slots * Word);
    }

    /// <summary>Appends the tail of <c>bytes</c>.</summary>
    /// <exception cref="AbiException">The encoding exceeds <see cref="AbiEncoder.SizeMax"/>.</exception>
    public void AppendBytes(ReadOnlySpan<byte> content)
    {
        Span<byte> destination = AppendContent(content.Length);
        if (!_measures)
        {
            content.CopyTo(destination);
        }
    }

    /// <summary>Appends the tail of a <c>string</c>.</summary>
    /// <exception cref="AbiException">There is none, it has no UTF-8 encoding, or the encoding exceeds <see
    /// cref="AbiEncoder.SizeMax"/>.</exception>
    public void AppendText(string? text)
    {
        if (text is null)
        {
            throw new AbiException("A value is null", _argument);
        }

        try
        {
            Span<byte> content = AppendContent(StrictUtf8.GetByteCount(text));
            if (!_measures)
            {
                StrictUtf8.GetBytes(text, content);
            }
        }
        catch (EncoderFallbackException)
        {
            throw new AbiException("A string has an unpaired surrogate, so it has no UTF-8 encoding", _argument);
        }
    }

    /// <summary>Writes the offset of what is appended next.</summary>
    public void WriteOffset(int at, int start) => WriteCount(_length - start, at);

    /// <summary>Writes an <c>address</c>.</summary>
    public readonly void WriteAddress(int at, Address value)
    {
        if (!_measures)
        {
            Span<byte> word = _buffer.Slice(at, Word);
            word[..(Word - Address.Size)].Clear();
            value.CopyTo(word[(Word - Address.Size)..]);
        }
    }

    /// <summary>Writes a <c>bool</c>.</summary>
    public readonly void WriteBool(int at, bool value) => WriteWord(at, value ? 1UL : 0);

    /// <summary>Writes an unsigned integer.</summary>
    /// <exception cref="AbiException">It has more bits.</exception>
    public readonly void WriteUInt256(int at, UInt256 value, int bits)
    {
        if (bits < 256 && value.BitLength > bits)
        {
            throw Outside("uint", bits);
        }

        WriteWord(at, value);
    }

    /// <summary>Writes an unsigned integer of up to 64 bits.</summary>
    /// <exception cref="AbiException">It has more bits.</exception>
    public readonly void WriteUInt64(int at, ulong value, int bits)
    {
        if (bits < 64 && value >> bits != 0)
        {
            throw Outside("uint", bits);
        }

        WriteWord(at, value);
    }

    /// <summary>Writes a signed integer.</summary>
    /// <exception cref="AbiException">It has more bits.</exception>
    public readonly void WriteInt256(int at, Int256 value, int bits)
    {
        // What is left above the sign bit must repeat it: all zeros, or all ones, which the complement makes zeros.
        UInt256 word = value.ToTwosComplement();
        if (bits < 256 && (value.IsNegative ? UInt256.MaxValue - word : word).BitLength >= bits)
        {
            throw Outside("int", bits);
        }

        WriteWord(at, word);
    }

    /// <summary>Writes a signed integer of up to 64 bits.</summary>
    /// <exception cref="AbiException">It has more bits.</exception>
    public readonly void WriteInt64(int at, long value, int bits)
    {
        if (bits < 64 && value >> (bits - 1) is not (0 or -1))
        {
            throw Outside("int", bits);
        }

        ulong sign = (ulong)(value >> 63);
        WriteWord(at, new UInt256(sign, sign, sign, (ulong)value));
    }

    /// <summary>Writes a <c>bytes32</c>.</summary>
    public readonly void WriteHash(int at, Hash32 value)
    {
        if (!_measures)
        {
            value.CopyTo(_buffer.Slice(at, Word));
        }
    }

    /// <summary>Writes a byte string of fixed length.</summary>
    /// <exception cref="AbiException">It has another length.</exception>
    public readonly void WriteFixedBytes(int at, FixedBytes value, int length)
    {
        if (value.Length != length)
        {
            throw new AbiException($"A value of {length} bytes is needed, {value.Length} were given", _argument);
        }

        if (!_measures)
        {
            value.WriteWord(_buffer.Slice(at, Word));
        }
    }

    /// <summary>The number of items of a list.</summary>
    /// <exception cref="AbiException">There is no list.</exception>
    public readonly int CountOf<T>(IReadOnlyList<T>? items) =>
        items is not null ? items.Count : throw new AbiException("A value is null", _argument);

    /// <summary>The number of items of a list whose type says how many.</summary>
    /// <exception cref="AbiException">There is no list, or it has another number of items.</exception>
    public readonly int CountOf<T>(IReadOnlyList<T>? items, int expected) => CountOf(items) == expected
        ? expected
        : throw new AbiException($"{expected} items are needed, {items!.Count} were given", _argument);

    /// <summary>Says that all was written.</summary>
    /// <exception cref="InvalidOperationException">A list of the caller's changed between measuring and writing.</exception>
    public readonly void ExpectFull()
    {
        if (_length != _buffer.Length)
        {
            throw new InvalidOperationException("A list changed while it was encoded.");
        }
    }

    private Span<byte> AppendContent(int length)
    {
        WriteCount(length, Append(Word));
        int at = Append((length + (long)Word - 1) / Word * Word);
        if (_measures)
        {
            return [];
        }

        _buffer[(at + length).._length].Clear();
        return _buffer.Slice(at, length);
    }

    private readonly void WriteCount(int count, int at) => WriteWord(at, (ulong)count);

    private readonly void WriteWord(int at, UInt256 word)
    {
        if (!_measures)
        {
            word.WriteBigEndian(_buffer.Slice(at, Word));
        }
    }

    private int Append(long count)
    {
        if (_length + count > AbiEncoder.SizeMax)
        {
            throw new AbiException($"The encoding is larger than {AbiEncoder.SizeMax} bytes", _argument);
        }

        int at = _length;
        _length += (int)count;
        return at;
    }

    private readonly AbiException Outside(string kind, int bits) => new($"A number is outside {kind}{bits}", _argument);
}
