using System.Globalization;

namespace ChainExec.Ethereum.Generators.Model;

/// <summary>A type of the ABI with the name of its type in C# and of the methods that read and write it.</summary>
internal sealed class TypeModel
{
    private const string Ethereum = "global::ChainExec.Ethereum.";
    private static readonly FieldModel[] NoFields = [];

    private TypeModel(TypeKind kind, string canonical, string csharp, string identifier, int headSlots, bool isDynamic, int depth)
    {
        Kind = kind;
        Canonical = canonical;
        CSharp = csharp;
        Identifier = identifier;
        HeadSlots = headSlots;
        IsDynamic = isDynamic;
        Depth = depth;
    }

    /// <summary>How it is held.</summary>
    public TypeKind Kind { get; }

    /// <summary>The text that selectors are hashed from.</summary>
    public string Canonical { get; }

    /// <summary>The type in C#, from <c>global::</c> unless it is generated.</summary>
    public string CSharp { get; }

    /// <summary>A word for it in names: <c>Uint256</c>, <c>AddressList</c>, <c>OrderTuple</c>. No two types share it.</summary>
    public string Identifier { get; }

    /// <summary>The 32-byte words that it takes in a head.</summary>
    public int HeadSlots { get; }

    /// <summary>True when its encoding is an offset to a tail.</summary>
    public bool IsDynamic { get; }

    /// <summary>Levels of arrays and tuples.</summary>
    public int Depth { get; }

    /// <summary>Bits of an integer, bytes of a byte string of fixed length.</summary>
    public int Size { get; private set; }

    /// <summary>The element of a list.</summary>
    public TypeModel? Element { get; private set; }

    /// <summary>The number of elements of a list that the type says; null when each value says it.</summary>
    public int? FixedLength { get; private set; }

    /// <summary>The fields of a struct.</summary>
    public IReadOnlyList<FieldModel> Fields { get; private set; } = NoFields;

    /// <summary>True for a struct that is an array: its fields are its elements.</summary>
    public bool IsArray => Kind == TypeKind.Struct && Element is not null;

    /// <summary>The words that the fields of a struct take.</summary>
    public int FieldSlots => Fields.Sum(part => part.Type.HeadSlots);

    /// <summary>The elementary type of that name, or null when there is none.</summary>
    public static TypeModel? Elementary(string name) => name switch
    {
        "address" => Static(TypeKind.Address, name, Ethereum + "Address", 0),
        "bool" => Static(TypeKind.Bool, name, "bool", 0),
        "function" => Static(TypeKind.FixedBytes, name, Ethereum + "Abi.Generated.FixedBytes", 24),
        "bytes" => new TypeModel(TypeKind.Bytes, name, "global::System.ReadOnlyMemory<byte>", "Bytes", 1, true, 0),
        "string" => new TypeModel(TypeKind.Text, name, "string", "String", 1, true, 0),
        "uint" => Integer("uint256", "uint256", isSigned: false),
        "int" => Integer("int256", "int256", isSigned: true),
        "ufixed" => Fixed("ufixed128x18", "128x18", isSigned: false),
        "fixed" => Fixed("fixed128x18", "128x18", isSigned: true),
        _ when name.StartsWith("uint", System.StringComparison.Ordinal) => Integer(name, name, isSigned: false),
        _ when name.StartsWith("int", System.StringComparison.Ordinal) => Integer(name, name, isSigned: true),
        _ when name.StartsWith("ufixed", System.StringComparison.Ordinal) => Fixed(name, name.Substring(6), isSigned: false),
        _ when name.StartsWith("fixed", System.StringComparison.Ordinal) => Fixed(name, name.Substring(5), isSigned: true),
        _ when name.StartsWith("bytes", System.StringComparison.Ordinal) => FixedBytes(name),
        _ => null,
    };

    /// <summary>A tuple held as <paramref name="structName"/>.</summary>
    public static TypeModel Tuple(string structName, IReadOnlyList<FieldModel> fields)
    {
        bool isDynamic = fields.Any(field => field.Type.IsDynamic);
        int slots = fields.Sum(field => field.Type.HeadSlots);
        int depth = fields.Count == 0 ? 0 : fields.Max(field => field.Type.Depth);
        string canonical = $"({string.Join(",", fields.Select(field => field.Type.Canonical))})";
        return new TypeModel(TypeKind.Struct, canonical, structName, structName, isDynamic ? 1 : slots, isDynamic, depth + 1)
        {
            Fields = fields,
        };
    }

    /// <summary>An array of static elements held as a value with a field for each.</summary>
    public static TypeModel Array(TypeModel element, int length)
    {
        string name = $"{element.Identifier}Array{Text(length)}";
        string canonical = $"{element.Canonical}[{Text(length)}]";
        return new TypeModel(TypeKind.Struct, canonical, name, name, element.HeadSlots * length, false, element.Depth + 1)
        {
            Element = element,
            Fields = [.. Enumerable.Range(0, length).Select(index => new FieldModel("Item" + Text(index), "", element, false))],
        };
    }

    /// <summary>An array held as a list.</summary>
    public static TypeModel List(TypeModel element, int? length)
    {
        bool isDynamic = length is null || element.IsDynamic;
        string digits = length is null ? "" : Text(length.Value);
        return new TypeModel(
            TypeKind.List, $"{element.Canonical}[{digits}]", $"global::System.Collections.Generic.IReadOnlyList<{element.CSharp}>",
            $"{element.Identifier}List{digits}", isDynamic ? 1 : element.HeadSlots * length!.Value, isDynamic, element.Depth + 1)
        {
            Element = element,
            FixedLength = length,
        };
    }

    private static TypeModel Static(TypeKind kind, string canonical, string csharp, int size) =>
        new(kind, canonical, csharp, Names.Pascal(canonical), 1, false, 0) { Size = size };

    private static TypeModel? Integer(string canonical, string name, bool isSigned)
    {
        int? bits = Number(name.Substring(isSigned ? 3 : 4), 256);
        return bits is null || bits % 8 != 0 ? null : Number(canonical, bits.Value, isSigned);
    }

    private static TypeModel? Fixed(string canonical, string size, bool isSigned)
    {
        string[] parts = size.Split('x');
        int? bits = parts.Length == 2 ? Number(parts[0], 256) : null;
        return bits is null || bits % 8 != 0 || Number(parts[1], 80) is null ? null : Number(canonical, bits.Value, isSigned);
    }

    private static TypeModel Number(string canonical, int bits, bool isSigned) => Static(
        isSigned ? TypeKind.Signed : TypeKind.Unsigned,
        canonical,
        bits switch
        {
            <= 8 => isSigned ? "sbyte" : "byte",
            <= 16 => isSigned ? "short" : "ushort",
            <= 32 => isSigned ? "int" : "uint",
            <= 64 => isSigned ? "long" : "ulong",
            _ => Ethereum + (isSigned ? "Int256" : "UInt256"),
        },
        bits);

    private static TypeModel? FixedBytes(string name) => Number(name.Substring(5), 32) switch
    {
        null => null,
        32 => Static(TypeKind.Hash, name, Ethereum + "Hash32", 32),
        int count => Static(TypeKind.FixedBytes, name, Ethereum + "Abi.Generated.FixedBytes", count),
    };

    // 1 to max in plain digits: a leading zero would make a second spelling of one type, and so a second selector.
    private static int? Number(string digits, int max) =>
        digits.Length is >= 1 and <= 3
        && digits[0] != '0'
        && int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out int number)
        && number <= max
            ? number
            : null;

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
