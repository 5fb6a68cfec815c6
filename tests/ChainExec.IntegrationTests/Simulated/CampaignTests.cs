using ChainExec.Simulation;
using Xunit;

namespace ChainExec.IntegrationTests.Simulated;

/// <summary>
/// The simulator's campaigns: a few seeds in every run, more with CHAINEXEC_TEST_FULL=1, and planted bugs that its checks must see. More
/// seeds: <c>dotnet run -c Release --project tests/ChainExec.Simulation -- --seeds 1..200</c>.
/// </summary>
public sealed class CampaignTests(ITestOutputHelper output)
{
    private static readonly bool IsFull = Environment.GetEnvironmentVariable("CHAINEXEC_TEST_FULL") == "1";

    // Of each kind in every run: alone, side by side, in batches. An even seed and an odd one are killed at every boundary.
    private static readonly (int Seed, CampaignOptions Options)[] Set =
    [
        .. Enumerable.Range(7, IsFull ? 16 : 2).Select(seed => (seed, new CampaignOptions())),
        (6, new CampaignOptions { SendersAtOnce = 3 }),
        .. Enumerable.Range(1, IsFull ? 10 : 1).Select(seed => (seed, new CampaignOptions { Batches = true })),
    ];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<PlantedBug, int> Bugs
    {
        get
        {
            var bugs = new TheoryData<PlantedBug, int>();
            foreach (PlantedBug bug in Enum.GetValues<PlantedBug>().Where(bug => bug != PlantedBug.None))
            {
                foreach (int seed in Enumerable.Range(1, IsFull ? 5 : 1))
                    bugs.Add(bug, seed);
            }

            return bugs;
        }
    }

    public static TheoryData<int, int> Repeated
    {
        get
        {
            var seeds = new TheoryData<int, int>();
            foreach (int seed in Enumerable.Range(3, IsFull ? 10 : 2))
                seeds.Add(seed, IsFull ? CampaignOptions.StepsDefault : 60);
            return seeds;
        }
    }

    [Fact]
    public async Task Seeded_faults_and_kills_at_every_boundary_break_no_promise()
    {
        var reports = new List<RunReport>();
        foreach ((int seed, CampaignOptions options) in Set)
        {
            RunReport report = await Campaign.RunAsync(seed, options, Token);
            if (report.Violations.Count > 0)
                report.Evidence.ForEach(output.WriteLine);

            Assert.True(report.Violations.Count == 0, $"{options.Replay(seed)}: {string.Join(" ", report.Violations)}");
            reports.Add(report);
        }

        Assert.True(reports.Sum(report => report["confirmed"]) >= 10, "Next to nothing was paid.");
        Assert.Empty(KillBoundaries.Missing(reports));
        Assert.True(reports.Sum(report => report["batch: batches"]) > 0, "Nothing was carried together.");
    }

    [Fact]
    public void Set_that_is_not_killed_at_a_boundary_says_so()
    {
        var report = new RunReport(seed: 1);
        foreach (string boundary in KillBoundaries.Reached)
        {
            report.Boundaries[boundary] = 3;
            report.Kills[boundary] = 1;
        }

        Assert.Empty(KillBoundaries.Missing([report]));
        report.Kills.Remove("execution.repriced");
        report.Boundaries.Remove("facts.moved");
        report.Boundaries["flows.effect_sending"] = 1;
        Assert.Equal(
            [
                "No run was killed at execution.repriced.", "No run passed facts.moved.",
                "flows.effect_sending was passed, but is listed as one that is not: plan kills there.",
            ],
            KillBoundaries.Missing([report]));
    }

    [Fact]
    public void Two_seeds_in_a_row_are_planned_to_be_killed_everywhere()
    {
        var planned = new HashSet<string>();
        foreach (int seed in new[] { 7, 8 })
        {
            var plan = new CrashPlan(seed, CampaignOptions.StepsDefault);
            while (plan.Due(CampaignOptions.StepsDefault / 2) is { } boundary)
                Assert.True(planned.Add(boundary), $"{boundary} is planned twice.");
        }

        Assert.Equal(KillBoundaries.Reached, planned.Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Bugs))]
    public async Task Planted_bug_is_caught(PlantedBug bug, int seed)
    {
        RunReport report = await Campaign.RunAsync(seed, new CampaignOptions { Bug = bug, Steps = 60 }, Token);

        Assert.True(report.Planted.Count > 0, $"Nothing was on its way in seed {seed} that {bug} could be planted into.");
        Assert.True(report.Caught is not null, $"{bug} in seed {seed} is told by none of: {string.Join(" ", report.Violations)}");
    }

    [Fact]
    public async Task Exception_in_a_run_names_its_seed_and_how_to_repeat_it()
    {
        var options = new CampaignOptions { SendersAtOnce = -1, Mix = CampaignMix.Pool | CampaignMix.Verbs, Batches = true };

        CampaignFaultException fault = await Assert.ThrowsAsync<CampaignFaultException>(
            () => Campaign.RunAsync(seed: 17, options, Token));

        Assert.Equal(17, fault.Seed);
        Assert.EndsWith("Again: --seeds 17 --batches --mix Pool,Verbs --side-by-side -1", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Repeated))]
    public async Task Seed_repeats_to_the_same_hash(int seed, int steps)
    {
        var options = new CampaignOptions { Steps = steps };
        RunReport first = await Campaign.RunAsync(seed, options, Token);
        RunReport second = await Campaign.RunAsync(seed, options, Token);

        Assert.True(first.Hash == second.Hash, first.DifferenceTo(second));
        Assert.Equal(first.Boundaries, second.Boundaries);
        Assert.Equal(first.Kills, second.Kills);
        Assert.NotEmpty(first.Kills);
    }

    [Fact]
    public async Task Two_server_processes_share_the_work_while_one_is_killed_and_break_no_promise()
    {
        RunReport report = await FreeRun.RunAsync(seed: 1, TimeSpan.FromSeconds(6), Token);
        if (report.Violations.Count > 0)
            report.Evidence.ForEach(output.WriteLine);

        Assert.True(report.Violations.Count == 0, string.Join(" ", report.Violations));
        Assert.True(report["processes"] >= 2, "One process did all the work.");
        Assert.True(report["crashes"] > 0, "No process was killed.");
    }
}
