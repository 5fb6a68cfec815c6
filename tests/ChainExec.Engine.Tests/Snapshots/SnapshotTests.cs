using System.Text;
using System.Text.RegularExpressions;
using ChainExec.Attribution;
using ChainExec.Engine.Tests.Admission;
using ChainExec.Execution;
using ChainExec.Flows;
using ChainExec.Flows.Definitions;
using ChainExec.Ledger;
using ChainExec.Payments.InstantDeposit;
using ChainExec.Payments.OffRamp;
using ChainExec.TestKit;
using Xunit;

namespace ChainExec.Engine.Tests.Snapshots;

/// <summary>What the code says about itself, committed where a reader looks for it.</summary>
public sealed class SnapshotTests
{
    private static readonly Regex Noise = new(
        @"^(--.*|SET .*|SELECT pg_catalog\.set_config.*|\\(un)?restrict .*)$", RegexOptions.Multiline);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public Task Intent_diagram_is_the_table() => Snapshot.MatchesAsync(
        "docs/state-machines/intent.md", StateDiagram.Page("Intent", "IntentLifecycle.Table", IntentLifecycle.Table), Cancelled);

    [Fact]
    public Task Slot_diagram_is_the_table() => Snapshot.MatchesAsync(
        "docs/state-machines/nonce-slot.md", StateDiagram.Page("Nonce slot", "SlotLifecycle.Table", SlotLifecycle.Table), Cancelled);

    [Fact]
    public Task Hold_diagram_is_the_table() => Snapshot.MatchesAsync(
        "docs/state-machines/hold.md", StateDiagram.Page("Hold", "HoldLifecycle.Table", HoldLifecycle.Table), Cancelled);

    [Fact]
    public Task Admission_page_is_the_list_of_checks() => Snapshot.MatchesAsync(
        "docs/admission-checks.md", AdmissionPage.Of(AdmissionList.All), Cancelled);

    [Fact]
    public Task Attribution_diagram_is_the_table() => Snapshot.MatchesAsync(
        "docs/state-machines/attribution.md",
        StateDiagram.Page("Attribution of a transaction", "AttributionLifecycle.Table", AttributionLifecycle.Table), Cancelled);

    [Fact]
    public Task Effect_diagram_is_the_table() => Snapshot.MatchesAsync(
        "docs/state-machines/flow-effect.md", StateDiagram.Page("Effect of a flow", "EffectLifecycle.Table", EffectLifecycle.Table),
        Cancelled);

    [Fact]
    public Task Page_of_the_off_ramp_is_its_definition() => Snapshot.MatchesAsync(
        "docs/flows/off_ramp.md", FlowPage.Of(FlowCompiler.Compile(new OffRampFlow()).Model), Cancelled);

    [Fact]
    public Task Page_of_the_instant_deposit_is_its_definition() => Snapshot.MatchesAsync(
        "docs/flows/instant_deposit.md", FlowPage.Of(FlowCompiler.Compile(new InstantDepositFlow()).Model), Cancelled);

    // Off-ramps that began under it go on under it: a change would keep the server from starting.
    [Fact]
    public void Version_that_off_ramps_may_still_run_is_what_it_was() =>
        Assert.StartsWith("c33621bdcbb520b3", FlowCompiler.Compile(new OffRampFlow2()).Model.Fingerprint, StringComparison.Ordinal);

    [Fact]
    public async Task Guide_to_flows_shows_a_flow_that_the_tests_run()
    {
        string guide = await File.ReadAllTextAsync(RepositoryRoot.Combine("docs", "guide", "flows.md"), Cancelled);
        string source = await File.ReadAllTextAsync(
            RepositoryRoot.Combine("tests", "ChainExec.Engine.Tests", "Flows", "RampFlow.cs"), Cancelled);
        Match example = Regex.Match(guide, "```csharp\n(?<code>.*?)\n```", RegexOptions.Singleline);

        Assert.Contains(example.Groups["code"].Value, source, StringComparison.Ordinal);
        Assert.True(example.Length > 1_000);
    }

    [Fact]
    public async Task Schema_document_is_the_migrated_schema()
    {
        await using PostgresDatabase database = await PostgresDatabase.CreateAsync(Cancelled);

        await Snapshot.MatchesAsync("docs/schema.sql", Normalised(await database.DumpSchemaAsync(Cancelled)), Cancelled);
    }

    [Fact]
    public void Difference_is_found_and_named()
    {
        Assert.Null(Snapshot.Difference("a\nb\n", "a\nb\n"));
        Assert.Contains("line 2", Snapshot.Difference("a\nb\n", "a\nc\n"), StringComparison.Ordinal);
        Assert.Contains("(ends)", Snapshot.Difference("a", "a\nb"), StringComparison.Ordinal);
        Assert.NotNull(Snapshot.Difference("", "a\n"));
    }

    // What differs between two servers of one schema is taken out: settings of the session, comments, tokens of the dump, empty lines.
    private static string Normalised(string dump)
    {
        var text = new StringBuilder(
            "-- The schema after all migrations, written by a test (UPDATE_SNAPSHOTS=1 writes it anew). Read it; never run it.\n\n");
        bool empty = true;
        foreach (string line in Noise.Replace(dump.ReplaceLineEndings("\n"), "").Split('\n').Select(line => line.TrimEnd()))
        {
            if (line.Length > 0 || !empty)
                text.Append(line).Append('\n');
            empty = line.Length == 0;
        }

        return text.ToString();
    }
}
