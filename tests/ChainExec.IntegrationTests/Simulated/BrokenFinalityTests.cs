using ChainExec.Simulation;
using Xunit;

namespace ChainExec.IntegrationTests.Simulated;

/// <summary>
/// A chain breaks its finality below settled payments, and is re-anchored: nothing is paid twice, and what changed is told.
/// </summary>
public sealed class BrokenFinalityTests(ITestOutputHelper output)
{
    // Those in which nodes help come with CHAINEXEC_TEST_FULL=1.
    public static TheoryData<BrokenFinalityCase> Cases => [.. Environment.GetEnvironmentVariable("CHAINEXEC_TEST_FULL") == "1"
        ? Enum.GetValues<BrokenFinalityCase>()
        : [BrokenFinalityCase.Vanished, BrokenFinalityCase.NonceTaken, BrokenFinalityCase.Reverted, BrokenFinalityCase.CancelledTooLate]];

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task What_was_settled_is_compensated_and_settles_again(BrokenFinalityCase which)
    {
        RunReport report = await BrokenFinality.RunAsync(which, TestContext.Current.CancellationToken);
        if (report.Violations.Count > 0)
            report.Evidence.ForEach(output.WriteLine);

        Assert.True(report.Violations.Count == 0, string.Join(" ", report.Violations));
        Assert.True(report["undone"] >= 4, "Nothing was undone.");
    }
}
