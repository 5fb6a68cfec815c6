using System.Buffers;
using System.Collections;

namespace ChainExec.Ethereum.Abi;

/// <summary>
/// Encodings without offsets and lengths, which are only hashed: the packed mode of the specification and its encoding of indexed event
/// parameters. Both write a single value without padding and pad everything inside arrays and structs to words.
/// </summary>
internal sealed class AbiInPlace
{
    private readonly ArrayBufferWriter<byte> _buffer = new();
    private int _argument;

    /// <summary>The bytes whose hash is the topic of an indexed parameter.</summary>
    internal static ReadOnlySpan<byte> Write(AbiType type, object? value, int argument)
    {
        var writer = new AbiInPlace { _argument = argument };
        writer.WriteValue(type, value, isPadded: false);
        return writer._buffer.WrittenSpan;
    }

    /// <summary>The values one behind the other.</summary>
    internal static ReadOnlySpan<byte> Write(IReadOnlyList<AbiType> types, IReadOnlyList<object> values)
    {
        var writer = new AbiInPlace();
        for (int i = 0; i < types.Count; i++)
        {
            writer._argument = i;
            writer.WriteValue(types[i], values[i], isPadded: false);
        }

        return writer._buffer.WrittenSpan;
    }

    private void WriteValue(AbiType type, object? value, bool isPadded)
    {
        switch (type.Kind)
        {
            case AbiKind.Array or AbiKind.Tuple:
                IList items = AbiSize.Items(type, value, _argument);
                for (int i = 0; i < items.Count; i++)
                {
                    WriteValue(type.Element ?? type.Components[i].Type, items[i], isPadded: true);
                }

                break;
            case AbiKind.Bytes or AbiKind.Text:
                WriteContent(type, value, isPadded);
                break;
            default:
                WriteWord(type, value, isPadded);
                break;
        }
    }

    private void WriteContent(AbiType type, object? value, bool isPadded)
    {
        int size = AbiSize.ContentSize(type, value, _argument);
        Span<byte> content = Take(isPadded ? (size + (long)AbiWord.Size - 1) / AbiWord.Size * AbiWord.Size : size);
        content[size..].Clear();
        if (value is string text)
        {
            AbiSize.StrictUtf8.GetBytes(text, content);
        }
        else
        {
            AbiSize.Bytes(type, value, _argument).CopyTo(content);
        }
    }

    private void WriteWord(AbiType type, object? value, bool isPadded)
    {
        Span<byte> word = stackalloc byte[AbiWord.Size];
        word.Clear();
        if (AbiWord.TryWrite(type, value, word) is { } error)
        {
            throw new AbiException(error, _argument);
        }

        int size = isPadded ? AbiWord.Size : AbiWord.SizeOf(type);
        ReadOnlySpan<byte> used = AbiWord.IsLeftAligned(type) ? word[..size] : word[^size..];
        used.CopyTo(Take(size));
    }

    private Span<byte> Take(long count)
    {
        if (_buffer.WrittenCount + count > AbiEncoder.SizeMax)
        {
            throw AbiSize.TooLarge(_argument);
        }

        Span<byte> taken = _buffer.GetSpan((int)count)[..(int)count];
        _buffer.Advance((int)count);
        return taken;
    }
}
