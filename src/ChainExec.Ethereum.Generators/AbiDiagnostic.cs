using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Text;

namespace ChainExec.Ethereum.Generators;

/// <summary>A defect with its place. A value: the driver compares it to know whether anything changed.</summary>
internal sealed class AbiDiagnostic(DiagnosticDescriptor rule, string path, TextSpan span, LinePositionSpan lines, string message)
    : IEquatable<AbiDiagnostic>
{
    private readonly DiagnosticDescriptor _rule = rule;
    private readonly string _path = path;
    private readonly TextSpan _span = span;
    private readonly LinePositionSpan _lines = lines;
    private readonly string _message = message;

    /// <summary>As the compiler reports it, at the file's line and column.</summary>
    public Diagnostic ToDiagnostic() => Diagnostic.Create(_rule, Location.Create(_path, _span, _lines), _message);

    /// <inheritdoc/>
    public bool Equals(AbiDiagnostic? other) => other is not null
        && _rule.Id == other._rule.Id
        && _path == other._path
        && _span == other._span
        && _lines == other._lines
        && _message == other._message;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as AbiDiagnostic);

    /// <inheritdoc/>
    public override int GetHashCode() => _message.GetHashCode() ^ _span.GetHashCode();
}
