using Microsoft.CodeAnalysis;

namespace ChainExec.Ethereum.Generators;

/// <summary>
/// Everything that can be wrong with an ABI file. All are errors that cannot be turned off: a contract of which a part is silently missing
/// is worse than a build that stops.
/// </summary>
internal static class AbiRules
{
    private const string Category = "ChainExec.Abi";

    /// <summary>The file cannot be read or is not JSON.</summary>
    public static readonly DiagnosticDescriptor NotJson = new(
        "CEABI001", "The file is not JSON", "{0}", Category, DiagnosticSeverity.Error, true,
        customTags: WellKnownDiagnosticTags.NotConfigurable);

    /// <summary>A field is missing, or of another kind than the ABI specification says.</summary>
    public static readonly DiagnosticDescriptor NotAbi = new(
        "CEABI002", "The JSON is no contract ABI", "{0}", Category, DiagnosticSeverity.Error, true,
        customTags: WellKnownDiagnosticTags.NotConfigurable);

    /// <summary>A type is none of the Solidity ABI.</summary>
    public static readonly DiagnosticDescriptor NotType = new(
        "CEABI003", "A type is not one of the Solidity ABI", "{0}", Category, DiagnosticSeverity.Error, true,
        customTags: WellKnownDiagnosticTags.NotConfigurable);

    /// <summary>A name is no Solidity identifier.</summary>
    public static readonly DiagnosticDescriptor NotName = new(
        "CEABI004", "A name is no Solidity identifier", "{0}", Category, DiagnosticSeverity.Error, true,
        customTags: WellKnownDiagnosticTags.NotConfigurable);

    /// <summary>An event indexes more parameters than a log has topics.</summary>
    public static readonly DiagnosticDescriptor TooManyTopics = new(
        "CEABI005", "An event indexes more parameters than a log has topics", "{0}", Category, DiagnosticSeverity.Error, true,
        customTags: WellKnownDiagnosticTags.NotConfigurable);

    /// <summary>Two functions of one signature differ in what they return.</summary>
    public static readonly DiagnosticDescriptor Contradiction = new(
        "CEABI006", "One signature is declared twice with different results", "{0}", Category, DiagnosticSeverity.Error, true,
        customTags: WellKnownDiagnosticTags.NotConfigurable);

    /// <summary>The class or the namespace is no identifier, or two files would make the same class.</summary>
    public static readonly DiagnosticDescriptor BadTarget = new(
        "CEABI007", "The class or namespace of a contract cannot be used", "{0}", Category, DiagnosticSeverity.Error, true,
        customTags: WellKnownDiagnosticTags.NotConfigurable);

    /// <summary>A bound that the runtime decoder has as well.</summary>
    public static readonly DiagnosticDescriptor TooLarge = new(
        "CEABI008", "The ABI exceeds a limit", "{0}", Category, DiagnosticSeverity.Error, true,
        customTags: WellKnownDiagnosticTags.NotConfigurable);
}
