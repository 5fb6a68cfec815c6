using System.Numerics;
using ChainExec.Admission;
using ChainExec.Execution;
using ChainExec.Storage;
using ChainExec.TestKit;
using ChainExec.TestKit.Simulated;
using Xunit;

namespace ChainExec.IntegrationTests.Execution;

/// <summary>Higher prices of one nonce, and what carries on when they are used up.</summary>
public sealed class RungTests
{
    private const string Prices = """
        select count(distinct p.max_fee_per_gas) from execution.prepared_call p
        join execution.execution e on e.prepared_call_id = p.id where e.state = 'signed'
        """;

    // Every block that passes without the payment asks for a higher price.
    private static readonly Dictionary<string, string> Eager = new() { ["Execution:ClimbAfterBlocks"] = "1" };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Payment_that_is_not_mined_is_priced_higher_in_its_slot_and_paid_once()
    {
        await using EngineBench bench = await EngineBench.StartAsync(5_000_000, Eager);
        IntentId payment = await ClimbedAsync(bench);

        Assert.Equal("executing", (await bench.ViewAsync(payment)).State);
        Assert.Equal(1, await bench.ScalarAsync<long>("select count(*) from execution.nonce_slot"));
        Assert.True(await bench.ScalarAsync<bool>("""
            select bool_and(n.max_fee_per_gas >= o.max_fee_per_gas * 1.125 and n.gas_limit = o.gas_limit and n.effect_hash = o.effect_hash
                            and n.max_priority_fee_per_gas >= o.max_priority_fee_per_gas * 1.125)
            from   execution.prepared_call o join execution.prepared_call n on n.slot_id = o.slot_id and n.rung = o.rung + 1
            """));
        await bench.RunUntilAsync(payment, "confirmed");

        await AssertPaidOnceAsync(bench);
        Assert.Contains("repriced", (await bench.Get<IntentQueries>().TimelineAsync(payment, Token)).Select(step => step.Step));
    }

    [Fact]
    public async Task Lower_price_that_is_mined_after_all_confirms_the_payment()
    {
        await using EngineBench bench = await EngineBench.StartAsync(5_000_000, Eager);
        IntentId payment = await ClimbedAsync(bench);
        await bench.Node.RpcAsync("anvil_dropAllTransactions", [], Token);
        await bench.Node.RpcAsync("eth_sendRawTransaction", [await BytesOfRungAsync(bench, 0)], Token);
        await bench.Node.MineAsync(1, Token);

        await bench.RunUntilAsync(payment, "confirmed");

        await AssertPaidOnceAsync(bench);
    }

    [Fact]
    public async Task Crash_after_a_higher_price_was_committed_asks_for_it_again()
    {
        await using EngineBench bench = await EngineBench.StartAsync(5_000_000, Eager);
        IntentId payment = await bench.PayAsync(1_000_000);
        await bench.SettleAsync();
        foreach (string boundary in new[] { Boundary.Repriced, Boundary.SignatureAnswered, Boundary.SignatureStored })
        {
            using (CrashException.At(boundary))
                await Assert.ThrowsAsync<CrashException>(() => bench.MineWithoutOursAsync(3));
            await bench.RestartAsync();
            await bench.ExpireLeasesAsync();
            await bench.SettleAsync();
        }

        await bench.RunUntilAsync(payment, "confirmed");

        await AssertPaidOnceAsync(bench);
    }

    [Fact]
    public async Task Price_that_a_restored_backup_forgot_is_watched_again()
    {
        await using EngineBench bench = await EngineBench.StartAsync(5_000_000, Eager);
        IntentId payment = await bench.PayAsync(1_000_000);
        await bench.SettleAsync();
        await using PostgresDatabase backup = await bench.Database.CloneAsync(Token);
        await bench.RestartAsync();
        await ClimbAsync(bench);
        await bench.ResendAsync();

        await bench.RestartAsync();
        await bench.Database.RestoreAsync(backup, Token);
        await bench.RestartAsync();
        await bench.Node.MineAsync(1, Token);
        await bench.RunUntilAsync(payment, "confirmed");

        await AssertPaidOnceAsync(bench);
        Assert.Equal("finalized", await bench.ScalarAsync<string>("select state from execution.nonce_slot"));
        Assert.Equal("journal_ahead", await bench.ScalarAsync<string>("select min(kind) from execution.incident"));
    }

