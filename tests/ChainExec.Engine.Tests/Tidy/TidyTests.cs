using System.Text.RegularExpressions;
using Xunit;

namespace ChainExec.Engine.Tests.Tidy;

/// <summary>The house rules that a compiler does not know, held against every file.</summary>
public sealed class TidyTests
{
    private static readonly string[] AmountProjects =
    [
        "src/ChainExec.Engine", "src/ChainExec.Ethereum", "src/ChainExec.Signer", "src/ChainExec.Server", "src/ChainExec.Client",
        "src/ChainExec.Cli",
    ];

    private static readonly Regex Registry = new(@"""resolved"":\s*""[^""]*:|^registry\s*=|<add key", RegexOptions.Multiline);

    [Fact]
    public void Source_tree_is_seen()
    {
        Assert.True(SourceTree.Production.Count() > 100);
        Assert.True(SourceTree.Migrations.Count() >= SourceTree.Modules.Count / 2);
        Assert.Contains("Storage", SourceTree.Modules);
    }

    [Fact]
    public void Lines_are_at_most_140_columns() =>
        Offence.None(SourceTree.All.Where(file => file.Is(".cs") || file.Is(".sql") || file.Is(".sh") || file.Is(".mjs"))
            .Where(file => file.Path != "docs/schema.sql").SelectMany(TextRules.LongLines));

    [Fact]
    public void Production_files_are_at_most_400_lines() =>
        Offence.None(SourceTree.Production.SelectMany(TextRules.LongFile));

    [Fact]
    public void Nothing_is_left_unfinished() =>
        Offence.None(SourceTree.All.Where(file => file.Is(".cs") || file.Is(".sql") || file.Is(".sh") || file.Is(".mjs") || file.Is(".sol"))
            .SelectMany(TextRules.UnfinishedWork));

    [Fact]
    public void No_regions() => Offence.None(SourceTree.CSharp.SelectMany(TextRules.Regions));

    [Fact]
    public void Partial_types_are_for_generators_only() => Offence.None(SourceTree.Production.SelectMany(TextRules.Partials));

    [Fact]
    public void Amounts_are_whole_numbers() =>
        Offence.None(SourceTree.Production.Where(file => AmountProjects.Any(file.IsIn)).SelectMany(TextRules.FractionalAmounts));

    [Fact]
    public void Cancellation_tokens_are_required() => Offence.None(SourceTree.Production.SelectMany(TextRules.OptionalTokens));

    [Fact]
    public void Sql_takes_time_from_the_storage_clock() =>
        Offence.None(SourceTree.Production.Concat(SourceTree.Migrations).SelectMany(TextRules.TimeOfTheServer));

    [Fact]
    public void Namespace_is_the_folder() =>
        Offence.None(SourceTree.CSharp.Where(file => file.IsIn("src") || file.IsIn("tests")).SelectMany(TextRules.NamespaceIsFolder));

    [Fact]
    public void File_is_named_after_its_type() => Offence.None(SourceTree.Production.SelectMany(TextRules.FileNamesItsType));

    [Fact]
    public void Everything_is_caught_only_at_boundaries() => Offence.None(SourceTree.Production.SelectMany(CatchRule.CheckCatchAll));

    [Fact]
    public void Boundaries_that_catch_everything_exist()
    {
        foreach ((string path, (int times, string why)) in CatchRule.Boundaries)
        {
            Assert.NotEmpty(why);
            SourceFile? file = SourceTree.All.SingleOrDefault(candidate => candidate.Path == path);
            Assert.True(file is not null, $"{path} is allowed to catch everything and does not exist");
            Assert.Equal((path, times), (path, CatchRule.CatchAlls(file).Count()));
        }
    }

    [Fact]
    public void No_exception_is_swallowed() => Offence.None(SourceTree.Production.SelectMany(CatchRule.CheckEmpty));

    [Fact]
    public void Committed_text_names_no_host_but_the_documents_we_follow() =>
        Offence.None(SourceTree.All.SelectMany(TextRules.ForeignHosts));

    [Fact]
    public void Committed_text_names_no_place_of_one_machine() => Offence.None(SourceTree.All.SelectMany(TextRules.MachinePaths));

    [Fact]
    public void Lock_files_name_no_registry() =>
        Offence.None(SourceTree.All.Where(file => file.Name is "package-lock.json" or "packages.lock.json" or ".npmrc" or "NuGet.config")
            .SelectMany(file => file.InText(Registry, _ => "names a registry")));

    [Fact]
    public void Messages_send_their_reader_to_pages_that_exist() =>
        Offence.None(SourceTree.Production.SelectMany(DocumentLinks.CheckMessages));

    [Fact]
    public void Proofs_that_documents_name_exist()
    {
        List<SourceFile> tests = [.. SourceTree.CSharp.Where(file => file.IsIn("tests"))];

        Offence.None(SourceTree.All.Where(file => file.Is(".md")).SelectMany(file => DocumentLinks.CheckProofs(file, tests)));
    }

    [Fact]
    public void Links_in_documents_lead_somewhere() =>
        Offence.None(SourceTree.All.Where(file => file.Is(".md")).SelectMany(DocumentLinks.Check));
}
