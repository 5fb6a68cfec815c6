using System.Collections;
using System.Text;

namespace ChainExec.Ethereum.Abi;

/// <summary>
/// Measures an encoding before it is made, so that it is one allocation and one that would be too large is none. Only values of dynamic
/// types are walked. The checks of kind and count that writers need are here as well.
/// </summary>
internal ref struct AbiSize
{
    internal static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly int _sizeMax;
    private long _size;
    private int _argument;

    private AbiSize(int sizeMax) => _sizeMax = sizeMax;

    /// <summary>The bytes of the heads and of the whole encoding.</summary>
    internal static (int HeadSize, int Size) Measure(IReadOnlyList<AbiType> types, IReadOnlyList<object> values, int sizeMax)
    {
        if (types.Count != values.Count)
        {
            throw new AbiException($"{types.Count} values are needed, {values.Count} were given", Math.Min(types.Count, values.Count));
        }

        var size = new AbiSize(sizeMax);
        for (int i = 0; i < types.Count; i++)
        {
            size.Add(types[i].HeadSlots * (long)AbiWord.Size);
        }

        int headSize = (int)size._size;
        for (int i = 0; i < types.Count; i++)
        {
            size._argument = i;
            size.AddTail(types[i], values[i]);
        }

        return (headSize, (int)size._size);
    }

    /// <summary>The items of an array or tuple.</summary>
    internal static IList Items(AbiType type, object? value, int argument)
    {
        if (value is not IList items)
        {
            throw new AbiException($"'{AbiWord.KindOf(value)}' is no list, which {type.Shown} needs", argument);
        }

        int? expected = type.Kind == AbiKind.Tuple ? type.Components.Count : type.FixedLength;
        return expected is null || items.Count == expected
            ? items
            : throw new AbiException($"{type.Shown} needs {expected} items, {items.Count} were given", argument);
    }

    /// <summary>The content of <c>bytes</c>.</summary>
    internal static ReadOnlySpan<byte> Bytes(AbiType type, object? value, int argument) => value switch
    {
        byte[] bytes when type.Kind == AbiKind.Bytes => bytes,
        ReadOnlyMemory<byte> bytes when type.Kind == AbiKind.Bytes => bytes.Span,
        _ => throw new AbiException($"'{AbiWord.KindOf(value)}' does not fit {type}", argument),
    };

    /// <summary>The bytes that the content of <c>bytes</c> or <c>string</c> takes without padding.</summary>
    internal static int ContentSize(AbiType type, object? value, int argument)
    {
        if (value is not string text || type.Kind != AbiKind.Text)
        {
            return Bytes(type, value, argument).Length;
        }

        try
        {
            return StrictUtf8.GetByteCount(text);
        }
        catch (EncoderFallbackException)
        {
            throw new AbiException("A string has an unpaired surrogate, so it has no UTF-8 encoding", argument);
        }
        catch (ArgumentOutOfRangeException)
        {
            // More bytes than an int counts.
            throw TooLarge(argument);
        }
    }

    /// <summary>The next multiple of 32.</summary>
    internal static int Padded(int count) => (count + AbiWord.Size - 1) & -AbiWord.Size;

    internal static AbiException TooLarge(int argument) => new($"The encoding is larger than {AbiEncoder.SizeMax} bytes", argument);

    private void AddTail(AbiType type, object? value)
    {
        if (!type.IsDynamic)
        {
            return;
        }

        if (type.Kind is AbiKind.Bytes or AbiKind.Text)
        {
            int content = ContentSize(type, value, _argument);
            Add(content);
            Add(AbiWord.Size + Padded(content) - content);
            return;
        }

        IList items = Items(type, value, _argument);
        Add(type.Kind == AbiKind.Array && type.FixedLength is null ? AbiWord.Size : 0);
        Add(type.ItemSlots(items.Count) * AbiWord.Size);
        if (type.Element is { IsDynamic: false })
        {
            return;
        }

        for (int i = 0; i < items.Count; i++)
        {
            AddTail(type.Element ?? type.Components[i].Type, items[i]);
        }
    }

    private void Add(long bytes)
    {
        _size += bytes;
        if (_size > _sizeMax)
        {
            throw TooLarge(_argument);
        }
    }
}
