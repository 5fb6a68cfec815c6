using System.Buffers;

namespace ChainExec.Storage;

/// <summary>An identifier that is a UUID of version 7 inside and <c>prefix_hex</c> outside; both sort by time of creation.</summary>
internal interface IEntityId
{
    Guid Value { get; }
}

/// <summary>Writes and reads the public form of identifiers.</summary>
internal static class PublicId
{
    private static readonly SearchValues<char> HexDigits = SearchValues.Create("0123456789abcdef");

    public static string Format(string prefix, Guid value) => $"{prefix}_{value:n}";

    public static bool TryParse(string prefix, string? text, out Guid value)
    {
        value = default;
        return text is not null
            && text.Length == prefix.Length + 33
            && text.StartsWith(prefix, StringComparison.Ordinal)
            && text[prefix.Length] == '_'
            && !text.AsSpan(prefix.Length + 1).ContainsAnyExcept(HexDigits)
            && Guid.TryParseExact(text.AsSpan(prefix.Length + 1), "n", out value);
    }
}
