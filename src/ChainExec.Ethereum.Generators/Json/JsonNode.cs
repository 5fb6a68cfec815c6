using Microsoft.CodeAnalysis.Text;

namespace ChainExec.Ethereum.Generators.Json;

/// <summary>What a JSON value is.</summary>
internal enum JsonKind
{
    /// <summary>An object.</summary>
    Object,

    /// <summary>An array.</summary>
    Array,

    /// <summary>A string.</summary>
    Text,

    /// <summary>A number.</summary>
    Number,

    /// <summary><c>true</c>.</summary>
    True,

    /// <summary><c>false</c>.</summary>
    False,

    /// <summary><c>null</c>.</summary>
    Null,
}

/// <summary>A JSON value that knows where it was written.</summary>
internal sealed class JsonNode(JsonKind kind, TextSpan span, string text, IReadOnlyList<JsonNode> items, IReadOnlyList<string> names)
{
    private static readonly JsonNode[] NoItems = [];
    private static readonly string[] NoNames = [];

    /// <summary>A value without items.</summary>
    public JsonNode(JsonKind kind, TextSpan span, string text = "")
        : this(kind, span, text, NoItems, NoNames)
    {
    }

    /// <summary>What it is.</summary>
    public JsonKind Kind { get; } = kind;

    /// <summary>Where it is.</summary>
    public TextSpan Span { get; } = span;

    /// <summary>The content of a string.</summary>
    public string Text { get; } = text;

    /// <summary>The items of an array, or the values of an object.</summary>
    public IReadOnlyList<JsonNode> Items { get; } = items;

    /// <summary>The names of an object's values, in the same order.</summary>
    public IReadOnlyList<string> Names { get; } = names;

    /// <summary>The value of that name, or null when the object has none.</summary>
    public JsonNode? Find(string name)
    {
        for (int i = 0; i < Names.Count; i++)
        {
            if (Names[i] == name)
            {
                return Items[i];
            }
        }

        return null;
    }

    /// <summary>The place of a character of a string's content: exact unless the string is written with escapes.</summary>
    public TextSpan PlaceOf(int index) => Span.Length == Text.Length + 2
        ? new TextSpan(Span.Start + 1 + Math.Min(index, Text.Length), Math.Min(1, Text.Length - Math.Min(index, Text.Length)))
        : Span;
}
