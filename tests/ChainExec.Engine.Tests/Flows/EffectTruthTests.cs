using ChainExec.Flows;
using ChainExec.Storage;
using Xunit;

namespace ChainExec.Engine.Tests.Flows;

/// <summary>What is known of a request is not forgotten, and nobody states what can still be found out.</summary>
public sealed class EffectTruthTests
{
    // The first request was taken and its answer lost; that the second was not taken says nothing of it.
    [Fact]
    public async Task Busy_after_a_timeout_does_not_forget_the_timeout()
    {
        await using FlowBench bench = await FlowBench.CreateAsync();
        bench.Exchange.DoesItAnyway = true;
        bench.Exchange.Script = (send, _) => send == 0 ? new ProviderAnswer.Unclear("timeout") : new ProviderAnswer.NotTaken("busy");
        await AskAsync(bench);
        await WaitAsync(bench);
        Assert.Equal("unknown|2", await bench.RowAsync("select state, sends from flows.effect"));

        Assert.IsType<VerbResult.NotOffered>(await DoAsync(bench, EffectVerb.Skip));
        Assert.IsType<VerbResult.NotOffered>(await DoAsync(bench, EffectVerb.Reject));
        Assert.IsType<VerbResult.NotOffered>(await DoAsync(bench, EffectVerb.Confirm));
        bench.Exchange.Script = null;
        await WaitAsync(bench);

        Assert.Equal("confirmed", await bench.RowAsync("select state from flows.effect"));
        Assert.Equal(1, Assert.Single(bench.Exchange.Done).Value);
    }

    [Fact]
    public async Task Skip_is_not_offered_for_what_never_arrived_by_an_enquiry()
    {
        await using FlowBench bench = await FlowBench.CreateAsync();
        bench.Exchange.Capability = ProviderCapability.EnquiryByOurReference;
        bench.Exchange.Script = (_, _) => new ProviderAnswer.Unclear("timeout");
        await AskAsync(bench);
        await WaitAsync(bench);
        await bench.AsOwnerAsync("update flows.effect set next_at = next_at + interval '1 hour'");
        await bench.ShiftClockAsync(TimeSpan.FromMinutes(2));
        await bench.AsOwnerAsync("update flows.effect set state = 'prepared' where state = 'unknown'");

        Assert.IsType<VerbResult.NotOffered>(await DoAsync(bench, EffectVerb.Skip));
    }

    [Fact]
    public async Task Retry_asks_again_after_an_outage_that_killed_the_effect()
    {
        await using FlowBench bench = await FlowBench.CreateAsync();
        bench.Exchange.Script = (_, _) => new ProviderAnswer.Unclear("outage");
        await AskAsync(bench);
        for (int hour = 0; hour < 8; hour++)
            await WaitAsync(bench, TimeSpan.FromHours(4));
        Assert.Equal("dead", await bench.RowAsync("select state from flows.effect"));
        Assert.True(bench.Exchange.Sends > 5, "An outage is waited out.");

        bench.Exchange.Script = null;
        Assert.IsType<VerbResult.Done>(await DoAsync(bench, EffectVerb.Retry));
        await WaitAsync(bench);

        Assert.Equal("confirmed", await bench.RowAsync("select state from flows.effect"));
        Assert.Empty(await bench.DiscrepanciesAsync());
        Assert.Equal(1, Assert.Single(bench.Exchange.Done).Value);
    }

    [Fact]
    public async Task Busy_for_days_is_asked_again_and_kills_nothing()
    {
        await using FlowBench bench = await FlowBench.CreateAsync();
        bench.Exchange.KeyLifetime = TimeSpan.FromHours(24);
        bench.Exchange.Script = (_, _) => new ProviderAnswer.NotTaken("busy");
        await AskAsync(bench);
        for (int day = 0; day < 6; day++)
            await WaitAsync(bench, TimeSpan.FromDays(1));
        Assert.Equal("prepared", await bench.RowAsync("select state from flows.effect"));

        bench.Exchange.Script = null;
        await WaitAsync(bench);
        Assert.Equal("confirmed", await bench.RowAsync("select state from flows.effect"));
    }

    [Fact]
    public async Task Key_that_the_provider_may_have_forgotten_is_not_sent_again()
    {
        await using FlowBench bench = await FlowBench.CreateAsync();
        bench.Exchange.KeyLifetime = TimeSpan.FromHours(24);
        bench.Exchange.ForgetsKeys = true;
        bench.Exchange.DoesItAnyway = true;
        bench.Exchange.Script = (_, _) => new ProviderAnswer.Unclear("timeout");
        await AskAsync(bench);
        await WaitAsync(bench, TimeSpan.FromDays(2));

        Assert.Equal("dead", await bench.RowAsync("select state from flows.effect"));
        Assert.IsType<VerbResult.Done>(await DoAsync(bench, EffectVerb.Retry));
        await WaitAsync(bench);

        Assert.Equal(("dead", 1), (await bench.RowAsync("select state from flows.effect"), bench.Exchange.Sends));
        Assert.Equal(1, Assert.Single(bench.Exchange.Done).Value);
    }

