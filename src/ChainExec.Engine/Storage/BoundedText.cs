using System.Diagnostics.CodeAnalysis;

namespace ChainExec.Storage;

/// <summary>Texts from outside are stored to a bound.</summary>
internal static class BoundedText
{
    /// <summary>The text up to so many UTF-16 units. A pair of surrogates is left out whole: half of one cannot be stored.</summary>
    [return: NotNullIfNotNull(nameof(text))]
    public static string? Cut(this string? text, int lengthMax)
    {
        if (text is null || text.Length <= lengthMax)
            return text;
        return text[..(char.IsHighSurrogate(text[lengthMax - 1]) ? lengthMax - 1 : lengthMax)];
    }
}
