using ChainExec.Execution;
using ChainExec.Storage;
using ChainExec.TestKit.Simulated;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Xunit;

namespace ChainExec.IntegrationTests.Execution;

/// <summary>What keeps a nonce from being bound: too many on their way, or a beginning that the providers do not agree on.</summary>
public sealed class BindLimitTests
{
    private const string Open = "select count(*) from execution.nonce_slot where state = 'accepted'";

    [Fact]
    public async Task Sixteen_of_a_sender_are_in_flight_by_default()
    {
        await using SimulatedBench bench = await SimulatedBench.StartAsync();
        for (ulong payment = 1; payment <= 18; payment++)
            await bench.PayAsync(payment);

        await bench.SettleAsync();

        Assert.Equal(16, await bench.ScalarAsync<long>(Open));
        Assert.Equal(2, await bench.ScalarAsync<long>("select count(*) from execution.intent where reason = 'lane_full'"));
        await bench.RunUntilAsync("select count(*) = 18 from execution.intent where state = 'confirmed'", "all are paid");
    }

    [Theory]
    [InlineData(Boundary.SlotBound, "reserved")]
    [InlineData(Boundary.SignRequested, "sign_requested")]
    [InlineData(Boundary.SignatureStored, "signed")]
    [InlineData(Boundary.SendStarted, "broadcast_unknown")]
    public async Task Nonce_counts_from_when_it_is_bound(string crash, string state)
    {
        await using EngineBench bench = await EngineBench.StartAsync(
            5_000_000, new Dictionary<string, string> { ["Execution:InFlightMax"] = "2" });
        IntentId[] paid = [await bench.PayAsync(1_000_000), await bench.PayAsync(1_000_000), await bench.PayAsync(1_000_000)];
        using (CrashException.At(crash))
            await Assert.ThrowsAsync<CrashException>(() => bench.SettleAsync());
        await bench.ExpireLeasesAsync();
        IWorker intents = bench.Get<IEnumerable<IWorker>>().Single(worker => worker.Name == "execution.intents");
        for (int turn = 0; turn < 4; turn++)
            await intents.RunTurnAsync(TestContext.Current.CancellationToken);

        Assert.Equal(2, await bench.ScalarAsync<long>("select count(*) from execution.nonce_slot"));
        Assert.Contains(state, await bench.ScalarAsync<string>("select string_agg(distinct state, ' ') from execution.nonce_slot"),
            StringComparison.Ordinal);
        Assert.Equal(1, await bench.ScalarAsync<long>("select count(*) from execution.intent where reason = 'lane_full'"));
        foreach (IntentId payment in paid)
            await bench.RunUntilAsync(payment, "confirmed");
        Assert.Equal(3_000_000, await bench.RecipientBalanceAsync());
    }

    [Fact]
    public void More_than_sixty_four_in_flight_is_refused()
    {
        Assert.Equal(64, Options("64").Value.InFlightMax);
        Assert.Throws<OptionsValidationException>(() => Options("65").Value);
    }

    [Fact]
    public async Task Delegated_sender_has_one_in_flight()
    {
        await using SimulatedBench bench = await SimulatedBench.StartAsync();
        bench.Chain.Delegate(bench.Sender, SimulatedBench.Shop);
        for (ulong payment = 1; payment <= 3; payment++)
            await bench.PayAsync(payment);

        await bench.SettleAsync();

        Assert.Equal(1, await bench.ScalarAsync<long>("select count(*) from execution.nonce_slot"));
        await bench.RunUntilAsync("select count(*) = 3 from execution.intent where state = 'confirmed'", "all are paid");
        Assert.Equal(6UL, bench.Received);
        Assert.Equal(0, await bench.ScalarAsync<long>(
            "select count(*) from execution.node where answer_class = 'delegated_in_flight_limit'"));
    }

    [Fact]
    public async Task Mined_nonces_that_are_not_final_have_a_cap_of_their_own()
    {
        await using SimulatedBench bench = await SimulatedBench.StartAsync(
            new Dictionary<string, string> { ["Execution:MinedUnfinalMax"] = "2" });
        await bench.PayAsync(1);
        await bench.PayAsync(2);
        await bench.SettleAsync();
        await bench.MineAsync();
        IntentId third = await bench.PayAsync(4);

        await bench.StepAsync();

        Assert.Equal("unfinal_full", (await bench.ViewAsync(third)).Reason);
        await bench.RunUntilAsync(third, "confirmed");
        Assert.Equal(7UL, bench.Received);
    }

    [Fact]
    public async Task First_nonce_that_one_provider_lies_about_is_the_one_that_two_agree_on()
    {
        await using SimulatedBench bench = await SimulatedBench.StartAsync();
        bench.Alpha.FailAlways(Fault.Lie("a nonce too high", _ => "0x7"), "eth_getTransactionCount");

        IntentId payment = await bench.PayAsync();
        await bench.RunUntilAsync(payment, "confirmed");

        Assert.Equal(0, await bench.ScalarAsync<long>("select min(nonce) from execution.nonce_slot"));
    }

    [Fact]
    public async Task First_nonce_that_no_two_providers_agree_on_waits_and_says_so()
    {
        await using SimulatedBench bench = await SimulatedBench.StartAsync();
        bench.Alpha.FailAlways(Fault.Lie("a nonce too high", _ => "0x7"), "eth_getTransactionCount");
        bench.Gamma.FailAlways(Fault.Timeout, "eth_getTransactionCount");

        IntentId payment = await bench.PayAsync();
        await bench.StepAsync();

        IntentView view = await bench.ViewAsync(payment);
        Assert.Equal("first_nonce_unknown", view.Reason);
        Assert.Contains("alpha: 7; beta: 0; gamma:", view.Detail);
        Assert.Equal("none", await bench.SlotAsync());
        bench.Gamma.Heal();
        await bench.RunUntilAsync(payment, "confirmed");
    }

    [Fact]
    public async Task First_nonce_is_asked_by_number_where_a_node_takes_no_hash()
    {
        await using SimulatedBench bench = await SimulatedBench.StartAsync();
        foreach (ProviderView view in bench.Chain.Views)
            view.FailNext(1, Fault.Error(-32602, "invalid argument 1: json: cannot unmarshal object"), "eth_getTransactionCount");

        await bench.PayAsync();
        await bench.SettleAsync();

        Assert.Equal("accepted", await bench.SlotAsync(0));
    }

    private static IOptions<ExecutionOptions> Options(string inFlightMax) => new ServiceCollection()
        .AddExecution(new ConfigurationBuilder().AddInMemoryCollection([new("Execution:InFlightMax", inFlightMax)]).Build())
        .BuildServiceProvider().GetRequiredService<IOptions<ExecutionOptions>>();
}
