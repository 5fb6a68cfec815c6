using System.Text.RegularExpressions;
using ChainExec.TestKit;

namespace ChainExec.Engine.Tests.Tidy;

/// <summary>A relative link of a document leads to a file or folder of the repository.</summary>
internal static class DocumentLinks
{
    private static readonly Regex Link = new(@"\]\((?<target>[^)#\s]+)(?:#[^)]*)?\)");

    private static readonly Regex Mentioned = new(@"\bdocs/[\w./-]+\.(md|sql)\b");

    /// <summary>A page that a message of the product sends its reader to exists.</summary>
    public static IEnumerable<Offence> CheckMessages(SourceFile file) =>
        file.InText(Mentioned, match => match.Value)
            .Where(offence => !File.Exists(RepositoryRoot.Combine(offence.What)))
            .Select(offence => offence with { What = $"sends its reader to {offence.What}, which does not exist" });

    private static readonly Regex TestName = new("`(?<name>[A-Z][a-z0-9]+(_[a-z0-9]+){2,})`");

    /// <summary>A test that a document names as proof exists.</summary>
    public static IEnumerable<Offence> CheckProofs(SourceFile file, IReadOnlyCollection<SourceFile> tests) =>
        TestName.Matches(file.Text)
            .Where(match => !tests.Any(test => test.Code.Contains($" {match.Groups["name"].Value}(", StringComparison.Ordinal)))
            .Select(match => file.Offend(match.Index, file.Text, $"no test is named {match.Groups["name"].Value}"));

    public static IEnumerable<Offence> Check(SourceFile file)
    {
        string folder = Path.GetDirectoryName(file.Path) ?? "";
        return Link.Matches(file.Text)
            .Where(match => !match.Groups["target"].Value.Contains("://", StringComparison.Ordinal))
            .Where(match => !Path.Exists(RepositoryRoot.Combine(folder, match.Groups["target"].Value)))
            .Select(match => file.Offend(match.Index, file.Text, $"leads nowhere: {match.Groups["target"].Value}"));
    }
}
