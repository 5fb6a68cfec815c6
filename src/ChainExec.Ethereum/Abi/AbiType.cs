namespace ChainExec.Ethereum.Abi;

/// <summary>A type of the Solidity ABI specification. Two types are equal when their canonical text is.</summary>
public sealed class AbiType : IEquatable<AbiType>
{
    /// <summary>The deepest nesting of arrays and tuples accepted.</summary>
    public const int DepthMax = 32;

    /// <summary>The longest fixed-size array accepted, in elements, and the largest static type, in 32-byte words.</summary>
    public const int SlotsMax = 1 << 20;

    /// <summary>The longest <see cref="Canonical"/> accepted, in characters.</summary>
    public const int CanonicalMax = 1 << 16;

    private const int ShownMax = 100;
    private readonly int _componentSlots;

    private AbiType(AbiKind kind, string canonical, int depth, bool isDynamic, int headSlots, int componentSlots = 0)
    {
        Kind = kind;
        Canonical = canonical;
        Depth = depth;
        IsDynamic = isDynamic;
        HeadSlots = headSlots;
        _componentSlots = componentSlots;
    }

    /// <summary>The family of the type.</summary>
    public AbiKind Kind { get; }

    /// <summary>The text that selectors are hashed from, such as <c>uint256</c> or <c>(address,bytes)[2]</c>.</summary>
    public string Canonical { get; }

    /// <summary>Bits of an integer or fixed-point type, 8 to 256; else 0.</summary>
    public int Bits { get; private init; }

    /// <summary>Decimals of a fixed-point type, 1 to 80; else 0.</summary>
    public int Decimals { get; private init; }

    /// <summary>Bytes of a fixed-size byte string: 1 to 32, 24 for <c>function</c>; else 0.</summary>
    public int ByteCount { get; private init; }

    /// <summary>The element type of an array; else null.</summary>
    public AbiType? Element { get; private init; }

    /// <summary>The number of elements of a fixed-size array; null for a dynamic one and for other types.</summary>
    public int? FixedLength { get; private init; }

    /// <summary>The components of a tuple; else empty.</summary>
    public IReadOnlyList<AbiParameter> Components { get; private init; } = [];

    /// <summary>True when the encoding is an offset to a tail.</summary>
    public bool IsDynamic { get; }

    /// <summary>Levels of arrays and tuples: 0 for an elementary type.</summary>
    internal int Depth { get; }

    /// <summary>The 32-byte words the type takes in a head: 1 for dynamic types.</summary>
    internal int HeadSlots { get; }

    /// <summary>The 32-byte words that the heads of that many items take: elements of an array, or all components of a tuple.</summary>
    internal long ItemSlots(int count) => Element is null ? _componentSlots : (long)count * Element.HeadSlots;

    /// <summary>The canonical text, cut where it would make a message long.</summary>
    internal string Shown => Canonical.Length <= ShownMax ? Canonical : Canonical[..ShownMax] + "…";