    [Fact]
    public async Task Used_up_prices_are_carried_on_by_a_child_in_the_same_slot()
    {
        await using EngineBench bench = await EngineBench.StartAsync(
            5_000_000, new Dictionary<string, string>(Eager) { ["Execution:RungsMax"] = "2" });
        IntentId payment = await bench.PayAsync(1_000_000);
        await bench.SettleAsync();
        await bench.MineWithoutOursAsync(4);

        Assert.Equal(1, await bench.ScalarAsync<long>("select count(*) from execution.nonce_slot"));
        Assert.True(await bench.ScalarAsync<long>("select count(*) from execution.intent where state = 'escalated'") >= 1);
        Assert.Equal("executing", (await bench.ViewAsync(payment)).State);
        Assert.Equal(1, await bench.ScalarAsync<long>("select count(distinct effect_hash) from execution.carrier"));
        await bench.RunUntilAsync(payment, "confirmed");

        await AssertPaidOnceAsync(bench);
        Assert.Equal(0, await bench.HeldAsync());
    }

    [Fact]
    public async Task Nonce_that_a_child_took_over_stays_its_when_the_signer_is_away_and_the_old_bytes_are_accepted()
    {
        await using SimulatedBench bench = await SimulatedBench.StartAsync(
            new Dictionary<string, string>(Eager) { ["Execution:RungsMax"] = "1" });
        foreach (ProviderView view in bench.Chain.Views)
            view.FailAlways(Fault.Error(-32000, "txpool is full"), "eth_sendRawTransaction");
        IntentId payment = await bench.PayAsync();
        await bench.SettleAsync();
        Assert.Equal("broadcast_unknown", await bench.SlotAsync());

        var leaving = new Lazy<bool>(() =>
        {
            foreach (ProviderView view in bench.Chain.Views)
                view.Heal();
            return Task.Run(bench.Signer.KillAsync, Token).Wait(TimeSpan.FromSeconds(10), Token);
        });
        using (Boundary.Observe(passed => Assert.True(passed != Boundary.Repriced || leaving.Value)))
        {
            for (int block = 0; block < 10 && !leaving.IsValueCreated; block++)
                await bench.MineAsync();
        }

        Assert.True(leaving.IsValueCreated);
        Assert.Equal("accepted", await bench.SlotAsync());
        Assert.True(await bench.ScalarAsync<bool>("""
            select i.generation = 1 from execution.nonce_slot s join execution.carrier_member m on m.carrier_id = s.carrier_id
            join execution.intent i on i.id = m.intent_id
            """));

        await bench.Signer.RestartAsync(null, Token);
        await bench.RunUntilAsync(payment, "confirmed");
        Assert.Equal(5UL, bench.Received);
        Assert.Equal(0, await bench.ScalarAsync<long>("select count(*) from execution.v_open_intent"));
    }

    [Fact]
    public async Task Price_beyond_the_fee_limit_is_not_signed_and_the_operator_is_told()
    {
        await using EngineBench bench = await EngineBench.StartAsync(5_000_000, Eager);
        Dictionary<string, object> body = bench.Body(1_000_000);
        await bench.PayAsync(1);
        await bench.RunUntilAsync(async () => await bench.RecipientBalanceAsync() == 1, "a first payment shows the gas");
        BigInteger gas = BigInteger.Parse(
            await bench.ScalarAsync<string>("select max(gas_limit * max_fee_per_gas)::text from execution.prepared_call"),
            System.Globalization.CultureInfo.InvariantCulture);
        body["max_total_fee"] = gas.ToString(System.Globalization.CultureInfo.InvariantCulture);
        IntentId payment = Assert.IsType<SubmitResult.Accepted>(await bench.SubmitAsync(body)).Intent;
        await bench.SettleAsync();
        await bench.MineWithoutOursAsync(14);

        Assert.Equal("fee_limit", await bench.ScalarAsync<string>("select kind from execution.incident where closed_at is null"));
        Assert.True(await bench.ScalarAsync<bool>(
            $"select max(gas_limit * max_fee_per_gas) <= {gas} from execution.prepared_call"));
        await bench.RunUntilAsync(payment, "confirmed");
        Assert.Equal(1_000_001, await bench.RecipientBalanceAsync());
        Assert.Equal(0, await bench.ScalarAsync<long>("select count(*) from execution.incident where closed_at is null"));
    }

