using System.Text.Json.Nodes;
using ChainExec.Execution;
using ChainExec.TestKit.Simulated;
using Xunit;

namespace ChainExec.IntegrationTests.Execution;

/// <summary>A nonce that is consumed without a transaction of its account.</summary>
public sealed class ConsumptionTests
{
    private static readonly Dictionary<string, string> NoClimbing = new() { ["Execution:ClimbAfterBlocks"] = "1000" };

    [Fact]
    public async Task Nonce_that_an_authorization_consumed_is_resolved_at_finality_and_the_sender_goes_on()
    {
        await using SimulatedBench bench = await SimulatedBench.StartAsync(NoClimbing);
        IntentId lost = await bench.PayAsync();
        await bench.SettleAsync();
        ConsumeInstead(bench);

        // Final are blocks that are four below the head.
        await bench.MineAsync(4);
        Assert.Contains(await bench.SlotAsync(), new[] { "accepted", "broadcast_unknown" });
        await bench.MineAsync(2);

        Assert.Equal("externally_consumed", await bench.SlotAsync());
        IntentView view = await bench.ViewAsync(lost);
        Assert.Equal(("failed", "slot_lost"), (view.State, view.Reason));
        Assert.Equal(1, await bench.OpenIncidentsAsync("nonce_consumed"));
        Assert.True(await bench.ScalarAsync<bool>("select tx_hash is null and block_hash is not null from execution.nonce_slot"));
        await bench.StepAsync();
        Assert.Equal(0, await bench.ScalarAsync<long>("select count(*) from ledger.hold where state = 'active'"));

        IntentId next = await bench.PayAsync(7);
        await bench.RunUntilAsync(next, "confirmed");
        Assert.Equal(7UL, bench.Received);
    }

    [Fact]
    public async Task Consumption_that_a_reorganisation_takes_back_loses_nothing()
    {
        await using SimulatedBench bench = await SimulatedBench.StartAsync(NoClimbing);
        IntentId payment = await bench.PayAsync();
        await bench.SettleAsync();
        ConsumeInstead(bench);
        await bench.MineAsync(2);

        bench.Chain.Reorg(new ReorgPlan { Depth = 3, Fate = _ => OrphanFate.Vanishes });
        await bench.RunUntilAsync(payment, "confirmed");

        Assert.Equal(5UL, bench.Received);
        Assert.Equal(0, await bench.OpenIncidentsAsync("nonce_consumed"));
    }

    [Fact]
    public async Task One_provider_that_lies_about_the_nonce_resolves_nothing()
    {
        await using SimulatedBench bench = await SimulatedBench.StartAsync(NoClimbing);
        foreach (ProviderView view in bench.Chain.Views)
            view.FailAlways(Fault.AcceptAndDrop, "eth_sendRawTransaction");
        IntentId payment = await bench.PayAsync();
        await bench.SettleAsync();
        bench.Gamma.FailAlways(Fault.Lie("a nonce too high", _ => "0x5"), "eth_getTransactionCount");

        // It does not move, so it is asked about at each final block.
        await bench.MineAsync(16);

        Assert.Equal(1, await bench.OpenIncidentsAsync("slot_stuck"));
        Assert.Equal(1, await bench.ScalarAsync<long>("select count(*) from execution.nonce_check where answers like '%gamma: 5%'"));
        Assert.Equal("accepted", await bench.SlotAsync());
        foreach (ProviderView view in bench.Chain.Views)
            view.Heal();
        await bench.RunUntilAsync(payment, "confirmed");
        Assert.Equal(5UL, bench.Received);
    }

