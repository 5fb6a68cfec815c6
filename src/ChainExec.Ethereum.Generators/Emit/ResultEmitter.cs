using ChainExec.Ethereum.Generators.Model;

namespace ChainExec.Ethereum.Generators.Emit;

/// <summary>The decoders of what a function returns: the one value itself, or a record of several.</summary>
internal static class ResultEmitter
{
    private const string Bytes = "global::System.ReadOnlySpan<byte>";
    private const string Failure = "global::ChainExec.Ethereum.Abi.Generated.AbiFailure";

    /// <summary>Writes the decoders; none for a function that returns nothing.</summary>
    public static void Emit(CodeWriter code, IReadOnlyList<ParameterModel> outputs, string typeName)
    {
        if (outputs.Count == 0)
        {
            return;
        }

        bool isOne = outputs.Count == 1;
        IReadOnlyList<FieldModel> fields = TypeTable.Fields(outputs, typeName);
        string type = isOne ? fields[0].CSharp : typeName;
        int slots = outputs.Sum(output => output.Type.HeadSlots);
        IReadOnlyList<string> reads = ValueCode.ReadAll(fields, "reader", "0");
        code.Space();
        code.Write($$"""
            /// <summary>Reads what a call returned; bytes behind it are accepted, as contracts accept them.</summary>
            public static bool TryDecodeResult({{Bytes}} returnData, {{NotNull(isOne ? outputs[0].Type : null)}}out {{type}} value) =>
                TryReadResult(returnData, out value, out _);

            /// <summary>Reads like <see cref="TryDecodeResult"/>.</summary>
            /// <exception cref="global::ChainExec.Ethereum.Abi.AbiException">The data is no such result; it names the byte.</exception>
            public static {{type}} DecodeResult({{Bytes}} returnData) =>
                TryReadResult(returnData, out {{type}} value, out {{Failure}} failure) ? value : throw failure.ToException();

            """);
        code.Open($"private static bool TryReadResult({Bytes} returnData, out {type} value, out {Failure} failure)");
        code.Write($$"""
            var reader = new global::ChainExec.Ethereum.Abi.Generated.AbiSpanReader(returnData);
            reader.TakeArguments({{ValueCode.Text(slots)}});
            {{type}} read = {{(isOne ? reads[0] : $"new {typeName}{Documents.List(reads)}")}};
            """);
        EmitVerdict(code);
        code.Close();
    }

    /// <summary>Writes the record of several results.</summary>
    public static void EmitType(CodeWriter code, EntryModel entry, string typeName)
    {
        IReadOnlyList<FieldModel> fields = TypeTable.Fields(entry.Outputs, typeName);
        code.Space();
        Documents.Summary(code, $"What the function <c>{entry.Signature}</c> returns.");
        Documents.Parameters(code, fields);
        code.Write($"public readonly record struct {typeName}{Documents.ParameterList(fields)};");
    }

    /// <summary>Writes the end of a decoder: what was read, or nothing of it.</summary>
    public static void EmitVerdict(CodeWriter code) => code.Write("""
        failure = reader.Failure;
        value = reader.IsValid ? read : default!;
        return reader.IsValid;
        """);

    private static string NotNull(TypeModel? type) => type?.Kind is TypeKind.Text or TypeKind.List
        ? "[global::System.Diagnostics.CodeAnalysis.MaybeNullWhen(false)] "
        : "";
}
