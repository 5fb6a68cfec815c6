using System.Text.RegularExpressions;

namespace ChainExec.Engine.Tests.Tidy;

/// <summary>
/// A module's tables and functions are named only in its own folder, its <c>v_*</c> views anywhere. <c>storage.clock()</c>,
/// <c>storage.refuse_change()</c>, <c>facts.append()</c>, by which functions of the schema leave a fact,
/// and the foreign keys of Admission's migration are everybody's ground.
/// </summary>
internal sealed class SqlOwnership
{
    private static readonly string[] Common = ["storage.clock", "storage.refuse_change", "facts.append"];

    private static readonly Regex Created = new(
        @"\bcreate\s+(?:or\s+replace\s+)?(?:unlogged\s+)?(?:table|view|materialized\s+view|function|procedure|sequence|domain|type)\s+"
        + @"(?:if\s+not\s+exists\s+)?(?<name>[a-z_]+\.[a-z_0-9]+)", RegexOptions.IgnoreCase);

    private static readonly Regex ForeignKey = new(
        @"alter\s+table\s+[a-z_.]+\s+add\s+(?:constraint\s+\w+\s+)?foreign\s+key\s*\([^)]*\)\s*references\s+[a-z_.]+"
        + @"|\breferences\s+[a-z_]+\.[a-z_]+");

    private static readonly Regex LooksLikeSql = new(
        @"^\s*(select|insert|update|delete|with|lock|merge|truncate|copy|call|create|alter|grant|revoke|drop"
        + @"|from|join|where|and|or|order)\s", RegexOptions.IgnoreCase);

    private readonly HashSet<string> _objects;
    private readonly Regex _names;

    public SqlOwnership(IEnumerable<SourceFile> migrations, IEnumerable<string> modules)
    {
        _objects = [.. migrations.SelectMany(file => Created.Matches(WithoutComments(file.Text))).Select(
            match => match.Groups["name"].Value)];
        string schemas = string.Join('|', modules.Select(module => module.ToLowerInvariant()));
        _names = new Regex($@"(?<![\w.])(?<schema>{schemas})\.(?<name>[a-z_][a-z_0-9]*)(?![\w.])");
    }

    public IReadOnlyCollection<string> Objects => _objects;

    /// <summary>Every name of another module's object in the SQL of a source file. Outside the engine every module is another.</summary>
    public IEnumerable<Offence> CheckCode(SourceFile file)
    {
        foreach (StringLiteral literal in file.Literals)
        {
            bool sql = LooksLikeSql.IsMatch(literal.Text);
            foreach (Match match in _names.Matches(literal.Text))
            {
                // A word that is no object may be the name of a fact, a consumer or a boundary, unless it stands in a statement.
                if (IsForeign(match, file.Module) && (sql || _objects.Contains(match.Value)))
                    yield return new Offence(file.Path, literal.Line + literal.Text.AsSpan(0, match.Index).Count('\n'), Says(match));
            }
        }
    }

    /// <summary>The same for a migration; only Admission's may tie rooms together, and only by foreign keys.</summary>
    public IEnumerable<Offence> CheckMigration(SourceFile file)
    {
        string text = WithoutComments(file.Text);
        if (file.Module == "Admission")
            text = ForeignKey.Replace(text, match => new string([.. match.Value.Select(character => character == '\n' ? '\n' : ' ')]));
        return _names.Matches(text).Where(match => IsForeign(match, file.Module))
            .Select(match => file.Offend(match.Index, text, Says(match)));
    }

    private static bool IsForeign(Match match, string module) =>
        !match.Groups["schema"].Value.Equals(module, StringComparison.OrdinalIgnoreCase)
        && !match.Groups["name"].Value.StartsWith("v_", StringComparison.Ordinal)
        && !Common.Contains(match.Value);

    private static string Says(Match match) =>
        $"{match.Value} belongs to {match.Groups["schema"].Value}; only its v_* views are for others";

    private static string WithoutComments(string sql) => Regex.Replace(sql, "--[^\n]*", match => new string(' ', match.Length));
}