    /// <summary>
    /// Reads a type: canonical text, the aliases <c>uint</c>, <c>int</c>, <c>fixed</c>, <c>ufixed</c>, and tuples with or without the word
    /// <c>tuple</c> and with or without component names.
    /// </summary>
    /// <exception cref="AbiException">The text is no type, or exceeds <see cref="DepthMax"/>, <see cref="SlotsMax"/> or <see
    /// cref="CanonicalMax"/>.</exception>
    public static AbiType Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var parser = new AbiTextParser(text);
        AbiType type = parser.ReadType();
        parser.ExpectEnd();
        return type;
    }

    /// <inheritdoc/>
    public bool Equals(AbiType? other) => other is not null && other.Canonical == Canonical;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as AbiType);

    /// <inheritdoc/>
    public override int GetHashCode() => StringComparer.Ordinal.GetHashCode(Canonical);

    /// <summary>The canonical text.</summary>
    public override string ToString() => Canonical;

    /// <summary>The elementary type of that name, or null when there is none.</summary>
    internal static AbiType? Elementary(ReadOnlySpan<char> name) => name switch
    {
        "address" => new AbiType(AbiKind.Address, "address", 0, false, 1),
        "bool" => new AbiType(AbiKind.Bool, "bool", 0, false, 1),
        "string" => new AbiType(AbiKind.Text, "string", 0, true, 1),
        "bytes" => new AbiType(AbiKind.Bytes, "bytes", 0, true, 1),
        "function" => new AbiType(AbiKind.Function, "function", 0, false, 1) { ByteCount = 24 },
        "uint" => Number(AbiKind.UnsignedInteger, "uint", "256"),
        "int" => Number(AbiKind.SignedInteger, "int", "256"),
        "ufixed" => Number(AbiKind.UnsignedFixed, "ufixed", "128x18"),
        "fixed" => Number(AbiKind.SignedFixed, "fixed", "128x18"),
        ['u', 'i', 'n', 't', .. var size] => Number(AbiKind.UnsignedInteger, "uint", size),
        ['i', 'n', 't', .. var size] => Number(AbiKind.SignedInteger, "int", size),
        ['u', 'f', 'i', 'x', 'e', 'd', .. var size] => Number(AbiKind.UnsignedFixed, "ufixed", size),
        ['f', 'i', 'x', 'e', 'd', .. var size] => Number(AbiKind.SignedFixed, "fixed", size),
        ['b', 'y', 't', 'e', 's', .. var size] => FixedBytes(size),
        _ => null,
    };

    /// <summary>The array of <paramref name="element"/>; the error text is null when it stays within the bounds.</summary>
    internal static AbiType? ArrayOf(AbiType element, int? length, out string? error)
    {
        bool isDynamic = length is null || element.IsDynamic;
        long slots = isDynamic ? 1 : (long)element.HeadSlots * length!.Value;
        string canonical = $"{element.Canonical}[{length}]";
        error = Bounds(element.Depth + 1, Math.Max(slots, length ?? 0), canonical.Length);
        return error is not null
            ? null
            : new AbiType(AbiKind.Array, canonical, element.Depth + 1, isDynamic, (int)slots)
            {
                Element = element,
                FixedLength = length,
            };
    }

    /// <summary>The tuple of <paramref name="components"/>; the error text is null when it stays within the bounds.</summary>
    internal static AbiType? TupleOf(IReadOnlyList<AbiParameter> components, out string? error)
    {
        bool isDynamic = false;
        long slots = 0;
        long length = 1;
        int depth = 0;
        foreach (AbiParameter component in components)
        {
            isDynamic |= component.Type.IsDynamic;
            slots += component.Type.HeadSlots;
            length += component.Type.Canonical.Length + 1;
            depth = Math.Max(depth, component.Type.Depth);
        }

        error = Bounds(depth + 1, slots, length);
        return error is not null
            ? null
            : new AbiType(AbiKind.Tuple, CanonicalOf(components), depth + 1, isDynamic, isDynamic ? 1 : (int)slots, (int)slots)
            {
                Components = components,
            };
    }

    /// <summary>The canonical texts in parentheses, as a tuple and a signature have them.</summary>
    internal static string CanonicalOf(IReadOnlyList<AbiParameter> parameters) =>
        $"({string.Join(',', parameters.Select(parameter => parameter.Type.Canonical))})";

    // Named structs can be used many times, so a short text can stand for a long type.
    private static string? Bounds(int depth, long slots, long length) =>
        depth > DepthMax ? $"Types are nested deeper than {DepthMax}" :
        slots > SlotsMax ? $"A static type is larger than {SlotsMax} words" :
        length > CanonicalMax ? $"A type's canonical text is longer than {CanonicalMax} characters" : null;

    private static AbiType? Number(AbiKind kind, string prefix, ReadOnlySpan<char> size)
    {
        int decimals = 0;
        ReadOnlySpan<char> bitsText = size;
        if (kind is AbiKind.SignedFixed or AbiKind.UnsignedFixed)
        {
            int separator = size.IndexOf('x');
            if (separator < 0 || !TryReadNumber(size[(separator + 1)..], 80, out decimals))
            {
                return null;
            }

            bitsText = size[..separator];
        }

        return TryReadNumber(bitsText, 256, out int bits) && bits % 8 == 0
            ? new AbiType(kind, $"{prefix}{size}", 0, false, 1) { Bits = bits, Decimals = decimals }
            : null;
    }

    private static AbiType? FixedBytes(ReadOnlySpan<char> size) => TryReadNumber(size, 32, out int count)
        ? new AbiType(AbiKind.FixedBytes, $"bytes{count}", 0, false, 1) { ByteCount = count }
        : null;

    // 1 to max in plain digits: a leading zero would make a second spelling of one type, and so a second selector.
    private static bool TryReadNumber(ReadOnlySpan<char> digits, int max, out int number)
    {
        number = 0;
        return digits.Length is >= 1 and <= 3
            && !digits.ContainsAnyExceptInRange('0', '9')
            && digits[0] != '0'
            && int.TryParse(digits, out number)
            && number <= max;
    }
}
