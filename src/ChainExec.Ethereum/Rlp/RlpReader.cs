namespace ChainExec.Ethereum.Rlp;

/// <summary>
/// Reads RLP (Yellow Paper, appendix B) strictly: one value has one encoding, so lengths and integers with leading zeros, a long form
/// where the short one fits and a wrapped single byte are refused. Lists are read by opening a reader on their content.
/// </summary>
public ref struct RlpReader
{
    /// <summary>The largest input accepted, in bytes.</summary>
    public const int SizeMax = 16 * 1024 * 1024;

    /// <summary>The deepest nesting of lists accepted.</summary>
    public const int DepthMax = 32;

    private readonly ReadOnlySpan<byte> _input;
    private readonly int _end;
    private readonly int _depth;
    private int _position;

    /// <summary>Starts at the first item of <paramref name="input"/>.</summary>
    /// <exception cref="RlpException">The input is larger than <see cref="SizeMax"/>.</exception>
    public RlpReader(ReadOnlySpan<byte> input)
        : this(input, 0, input.Length, 0)
    {
        if (input.Length > SizeMax)
        {
            throw new RlpException($"The input has {input.Length} bytes, more than {SizeMax}", 0);
        }
    }

    private RlpReader(ReadOnlySpan<byte> input, int position, int end, int depth)
    {
        _input = input;
        _position = position;
        _end = end;
        _depth = depth;
    }

    /// <summary>The offset of the next item in the outermost input.</summary>
    public readonly int Position => _position;

    /// <summary>True when no item is left here.</summary>
    public readonly bool AtEnd => _position == _end;

    /// <summary>True when there is a next item and it is a list.</summary>
    public readonly bool NextIsList => !AtEnd && _input[_position] >= 0xC0;

    /// <summary>Reads a byte string; the span is a part of the input.</summary>
    /// <exception cref="RlpException">There is no item, it is a list, or it is not canonical.</exception>
    public ReadOnlySpan<byte> ReadBytes()
    {
        int start = _position;
        (int offset, int length, bool isList) = ReadHeader();
        if (isList)
        {
            throw new RlpException("A byte string was expected, there is a list", start);
        }

        _position = offset + length;
        return _input.Slice(offset, length);
    }

    /// <summary>Reads a byte string of exactly <paramref name="length"/> bytes.</summary>
    /// <exception cref="RlpException">There is none of that length.</exception>
    public ReadOnlySpan<byte> ReadBytes(int length)
    {
        int start = _position;
        ReadOnlySpan<byte> bytes = ReadBytes();
        return bytes.Length == length
            ? bytes
            : throw new RlpException($"A byte string of {length} bytes was expected, it has {bytes.Length}", start);
    }

    /// <summary>Reads an integer of at most 256 bits without leading zero bytes.</summary>
    /// <exception cref="RlpException">There is none, or it has leading zeros or more bits.</exception>
    public UInt256 ReadInteger()
    {
        int start = _position;
        ReadOnlySpan<byte> bytes = ReadBytes();
        if (bytes.Length > 32)
        {
            throw new RlpException("An integer has more than 256 bits", start);
        }

        return bytes.IsEmpty || bytes[0] != 0
            ? UInt256.ReadBigEndian(bytes)
            : throw new RlpException("An integer has a leading zero byte", start);
    }

    /// <summary>Reads an integer of at most 64 bits without leading zero bytes.</summary>
    /// <exception cref="RlpException">There is none, or it has leading zeros or more bits.</exception>
    public ulong ReadUInt64()
    {
        int start = _position;
        UInt256 value = ReadInteger();
        return value.BitLength <= 64 ? (ulong)value : throw new RlpException("An integer has more than 64 bits", start);
    }

    /// <summary>Steps over a list and answers a reader of its items.</summary>
    /// <exception cref="RlpException">There is no item, it is a byte string, it is not canonical, or it lies deeper than <see
    /// cref="DepthMax"/>.</exception>
    public RlpReader ReadList()
    {
        int start = _position;
        (int offset, int length, bool isList) = ReadHeader();
        if (!isList)
        {
            throw new RlpException("A list was expected, there is a byte string", start);
        }

        if (_depth == DepthMax)
        {
            throw new RlpException($"Lists are nested deeper than {DepthMax}", start);
        }

        _position = offset + length;
        return new RlpReader(_input, offset, offset + length, _depth + 1);
    }

    /// <summary>Checks that everything was read.</summary>
    /// <exception cref="RlpException">There is another item or byte.</exception>
    public readonly void ExpectEnd()
    {
        if (!AtEnd)
        {
            throw new RlpException("There are more bytes than expected", _position);
        }
    }

    private readonly (int Offset, int Length, bool IsList) ReadHeader()
    {
        if (AtEnd)
        {
            throw new RlpException("An item is missing", _position);
        }

        byte prefix = _input[_position];
        if (prefix < 0x80)
        {
            return (_position, 1, false);
        }

        bool isList = prefix >= 0xC0;
        int code = prefix - (isList ? 0xC0 : 0x80);
        int offset = _position + 1;
        int length = code;
        if (code > 55)
        {
            length = ReadLongLength(offset, code - 55);
            offset += code - 55;
        }

        if (length > _end - offset)
        {
            throw new RlpException($"An item of {length} bytes does not fit in what is left", _position);
        }

        if (!isList && length == 1 && _input[offset] < 0x80)
        {
            throw new RlpException("A single byte below 0x80 must stand for itself", _position);
        }

        return (offset, length, isList);
    }

    private readonly int ReadLongLength(int offset, int lengthBytes)
    {
        if (lengthBytes > _end - offset)
        {
            throw new RlpException("A length is cut off", _position);
        }

        if (_input[offset] == 0)
        {
            throw new RlpException("A length has a leading zero byte", _position);
        }

        // Four bytes cannot overflow a long, and SizeMax is far below what they hold.
        long length = lengthBytes > 4 ? long.MaxValue : (long)(ulong)UInt256.ReadBigEndian(_input.Slice(offset, lengthBytes));
        if (length <= 55)
        {
            throw new RlpException("A length of at most 55 must use the short form", _position);
        }

        return length <= SizeMax ? (int)length : throw new RlpException($"An item is larger than {SizeMax} bytes", _position);
    }
}
