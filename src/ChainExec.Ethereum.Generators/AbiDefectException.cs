using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Text;

namespace ChainExec.Ethereum.Generators;

/// <summary>One defect of an ABI file, thrown where it is seen and caught where the reading of other entries can go on.</summary>
internal sealed class AbiDefectException(DiagnosticDescriptor rule, TextSpan span, string message) : Exception(message)
{
    /// <summary>Which of <see cref="AbiRules"/>.</summary>
    public DiagnosticDescriptor Rule { get; } = rule;

    /// <summary>Where in the file.</summary>
    public TextSpan Span { get; } = span;
}
