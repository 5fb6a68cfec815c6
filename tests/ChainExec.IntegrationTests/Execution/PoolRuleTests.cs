using System.Globalization;
using System.Numerics;
using ChainExec.Admission;
using ChainExec.Execution;
using ChainExec.TestKit;
using Xunit;

namespace ChainExec.IntegrationTests.Execution;

/// <summary>
/// The engine against a pool that takes a replacement only for a tenth more on both fields and keeps what pays less than the base fee:
/// Hardhat's. What waits in it stays there; nothing is taken out by a test.
/// </summary>
public sealed class PoolRuleTests
{
    // INVALID takes all the gas it gets, in one step.
    private const string Burner = "0x000000000000000000000000000000000000b0b0";
    private const string BurnerCode = "0xfe";
    private const ulong Gwei = 1_000_000_000;

    private static readonly Dictionary<string, string> Settings = new()
    {
        ["Chains:0:Finality:Mode"] = "depth",
        ["Chains:0:Finality:Depth"] = "2",
        ["Execution:ClimbAfterBlocks"] = "1",
    };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Outbid_payment_climbs_by_an_eighth_on_both_fields_in_the_pool_and_is_paid_once()
    {
        await using EngineBench bench = await StartAsync();
        await bench.Node.RpcAsync("hardhat_setCode", [Burner, BurnerCode], Token);
        IntentId payment = await bench.PayAsync(1_000_000);
        await bench.SettleAsync();
        for (int rung = 0; rung < 4; rung++)
        {
            Assert.Equal([await HashOfRungAsync(bench, rung)], await PendingAsync(bench));
            await MineFullBlockAsync(bench);
            await ClimbAsync(bench, rung + 1);
        }

        Assert.Equal(4, await bench.ScalarAsync<long>("""
            select count(*)
            from   execution.prepared_call o join execution.prepared_call n on n.slot_id = o.slot_id and n.rung = o.rung + 1
            where  n.max_fee_per_gas = div(o.max_fee_per_gas * 9 + 7, 8)
                   and n.max_priority_fee_per_gas = div(o.max_priority_fee_per_gas * 9 + 7, 8) and n.effect_hash = o.effect_hash
            """));
        string top = await HashOfRungAsync(bench, 4);
        Assert.Equal([top], await PendingAsync(bench));
        await bench.RunUntilAsync(payment, "confirmed");

        Assert.NotNull(await bench.Node.ReceiptAsync(top, Token));
        Assert.Equal(1, await bench.ScalarAsync<long>("select count(*) from execution.nonce_slot"));
        await AssertPaidOnceAsync(bench);
    }

    [Fact]
    public async Task Payment_below_a_risen_base_fee_stays_in_the_pool_and_is_mined_at_its_next_price()
    {
        await using EngineBench bench = await StartAsync();
        IntentId payment = await bench.PayAsync(1_000_000);
        await bench.SettleAsync();
        string starved = await HashOfRungAsync(bench, 0);
        await Node(bench).SetNextBaseFeeAsync(20 * Gwei, Token);
        await bench.Node.MineAsync(1, Token);
        Assert.Equal([starved], await PendingAsync(bench));

        await ClimbAsync(bench, 1);
        string climbed = await HashOfRungAsync(bench, 1);
        Assert.Equal([climbed], await PendingAsync(bench));
        await bench.RunUntilAsync(payment, "confirmed");

        Assert.Null(await bench.Node.ReceiptAsync(starved, Token));
        Assert.NotNull(await bench.Node.ReceiptAsync(climbed, Token));
        Assert.Equal("base_fee_above_cap", await bench.ScalarAsync<string>(
            "select inputs->>'why' from execution.prepared_call where rung = 1"));
        await AssertPaidOnceAsync(bench);
    }

    [Fact]
    public async Task Payment_at_its_fee_limit_waits_in_the_pool_until_the_base_fee_has_fallen()
    {
        await using EngineBench bench = await StartAsync();
        IntentId first = await bench.PayAsync(400_000);
        await bench.RunUntilAsync(first, "confirmed");
        BigInteger limit = BigInteger.Parse(
            await bench.ScalarAsync<string>("select max(gas_limit * max_fee_per_gas)::text from execution.prepared_call"),
            CultureInfo.InvariantCulture);
        Dictionary<string, object> body = bench.Body(600_000);
        body["max_total_fee"] = limit.ToString(CultureInfo.InvariantCulture);
        IntentId payment = Assert.IsType<SubmitResult.Accepted>(await bench.SubmitAsync(body)).Intent;
        await bench.SettleAsync();
        IReadOnlyList<string> waiting = await PendingAsync(bench);
        await Node(bench).SetNextBaseFeeAsync(Gwei, Token);
        await bench.Node.MineAsync(1, Token);

        Assert.Single(waiting);
        await WorkUntilAsync(bench, "select exists (select from execution.incident where kind = 'fee_limit' and closed_at is null)");
        Assert.Equal(waiting, await PendingAsync(bench));
        await bench.RunUntilAsync(payment, "confirmed");

        Assert.True(await bench.ScalarAsync<bool>($"select max(gas_limit * max_fee_per_gas) <= {limit} from execution.prepared_call"));
        await AssertPaidOnceAsync(bench);
    }

