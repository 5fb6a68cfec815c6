using System.Numerics;
using ChainExec.Execution;
using ChainExec.TestKit.Simulated;
using Xunit;

namespace ChainExec.IntegrationTests.Execution;

/// <summary>Why a final transaction of ours reverted, and what it cost, as its owner is told.</summary>
public sealed class RevertReasonTests
{
    [Fact]
    public async Task Reverted_payment_shows_the_decoded_reason_its_gas_and_its_fee()
    {
        await using SimulatedBench bench = await SimulatedBench.StartAsync();
        IntentId payment = await bench.PayAsync();
        await bench.SettleAsync();
        bench.Usd.SetBlocked(SimulatedBench.Shop, true);

        await bench.RunUntilAsync(payment, "failed");
        await bench.StepAsync();

        RevertView revert = (await bench.ViewAsync(payment)).Revert!;
        Assert.Equal("custom", revert.Kind);
        Assert.StartsWith("AccountBlocked(", revert.Message);
        (SimulatedBlock block, SimulatedReceipt receipt) = bench.Chain.Inclusion(revert.TxHash)!.Value;
        Assert.Equal(((long)block.Number, new BigInteger(receipt.GasUsed)), (revert.BlockNumber, revert.GasUsed.BaseUnits));
        Assert.Equal(
            await bench.ScalarAsync<string>("select (gas_used * effective_gas_price)::text from indexing.transaction where not succeeded"),
            revert.Fee.ToString());
        Assert.Equal("finalized", await bench.SlotAsync());
    }

    [Fact]
    public async Task Payment_that_ran_out_of_gas_says_so()
    {
        await using SimulatedBench bench = await SimulatedBench.StartAsync();
        foreach (ProviderView view in bench.Chain.Views)
            view.FailAlways(Fault.Lie("too little gas", _ => "0x6000"), "eth_estimateGas");

        IntentId payment = await bench.PayAsync();
        await bench.RunUntilAsync(payment, "failed");
        await bench.StepAsync();

        RevertView revert = (await bench.ViewAsync(payment)).Revert!;
        Assert.Equal("out_of_gas", revert.Kind);
        Assert.Equal(await bench.ScalarAsync<long>("select gas_limit from execution.prepared_call"), revert.GasUsed.BaseUnits);
    }

    [Fact]
    public async Task Reason_that_no_provider_tells_delays_nothing_and_ends_as_unknown_with_why()
    {
        await using SimulatedBench bench = await SimulatedBench.StartAsync();
        IntentId payment = await bench.PayAsync();
        await bench.SettleAsync();
        bench.Usd.SetBlocked(SimulatedBench.Shop, true);
        foreach (ProviderView view in bench.Chain.Views)
            view.FailAlways(Fault.Error(-32000, "missing trie node 8a2c"), "eth_call");

        await bench.RunUntilAsync(payment, "failed");
        Assert.Null((await bench.ViewAsync(payment)).Revert!.Kind);
        for (int waited = 0; waited < 10; waited++)
            await bench.StepAsync(20);

        RevertView revert = (await bench.ViewAsync(payment)).Revert!;
        Assert.Equal("unknown", revert.Kind);
        Assert.Contains("missing trie node", revert.Message);
        Assert.Equal(5, await bench.ScalarAsync<int>("select tries from execution.revert where next_try_at is null"));
    }

    [Fact]
    public async Task Revert_on_a_chain_that_is_configured_no_more_leaves_the_others_explained()
    {
        await using SimulatedBench bench = await SimulatedBench.StartAsync();
        IntentId payment = await bench.PayAsync();
        await bench.SettleAsync();
        bench.Usd.SetBlocked(SimulatedBench.Shop, true);
        foreach (ProviderView view in bench.Chain.Views)
            view.FailAlways(Fault.Error(-32000, "missing trie node 8a2c"), "eth_call");
        await bench.RunUntilAsync(payment, "failed");
        await bench.ExecuteAsync("""
            insert into execution.revert (chain_id, tx_hash, intent_id, slot_id, block_number, gas_used, effective_gas_price, next_try_at)
            select 998, tx_hash, intent_id, slot_id, block_number, gas_used, effective_gas_price, at from execution.revert
            """);
        foreach (ProviderView view in bench.Chain.Views)
            view.Heal();

        await bench.StepAsync(20);

        Assert.Equal("custom", await bench.ScalarAsync<string>("select kind from execution.revert_reason"));
        Assert.True(await bench.ScalarAsync<bool>(
            "select tries > 0 and next_try_at is not null from execution.revert where chain_id = 998"));
    }
}
