using System.Text.RegularExpressions;

namespace ChainExec.Engine.Tests.Tidy;

/// <summary>A file of the repository: its path from the root with forward slashes, and its text.</summary>
internal sealed record SourceFile(string Path, string Text)
{
    private readonly Lazy<CSharpText> _csharp = new(() => CSharpText.Read(Text));

    public IReadOnlyList<string> Lines { get; } = Text.TrimEnd('\n').Split('\n');

    public string Code => _csharp.Value.Code;

    public IReadOnlyList<StringLiteral> Literals => _csharp.Value.Literals;

    public string Name => Path[(Path.LastIndexOf('/') + 1)..];

    public bool Is(string extension) => Path.EndsWith(extension, StringComparison.Ordinal);

    public bool IsIn(string folder) => Path.StartsWith(folder + "/", StringComparison.Ordinal);

    /// <summary>The engine's module that this file is part of; empty for the engine's root and for everything outside the engine.</summary>
    public string Module
    {
        get
        {
            string[] parts = Path.Split('/');
            return parts is ["src", "ChainExec.Engine", _, _, ..] ? parts[2] : "";
        }
    }

    public Offence Offend(int index, string text, string what) => new(Path, 1 + text.AsSpan(0, index).Count('\n'), what);

    /// <summary>Each place of the code, comments and strings aside, where the pattern is found.</summary>
    public IEnumerable<Offence> InCode(Regex pattern, Func<Match, string> what) =>
        pattern.Matches(Code).Select(match => Offend(match.Index, Code, what(match)));

    /// <summary>Each place of the whole text where the pattern is found.</summary>
    public IEnumerable<Offence> InText(Regex pattern, Func<Match, string> what) =>
        pattern.Matches(Text).Select(match => Offend(match.Index, Text, what(match)));
}
