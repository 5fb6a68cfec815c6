using System.Collections.Concurrent;
using System.Text;

namespace ChainExec.Storage;

/// <summary>States are stored and shown as snake case text; both directions live here so that they cannot disagree.</summary>
internal static class EnumText
{
    private static readonly ConcurrentDictionary<Enum, string> Texts = new();

    /// <exception cref="ArgumentOutOfRangeException">The value is no named member: a number must never be stored as a state.</exception>
    public static string Of(Enum value) => Texts.GetOrAdd(value, static key => Enum.IsDefined(key.GetType(), key)
        ? SnakeCase(key.ToString())
        : throw new ArgumentOutOfRangeException(nameof(value), $"{key.GetType().Name} has no member {key}."));

    /// <exception cref="ArgumentException">The text is no member of the enum.</exception>
    public static TEnum Parse<TEnum>(string text)
        where TEnum : struct, Enum
    {
        foreach (TEnum value in Enum.GetValues<TEnum>())
        {
            if (Of(value) == text)
                return value;
        }

        throw new ArgumentException($"'{text}' is no {typeof(TEnum).Name}.", nameof(text));
    }

    private static string SnakeCase(string name)
    {
        var text = new StringBuilder(name.Length + 4);
        foreach (char letter in name)
        {
            if (char.IsAsciiLetterUpper(letter) && text.Length > 0)
                text.Append('_');
            text.Append(char.ToLowerInvariant(letter));
        }

        return text.ToString();
    }
}
