namespace ChainExec.Ethereum.Attribution;

/// <summary>
/// Arguments of a call as the contract reads them: any offset inside the data is followed, nothing is copied and nothing outside is read.
/// The strict decoders of the toolkit guard what is signed; here it only matters what a contract that ran has understood, and frames are
/// compared with it. Positions count from the first argument.
/// </summary>
public readonly struct CallArguments
{
    private const int Word = 32;
    private readonly ReadOnlyMemory<byte> _bytes;

    /// <summary>Takes encoded arguments, without a selector.</summary>
    public CallArguments(ReadOnlyMemory<byte> bytes) => _bytes = bytes;

    /// <summary>The bytes, for layouts that are not the ABI's.</summary>
    public ReadOnlyMemory<byte> Bytes => _bytes;

    /// <summary>An <c>address</c>; bits above it are dropped.</summary>
    public bool TryAddress(int at, out Address value)
    {
        bool inside = TryWord(at, out ReadOnlySpan<byte> word);
        value = inside ? Address.FromBytes(word[(Word - Address.Size)..]) : default;
        return inside;
    }

    /// <summary>A <c>uint256</c>.</summary>
    public bool TryNumber(int at, out UInt256 value)
    {
        bool inside = TryWord(at, out ReadOnlySpan<byte> word);
        value = inside ? UInt256.ReadBigEndian(word) : default;
        return inside;
    }

    /// <summary>A <c>bytes32</c>.</summary>
    public bool TryHash(int at, out Hash32 value)
    {
        bool inside = TryWord(at, out ReadOnlySpan<byte> word);
        value = inside ? Hash32.FromBytes(word) : default;
        return inside;
    }

    /// <summary>Where the offset at <paramref name="at"/> leads to, counted from <paramref name="start"/>.</summary>
    public bool TryOffset(int at, int start, out int position)
    {
        bool read = TryCount(at, out int offset) && start <= _bytes.Length && offset <= _bytes.Length - start;
        position = read ? start + offset : 0;
        return read;
    }

    /// <summary>Length of the list at <paramref name="at"/>; its items' heads, a word each, lie behind it, inside the data.</summary>
    public bool TryLength(int at, out int count) => TryCount(at, out count) && count <= (_bytes.Length - at - Word) / Word;

    /// <summary>The content of the <c>bytes</c> that the offset at <paramref name="at"/> leads to.</summary>
    public bool TryBytes(int at, int start, out ReadOnlyMemory<byte> value)
    {
        value = default;
        if (!TryOffset(at, start, out int position) || !TryCount(position, out int length)
            || length > _bytes.Length - position - Word)
        {
            return false;
        }

        value = _bytes.Slice(position + Word, length);
        return true;
    }

    private bool TryCount(int at, out int count)
    {
        count = 0;
        if (!TryWord(at, out ReadOnlySpan<byte> word))
        {
            return false;
        }

        UInt256 number = UInt256.ReadBigEndian(word);
        bool small = number.BitLength < 31;
        count = small ? (int)(ulong)number : 0;
        return small;
    }

    private bool TryWord(int at, out ReadOnlySpan<byte> word)
    {
        bool inside = at >= 0 && at <= _bytes.Length - Word;
        word = inside ? _bytes.Span.Slice(at, Word) : default;
        return inside;
    }
}