    [Fact]
    public async Task Revert_on_chain_is_tried_again_on_a_new_nonce_when_its_policy_says_so()
    {
        await using EngineBench bench = await EngineBench.StartAsync(5_000_000, Eager);
        Dictionary<string, object> body = bench.Body(1_000_000);
        body["on_revert"] = "retry";
        IntentId payment = Assert.IsType<SubmitResult.Accepted>(await bench.SubmitAsync(body)).Intent;
        await bench.SettleAsync();
        await RevertOnceAsync(bench);

        await bench.RunUntilAsync(payment, "confirmed");

        Assert.Equal(2, await bench.ScalarAsync<long>("select count(*) from execution.nonce_slot"));
        await AssertPaidOnceAsync(bench);
        Assert.Equal(0, await bench.HeldAsync());
    }

    [Fact]
    public async Task Revert_on_chain_fails_the_intent_by_default_and_gives_its_hold_back()
    {
        await using EngineBench bench = await EngineBench.StartAsync(5_000_000, Eager);
        IntentId payment = await bench.PayAsync(1_000_000);
        await bench.SettleAsync();
        await RevertOnceAsync(bench);

        await bench.RunUntilAsync(payment, "failed");
        await bench.SettleAsync();

        Assert.Equal("reverted", (await bench.ViewAsync(payment)).Reason);
        Assert.Equal(0, await bench.HeldAsync());
        await bench.AssertBooksEqualChainAsync();
    }

    // The recipient is blocked before our transaction in the block and free again after it.
    private static async Task RevertOnceAsync(EngineBench bench)
    {
        await bench.Node.RpcAsync("anvil_dropAllTransactions", [], Token);
        await bench.Node.SendFromDevAsync(0, bench.Tokens.Tusd, 0, TokenCalls.BlockAccount(EngineBench.Recipient), Token);
        await bench.Node.MineAsync(1, Token);
        await bench.ResendAsync();
        await bench.Node.MineAsync(1, Token);
        await bench.Node.SendFromDevAsync(0, bench.Tokens.Tusd, 0, TokenCalls.UnblockAccount(EngineBench.Recipient), Token);
        await bench.Node.MineAsync(1, Token);
    }

    private static async Task<IntentId> ClimbedAsync(EngineBench bench)
    {
        IntentId payment = await bench.PayAsync(1_000_000);
        await bench.SettleAsync();
        await ClimbAsync(bench);
        return payment;
    }

    // After a restart the index waits until the lease of the process before has run out.
    private static async Task ClimbAsync(EngineBench bench)
    {
        for (int block = 0; block < 40 && await bench.ScalarAsync<long>(Prices) < 2; block++)
            await bench.MineWithoutOursAsync(1);
        Assert.True(await bench.ScalarAsync<long>(Prices) > 1);
    }

    private static Task<string> BytesOfRungAsync(EngineBench bench, int rung) => bench.ScalarAsync<string>($"""
        select '0x' || encode(e.raw, 'hex') from execution.execution e
        join execution.prepared_call p on p.id = e.prepared_call_id where p.rung = {rung}
        """);

    private static async Task AssertPaidOnceAsync(EngineBench bench)
    {
        Assert.Equal(1_000_000, await bench.RecipientBalanceAsync());
        Assert.Equal(4_000_000, await bench.CustomerAsync());
        await bench.AssertBooksEqualChainAsync();
    }
}