    [Fact]
    public async Task Providers_that_know_a_receipt_of_ours_resolve_nothing()
    {
        await using SimulatedBench bench = await SimulatedBench.StartAsync(NoClimbing);
        IntentId payment = await bench.PayAsync();
        await bench.SettleAsync();
        string receipt = ReceiptOf(bench.Chain.PendingTransactions[0]);
        ConsumeInstead(bench);
        foreach (ProviderView view in bench.Chain.Views.Take(2))
            view.FailAlways(Fault.Lie("a receipt of ours", _ => JsonNode.Parse(receipt)), "eth_getTransactionReceipt");

        await bench.MineAsync(8);

        Assert.Contains(await bench.SlotAsync(), new[] { "accepted", "broadcast_unknown" });
        Assert.NotEqual("failed", (await bench.ViewAsync(payment)).State);
        foreach (ProviderView view in bench.Chain.Views)
            view.Heal();
        await bench.MineAsync(2);
        Assert.Equal("externally_consumed", await bench.SlotAsync());
    }

    [Fact]
    public async Task Receipt_of_a_sealed_price_is_one_of_ours_too()
    {
        await using SimulatedBench bench = await SimulatedBench.StartAsync(NoClimbing);
        await bench.PayAsync();
        await bench.SettleAsync();
        string receipt = ReceiptOf(bench.Chain.PendingTransactions[0]);
        await bench.ExecuteAsync("update execution.prepared_call set state = 'sealed'");
        ConsumeInstead(bench);
        foreach (ProviderView view in bench.Chain.Views.Take(2))
            view.FailAlways(Fault.Lie("a receipt of ours", _ => JsonNode.Parse(receipt)), "eth_getTransactionReceipt");

        await bench.MineAsync(20);

        Assert.Equal(1, await bench.OpenIncidentsAsync("slot_stuck"));
        Assert.True(await bench.ScalarAsync<bool>("select exists (select from execution.nonce_check)"), "it was asked about");
        Assert.Contains(await bench.SlotAsync(), new[] { "accepted", "broadcast_unknown" });
    }

    [Fact]
    public async Task Slot_of_a_chain_that_is_configured_no_more_stops_no_other()
    {
        await using SimulatedBench bench = await SimulatedBench.StartAsync(NoClimbing);
        await bench.PayAsync();
        await bench.PayAsync(7);
        await bench.SettleAsync();
        ConsumeInstead(bench);
        await bench.ExecuteAsync("""
            insert into indexing.chain (chain_id, genesis_hash, start_number, tip_number, tip_hash, final_number, final_hash)
            select 998, genesis_hash, start_number, tip_number, tip_hash, final_number, final_hash from indexing.chain;
            update execution.nonce_slot set chain_id = 998, next_step_at = null where nonce = 1;
            update execution.node set answer_class = 'nonce_too_low' where execution_id in (
                select e.id from execution.execution e join execution.prepared_call p on p.id = e.prepared_call_id
                join execution.nonce_slot s on s.id = p.slot_id where s.nonce = 1)
            """);

        await bench.MineAsync(8);

        Assert.Equal("externally_consumed", await bench.SlotAsync());
        Assert.Equal(1, await bench.OpenIncidentsAsync("consumption_unchecked"));
    }

    private static string ReceiptOf(SimulatedTransaction transaction) => $$"""
        {"transactionHash":"{{transaction.Hash}}","transactionIndex":"0x0","blockHash":"0x{{new string('a', 64)}}","blockNumber":"0x1",
         "from":"{{transaction.From.ToHex()}}","to":"{{transaction.To!.Value.ToHex()}}","status":"0x1","gasUsed":"0x5208",
         "cumulativeGasUsed":"0x5208","effectiveGasPrice":"0x1","logs":[],"logsBloom":"0x{{new string('0', 512)}}","type":"0x2",
         "contractAddress":null}
        """;

    // The transaction leaves every pool, and an authorization of the account is carried by somebody else.
    private static void ConsumeInstead(SimulatedBench bench)
    {
        foreach (SimulatedTransaction pending in bench.Chain.PendingTransactions)
            bench.Chain.DropEverywhere(pending.Hash);
        bench.Chain.ConsumeNonce(bench.Sender, null);
        bench.Chain.Mine();
    }
}
