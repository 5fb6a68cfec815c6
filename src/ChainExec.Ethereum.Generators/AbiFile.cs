using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Text;

namespace ChainExec.Ethereum.Generators;

/// <summary>An ABI file and what the project says of it: everything that the generated code is made from.</summary>
internal sealed class AbiFile : IEquatable<AbiFile>
{
    private const string Folder = "abis";

    private AbiFile(string path, string? text, string @namespace, string className, bool isPublic)
    {
        Path = path;
        Text = text;
        Namespace = @namespace;
        ClassName = className;
        IsPublic = isPublic;
    }

    /// <summary>Where the file is.</summary>
    public string Path { get; }

    /// <summary>What it holds; null when it could not be read.</summary>
    public string? Text { get; }

    /// <summary>The namespace of the contract's class.</summary>
    public string Namespace { get; }

    /// <summary>The contract's class.</summary>
    public string ClassName { get; }

    /// <summary>True when other projects may see the class.</summary>
    public bool IsPublic { get; }

    /// <summary>
    /// True for a JSON file that lies in a folder <c>abis</c> or has <c>AbiClass</c> or <c>AbiNamespace</c>: other analyzers have JSON
    /// files of their own.
    /// </summary>
    public static bool IsAbi(AdditionalText file, AnalyzerConfigOptionsProvider options)
    {
        if (!file.Path.EndsWith(".json", StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }

        AnalyzerConfigOptions metadata = options.GetOptions(file);
        string folder = System.IO.Path.GetFileName(System.IO.Path.GetDirectoryName(file.Path) ?? "");
        return folder == Folder
            || Metadata(metadata, "AbiClass").Length > 0
            || Metadata(metadata, "AbiNamespace").Length > 0;
    }

    /// <summary>Reads the file and its options.</summary>
    public static AbiFile Read(AdditionalText file, AnalyzerConfigOptionsProvider options, CancellationToken cancellationToken)
    {
        AnalyzerConfigOptions metadata = options.GetOptions(file);
        string className = Metadata(metadata, "AbiClass");
        string space = Metadata(metadata, "AbiNamespace");
        if (space.Length == 0)
        {
            space = Property(options, "AbiNamespace");
        }

        if (space.Length == 0)
        {
            string root = Property(options, "RootNamespace");
            space = root.Length == 0 ? "Abis" : root + ".Abis";
        }

        return new AbiFile(
            file.Path,
            file.GetText(cancellationToken)?.ToString(),
            space,
            className.Length > 0 ? className : Names.Pascal(System.IO.Path.GetFileNameWithoutExtension(file.Path)),
            string.Equals(Property(options, "AbiPublic"), "true", StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>A diagnostic at a place of this file.</summary>
    public AbiDiagnostic At(DiagnosticDescriptor rule, TextSpan span, string message) =>
        new(rule, Path, span, SourceText.From(Text ?? "").Lines.GetLinePositionSpan(span), message);

    /// <inheritdoc/>
    public bool Equals(AbiFile? other) => other is not null
        && Path == other.Path
        && Text == other.Text
        && Namespace == other.Namespace
        && ClassName == other.ClassName
        && IsPublic == other.IsPublic;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as AbiFile);

    /// <inheritdoc/>
    public override int GetHashCode() => Path.GetHashCode();

    private static string Property(AnalyzerConfigOptionsProvider options, string name) =>
        options.GlobalOptions.TryGetValue("build_property." + name, out string? value) ? value.Trim() : "";

    private static string Metadata(AnalyzerConfigOptions options, string name) =>
        options.TryGetValue("build_metadata.AdditionalFiles." + name, out string? value) ? value.Trim() : "";
}