    [Fact]
    public async Task Fill_replaces_a_cancelled_payment_in_the_pool_and_is_what_is_mined()
    {
        await using EngineBench bench = await StartAsync();
        IntentId payment = await bench.PayAsync(1_000_000);
        await bench.SettleAsync();
        string paying = await HashOfRungAsync(bench, 0);
        Assert.Equal([paying], await PendingAsync(bench));

        Assert.IsType<EndResult.Asked>(await bench.Get<IntentEnding>().CancelAsync(bench.Account.Owner, payment, "test", Token));
        await bench.SettleAsync();
        string fill = await HashOfRungAsync(bench, 1);
        Assert.Equal([fill], await PendingAsync(bench));
        await bench.RunUntilAsync(payment, "cancelled");

        Assert.NotNull(await bench.Node.ReceiptAsync(fill, Token));
        Assert.Null(await bench.Node.ReceiptAsync(paying, Token));
        Assert.Equal(0, await bench.RecipientBalanceAsync());
        Assert.Equal(0, await bench.HeldAsync());
        Assert.Equal("filled", await bench.ScalarAsync<string>("select state from execution.nonce_slot"));
        await bench.AssertBooksEqualChainAsync();
    }

    // Empty blocks take the tips of setting up out of the fee history: the least tip is the market's.
    private static async Task<EngineBench> StartAsync()
    {
        EngineBench bench = await EngineBench.StartAsync(5_000_000, Settings, on: await HardhatNode.StartAsync(Token));
        await bench.Node.MineAsync(12, Token);
        await bench.SettleAsync();
        return bench;
    }

    private static HardhatNode Node(EngineBench bench) => (HardhatNode)bench.Node;

    private static Task<IReadOnlyList<string>> PendingAsync(EngineBench bench) => Node(bench).PendingAsync(bench.Sender, Token);

    // The next price of the first slot is signed and, with the rest of its turn, sent.
    private static async Task ClimbAsync(EngineBench bench, int rung)
    {
        await WorkUntilAsync(bench, $"""
            select exists (select from execution.execution e join execution.prepared_call p on p.id = e.prepared_call_id
                           where p.rung = {rung} and e.state = 'signed')
            """);
        await bench.ResendAsync();
    }

    // No block passes meanwhile.
    private static async Task WorkUntilAsync(EngineBench bench, string condition)
    {
        for (int turn = 0; turn < 20 && !await bench.ScalarAsync<bool>(condition); turn++)
            await bench.ResendAsync();
        Assert.True(await bench.ScalarAsync<bool>(condition));
    }

    // Somebody pays more for all of the block.
    private static async Task MineFullBlockAsync(EngineBench bench)
    {
        string gas = (await bench.Node.RpcAsync("eth_getBlockByNumber", ["latest", false], Token)).GetProperty("gasLimit").GetString()!;
        var crowd = new
        {
            from = AnvilNode.DevAccounts[7], to = Burner, gas, maxFeePerGas = "0x174876e800", maxPriorityFeePerGas = "0x77359400",
        };
        await bench.Node.RpcAsync("eth_sendTransaction", [crowd], Token);
        await bench.Node.MineAsync(1, Token);
    }

    private static Task<string> HashOfRungAsync(EngineBench bench, int rung) => bench.ScalarAsync<string>($"""
        select '0x' || encode(e.tx_hash, 'hex') from execution.execution e
        join   execution.prepared_call p on p.id = e.prepared_call_id where p.rung = {rung}
        """);

    private static async Task AssertPaidOnceAsync(EngineBench bench)
    {
        Assert.Equal(1_000_000, await bench.RecipientBalanceAsync());
        Assert.Equal(4_000_000, await bench.CustomerAsync());
        Assert.Equal(0, await bench.HeldAsync());
        await bench.AssertBooksEqualChainAsync();
    }
}
