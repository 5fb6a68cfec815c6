using ChainExec.Flows;
using Xunit;

namespace ChainExec.Engine.Tests.Flows;

/// <summary>Flows wait for people, with a deadline, and take only answers to what they ask.</summary>
public sealed class FlowDecisionTests
{
    [Theory]
    [InlineData("release", "released")]
    [InlineData("seize", "seized")]
    public async Task Decision_takes_the_path_that_it_names_and_retracts_the_other(string answer, string outcome)
    {
        await using FlowBench bench = await CreateAsync();

        Assert.IsType<DecideResult.Told>(await DecideAsync(bench, "review:r1", "screening", answer));
        await bench.SettleAsync();

        Assert.Equal([$"review:r1|ended|{outcome}"], await bench.ContextsAsync());
        Assert.Equal("1", await bench.RowAsync("select count(*) from flows.rule where state = 'retracted'"));
        await bench.AssertSoundAsync();
    }

    [Fact]
    public async Task Answer_that_nobody_asked_for_is_refused()
    {
        await using FlowBench bench = await CreateAsync();

        Assert.IsType<DecideResult.NotAsked>(await DecideAsync(bench, "review:r1", "screening", "burn"));
        Assert.IsType<DecideResult.NotAsked>(await DecideAsync(bench, "review:r1", "weather", "release"));
        Assert.IsType<DecideResult.NoSuchFlow>(await DecideAsync(bench, "review:r2", "screening", "release"));
        Assert.IsType<DecideResult.Told>(await DecideAsync(bench, "review:r1", "screening", "release"));
        await bench.SettleAsync();
        Assert.IsType<DecideResult.NotAsked>(await DecideAsync(bench, "review:r1", "screening", "release"));
    }

    [Fact]
    public async Task Deadline_tells_an_operator_and_a_late_decision_still_counts()
    {
        await using FlowBench bench = await CreateAsync();
        await bench.ShiftClockAsync(TimeSpan.FromDays(2));
        await bench.SettleAsync();
        Assert.Equal(["review_overdue"], await bench.DiscrepanciesAsync());

        await DecideAsync(bench, "review:r1", "screening", "seize");
        await bench.SettleAsync();

        Assert.Equal(["review:r1|ended|seized"], await bench.ContextsAsync());
    }

    // Two people decide at once: the second one is not kept for whatever is asked next.
    [Theory]
    [InlineData("release")]
    [InlineData("seize")]
    public async Task Question_is_decided_once(string second)
    {
        await using FlowBench bench = await CreateAsync();

        Assert.IsType<DecideResult.Told>(await DecideAsync(bench, "review:r1", "screening", "release"));
        Assert.IsType<DecideResult.AlreadyDecided>(await DecideAsync(bench, "review:r1", "screening", second));
        await bench.SettleAsync();

        Assert.Equal(["review:r1|ended|released"], await bench.ContextsAsync());
        Assert.Equal("0", await bench.RowAsync("select count(*) from flows.event where state = 'waiting'"));
    }

    [Fact]
    public async Task Decision_answers_only_the_rule_that_asked()
    {
        await using FlowBench bench = await CreateAsync();
        Guid id = Guid.CreateVersion7(TimeProvider.System.GetUtcNow());
        await bench.HappensAsync(new FlowDecided(id, "review:r1", "screening", "release", "a tester", "a test", Rule: id));
        await bench.SettleAsync();

        Assert.Equal(["review:r1|open|"], await bench.ContextsAsync());
    }

    private static async Task<FlowBench> CreateAsync()
    {
        FlowBench bench = await FlowBench.CreateAsync(services => services.AddFlow<ReviewFlow>());
        await bench.HappensAsync(new ReviewAsked("r1"));
        await bench.SettleAsync();
        return bench;
    }

    private static Task<DecideResult> DecideAsync(FlowBench bench, string key, string question, string answer)
    {
        var decided = new FlowDecided(
            Guid.CreateVersion7(TimeProvider.System.GetUtcNow()), key, question, answer, "a tester", "a test");
        return bench.UnitOfWork.RunAsync(
            (session, token) => bench.Get<FlowDecisions>().DecideAsync(session, key, decided, token), FlowBench.Token);
    }
}
