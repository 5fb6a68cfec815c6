using System.Text.RegularExpressions;
using ChainExec.TestKit;

namespace ChainExec.Engine.Tests.Tidy;

/// <summary>A relative link of a document leads to a file or folder of the repository.</summary>
internal static class DocumentLinks
{
    private static readonly Regex Link = new(@"\]\((?<target>[^)#\s]+)(?:#[^)]*)?\)");

    public static IEnumerable<Offence> Check(SourceFile file)
    {
        string folder = Path.GetDirectoryName(file.Path) ?? "";
        return Link.Matches(file.Text)
            .Where(match => !match.Groups["target"].Value.Contains("://", StringComparison.Ordinal))
            .Where(match => !Path.Exists(RepositoryRoot.Combine(folder, match.Groups["target"].Value)))
            .Select(match => file.Offend(match.Index, file.Text, $"leads nowhere: {match.Groups["target"].Value}"));
    }
}
