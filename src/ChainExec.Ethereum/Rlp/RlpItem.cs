namespace ChainExec.Ethereum.Rlp;

/// <summary>
/// An RLP value as a tree: a byte string, or a list of values. For tools and tests; where the shape is known, <see cref="RlpReader"/>
/// reads without building one. Equal when the encodings are equal.
/// </summary>
public sealed class RlpItem : IEquatable<RlpItem>
{
    /// <summary>The most items in one decoded tree. A list of one-byte items would otherwise take many times the memory of its
    /// input.</summary>
    public const int CountMax = 1 << 20;

    // Most items of hostile input are as short as can be; those are shared, so that they cost a reference and nothing more.
    private static readonly RlpItem[] SingleBytes =
        [.. Enumerable.Range(0, 256).Select(value => new RlpItem(new byte[] { (byte)value }, null))];

    private readonly ReadOnlyMemory<byte> _bytes;
    private readonly IReadOnlyList<RlpItem>? _items;

    private RlpItem(ReadOnlyMemory<byte> bytes, IReadOnlyList<RlpItem>? items)
    {
        _bytes = bytes;
        _items = items;
    }

    /// <summary>The byte string of no bytes, which is also the integer 0.</summary>
    public static RlpItem EmptyBytes { get; } = new(ReadOnlyMemory<byte>.Empty, null);

    /// <summary>The list of no items.</summary>
    public static RlpItem EmptyList { get; } = new(default, []);

    /// <summary>True for a list.</summary>
    public bool IsList => _items is not null;

    /// <summary>The content of a byte string.</summary>
    /// <exception cref="InvalidOperationException">It is a list.</exception>
    public ReadOnlyMemory<byte> Bytes => _items is null ? _bytes : throw new InvalidOperationException("A list has no bytes of its own.");

    /// <summary>The items of a list.</summary>
    /// <exception cref="InvalidOperationException">It is a byte string.</exception>
    public IReadOnlyList<RlpItem> Items => _items ?? throw new InvalidOperationException("A byte string has no items.");

    /// <summary>A byte string. The bytes are not copied and must not change.</summary>
    public static RlpItem FromBytes(ReadOnlyMemory<byte> bytes) => bytes.Length switch
    {
        0 => EmptyBytes,
        1 => SingleBytes[bytes.Span[0]],
        _ => new RlpItem(bytes, null),
    };

    /// <summary>The byte string of an integer: big-endian without leading zero bytes.</summary>
    public static RlpItem FromInteger(UInt256 value) => FromBytes(value.MinimalBigEndian());

    /// <summary>A list. It is not copied and must not change.</summary>
    public static RlpItem FromList(params IReadOnlyList<RlpItem> items)
    {
        ArgumentNullException.ThrowIfNull(items);
        return items.Count == 0 ? EmptyList : new RlpItem(default, items);
    }

    /// <summary>Reads exactly one value as strictly as <see cref="RlpReader"/> does.</summary>
    /// <exception cref="RlpException">The bytes are not canonical, something follows the value, or the value is larger than <see
    /// cref="RlpReader.SizeMax"/> bytes, deeper than <see cref="RlpReader.DepthMax"/> lists or more than <see cref="CountMax"/>
    /// items.</exception>
    public static RlpItem Decode(ReadOnlySpan<byte> encoded)
    {
        // Made before the copy, because it refuses what is too large.
        var reader = new RlpReader(encoded);
        byte[] copy = encoded.ToArray();
        int count = 0;
        RlpItem item = Read(ref reader, copy, ref count);
        reader.ExpectEnd();
        return item;
    }

    /// <summary>The one canonical encoding.</summary>
    /// <exception cref="RlpException">It would be larger than <see cref="RlpReader.SizeMax"/> bytes, or lists are nested deeper than <see
    /// cref="RlpReader.DepthMax"/>.</exception>
    public byte[] Encode()
    {
        var writer = new RlpWriter();
        Write(writer, this);
        return writer.ToArray();
    }

    /// <inheritdoc/>
    public bool Equals(RlpItem? other)
    {
        if (other is null || IsList != other.IsList)
        {
            return false;
        }

        return _items is null ? _bytes.Span.SequenceEqual(other._bytes.Span) : _items.SequenceEqual(other._items!);
    }

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as RlpItem);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        if (_items is null)
        {
            hash.AddBytes(_bytes.Span);
            return hash.ToHashCode();
        }

        foreach (RlpItem item in _items)
        {
            hash.Add(item);
        }

        return hash.ToHashCode();
    }

    private static RlpItem Read(ref RlpReader reader, ReadOnlyMemory<byte> input, ref int count)
    {
        if (++count > CountMax)
        {
            throw new RlpException($"There are more than {CountMax} items", reader.Position);
        }

        if (!reader.NextIsList)
        {
            int length = reader.ReadBytes().Length;
            return FromBytes(input.Slice(reader.Position - length, length));
        }

        RlpReader items = reader.ReadList();
        if (items.AtEnd)
        {
            return EmptyList;
        }

        var list = new List<RlpItem>();
        while (!items.AtEnd)
        {
            list.Add(Read(ref items, input, ref count));
        }

        return new RlpItem(default, list);
    }

    private static void Write(RlpWriter writer, RlpItem item)
    {
        if (item._items is null)
        {
            writer.WriteBytes(item._bytes.Span);
            return;
        }

        writer.BeginList();
        foreach (RlpItem child in item._items)
        {
            Write(writer, child);
        }

        writer.EndList();
    }
}
