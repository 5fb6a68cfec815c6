using System.Numerics;
using ChainExec.Execution;
using ChainExec.Facts;
using ChainExec.Ledger;
using ChainExec.TestKit;
using Xunit;

namespace ChainExec.IntegrationTests.Execution;

public sealed class ReorgTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Payment_that_a_reorg_drops_is_included_again_and_posted_once()
    {
        await using EngineBench bench = await EngineBench.StartAsync(5_000_000);
        IntentId payment = await bench.PayAsync(1_000_000);
        await bench.RunUntilAsync(payment, "included");

        await bench.Node.ReorgAsync(1, [], Token);
        await bench.RunUntilAsync(async () => (await bench.ViewAsync(payment)).State == "executing", "the intent went back", mine: false);
        Assert.Equal(0, await bench.RecipientBalanceAsync());
        await bench.RunUntilAsync(payment, "confirmed");

        Assert.Equal(1_000_000, await bench.RecipientBalanceAsync());
        Assert.Equal(4_000_000, await bench.CustomerAsync());
        IReadOnlyList<TimelineStep> timeline = await bench.Get<IntentQueries>().TimelineAsync(payment, Token);
        Assert.Equal(
            ["created", "preparing", "prepared", "signed", "submitted", "included", "orphaned", "included", "confirmed"],
            timeline.Select(step => step.Step));
        Assert.Equal(1, await bench.ScalarAsync<long>("select count(*) from execution.execution"));
        await bench.AssertBooksEqualChainAsync();
    }

    [Fact]
    public async Task Orphaned_deposit_is_never_booked()
    {
        await using EngineBench bench = await EngineBench.StartAsync(5_000_000);
        await bench.Node.MintAsync(bench.Tokens.Tusd, AnvilNode.DevAccounts[4], 9_000_000, Token);
        await bench.Node.TransferFromDevAsync(4, bench.Tokens.Tusd, bench.Sender, 9_000_000, Token);
        await bench.Node.MineAsync(1, Token);
        await bench.SettleAsync();
        Assert.Equal(1, await bench.ScalarAsync<long>(
            "select count(*) from attribution.v_movement where amount = 9000000 and phase = 'included'"));

        await bench.Node.ReorgAsync(1, [], Token);
        await bench.Node.MineAsync(4, Token);
        await bench.SettleAsync();

        Assert.Equal(5_000_000, await bench.CustomerAsync());
        Assert.Equal(1, await bench.ScalarAsync<long>(
            "select count(*) from attribution.v_movement where amount = 9000000 and phase = 'orphaned'"));
        await bench.AssertBooksEqualChainAsync();
    }

    [Fact]
    public async Task Foreign_transaction_that_takes_the_nonce_fails_the_intent_and_tells_the_operator()
    {
        await using EngineBench bench = await EngineBench.StartAsync(5_000_000);
        IntentId payment = await bench.PayAsync(1_000_000);
        await bench.SettleAsync();
        Assert.Equal("executing", (await bench.ViewAsync(payment)).State);

        // Somebody who has our key moves the money elsewhere on our nonce.
        await bench.Node.RpcAsync("anvil_dropAllTransactions", [], Token);
        await bench.Node.RpcAsync("anvil_impersonateAccount", [bench.Sender], Token);
        await bench.Node.RpcAsync(
            "eth_sendTransaction",
            [new { from = bench.Sender, to = bench.Tokens.Tusd, data = TokenCalls.Transfer(
                AnvilNode.DevAccounts[7], 700_000), gas = "0x30d40", nonce = "0x0" }],
            Token);
        await bench.Node.MineAsync(1, Token);
        await bench.RunUntilAsync(payment, "failed");
        await bench.SettleAsync();

        Assert.Equal("slot_lost", (await bench.ViewAsync(payment)).Reason);
        Assert.Equal(0, await bench.RecipientBalanceAsync());
        Assert.Equal("foreign_transaction", await bench.ScalarAsync<string>("select kind from execution.incident"));
        // What left without an explanation is in suspense; the customer's claim is untouched.
        Assert.Equal(-700_000, await bench.LedgerBalanceAsync(Book.Suspense(EngineBench.Dollar).Code));
        Assert.Equal(5_000_000, await bench.CustomerAsync());
        Assert.Equal(0, await bench.HeldAsync());
    }

    [Fact]
    public async Task Foreign_transaction_with_our_very_effect_is_adopted_and_not_paid_again()
    {
        await using EngineBench bench = await EngineBench.StartAsync(5_000_000);
        IntentId payment = await bench.PayAsync(1_000_000);
        await bench.SettleAsync();
        await bench.Node.RpcAsync("anvil_dropAllTransactions", [], Token);
        await bench.Node.RpcAsync("anvil_impersonateAccount", [bench.Sender], Token);
        await bench.Node.RpcAsync(
            "eth_sendTransaction",
            [new { from = bench.Sender, to = bench.Tokens.Tusd, data = TokenCalls.Transfer(
                EngineBench.Recipient, 1_000_000), gas = "0x30d40", nonce = "0x0" }],
            Token);
        await bench.Node.MineAsync(1, Token);
        await bench.RunUntilAsync(payment, "confirmed");
        await bench.SettleAsync();

        Assert.Equal(1_000_000, await bench.RecipientBalanceAsync());
        Assert.Equal(4_000_000, await bench.CustomerAsync());
        Assert.Equal("adopted", await bench.ScalarAsync<string>("select state from execution.nonce_slot where nonce = 0"));
        await bench.AssertBooksEqualChainAsync();
    }

    [Fact]
    public async Task Transaction_that_reverts_on_chain_consumes_the_nonce_and_gives_the_hold_back()
    {
        await using EngineBench bench = await EngineBench.StartAsync(5_000_000);
        IntentId payment = await bench.PayAsync(1_000_000);
        await bench.SettleAsync();
        // Between simulation and inclusion the token is paused: the transaction is mined and reverts.
        await bench.Node.RpcAsync(
            "evm_setNextBlockTimestamp", [DateTimeOffset.UnixEpoch.AddSeconds(4_000_000_000).ToUnixTimeSeconds()], Token);
        await PauseFirstAsync(bench);
        await bench.RunUntilAsync(payment, "failed");
        await bench.SettleAsync();

        Assert.Equal("reverted", (await bench.ViewAsync(payment)).Reason);
        Assert.Equal(0, await bench.RecipientBalanceAsync());
        Assert.Equal(0, await bench.HeldAsync());
        Assert.Equal("finalized", await bench.ScalarAsync<string>("select state from execution.nonce_slot where nonce = 0"));
        await bench.AssertBooksEqualChainAsync();
    }

    [Fact]
    public async Task Transfer_of_nothing_that_names_us_is_no_movement_and_parks_nothing()
    {
        await using EngineBench bench = await EngineBench.StartAsync(5_000_000);
        await bench.Node.TransferFromDevAsync(4, bench.Tokens.Tusd, bench.Sender, BigInteger.Zero, Token);
        await bench.Node.MineAsync(4, Token);
        await bench.SettleAsync();

        Assert.Empty(await bench.Get<FactQueries>().ParkedAsync(10, Token));
        Assert.Equal(5_000_000, await bench.CustomerAsync());
    }

    // A dearer tip puts the pause before the payment in the same block.
    private static async Task PauseFirstAsync(EngineBench bench)
    {
        await bench.Node.RpcAsync(
            "eth_sendTransaction",
            [new { from = AnvilNode.DevAccounts[0], to = bench.Tokens.Tusd, data = TokenCalls.Pause(), gas = "0x30d40",
                maxPriorityFeePerGas = "0x174876e800", maxFeePerGas = "0x2e90edd000" }],
            Token);
        await bench.Node.MineAsync(1, Token);
    }
}
