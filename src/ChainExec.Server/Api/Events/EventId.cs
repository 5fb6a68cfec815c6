using System.Buffers;
using System.Globalization;

namespace ChainExec.Server.Api.Events;

/// <summary>A position on the fact stream in public: <c>evt_</c> and sixteen hexadecimal digits. Sorts as the stream does.</summary>
internal static class EventId
{
    private const string Prefix = "evt_";
    private const int Digits = 16;
    private static readonly SearchValues<char> LowerHex = SearchValues.Create("0123456789abcdef");

    public static string Format(long position) => Prefix + position.ToString("x16", CultureInfo.InvariantCulture);

    /// <summary>The position, or nothing when the text is no event's id.</summary>
    public static long? Parse(string text) =>
        text.Length == Prefix.Length + Digits
        && text.StartsWith(Prefix, StringComparison.Ordinal)
        && !text.AsSpan(Prefix.Length).ContainsAnyExcept(LowerHex)
        && long.TryParse(text.AsSpan(Prefix.Length), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out long position)
        && position >= 0
            ? position
            : null;
}
