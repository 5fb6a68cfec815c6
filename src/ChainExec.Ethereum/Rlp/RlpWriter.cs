namespace ChainExec.Ethereum.Rlp;

/// <summary>
/// Writes canonical RLP (Yellow Paper, appendix B), within the bounds of <see cref="RlpReader"/> so that what was written can be read
/// back. Not safe for use by several threads.
/// </summary>
public sealed class RlpWriter
{
    private int[] _openLists = new int[8];
    private int _open;
    private byte[] _buffer;
    private int _length;

    /// <summary>Starts empty, with room for <paramref name="capacity"/> bytes.</summary>
    public RlpWriter(int capacity = 256)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(capacity);
        _buffer = new byte[capacity];
    }

    /// <summary>Writes a byte that is no RLP item, such as the type that leads a transaction envelope (EIP-2718).</summary>
    /// <exception cref="RlpException">The output would be larger than <see cref="RlpReader.SizeMax"/>.</exception>
    public void WriteRaw(byte value)
    {
        Reserve(1);
        _buffer[_length++] = value;
    }

    /// <summary>Writes a byte string.</summary>
    /// <exception cref="RlpException">The output would be larger than <see cref="RlpReader.SizeMax"/>.</exception>
    public void WriteBytes(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length == 1 && bytes[0] < 0x80)
        {
            WriteRaw(bytes[0]);
            return;
        }

        Span<byte> header = stackalloc byte[5];
        int headerLength = WriteHeader(header, 0x80, bytes.Length);
        Reserve((long)headerLength + bytes.Length);
        header[..headerLength].CopyTo(_buffer.AsSpan(_length));
        bytes.CopyTo(_buffer.AsSpan(_length + headerLength));
        _length += headerLength + bytes.Length;
    }

    /// <summary>Writes an integer without leading zero bytes; 0 is the empty byte string.</summary>
    /// <exception cref="RlpException">The output would be larger than <see cref="RlpReader.SizeMax"/>.</exception>
    public void WriteInteger(UInt256 value)
    {
        Span<byte> bytes = stackalloc byte[32];
        value.WriteBigEndian(bytes);
        WriteBytes(bytes[(32 - (value.BitLength + 7) / 8)..]);
    }

    /// <summary>Opens a list; what is written until the matching <see cref="EndList"/> belongs to it.</summary>
    /// <exception cref="RlpException">Lists are nested deeper than <see cref="RlpReader.DepthMax"/>.</exception>
    public void BeginList()
    {
        if (_open == RlpReader.DepthMax)
        {
            throw new RlpException($"Lists are nested deeper than {RlpReader.DepthMax}", _length);
        }

        if (_open == _openLists.Length)
        {
            Array.Resize(ref _openLists, _open * 2);
        }

        _openLists[_open++] = _length;
    }

    /// <summary>Closes the list opened last.</summary>
    /// <exception cref="InvalidOperationException">No list is open.</exception>
    /// <exception cref="RlpException">The output would be larger than <see cref="RlpReader.SizeMax"/>.</exception>
    public void EndList()
    {
        if (_open == 0)
        {
            throw new InvalidOperationException("No list is open.");
        }

        int start = _openLists[--_open];
        int contentLength = _length - start;
        Span<byte> header = stackalloc byte[5];
        int headerLength = WriteHeader(header, 0xC0, contentLength);
        Reserve(headerLength);

        // The length is only known now: the content moves up to make room for the header.
        _buffer.AsSpan(start, contentLength).CopyTo(_buffer.AsSpan(start + headerLength));
        header[..headerLength].CopyTo(_buffer.AsSpan(start));
        _length += headerLength;
    }

    /// <summary>Everything written, in a new array.</summary>
    /// <exception cref="InvalidOperationException">A list is still open.</exception>
    public byte[] ToArray() => Written.ToArray();

    /// <summary>Everything written, until something more is.</summary>
    /// <exception cref="InvalidOperationException">A list is still open.</exception>
    internal ReadOnlySpan<byte> Written => _open == 0
        ? _buffer.AsSpan(0, _length)
        : throw new InvalidOperationException("A list is still open.");

    /// <summary>How many bytes were written.</summary>
    internal int Length => _length;

    /// <summary>Forgets what was written and keeps the room, so that the next item costs none.</summary>
    internal void Clear() => (_length, _open) = (0, 0);

    /// <summary>The writer without what was written.</summary>
    internal RlpWriter Cleared()
    {
        Clear();
        return this;
    }

    /// <summary>Writes bytes that are RLP already.</summary>
    /// <exception cref="RlpException">The output would be larger than <see cref="RlpReader.SizeMax"/>.</exception>
    internal void WriteEncoded(ReadOnlySpan<byte> rlp)
    {
        Reserve(rlp.Length);
        rlp.CopyTo(_buffer.AsSpan(_length));
        _length += rlp.Length;
    }

    private static int WriteHeader(Span<byte> header, byte offset, int length)
    {
        if (length <= 55)
        {
            header[0] = (byte)(offset + length);
            return 1;
        }

        int lengthBytes = (31 - int.LeadingZeroCount(length)) / 8 + 1;
        header[0] = (byte)(offset + 55 + lengthBytes);
        for (int i = 0; i < lengthBytes; i++)
        {
            header[lengthBytes - i] = (byte)(length >> (8 * i));
        }

        return lengthBytes + 1;
    }

    private void Reserve(long count)
    {
        long needed = _length + count;
        if (needed > RlpReader.SizeMax)
        {
            throw new RlpException($"The output would have more than {RlpReader.SizeMax} bytes", _length);
        }

        if (needed > _buffer.Length)
        {
            Array.Resize(ref _buffer, Math.Max((int)needed, _buffer.Length * 2));
        }
    }
}
