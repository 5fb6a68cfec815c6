using ChainExec.Ethereum.Generators.Json;

namespace ChainExec.Ethereum.Generators.Model;

/// <summary>Fields of an entry or parameter, by name and kind.</summary>
internal static class Fields
{
    /// <summary>A text that must be there.</summary>
    /// <exception cref="AbiDefectException">It is not.</exception>
    public static JsonNode Text(JsonNode node, string name, string what)
    {
        if (node.Kind != JsonKind.Object)
        {
            throw new AbiDefectException(AbiRules.NotAbi, node.Span, $"{what} is a JSON object");
        }

        return OptionalText(node, name) ?? throw new AbiDefectException(AbiRules.NotAbi, node.Span, $"{what} needs '{name}'");
    }

    /// <summary>A text, or null when there is none.</summary>
    /// <exception cref="AbiDefectException">The field is no text.</exception>
    public static JsonNode? OptionalText(JsonNode node, string name)
    {
        JsonNode? field = node.Find(name);
        return field is null || field.Kind == JsonKind.Text
            ? field
            : throw new AbiDefectException(AbiRules.NotAbi, field.Span, $"'{name}' is a text");
    }

    /// <summary>A flag, which is false when it is not there.</summary>
    /// <exception cref="AbiDefectException">The field is no flag.</exception>
    public static bool Flag(JsonNode node, string name) => node.Find(name) switch
    {
        null => false,
        { Kind: JsonKind.True } => true,
        { Kind: JsonKind.False } => false,
        { } field => throw new AbiDefectException(AbiRules.NotAbi, field.Span, $"'{name}' is true or false"),
    };

    /// <summary>Refuses a name that Solidity has not, or that is too long to make names of.</summary>
    /// <exception cref="AbiDefectException">It is such a name.</exception>
    public static void ExpectName(JsonNode name, string what)
    {
        if (!Names.IsSolidity(name.Text))
        {
            throw new AbiDefectException(AbiRules.NotName, name.Span, $"{what} has a name that is no Solidity identifier");
        }

        if (name.Text.Length > Names.LengthMax)
        {
            throw new AbiDefectException(AbiRules.TooLarge, name.Span, $"A name is longer than {Names.LengthMax} characters");
        }
    }
}
