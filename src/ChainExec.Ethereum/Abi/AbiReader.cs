using System.Text;

namespace ChainExec.Ethereum.Abi;

/// <summary>One decoding run. Every byte read and every item made is paid from a budget of the data's own length.</summary>
internal ref struct AbiReader
{
    private const int Word = 32;

    // Items without bytes (an empty tuple, T[0]) are legal and cost nothing in the data, so some of them are free; a nest of T[1] costs
    // one item a level.
    private const int FreeItems = 1024;
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly ReadOnlySpan<byte> _data;
    private long _bytesLeft;
    private long _itemsLeft;

    internal AbiReader(ReadOnlySpan<byte> data)
    {
        _data = data;
        _bytesLeft = data.Length;
        _itemsLeft = (long)data.Length + FreeItems;
    }

    internal object[] ReadArguments(IReadOnlyList<AbiType> types)
    {
        long slots = 0;
        foreach (AbiType type in types)
        {
            slots += type.HeadSlots;
        }

        Spend(slots * Word, types.Count, 0);
        object[] values = new object[types.Count];
        int at = 0;
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = ReadValue(types[i], at, 0);
            at += types[i].HeadSlots * Word;
        }

        return values;
    }

    // The head at `at` is paid for by the caller; what it points to is paid for here.
    private object ReadValue(AbiType type, int at, int sequenceStart)
    {
        if (type.IsDynamic)
        {
            int offset = ReadCount(at, "An offset");
            return offset <= _data.Length - sequenceStart
                ? ReadTail(type, sequenceStart + offset)
                : throw new AbiException("An offset points behind the data", at);
        }

        if (type.Kind is AbiKind.Array or AbiKind.Tuple)
        {
            int count = type.FixedLength ?? type.Components.Count;
            Spend(0, count, at);
            return ReadSequence(type, count, at);
        }

        return AbiWord.TryRead(type, _data.Slice(at, Word), out string? error) ?? throw new AbiException(error!, at);
    }

    private object ReadTail(AbiType type, int at)
    {
        if (type.Kind is AbiKind.Bytes or AbiKind.Text)
        {
            return ReadContent(type, at);
        }

        int count = type.FixedLength ?? type.Components.Count;
        if (type.Kind == AbiKind.Array && type.FixedLength is null)
        {
            Spend(Word, 0, at);
            count = ReadCount(at, "A length");
            at += Word;
        }

        long slots = type.ItemSlots(count);
        if (slots * Word > _data.Length - at)
        {
            throw new AbiException($"{count} items of {type} do not fit in the data", at);
        }

        Spend(slots * Word, count, at);
        return ReadSequence(type, count, at);
    }

    private object[] ReadSequence(AbiType type, int count, int start)
    {
        object[] items = new object[count];
        int at = start;
        for (int i = 0; i < count; i++)
        {
            AbiType itemType = type.Element ?? type.Components[i].Type;
            items[i] = ReadValue(itemType, at, start);
            at += itemType.HeadSlots * Word;
        }

        return items;
    }

    private object ReadContent(AbiType type, int at)
    {
        Spend(Word, 0, at);
        int length = ReadCount(at, "A length");
        at += Word;
        long padded = (length + (long)Word - 1) / Word * Word;
        Spend(padded, 0, at);
        if (padded > _data.Length - at)
        {
            throw new AbiException($"{length} bytes with their padding do not fit in the data", at);
        }

        if (_data[(at + length)..(int)(at + padded)].ContainsAnyExcept((byte)0))
        {
            throw new AbiException($"The padding of a {type} is dirty", at + length);
        }

        ReadOnlySpan<byte> content = _data.Slice(at, length);
        if (type.Kind == AbiKind.Bytes)
        {
            return content.ToArray();
        }

        try
        {
            return StrictUtf8.GetString(content);
        }
        catch (DecoderFallbackException)
        {
            throw new AbiException("A string is not UTF-8", at);
        }
    }

    private readonly int ReadCount(int at, string what)
    {
        if (at > _data.Length - Word)
        {
            throw new AbiException($"{what} is cut off", at);
        }

        UInt256 count = UInt256.ReadBigEndian(_data.Slice(at, Word));
        return count.BitLength <= 31 ? (int)(ulong)count : throw new AbiException($"{what} is larger than any data", at);
    }

    private void Spend(long bytes, long items, int at)
    {
        _bytesLeft -= bytes;
        _itemsLeft -= items;
        if (_bytesLeft < 0)
        {
            throw new AbiException("The data is too short, or values overlap in it", at);
        }

        if (_itemsLeft < 0)
        {
            throw new AbiException("There are more items than the data can hold", at);
        }
    }
}
