using System.Text.Json;
using ChainExec.Flows;
using Xunit;

namespace ChainExec.Engine.Tests.Flows;

/// <summary>Operators decide what no evidence decides, once, and only where it is theirs to decide.</summary>
public sealed class EffectOperatorTests
{
    [Fact]
    public async Task Dead_effect_that_an_operator_confirms_lets_its_flow_go_on()
    {
        await using FlowBench bench = await DeadAsync();

        VerbResult result = await DoAsync(bench, EffectVerb.Confirm, """{"order":"by-hand","proceeds":"480"}""");
        await bench.SettleAsync();

        Assert.Equal(EffectState.Confirmed, Assert.IsType<VerbResult.Done>(result).State);
        Assert.Equal("waiting", await bench.RowAsync("select state from flows.rule where name = 'credit_in_full'"));
        Assert.Empty(await bench.DiscrepanciesAsync());
        Assert.Equal("operator_confirmed|tester", await bench.RowAsync(
            "select event, actor from flows.effect_move order by number desc limit 1"));
        Assert.IsType<VerbResult.NotOffered>(await DoAsync(bench, EffectVerb.Reject));
        await bench.AssertSoundAsync();
    }

    [Fact]
    public async Task Dead_effect_that_an_operator_rejects_is_compensated()
    {
        await using FlowBench bench = await DeadAsync();

        Assert.IsType<VerbResult.Done>(await DoAsync(bench, EffectVerb.Reject));
        await bench.SettleAsync();

        Assert.Equal(["ramp:t1|ended|refused"], await bench.ContextsAsync());
        await bench.AssertSoundAsync();
    }

    [Fact]
    public async Task Dead_effect_that_is_retried_is_found_out_by_what_the_provider_allows()
    {
        await using FlowBench bench = await DeadAsync();
        bench.Exchange.Capability = ProviderCapability.EnquiryByOurReference;
        bench.Exchange.Script = null;

        Assert.Equal(EffectState.Unknown, Assert.IsType<VerbResult.Done>(await DoAsync(bench, EffectVerb.Retry)).State);
        await bench.ShiftClockAsync(TimeSpan.FromMinutes(2));
        await bench.SettleAsync();
        await bench.ShiftClockAsync(TimeSpan.FromMinutes(2));
        await bench.SettleAsync();

        Assert.Equal(1, Assert.Single(bench.Exchange.Done).Value);
        await bench.AssertSoundAsync();
    }

    [Fact]
    public async Task Skip_is_offered_only_before_anything_was_asked()
    {
        await using FlowBench bench = await FlowBench.CreateAsync();
        await bench.HappensAsync(new RampAsked("t1", bench.Owner, new(500)));
        await bench.FireAsync();
        Assert.IsType<VerbResult.NotOffered>(await DoAsync(bench, EffectVerb.Confirm));

        Assert.IsType<VerbResult.Done>(await DoAsync(bench, EffectVerb.Skip));
        await bench.SettleAsync();

        Assert.Equal(0, bench.Exchange.Sends);
        Assert.Equal(["ramp:t1|ended|refused"], await bench.ContextsAsync());
    }

    // The engine has leased the effect and is about to ask when the operator skips it: only one of the two happens.
    [Fact]
    public async Task Operator_and_engine_at_the_same_moment_do_one_thing()
    {
        await using FlowBench bench = await FlowBench.CreateAsync();
        await bench.HappensAsync(new RampAsked("t1", bench.Owner, new(500)));
        await bench.FireAsync();
        Effect leased = Assert.Single(await bench.UnitOfWork.RunAsync(
            (session, token) => bench.Get<EffectStore>().LeaseDueAsync(session, TimeSpan.FromMinutes(1), 10, token), FlowBench.Token));
        await DoAsync(bench, EffectVerb.Skip);

        await Assert.ThrowsAsync<ChainExec.Storage.StaleWriteException>(() => bench.UnitOfWork.RunAsync(
            (session, token) => bench.Get<EffectStore>().MoveAsync(
                session, leased, new EffectMove(EffectEvent.SendStarted, new { }, TimeSpan.Zero), "engine", token),
            FlowBench.Token));
    }

    private static async Task<FlowBench> DeadAsync()
    {
        FlowBench bench = await FlowBench.CreateAsync();
        bench.Exchange.Capability = ProviderCapability.Neither;
        bench.Exchange.Script = (_, _) => new ProviderAnswer.Unclear("timeout");
        await bench.HappensAsync(new RampAsked("t1", bench.Owner, new(500)));
        await bench.SettleAsync();
        await bench.ShiftClockAsync(TimeSpan.FromMinutes(10));
        await bench.SettleAsync();
        Assert.Equal("dead", await bench.RowAsync("select state from flows.effect"));
        return bench;
    }

    private static async Task<VerbResult> DoAsync(FlowBench bench, EffectVerb verb, string? result = null)
    {
        Guid effect = Guid.Parse(await bench.RowAsync("select id from flows.effect"));
        JsonElement? told = result is null ? (verb == EffectVerb.Confirm ? JsonSerializer.Deserialize<JsonElement>("{}") : null)
            : JsonSerializer.Deserialize<JsonElement>(result);
        return await bench.UnitOfWork.RunAsync(
            (session, token) => bench.Get<EffectOperator>().DoAsync(session, effect, verb, told, "a test", "tester", token),
            FlowBench.Token);
    }
}
