using ChainExec.Flows;
using ChainExec.Storage;
using Xunit;

namespace ChainExec.Engine.Tests.Flows;

/// <summary>What is asked outside happens once, whatever is lost on the way.</summary>
public sealed class FlowEffectTests
{
    [Theory]
    [InlineData(Boundary.FlowEffectSending)]
    [InlineData(Boundary.FlowEffectAnswered)]
    public async Task A_crash_around_the_call_ends_in_one_sale_under_one_key(string boundary)
    {
        await using FlowBench bench = await FlowBench.CreateAsync();
        await bench.HappensAsync(new RampAsked("t1", bench.Owner, new(500)));
        await bench.FireAsync();
        using (Boundary.Observe(passed => { if (passed == boundary) throw new TimeoutException("killed"); }))
            await Assert.ThrowsAsync<TimeoutException>(() => bench.Get<EffectWorker>().RunTurnAsync(FlowBench.Token));
        Assert.Equal("sent", await bench.RowAsync("select state from flows.effect"));

        // While the lease runs nobody touches it; afterwards what became of it is unknown, and the same key is asked again.
        Assert.Equal(0, await bench.Get<EffectWorker>().RunTurnAsync(FlowBench.Token));
        await bench.ShiftClockAsync(TimeSpan.FromMinutes(1));
        await bench.SettleAsync();

        Assert.Equal("1", Assert.Single(bench.Exchange.Done).Value.ToString(System.Globalization.CultureInfo.InvariantCulture));
        Assert.Equal(
            ["send_started|sent", "process_ended|unknown", "send_started|sent", "provider_confirmed|confirmed"],
            await bench.RowsAsync("select event, to_state from flows.effect_move order by number"));
        await bench.AssertSoundAsync();
    }

    [Fact]
    public async Task Timeout_that_succeeded_is_found_by_enquiry_and_not_asked_again()
    {
        await using FlowBench bench = await FlowBench.CreateAsync();
        bench.Exchange.Capability = ProviderCapability.EnquiryByOurReference;
        bench.Exchange.DoesItAnyway = true;
        bench.Exchange.Script = (send, _) => send == 0 ? new ProviderAnswer.Unclear("timeout") : null;
        await bench.HappensAsync(new RampAsked("t1", bench.Owner, new(500)));
        await bench.SettleAsync();
        await bench.ShiftClockAsync(TimeSpan.FromMinutes(1));
        await bench.SettleAsync();

        Assert.Equal((1, 1), (bench.Exchange.Sends, Assert.Single(bench.Exchange.Done).Value));
        Assert.Equal("confirmed", await bench.RowAsync("select state from flows.effect"));
        await bench.AssertSoundAsync();
    }

    [Fact]
    public async Task Request_that_never_arrived_is_sent_again_only_after_it_was_not_found_twice_past_the_settle_window()
    {
        await using FlowBench bench = await FlowBench.CreateAsync();
        bench.Exchange.Capability = ProviderCapability.EnquiryByOurReference;
        bench.Exchange.Script = (send, _) => send == 0 ? new ProviderAnswer.Unclear("timeout") : null;
        await bench.HappensAsync(new RampAsked("t1", bench.Owner, new(500)));
        await bench.SettleAsync();
        await bench.ShiftClockAsync(TimeSpan.FromSeconds(30));
        await bench.SettleAsync();
        Assert.Equal((1, 1), (bench.Exchange.Sends, bench.Exchange.Enquiries));
        await bench.ShiftClockAsync(TimeSpan.FromSeconds(40));
        await bench.SettleAsync();
        Assert.Equal((1, 2), (bench.Exchange.Sends, bench.Exchange.Enquiries));
        await bench.ShiftClockAsync(TimeSpan.FromSeconds(5));
        await bench.SettleAsync();

        Assert.Equal((2, 3), (bench.Exchange.Sends, bench.Exchange.Enquiries));
        Assert.Equal(1, Assert.Single(bench.Exchange.Done).Value);
        await bench.AssertSoundAsync();
    }

    [Fact]
    public async Task Unknown_at_a_provider_that_can_do_neither_waits_for_an_operator()
    {
        await using FlowBench bench = await FlowBench.CreateAsync();
        bench.Exchange.Capability = ProviderCapability.Neither;
        bench.Exchange.Script = (_, _) => new ProviderAnswer.Unclear("timeout");
        await bench.HappensAsync(new RampAsked("t1", bench.Owner, new(500)));
        await bench.SettleAsync();
        await bench.ShiftClockAsync(TimeSpan.FromMinutes(10));
        await bench.SettleAsync();

        Assert.Equal(1, bench.Exchange.Sends);
        Assert.Equal("dead", await bench.RowAsync("select state from flows.effect"));
        Assert.Equal(["effect_died"], await bench.DiscrepanciesAsync());
        await bench.AssertSoundAsync();
    }

    [Fact]
    public async Task Rejection_fires_its_rule_and_retracts_the_other_answer()
    {
        await using FlowBench bench = await FlowBench.CreateAsync();
        bench.Exchange.Script = (_, _) => new ProviderAnswer.Rejected("no_market", "Nobody buys.");
        await bench.HappensAsync(new RampAsked("t1", bench.Owner, new(500)));
        await bench.SettleAsync();

        Assert.Equal(["ramp:t1|ended|refused"], await bench.ContextsAsync());
        Assert.Equal(
            ["sold|retracted", "sale_refused|consumed"],
            await bench.RowsAsync("select name, state from flows.rule where bound_effect is not null order by ordinal"));
        Assert.Equal("rejected", await bench.RowAsync("select state from flows.node where name = 'call'"));
        Assert.Equal("no_market: Nobody buys.", await bench.RowAsync("select detail from flows.discrepancy"));
    }

    [Fact]
    public async Task Provider_that_fails_again_and_again_is_left_alone_for_a_while()
    {
        await using FlowBench bench = await FlowBench.CreateAsync();
        bench.Exchange.Script = (_, _) => new ProviderAnswer.NotTaken("busy");
        await bench.HappensAsync([.. Enumerable.Range(0, 10).Select(n => new RampAsked($"t{n}", bench.Owner, new(5)))]);
        await bench.SettleAsync();
        int sends = bench.Exchange.Sends;
        await bench.ShiftClockAsync(TimeSpan.FromSeconds(15));
        await bench.SettleAsync();
        Assert.Equal(sends, bench.Exchange.Sends);

        bench.Exchange.Script = null;
        await bench.ShiftClockAsync(TimeSpan.FromMinutes(1));
        await bench.SettleAsync();

        Assert.Equal(10, bench.Exchange.Done.Count);
        Assert.Equal("0|", await bench.RowAsync("select failures, open_until from flows.circuit"));
    }
}
