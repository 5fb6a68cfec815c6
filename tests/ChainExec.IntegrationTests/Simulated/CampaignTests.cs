using ChainExec.Simulation;
using Xunit;

namespace ChainExec.IntegrationTests.Simulated;

/// <summary>
/// The simulator's campaign: a few seeds in every run, more with CHAINEXEC_TEST_FULL=1, and planted bugs that its checks must see. More
/// seeds: <c>dotnet run -c Release --project tests/ChainExec.Simulation -- --seeds 1..200</c>.
/// </summary>
public sealed class CampaignTests(ITestOutputHelper output)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static (int Seeds, int Steps) Size =>
        Environment.GetEnvironmentVariable("CHAINEXEC_TEST_FULL") == "1" ? (10, Campaign.StepsDefault) : (1, Campaign.StepsDefault);

    [Fact]
    public async Task Seeded_faults_break_no_promise()
    {
        for (int seed = 2; seed < 2 + Size.Seeds; seed++)
        {
            RunReport report = await Campaign.RunAsync(seed, Size.Steps, PlantedBug.None, Token);
            if (report.Violations.Count > 0)
                report.Evidence.ForEach(output.WriteLine);

            Assert.True(report.Violations.Count == 0, $"Seed {seed}: {string.Join(" ", report.Violations)}");
            Assert.True(report["confirmed"] > 0, $"Seed {seed} paid nothing.");
        }
    }

    [Fact]
    public async Task Senders_side_by_side_break_no_promise()
    {
        RunReport report = await Campaign.RunAsync(seed: 6, Campaign.StepsDefault, PlantedBug.None, Token, sendersAtOnce: 3);
        if (report.Violations.Count > 0)
            report.Evidence.ForEach(output.WriteLine);

        Assert.True(report.Violations.Count == 0, string.Join(" ", report.Violations));
        Assert.True(report["confirmed"] > 0, "Nothing was paid.");
    }

    [Fact]
    public async Task Batches_of_delegated_senders_break_no_promise()
    {
        int batches = 0;
        for (int seed = 1; seed < 1 + Size.Seeds; seed++)
        {
            RunReport report = await Campaign.RunAsync(seed, Size.Steps, PlantedBug.None, Token, batches: true);
            if (report.Violations.Count > 0)
                report.Evidence.ForEach(output.WriteLine);

            Assert.True(report.Violations.Count == 0, $"Seed {seed}: {string.Join(" ", report.Violations)}");
            Assert.True(report["confirmed"] > 0, $"Seed {seed} paid nothing.");
            batches += report["batch: batches"];
        }

        Assert.True(batches > 0, "Nothing was carried together.");
    }

    [Theory]
    [InlineData(PlantedBug.ReleasedSignedSlot, 9, "bound from released, but it was accepted")]
    [InlineData(PlantedBug.ChildOnNewNonce, 2, "Payment 0 is cancelled")]
    [InlineData(PlantedBug.NullReceiptDecides, 2, "Payment 0 is cancelled")]
    public async Task Planted_bug_is_caught(PlantedBug bug, int seed, string violation)
    {
        RunReport report = await Campaign.RunAsync(seed, Campaign.StepsDefault, bug, Token);

        Assert.Contains($"planted {bug}", report.Events);
        Assert.Contains(report.Violations, sentence => sentence.Contains(violation, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Seed_repeats_to_the_same_hash_and_another_seed_does_not()
    {
        RunReport first = await Campaign.RunAsync(seed: 3, steps: 25, PlantedBug.None, Token);
        RunReport second = await Campaign.RunAsync(seed: 3, steps: 25, PlantedBug.None, Token);
        RunReport other = await Campaign.RunAsync(seed: 4, steps: 25, PlantedBug.None, Token);

        Assert.Equal(first.Events, second.Events);
        Assert.Equal(first.Hash, second.Hash);
        Assert.NotEqual(first.Hash, other.Hash);
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
