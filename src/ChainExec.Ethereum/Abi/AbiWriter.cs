using System.Collections;

namespace ChainExec.Ethereum.Abi;

/// <summary>
/// One encoding run into one buffer of exactly the size that <see cref="AbiSize"/> measured: heads are reserved first, tails follow, offsets
/// are filled in when the tail's place is known.
/// </summary>
internal ref struct AbiWriter
{
    private const int Word = AbiWord.Size;

    private readonly Span<byte> _buffer;
    private int _length;
    private int _argument;

    private AbiWriter(Span<byte> buffer, int headSize)
    {
        _buffer = buffer;
        _length = headSize;
    }

    /// <summary>Encodes behind <paramref name="prefix"/>, which is a selector, creation code or empty; offsets do not count it.</summary>
    internal static byte[] Write(ReadOnlySpan<byte> prefix, IReadOnlyList<AbiType> types, IReadOnlyList<object> values)
    {
        (int headSize, int size) = AbiSize.Measure(types, values, AbiEncoder.SizeMax - prefix.Length);
        byte[] encoding = new byte[prefix.Length + size];
        prefix.CopyTo(encoding);
        var writer = new AbiWriter(encoding.AsSpan(prefix.Length), headSize);
        int at = 0;
        for (int i = 0; i < types.Count; i++)
        {
            writer._argument = i;
            writer.WriteHead(types[i], values[i], at, 0);
            at += types[i].HeadSlots * Word;
        }

        return encoding;
    }

    private void WriteHead(AbiType type, object? value, int at, int sequenceStart)
    {
        if (type.IsDynamic)
        {
            WriteCount(_length - sequenceStart, at);
            WriteTail(type, value);
        }
        else if (type.Kind is AbiKind.Array or AbiKind.Tuple)
        {
            WriteSequence(type, AbiSize.Items(type, value, _argument), at);
        }
        else
        {
            string? error = AbiWord.TryWrite(type, value, _buffer.Slice(at, Word));
            if (error is not null)
            {
                throw new AbiException(error, _argument);
            }
        }
    }

    private void WriteTail(AbiType type, object? value)
    {
        if (type.Kind is AbiKind.Bytes or AbiKind.Text)
        {
            int at = _length + Word;
            int count = value is string text
                ? AbiSize.StrictUtf8.GetBytes(text, _buffer[at..])
                : Copy(AbiSize.Bytes(type, value, _argument), at);
            WriteCount(count, _length);
            _length = at + AbiSize.Padded(count);
            return;
        }

        IList items = AbiSize.Items(type, value, _argument);
        if (type.Kind == AbiKind.Array && type.FixedLength is null)
        {
            WriteCount(items.Count, _length);
            _length += Word;
        }

        int start = _length;
        _length += (int)type.ItemSlots(items.Count) * Word;
        WriteSequence(type, items, start);
    }

    private void WriteSequence(AbiType type, IList items, int start)
    {
        int at = start;
        for (int i = 0; i < items.Count; i++)
        {
            AbiType itemType = type.Element ?? type.Components[i].Type;
            WriteHead(itemType, items[i], at, start);
            at += itemType.HeadSlots * Word;
        }
    }

    private readonly int Copy(ReadOnlySpan<byte> bytes, int at)
    {
        bytes.CopyTo(_buffer[at..]);
        return bytes.Length;
    }

    private readonly void WriteCount(int count, int at) => ((UInt256)(ulong)count).WriteBigEndian(_buffer.Slice(at, Word));
}
