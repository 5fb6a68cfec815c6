using System.Text.Json;
using ChainExec.Facts;
using ChainExec.Flows.Definitions;

namespace ChainExec.Flows;

/// <summary>
/// Reads what a provider answered, or an operator states in its place, before anything follows from it: it has every member that the
/// operation's result has. A member that is left out would be read as nothing, and nothing is an amount too.
/// </summary>
internal sealed class AnswerReader(FlowCatalogue catalogue)
{
    private static readonly JsonSerializerOptions Strict = new(FactJson.Options)
    {
        RespectRequiredConstructorParameters = true, RespectNullableAnnotations = true,
    };

    /// <summary>Why it is no answer to the operation; nothing when it is one.</summary>
    public string? Flaw(string provider, string operation, JsonElement answer)
    {
        IReadOnlyList<Type> results = catalogue.ResultsOf(provider, operation);
        if (results.Count == 0)
            return $"No flow of this build asks for {provider}.{operation}.";
        if (answer.GetRawText().Contains("\\u0000", StringComparison.Ordinal))
            return "It holds a character that cannot be stored.";
        return results.Select(result => Flaw(result, answer)).FirstOrDefault(flaw => flaw is not null);
    }

    private static string? Flaw(Type result, JsonElement answer)
    {
        try
        {
            object? read = answer.Deserialize(result, Strict);
            return read is null ? $"A {result.Name} is not null." : (read as IProviderResult)?.Flaw;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or ArgumentException)
        {
            return $"It is no {result.Name}: {exception.Message}";
        }
    }
}
