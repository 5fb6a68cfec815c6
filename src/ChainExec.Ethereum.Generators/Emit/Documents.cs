using ChainExec.Ethereum.Generators.Model;

namespace ChainExec.Ethereum.Generators.Emit;

/// <summary>Documentation and parameter lists of generated types. Everything written here is made of identifiers and types.</summary>
internal static class Documents
{
    /// <summary>Writes a summary.</summary>
    public static void Summary(CodeWriter code, string sentence) => code.Write($"/// <summary>{sentence}</summary>");

    /// <summary>Writes what each property is in the ABI.</summary>
    public static void Parameters(CodeWriter code, IReadOnlyList<FieldModel> fields)
    {
        foreach (FieldModel field in fields)
        {
            string declared = field.SolidityName.Length == 0 ? field.Type.Canonical : $"{field.Type.Canonical} {field.SolidityName}";
            string hashed = field.IsHashed ? "The hash in the topic of " : "";
            code.Write($"/// <param name=\"{field.Name}\">{hashed}<c>{declared}</c></param>");
        }
    }

    /// <summary>The parameters of a record, in parentheses.</summary>
    public static string ParameterList(IReadOnlyList<FieldModel> fields) =>
        List([.. fields.Select(field => $"{field.CSharp} {field.Name}")]);

    /// <summary>A list in parentheses: one item stays on its line, more have a line each.</summary>
    public static string List(IReadOnlyList<string> items) => items.Count <= 1
        ? $"({string.Concat(items)})"
        : $"(\n    {string.Join(",\n    ", items)})";
}
