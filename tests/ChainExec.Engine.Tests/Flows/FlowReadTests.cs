using ChainExec.Flows;
using ChainExec.Flows.Definitions;
using Xunit;

namespace ChainExec.Engine.Tests.Flows;

/// <summary>What a flow shows of itself, alive and as a definition.</summary>
public sealed class FlowReadTests
{
    [Fact]
    public async Task Live_flow_shows_what_waits_what_fired_and_the_next_timer()
    {
        await using FlowBench bench = await FlowBench.CreateAsync();
        await bench.HappensAsync(new RampAsked("t1", bench.Owner, new(500)));
        await bench.SettleAsync();
        FlowQueries queries = bench.Get<FlowQueries>();
        FlowId id = Assert.Single(await queries.ListAsync(bench.Owner, before: null, limit: 10, FlowBench.Token)).Id;

        FlowView view = (await queries.FindAsync(bench.Owner, id, FlowBench.Token))!;

        Assert.Equal("ramp", view.Flow);
        Assert.Equal("500", view.Context.GetProperty("expected").GetString());
        Assert.Equal(
            [
                "asked consumed test.ramp_asked", "sold consumed flows.effect_ended: confirmed",
                "sale_refused retracted flows.effect_ended: rejected", "credit_in_full waiting test.bank_credited",
                "credit_short waiting test.bank_credited",
            ],
            view.Rules.Select(rule => $"{rule.Name} {rule.State} {string.Join(',', rule.WaitsFor)}"));
        Assert.Equal(view.Rules[3].ExpiresAt, view.NextTimer);
        FlowNodeView call = view.Nodes.Single(node => node.Name == "call");
        Assert.Equal(["send_started", "provider_confirmed"], call.Attempts.Select(attempt => attempt.Event));
        Assert.Equal(view.Nodes[0].Id, call.Parent);
    }

    [Fact]
    public async Task Flow_of_another_owner_is_not_there()
    {
        await using FlowBench bench = await FlowBench.CreateAsync();
        await bench.HappensAsync(new RampAsked("t1", bench.Owner, new(500)));
        await bench.SettleAsync();
        FlowQueries queries = bench.Get<FlowQueries>();
        FlowId id = Assert.Single(await queries.ListAsync(owner: null, before: null, limit: 10, FlowBench.Token)).Id;
        Guid stranger = Guid.CreateVersion7(TimeProvider.System.GetUtcNow());

        Assert.Null(await queries.FindAsync(stranger, id, FlowBench.Token));
        Assert.Empty(await queries.ListAsync(stranger, before: null, limit: 10, FlowBench.Token));
        Assert.NotNull(await queries.FindAsync(owner: null, id, FlowBench.Token));
    }

    [Fact]
    public void Page_of_a_definition_shows_every_rule_and_where_it_leads()
    {
        string page = FlowPage.Of(FlowCompiler.Compile(new RampFlow()).Model);

        foreach (string line in (string[])
            [
                "    asked([asked])", "    asked -->|exchange confirmed| sold", "    asked -->|exchange rejected| sale_refused",
                "    sold --> credit_in_full", "    credit_in_full -.->|after 3.00:00:00| settlement_late",
                "    credit_in_full --> credit_in_full_end((settled))", "    settlement_late{{settlement_late}}",
            ])
            Assert.Contains($"{line}\n", page, StringComparison.Ordinal);
        Assert.Contains(
            "| credit_short | `test.bank_credited` when `(event.Amount < context.Expected)`<br>for ever: ", page, StringComparison.Ordinal);
    }
}
