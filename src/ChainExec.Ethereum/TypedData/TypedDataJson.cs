using System.Text.Json;

namespace ChainExec.Ethereum.TypedData;

/// <summary>Reads what <c>eth_signTypedData_v4</c> takes, apart from the values themselves.</summary>
internal static class TypedDataJson
{
    /// <summary>Reads <c>types</c>: an object of arrays of names and types.</summary>
    internal static Dictionary<string, IReadOnlyList<TypedDataField>> ReadTypes(JsonElement types)
    {
        if (types.ValueKind != JsonValueKind.Object)
        {
            throw new TypedDataException("An object is needed", "types");
        }

        var structs = new Dictionary<string, IReadOnlyList<TypedDataField>>(StringComparer.Ordinal);
        foreach ((string name, JsonElement fields) in Properties(types, "types"))
        {
            string path = $"types.{name}";
            if (fields.ValueKind != JsonValueKind.Array)
            {
                throw new TypedDataException("An array of fields is needed", path);
            }

            structs.Add(name, [.. fields.EnumerateArray().Select((field, index) => ReadField(field, $"{path}[{index}]"))]);
        }

        return structs;
    }

    /// <summary>The properties of an object; a name given twice is refused, because readers differ in which one they take.</summary>
    internal static Dictionary<string, JsonElement> Properties(JsonElement element, string path)
    {
        if (element.ValueKind != JsonValueKind.Object)
        {
            throw new TypedDataException("An object is needed", path);
        }

        var properties = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
        try
        {
            foreach (JsonProperty property in element.EnumerateObject())
            {
                if (!properties.TryAdd(property.Name, property.Value))
                {
                    throw new TypedDataException($"'{property.Name}' is given twice", path);
                }
            }
        }
        catch (InvalidOperationException)
        {
            throw new TypedDataException("A name is not UTF-8", path);
        }

        return properties;
    }

    /// <summary>Reads a text.</summary>
    internal static string ReadText(JsonElement element, string path)
    {
        try
        {
            return element.ValueKind == JsonValueKind.String
                ? element.GetString()!
                : throw new TypedDataException("A string is needed", path);
        }
        catch (InvalidOperationException)
        {
            throw new TypedDataException("The text is not UTF-8", path);
        }
    }

    private static TypedDataField ReadField(JsonElement field, string path)
    {
        Dictionary<string, JsonElement> properties = Properties(field, path);
        if (properties.Count != 2
            || !properties.TryGetValue("name", out JsonElement name)
            || !properties.TryGetValue("type", out JsonElement type))
        {
            throw new TypedDataException("A field has a name, a type and nothing else", path);
        }

        return new TypedDataField(ReadText(name, path), ReadText(type, path));
    }
}