    [Fact]
    public async Task Provider_that_this_build_does_not_have_is_told_to_an_operator()
    {
        await using FlowBench bench = await FlowBench.CreateAsync();
        await bench.HappensAsync(new RampAsked("t1", bench.Owner, new(500)));
        await bench.FireAsync();
        await bench.AsOwnerAsync("update flows.effect set provider = 'gone'");
        await bench.SettleAsync();

        Assert.Equal("dead", await bench.RowAsync("select state from flows.effect"));
        Assert.Equal(["effect_died"], await bench.DiscrepanciesAsync());
    }

    // A database is restored to before the event, and the provider tells it again, later.
    [Fact]
    public async Task Key_of_a_request_is_the_same_after_a_restore()
    {
        await using FlowBench before = await FlowBench.CreateAsync();
        await AskAsync(before);
        await using FlowBench after = await FlowBench.CreateAsync();
        await after.ShiftClockAsync(TimeSpan.FromHours(3));
        await after.HappensAsync(new RampAsked("t0", after.Owner, new(500)));
        await AskAsync(after);

        string key = await before.RowAsync("select key from flows.effect");
        Assert.Contains(key, await after.RowsAsync("select key from flows.effect where context_key = 'ramp:t1'"));
        Assert.Equal(2, (await after.RowsAsync("select distinct key from flows.effect")).Count);
    }

    // Another worker thought that this one was gone; what the provider says is not thrown away.
    [Fact]
    public async Task Answer_that_comes_too_late_is_told()
    {
        await using FlowBench bench = await FlowBench.CreateAsync();
        bench.Exchange.Capability = ProviderCapability.Neither;
        await bench.HappensAsync(new RampAsked("t1", bench.Owner, new(500)));
        await bench.FireAsync();
        using (Boundary.Observe(passed =>
            {
                if (passed == Boundary.FlowEffectAnswered)
                    bench.AsOwnerAsync("update flows.effect set state = 'unknown', lease_epoch = lease_epoch + 1, leased_until = null")
                        .GetAwaiter().GetResult();
            }))
            await bench.Get<EffectWorker>().RunTurnAsync(FlowBench.Token);
        await bench.FireAsync();

        Assert.Equal(["answered_late_confirmed"], await bench.DiscrepanciesAsync());
        await bench.AsOwnerAsync("update flows.effect set state = 'dead'");
        Assert.IsType<VerbResult.Done>(await DoAsync(bench, EffectVerb.Reject));
        await bench.FireAsync();
        // The operator said otherwise: that stays open.
        Assert.Contains("answered_late_confirmed", await bench.DiscrepanciesAsync());
    }

    [Fact]
    public async Task Result_that_an_operator_states_is_read_before_it_counts()
    {
        await using FlowBench bench = await FlowBench.CreateAsync();
        bench.Exchange.Capability = ProviderCapability.Neither;
        bench.Exchange.Script = (_, _) => new ProviderAnswer.Unclear("timeout");
        await AskAsync(bench);
        await WaitAsync(bench);

        foreach (string stated in (string[])["{}", """{"order":"o","proceeds":5}""", "7"])
            Assert.IsType<VerbResult.NoAnswer>(await DoAsync(bench, EffectVerb.Confirm, stated));

        Assert.Equal("dead", await bench.RowAsync("select state from flows.effect"));
        Assert.IsType<VerbResult.Done>(await DoAsync(bench, EffectVerb.Confirm));
    }

    private static async Task AskAsync(FlowBench bench)
    {
        await bench.HappensAsync(new RampAsked("t1", bench.Owner, new(500)));
        await bench.SettleAsync();
    }

    private static async Task WaitAsync(FlowBench bench, TimeSpan? time = null)
    {
        await bench.ShiftClockAsync(time ?? TimeSpan.FromMinutes(10));
        await bench.SettleAsync();
    }

    private static async Task<VerbResult> DoAsync(FlowBench bench, EffectVerb verb, string stated = """{"order":"o","proceeds":"5"}""")
    {
        Guid effect = Guid.Parse(await bench.RowAsync("select id from flows.effect"));
        System.Text.Json.JsonElement? told = verb == EffectVerb.Confirm
            ? System.Text.Json.JsonSerializer.Deserialize<System.Text.Json.JsonElement>(stated)
            : null;
        return await bench.UnitOfWork.RunAsync(
            (session, token) => bench.Get<EffectOperator>().DoAsync(session, effect, verb, told, "a test", "tester", token),
            FlowBench.Token);
    }
}
