using System.Text.RegularExpressions;
using ChainExec.TestKit;
using Xunit;

namespace ChainExec.Engine.Tests.Tidy;

/// <summary>The shape of the house: projects, modules, what may use what, and whose tables are whose.</summary>
public sealed class HouseTests
{
    /// <summary>Which project may reference which.</summary>
    private static readonly Dictionary<string, string[]> ProjectArrows = new()
    {
        ["ChainExec.Ethereum"] = [],
        ["ChainExec.Ethereum.Generators"] = [],
        ["ChainExec.Client"] = [],
        ["ChainExec.Signer"] = ["ChainExec.Ethereum"],
        // The generator is a reference of the compiler's only: nothing of it is in what runs.
        ["ChainExec.Engine"] = ["ChainExec.Ethereum", "ChainExec.Ethereum.Generators"],
        ["ChainExec.Server"] = ["ChainExec.Engine", "ChainExec.Ethereum", "ChainExec.Client"],
        // The tool migrates, creates owners and keys, and looks into what is stuck: that must work when no server runs.
        ["ChainExec.Cli"] = ["ChainExec.Client", "ChainExec.Ethereum", "ChainExec.Engine"],
        ["ChainExec.Sandbox"] = ["ChainExec.Client"],
    };

    [Fact]
    public void Modules_use_only_what_the_map_allows() => Offence.None(SourceTree.Engine.SelectMany(ModuleMap.Check));

    /// <summary>Who may go to all providers of a chain, and why. Everybody else asks those that <c>ProviderTrust</c> believes.</summary>
    private static readonly Dictionary<string, string> AskAllProviders = new()
    {
        ["ProviderTrust.cs"] = "It leaves the quarantined ones out.",
        ["ChainNodes.cs"] = "Heads are shown of all of them, and all testify against what is final.",
        ["ChainDirectory.cs"] = "It reads the configuration.",
        ["IndexingQueries.cs"] = "It shows them to people.",
        ["HeadListeners.cs"] = "A notification only wakes the follower.",
        ["Broadcaster.cs"] = "What is to be sent goes to everybody.",
        ["AnswerStore.cs"] = "It leaves out what those said that are not configured any more.",
        ["LaneSigner.cs"] = "It counts the sends.",
        ["SlotSender.cs"] = "It counts the sends, and asks a provider about its own answer to one.",
    };

    [Fact]
    public void Providers_are_asked_only_when_they_are_believed()
    {
        var asked = new Regex(@"(\b([cC]hain|[pP]rofile)|\))\.Providers\b", RegexOptions.CultureInvariant);
        List<SourceFile> asking = [.. SourceTree.Engine.Where(file => asked.IsMatch(file.Code))];

        Offence.None(asking.Where(file => !AskAllProviders.ContainsKey(file.Name)).SelectMany(
            file => file.InCode(asked, _ => "asks every provider, also those that are quarantined")));
        Assert.Equal(AskAllProviders.Keys.Order(), asking.Select(file => file.Name).Order());
    }

    // Operators search by it.
    [Fact]
    public void Number_of_a_log_line_is_of_one_line()
    {
        var numbers = new Regex(@"EventId = (\d+)", RegexOptions.CultureInvariant);
        string[] used = [.. SourceTree.Engine.SelectMany(file => numbers.Matches(file.Code)).Select(match => match.Groups[1].Value)];
        Assert.NotEmpty(used);
        Assert.Empty(used.GroupBy(number => number).Where(lines => lines.Count() > 1).Select(lines => lines.Key));
    }

    [Fact]
    public void Module_map_has_no_cycle()
    {
        Dictionary<string, HashSet<string>> uses = ModuleMap.MayUse.ToDictionary(module => module.Key, module => module.Value.ToHashSet());
        foreach ((string module, string used) in ModuleMap.Departures.Keys)
            uses[module].Add(used);

        // Taking away, again and again, the modules that use nothing that is left must take away all.
        while (uses.FirstOrDefault(module => !module.Value.Any(uses.ContainsKey)).Key is { } bottom)
            uses.Remove(bottom);

        Assert.Empty(uses.Keys);
    }

    [Fact]
    public void Departures_from_the_map_are_used_and_have_a_reason()
    {
        HashSet<(string, string)> used =
        [
            .. SourceTree.Engine.SelectMany(file => ModuleMap.UsesOf(file).Select(use => (file.Module, use.Uses))),
        ];

        Assert.All(ModuleMap.Departures, departure =>
        {
            Assert.True(departure.Value.Length > 20);
            Assert.Contains(departure.Key, used);
            Assert.DoesNotContain(departure.Key.Uses, ModuleMap.MayUse[departure.Key.Module]);
        });
    }

    [Fact]
    public void Tables_are_named_only_by_their_module()
    {
        SqlOwnership ownership = new(SourceTree.Migrations, ModuleMap.MayUse.Keys);

        Assert.True(ownership.Objects.Count > 30);
        Offence.None(
            SourceTree.Production.SelectMany(ownership.CheckCode).Concat(SourceTree.Migrations.SelectMany(ownership.CheckMigration)));
    }

    [Fact]
    public void Migrations_are_numbered_without_a_gap()
    {
        string[] numbers = [.. SourceTree.Migrations.Select(file => file.Name[..4]).Order(StringComparer.Ordinal)];

        Assert.Equal(Enumerable.Range(1, numbers.Length).Select(number => $"{number:0000}"), numbers);
    }

    [Fact]
    public void Every_module_has_a_short_readme_and_a_module_class() => Offence.None(SourceTree.Modules.SelectMany(CheckFolder));

    [Fact]
    public void Projects_reference_only_what_the_house_allows() => Offence.None(
        SourceTree.All.Where(file => file.IsIn("src") && file.Is(".csproj")).SelectMany(CheckProject));

    private static IEnumerable<Offence> CheckFolder(string module)
    {
        string folder = $"src/ChainExec.Engine/{module}";
        SourceFile? readme = SourceTree.All.SingleOrDefault(file => file.Path == $"{folder}/README.md");
        if (readme is null)
            yield return new Offence(folder, 1, "has no README.md");
        else if (readme.Lines.Count > TextRules.ReadmeLinesMax)
            yield return new Offence(readme.Path, readme.Lines.Count, $"{readme.Lines.Count} lines, at most {TextRules.ReadmeLinesMax}");
        if (!File.Exists(RepositoryRoot.Combine(folder, $"{module}Module.cs")))
            yield return new Offence(folder, 1, $"has no {module}Module.cs");
        if (!ModuleMap.MayUse.ContainsKey(module))
            yield return new Offence(folder, 1, "is not on the module map");
    }

    private static IEnumerable<Offence> CheckProject(SourceFile project)
    {
        string name = project.Name[..^".csproj".Length];
        if (!ProjectArrows.TryGetValue(name, out string[]? allowed))
            return [new Offence(project.Path, 1, "is not a project of the house")];

        return Regex.Matches(project.Text, @"<ProjectReference\s+Include=""[^""]*?(?<name>[\w.]+)\.csproj""")
            .Where(match => !allowed.Contains(match.Groups["name"].Value))
            .Select(match => project.Offend(match.Index, project.Text, $"{name} must not reference {match.Groups["name"].Value}"));
    }
}
