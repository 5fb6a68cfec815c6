using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Text;

namespace ChainExec.Ethereum.Generators.Tests.Driver;

/// <summary>The compiler with the generator, over ABI files that lie only in memory.</summary>
internal sealed class GeneratorRun
{
    private static readonly CSharpParseOptions ParseOptions = new(LanguageVersion.Latest, DocumentationMode.Diagnose);

    private static readonly ImmutableArray<MetadataReference> References =
    [
        .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(path => Path.GetFileName(path).StartsWith("System.", StringComparison.Ordinal))
            .Append(typeof(Address).Assembly.Location)
            .Select(path => MetadataReference.CreateFromFile(path)),
    ];

    private GeneratorDriver _driver;
    private Compilation _compilation = CSharpCompilation.Create(
        "Consumer",
        [CSharpSyntaxTree.ParseText("// Nothing of its own.", ParseOptions)],
        References,
        new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, nullableContextOptions: NullableContextOptions.Enable));

    public GeneratorRun(IEnumerable<AdditionalText> files, IReadOnlyDictionary<string, string>? options = null) =>
        _driver = CSharpGeneratorDriver.Create(
            [new AbiGenerator().AsSourceGenerator()],
            files,
            ParseOptions,
            new Options(options ?? new Dictionary<string, string>()),
            new GeneratorDriverOptions(default, trackIncrementalGeneratorSteps: true));

    /// <summary>What the generator gives for one file.</summary>
    public static GeneratorRunResult Of(
        string json, string path = "abis/sample.json", IReadOnlyDictionary<string, string>? options = null) =>
        new GeneratorRun([new AbiText(path, json)], options).Run();

    public GeneratorRunResult Run()
    {
        _driver = _driver.RunGenerators(_compilation);
        return _driver.GetRunResult().Results.Single();
    }

    /// <summary>Warnings and errors of the consumer with what was generated.</summary>
    public IEnumerable<Diagnostic> Compile()
    {
        _driver = _driver.RunGeneratorsAndUpdateCompilation(_compilation, out Compilation compiled, out _);
        return compiled.GetDiagnostics().Where(diagnostic => diagnostic.Severity >= DiagnosticSeverity.Warning);
    }

    public void AddSource(string code) => _compilation = _compilation.AddSyntaxTrees(CSharpSyntaxTree.ParseText(code, ParseOptions));

    public void Replace(AdditionalText before, AdditionalText after) => _driver = _driver.ReplaceAdditionalText(before, after);

    /// <summary>Why each output of a step was made or not, by its file's place among the steps.</summary>
    public static IncrementalStepRunReason[] Reasons(GeneratorRunResult result, string step) =>
        [.. result.TrackedSteps[step].SelectMany(run => run.Outputs).Select(output => output.Reason)];

    public static IncrementalStepRunReason[] SourceReasons(GeneratorRunResult result) =>
        [.. result.TrackedOutputSteps.Values.SelectMany(steps => steps).SelectMany(run => run.Outputs).Select(output => output.Reason)];

    private sealed class Options(IReadOnlyDictionary<string, string> values) : AnalyzerConfigOptionsProvider
    {
        public override AnalyzerConfigOptions GlobalOptions { get; } = new Values(values);

        public override AnalyzerConfigOptions GetOptions(SyntaxTree tree) => new Values(values);

        public override AnalyzerConfigOptions GetOptions(AdditionalText textFile) => new Values(
            values.Where(value => value.Key.StartsWith(textFile.Path + ":", StringComparison.Ordinal))
                .ToDictionary(value => "build_metadata.AdditionalFiles." + value.Key[(textFile.Path.Length + 1)..], value => value.Value));
    }

    private sealed class Values(IReadOnlyDictionary<string, string> values) : AnalyzerConfigOptions
    {
        public override bool TryGetValue(string key, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out string? value) =>
            values.TryGetValue(key, out value);
    }
}

/// <summary>An additional file in memory; without text it cannot be read.</summary>
internal sealed class AbiText(string path, string? text) : AdditionalText
{
    public override string Path { get; } = path;

    public override SourceText? GetText(CancellationToken cancellationToken = default) => text is null ? null : SourceText.From(text);
}
