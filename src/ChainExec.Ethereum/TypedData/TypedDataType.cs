using System.Globalization;

namespace ChainExec.Ethereum.TypedData;

/// <summary>A parsed type of a field.</summary>
/// <param name="Kind">Its kind.</param>
/// <param name="Size">Bits of an integer, bytes of fixed bytes, items of a fixed array; 0 for everything else.</param>
/// <param name="Element">The type of an array's items.</param>
/// <param name="StructName">The name of a struct.</param>
internal sealed record TypedDataType(TypedDataKind Kind, int Size = 0, TypedDataType? Element = null, string? StructName = null)
{
    private const int ItemsMax = 1 << 20;

    /// <summary>The struct at the bottom of arrays, or null when the type is made of elementary types.</summary>
    internal string? BaseStruct => Element is null ? StructName : Element.BaseStruct;

    /// <summary>Parses a type; answers null when it is none. A name that is no type of the standard is taken for a struct.</summary>
    internal static TypedDataType? Parse(string text)
    {
        if (!text.EndsWith(']'))
        {
            TypedDataType? asStruct = IsReserved(text) || !IsName(text) ? null : new TypedDataType(TypedDataKind.Struct, StructName: text);
            return ParseElementary(text) ?? asStruct;
        }

        int open = text.LastIndexOf('[');
        if (open < 0 || Parse(text[..open]) is not { } element)
        {
            return null;
        }

        ReadOnlySpan<char> length = text.AsSpan(open + 1, text.Length - open - 2);
        if (length.IsEmpty)
        {
            return new TypedDataType(TypedDataKind.Array, 0, element);
        }

        return TryParseSize(length, ItemsMax, out int size) ? new TypedDataType(TypedDataKind.Array, size, element) : null;
    }

    /// <summary>
    /// True for names of structs and fields. More than identifiers is used in practice (<c>Exchange:Order</c>), but nothing that could
    /// make two lists of types encode alike.
    /// </summary>
    internal static bool IsName(string text)
    {
        if (text.Length == 0 || char.IsAsciiDigit(text[0]))
        {
            return false;
        }

        foreach (char c in text)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('_' or '$' or ':' or '.' or '-'))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>True for names that no struct may have, because they are or look like types of the standard or of Solidity.</summary>
    internal static bool IsReserved(string text)
    {
        ReadOnlySpan<char> stem = text.AsSpan().TrimEnd("0123456789");
        return stem is "address" or "bool" or "bytes" or "string" or "int" or "uint" or "fixed" or "ufixed" or "function" or "tuple";
    }

    private static TypedDataType? ParseElementary(string text)
    {
        switch (text)
        {
            case "address":
                return new TypedDataType(TypedDataKind.Address);
            case "bool":
                return new TypedDataType(TypedDataKind.Bool);
            case "bytes":
                return new TypedDataType(TypedDataKind.Bytes);
            case "string":
                return new TypedDataType(TypedDataKind.Text);
        }

        if (text.StartsWith("bytes", StringComparison.Ordinal))
        {
            return TryParseSize(text.AsSpan(5), 32, out int bytes) ? new TypedDataType(TypedDataKind.FixedBytes, bytes) : null;
        }

        (TypedDataKind kind, int prefix) = text.StartsWith("uint", StringComparison.Ordinal)
            ? (TypedDataKind.UnsignedInteger, 4)
            : (TypedDataKind.SignedInteger, 3);
        return (prefix == 4 || text.StartsWith("int", StringComparison.Ordinal))
            && TryParseSize(text.AsSpan(prefix), 256, out int bits)
            && bits % 8 == 0
                ? new TypedDataType(kind, bits)
                : null;
    }

    private static bool TryParseSize(ReadOnlySpan<char> digits, int max, out int size)
    {
        size = 0;
        return !digits.IsEmpty && digits[0] != '0'
            && int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out size)
            && size <= max;
    }
}
