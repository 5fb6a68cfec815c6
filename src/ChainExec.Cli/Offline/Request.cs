using System.Text.Json;

namespace ChainExec.Cli.Offline;

/// <summary>
/// A JSON object whose fields are named one by one. An unknown name is refused: a misspelt optional field would be passed over in silence,
/// and another wallet derived or another transaction signed than was meant.
/// </summary>
internal readonly struct Request
{
    private const int ShownNameMax = 32;
    private readonly JsonElement _object;

    private Request(JsonElement element) => _object = element;

    /// <summary>Takes an object that has no other fields than <paramref name="names"/>.</summary>
    /// <exception cref="OfflineException">It is no object or has another field.</exception>
    public static Request Open(JsonElement element, params ReadOnlySpan<string> names)
    {
        if (element.ValueKind != JsonValueKind.Object)
            throw OfflineException.Request("a JSON object is needed");

        foreach (JsonProperty property in element.EnumerateObject())
        {
            if (!IsNamed(property, names))
                throw OfflineException.Request($"{Shown(property.Name)} is no field of this request");
        }

        return new Request(element);
    }

    /// <summary>A field that must be there.</summary>
    public JsonElement Required(string name) =>
        Find(name) is { } value ? value : throw OfflineException.Request($"the field {name} is missing");

    /// <summary>A field that may be absent or null; null then.</summary>
    public JsonElement? Find(string name) =>
        _object.TryGetProperty(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? value : null;

    /// <summary>True when the field is there, be it null.</summary>
    public bool IsNamed(string name) => _object.TryGetProperty(name, out _);

    /// <summary>What <paramref name="read"/> makes of a field that must be there.</summary>
    public T Required<T>(string name, Func<JsonElement, T> read)
    {
        JsonElement value = Required(name);
        try
        {
            return read(value);
        }
        catch (OfflineException exception)
        {
            throw exception.In(name);
        }
    }

    /// <summary>What <paramref name="read"/> makes of a field, or <paramref name="absent"/>.</summary>
    public T Optional<T>(string name, Func<JsonElement, T> read, T absent) => Find(name) is null ? absent : Required(name, read);

    /// <summary>The items of a list that must be there.</summary>
    public T[] List<T>(string name, Func<JsonElement, T> read) => Required(name, list => JsonValue.List(list, read));

    private static bool IsNamed(JsonProperty property, ReadOnlySpan<string> names)
    {
        foreach (string name in names)
        {
            if (property.NameEquals(name))
                return true;
        }

        return false;
    }

    // Only what looks like a name is shown: what stands in the wrong place can be a secret.
    private static string Shown(string name) =>
        name.Length is > 0 and <= ShownNameMax && name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter == '_') ? name : "a name";
}
