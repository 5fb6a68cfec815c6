using ChainExec.Simulation;
using Xunit;

namespace ChainExec.IntegrationTests.Simulated;

/// <summary>
/// The simulator's campaign: a few seeds in every run, more with CHAINEXEC_TEST_FULL=1, and planted bugs that its checks must see. More
/// seeds: <c>dotnet run -c Release --project tests/ChainExec.Simulation -- --seeds 1..200</c>.
/// </summary>
public sealed class CampaignTests(ITestOutputHelper output)
{
    private const int SeedWithMuchOnItsWay = 8;
    private const int SeedWithEarlyPayments = 2;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static (int Seeds, int Steps) Size =>
        Environment.GetEnvironmentVariable("CHAINEXEC_TEST_FULL") == "1" ? (20, Campaign.StepsDefault) : (1, 50);

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
    public async Task Payment_signed_again_on_a_second_nonce_is_caught_by_the_chains_own_count()
    {
        RunReport report = await Campaign.RunAsync(SeedWithMuchOnItsWay, steps: 60, PlantedBug.SecondNonce, Token);

        Assert.Contains(report.Violations, violation => violation.StartsWith("The chain shows payment", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(PlantedBug.ReleasedSignedSlot)]
    [InlineData(PlantedBug.ChildOnNewNonce)]
    [InlineData(PlantedBug.NullReceiptDecides)]
    public async Task Planted_bug_is_caught(PlantedBug bug)
    {
        RunReport report = await Campaign.RunAsync(SeedWithEarlyPayments, steps: 50, bug, Token);

        Assert.Contains(report.Events, line => line == $"planted {bug}");
        Assert.NotEmpty(report.Violations);
        Assert.Contains(report.Violations, violation => violation.Contains(
            bug == PlantedBug.ReleasedSignedSlot ? "but it is" : "The chain shows", StringComparison.Ordinal));
    }
}
