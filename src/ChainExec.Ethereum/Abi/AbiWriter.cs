using System.Collections;
using System.Text;

namespace ChainExec.Ethereum.Abi;

/// <summary>
/// One buffer that grows: heads are reserved first, tails appended behind, offsets filled in when the tail's place is known.
/// </summary>
internal sealed class AbiWriter
{
    private const int Word = 32;
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly int _prefixLength;
    private byte[] _buffer;
    private int _length;
    private int _head;
    private int _argument;

    internal AbiWriter(ReadOnlySpan<byte> prefix, IReadOnlyList<AbiType> types)
    {
        long slots = 0;
        bool isDynamic = false;
        foreach (AbiType type in types)
        {
            slots += type.HeadSlots;
            isDynamic |= type.IsDynamic;
        }

        if (slots * Word > AbiEncoder.SizeMax)
        {
            throw TooLarge();
        }

        _prefixLength = prefix.Length;
        _length = prefix.Length + (int)slots * Word;
        _head = prefix.Length;

        // Static arguments need exactly their heads, so that the common case is one allocation.
        _buffer = new byte[isDynamic ? _length + 256 : _length];
        prefix.CopyTo(_buffer);
    }

    internal void WriteArgument(int index, AbiType type, object value)
    {
        _argument = index;
        WriteHead(type, value, _head, _prefixLength);
        _head += type.HeadSlots * Word;
    }

    internal byte[] ToArray() => _length == _buffer.Length ? _buffer : _buffer.AsSpan(0, _length).ToArray();

    private void WriteHead(AbiType type, object value, int at, int sequenceStart)
    {
        if (type.IsDynamic)
        {
            WriteCount(_length - sequenceStart, at);
            WriteTail(type, value);
        }
        else if (type.Kind is AbiKind.Array or AbiKind.Tuple)
        {
            WriteSequence(type, Items(type, value), at);
        }
        else
        {
            string? error = AbiWord.TryWrite(type, value, _buffer.AsSpan(at, Word));
            if (error is not null)
            {
                throw new AbiException(error, _argument);
            }
        }
    }

    private void WriteTail(AbiType type, object value)
    {
        if (type.Kind is AbiKind.Bytes or AbiKind.Text)
        {
            ReadOnlySpan<byte> content = Content(type, value);
            WriteCount(content.Length, Append(Word));
            int at = Append((content.Length + Word - 1) / Word * Word);
            content.CopyTo(_buffer.AsSpan(at));
            return;
        }

        IList items = Items(type, value);
        if (type.Kind == AbiKind.Array && type.FixedLength is null)
        {
            WriteCount(items.Count, Append(Word));
        }

        WriteSequence(type, items, Append(type.ItemSlots(items.Count) * Word));
    }

    private void WriteSequence(AbiType type, IList items, int start)
    {
        int at = start;
        for (int i = 0; i < items.Count; i++)
        {
            AbiType itemType = type.Element ?? type.Components[i].Type;
            WriteHead(itemType, items[i] ?? throw new AbiException("A value is null", _argument), at, start);
            at += itemType.HeadSlots * Word;
        }
    }

    private IList Items(AbiType type, object value)
    {
        if (value is not IList items)
        {
            throw new AbiException($"'{AbiWord.KindOf(value)}' is no list, which {type} needs", _argument);
        }

        int? expected = type.Kind == AbiKind.Tuple ? type.Components.Count : type.FixedLength;
        return expected is null || items.Count == expected
            ? items
            : throw new AbiException($"{type} needs {expected} items, {items.Count} were given", _argument);
    }

    private ReadOnlySpan<byte> Content(AbiType type, object value)
    {
        try
        {
            return value switch
            {
                string text when type.Kind == AbiKind.Text => StrictUtf8.GetBytes(text),
                byte[] bytes when type.Kind == AbiKind.Bytes => bytes,
                ReadOnlyMemory<byte> bytes when type.Kind == AbiKind.Bytes => bytes.Span,
                _ => throw new AbiException($"'{AbiWord.KindOf(value)}' does not fit {type}", _argument),
            };
        }
        catch (EncoderFallbackException)
        {
            throw new AbiException("A string has an unpaired surrogate, so it has no UTF-8 encoding", _argument);
        }
    }

    private void WriteCount(int count, int at) => ((UInt256)(ulong)count).WriteBigEndian(_buffer.AsSpan(at, Word));

    private int Append(long count)
    {
        long needed = _length + count;
        if (needed > AbiEncoder.SizeMax)
        {
            throw TooLarge();
        }

        if (needed > _buffer.Length)
        {
            Array.Resize(ref _buffer, (int)Math.Max(needed, Math.Min(2L * _buffer.Length, AbiEncoder.SizeMax)));
        }

        int at = _length;
        _length = (int)needed;
        return at;
    }

    private AbiException TooLarge() => new($"The encoding is larger than {AbiEncoder.SizeMax} bytes", _argument);
}
