using System.Text;

namespace ChainExec.Ethereum.Abi;

/// <summary>
/// One decoding run. What a value reads is claimed and what it allocates is paid before either happens, see <see cref="AbiDecoder"/>.
/// </summary>
internal ref struct AbiReader
{
    private const int Word = 32;
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    // A boolean has two values; they need no boxes of their own.
    private static readonly object True = true;
    private static readonly object False = false;

    private readonly ReadOnlySpan<byte> _data;
    private readonly bool _isLenient;
    private int _end;
    private long _readsLeft;
    private long _memoryLeft;

    internal AbiReader(ReadOnlySpan<byte> data, AbiStrictness strictness)
    {
        _data = data;
        _isLenient = strictness == AbiStrictness.Lenient;
        _readsLeft = (long)data.Length * AbiDecoder.ReadsPerByte + AbiDecoder.ReadsFree;
        _memoryLeft = (long)data.Length * AbiDecoder.MemoryPerByte + AbiDecoder.MemoryFree;
    }

    internal object[] ReadArguments(IReadOnlyList<AbiType> types)
    {
        long slots = 0;
        for (int i = 0; i < types.Count; i++)
        {
            slots += types[i].HeadSlots;
        }

        Claim(0, slots * Word);
        object[] values = new object[types.Count];
        int at = 0;
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = ReadValue(types[i], at, 0);
            at += types[i].HeadSlots * Word;
        }

        return values;
    }

    // The head at `at` was claimed by the caller; what it points to is claimed here.
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
            return ReadSequence(type, type.FixedLength ?? type.Components.Count, at);
        }

        ReadOnlySpan<byte> word = _data.Slice(at, Word);
        if (type.Kind == AbiKind.Bool && (_isLenient || AbiWord.IsBool(word)))
        {
            return word.ContainsAnyExcept((byte)0) ? True : False;
        }

        Pay(AbiWord.MemoryOf(type), at);
        return AbiWord.TryRead(type, word, _isLenient, out string? error) ?? throw new AbiException(error!, at);
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
            Claim(at, Word);
            count = ReadCount(at, "A length");
            at += Word;
        }

        Claim(at, type.ItemSlots(count) * Word);
        return ReadSequence(type, count, at);
    }

    private object[] ReadSequence(AbiType type, int count, int start)
    {
        if (count == 0)
        {
            return [];
        }

        // Items without bytes (an empty tuple, T[0]) cost the data nothing, so memory is what bounds them.
        Pay(AbiDecoder.ObjectSize + (long)count * AbiDecoder.ReferenceSize, start);
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
        Claim(at, Word);
        int length = ReadCount(at, "A length");
        at += Word;
        long padded = (length + (long)Word - 1) / Word * Word;
        Claim(at, _isLenient ? length : padded);
        if (!_isLenient && _data[(at + length)..(int)(at + padded)].ContainsAnyExcept((byte)0))
        {
            throw new AbiException($"The padding behind {type.Kind} is dirty", at + length);
        }

        // A byte of UTF-8, also a broken one, becomes at most one character of two bytes.
        Pay(AbiDecoder.ObjectSize + (type.Kind == AbiKind.Text ? 2L * length : length), at);
        ReadOnlySpan<byte> content = _data.Slice(at, length);
        if (type.Kind == AbiKind.Bytes)
        {
            return content.ToArray();
        }

        try
        {
            return (_isLenient ? Encoding.UTF8 : StrictUtf8).GetString(content);
        }
        catch (DecoderFallbackException)
        {
            throw new AbiException("A string is not UTF-8", at);
        }
    }

    private readonly int ReadCount(int at, string what)
    {
        UInt256 count = UInt256.ReadBigEndian(_data.Slice(at, Word));
        return count.BitLength <= 31 ? (int)(ulong)count : throw new AbiException($"{what} is larger than any data", at);
    }

    /// <summary>Every read goes through here first: that many bytes must be there and, when strict, lie behind all others read.</summary>
    private void Claim(int at, long bytes)
    {
        if (bytes > _data.Length - at)
        {
            throw new AbiException($"{bytes} bytes are needed, {_data.Length - at} are there", at);
        }

        _readsLeft -= bytes;
        if (!_isLenient && at < _end)
        {
            throw new AbiException("A value lies inside or before another that was read earlier", at);
        }

        if (_readsLeft < 0)
        {
            throw new AbiException($"Values share bytes so often that more than {AbiDecoder.ReadsPerByte} times the data are read", at);
        }

        _end = Math.Max(_end, at + (int)bytes);
    }

    private void Pay(long memory, int at)
    {
        _memoryLeft -= memory;
        if (_memoryLeft < 0)
        {
            throw new AbiException("There are more values than data of this length can hold", at);
        }
    }
}
