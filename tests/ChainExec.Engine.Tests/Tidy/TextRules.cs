using System.Text.RegularExpressions;

namespace ChainExec.Engine.Tests.Tidy;

/// <summary>The rules that one look at a file decides.</summary>
internal static class TextRules
{
    public const int LineLengthMax = 140;
    public const int FileLinesMax = 400;
    public const int ReadmeLinesMax = 12;

    /// <summary>Fractions that are not amounts of tokens.</summary>
    public static IReadOnlyDictionary<string, string> Fractions { get; } = new Dictionary<string, string>
    {
        ["src/ChainExec.Ethereum/Rpc/RpcFeeHistory.cs"] = "gasUsedRatio of eth_feeHistory is a JSON fraction by its specification.",
        ["src/ChainExec.Ethereum/Rpc/RpcReader.cs"] = "Reads gasUsedRatio.",
    };

    /// <summary>Hosts that a committed text may name: this machine, the documents we follow, ourselves.</summary>
    private static readonly string[] Hosts =
    [
        "localhost", "127.0.0.1", "0.0.0.0", "signer", "server", "anvil", "chain", "postgres", "chainexec.dev", "www.apache.org",
        "github.com", "eips.ethereum.org", "ercs.ethereum.org", "ethereum.org", "docs.soliditylang.org", "secg.org", "www.secg.org",
        "json-schema.org", "www.rfc-editor.org", "datatracker.ietf.org", "www.postgresql.org", "learn.microsoft.com",
        "dotnet.microsoft.com", "dot.net", "nodejs.org",
    ];

    // Written apart so that the rule does not find itself.
    private static readonly Regex Unfinished = new(@"\b(TO" + @"DO|FIX" + @"ME|XX" + @"X|HA" + @"CK)\b|\bNotImplemented" + "Exception");
    private static readonly Regex Region = new(@"^\s*#\s*(end)?region\b", RegexOptions.Multiline);
    private static readonly Regex Partial = new(@"\bpartial\s+(class|record|struct|interface)\b");
    private static readonly Regex Generated = new(@"\[(LoggerMessage|GeneratedRegex|JsonSerializable|LibraryImport)\b");
    private static readonly Regex Fraction = new(@"\b(decimal|double|float|Half|Decimal|Double|Single)\b(?!\s*\()");
    private static readonly Regex Namespace = new(@"^\s*namespace\s+(?<name>[\w.]+)\s*(?<end>[;{]?)", RegexOptions.Multiline);
    private static readonly Regex DefaultToken = new(@"\bCancellationToken\s+\w+\s*=\s*default\b");
    private static readonly Regex ServerTime = new(
        @"\b(now\s*\(\s*\)|current_timestamp|clock_timestamp\s*\(|localtimestamp|statement_timestamp)", RegexOptions.IgnoreCase);
    private static readonly Regex Url = new(@"\b(?:https?|wss?|ftp)://(?<host>[A-Za-z0-9.-]+)");
    private static readonly Regex Place = new(@"(?<![\w.$}~@-])/(?:wo" + @"rk|root|home|Users|mnt)/[\w.-]+");

    public static IEnumerable<Offence> LongLines(SourceFile file) =>
        file.Lines.Select((line, index) => (line, index)).Where(at => at.line.Length > LineLengthMax)
            .Select(at => new Offence(file.Path, at.index + 1, $"{at.line.Length} columns, at most {LineLengthMax}"));

    public static IEnumerable<Offence> LongFile(SourceFile file) =>
        file.Lines.Count > FileLinesMax
            ? [new Offence(file.Path, FileLinesMax + 1, $"{file.Lines.Count} lines, at most {FileLinesMax}")] : [];

    public static IEnumerable<Offence> UnfinishedWork(SourceFile file) => file.InText(Unfinished, match => $"unfinished: {match.Value}");

    public static IEnumerable<Offence> Regions(SourceFile file) => file.InCode(Region, _ => "a region hides code");

    public static IEnumerable<Offence> Partials(SourceFile file) =>
        Generated.IsMatch(file.Code) ? [] : file.InCode(Partial, _ => "partial without a generator");

    public static IEnumerable<Offence> FractionalAmounts(SourceFile file) =>
        Fractions.ContainsKey(file.Path) ? [] : file.InCode(Fraction, match => $"{match.Value} where amounts live");

    public static IEnumerable<Offence> OptionalTokens(SourceFile file) =>
        file.InCode(DefaultToken, _ => "a cancellation token is required, without a default");

    /// <summary>SQL takes time from <c>storage.clock()</c>, which alone knows <c>clock_timestamp()</c>.</summary>
    public static IEnumerable<Offence> TimeOfTheServer(SourceFile file)
    {
        if (file.Is(".sql"))
        {
            return file.Module == "Storage"
                ? []
                : file.InText(ServerTime, match => $"{match.Value.Trim()}: SQL takes time from storage.clock()");
        }

        return file.Literals.SelectMany(literal => ServerTime.Matches(literal.Text).Select(match =>
            new Offence(
                file.Path, literal.Line + literal.Text.AsSpan(0, match.Index).Count('\n'),
                $"{match.Value}: SQL takes time from storage.clock()")));
    }

    /// <summary>The namespace is the folder: the project's root namespace and then the path below the project.</summary>
    public static IEnumerable<Offence> NamespaceIsFolder(SourceFile file)
    {
        Match match = Namespace.Match(file.Code);
        if (!match.Success)
            return [];
        if (match.Groups["end"].Value != ";")
            return [file.Offend(match.Groups["name"].Index, file.Code, "a namespace is file-scoped")];

        string[] parts = file.Path.Split('/');
        string root = parts[1] == "ChainExec.Engine" ? "ChainExec" : parts[1];
        string expected = string.Join('.', [root, .. parts[2..^1]]);
        return match.Groups["name"].Value == expected
            ? []
            : [file.Offend(match.Groups["name"].Index, file.Code, $"namespace {match.Groups["name"].Value} in the folder of {expected}")];
    }

    /// <summary>A file is found by the name of the type that it is about.</summary>
    public static IEnumerable<Offence> FileNamesItsType(SourceFile file)
    {
        string name = file.Name[..file.Name.IndexOf('.', StringComparison.Ordinal)];
        var declares = new Regex($@"\b(class|record|struct|interface|enum|delegate\s+[\w<>\[\]?]+)\s+I?{Regex.Escape(name)}\b");
        return name is "Program" || declares.IsMatch(file.Code) ? [] : [new Offence(file.Path, 1, $"declares no type {name}")];
    }

    public static IEnumerable<Offence> ForeignHosts(SourceFile file) =>
        file.InText(Url, match => $"names the host {match.Groups["host"].Value}")
            .Where(offence => !Hosts.Any(host => offence.What.EndsWith(" " + host, StringComparison.OrdinalIgnoreCase)));

    public static IEnumerable<Offence> MachinePaths(SourceFile file) =>
        file.InText(Place, match => $"names a place of one machine: {match.Value}");
}
