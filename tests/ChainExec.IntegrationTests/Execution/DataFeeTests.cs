using System.Numerics;
using System.Text.Json;
using System.Text.Json.Nodes;
using ChainExec.Admission;
using ChainExec.Calls;
using ChainExec.Custody;
using ChainExec.Ethereum;
using ChainExec.Ethereum.Transactions;
using ChainExec.Execution;
using ChainExec.Ledger;
using ChainExec.Storage;
using ChainExec.TestKit;
using ChainExec.TestKit.Simulated;
using Xunit;

namespace ChainExec.IntegrationTests.Execution;

/// <summary>A chain that charges for a transaction's bytes beside gas: forecast by its oracle, within the budget, booked as paid.</summary>
public sealed class DataFeeTests
{
    private const long WeiPerByte = 1_000_000_000_000;

    private static readonly Dictionary<string, string> Rollup = new() { ["Chains:0:DataFee"] = "OpStack" };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Forecast_is_of_the_very_bytes_with_its_margin_and_kept_with_the_prepared_call()
    {
        await using EngineBench bench = await StartAsync(WeiPerByte);
        IntentId payment = await bench.PayAsync(1_000_000);
        await bench.RunUntilAsync(payment, "confirmed");

        AttemptView attempt = Assert.Single(await bench.Get<IntentQueries>().AttemptsAsync(payment, Token));
        byte[] data = Convert.FromHexString(TokenCalls.Transfer(EngineBench.Recipient, 1_000_000).AsSpan(2));
        int bytes = new Eip1559Transaction(
            (ulong)EngineBench.Chain, uint.MaxValue, attempt.MaxPriorityFeePerGas.ToUInt256(), attempt.MaxFeePerGas.ToUInt256(),
            (ulong)attempt.GasLimit, attempt.To, UInt256.Zero, data, []).EncodeUnsigned().Length + 68;
        Assert.Equal(new TokenAmount((BigInteger)bytes * WeiPerByte * 150 / 100), attempt.DataFee);
        JsonElement inputs = JsonSerializer.Deserialize<JsonElement>(attempt.InputsJson);
        Assert.Equal(attempt.DataFee.ToString(), inputs.GetProperty("data_fee").GetString());
        Assert.Equal(50, inputs.GetProperty("data_fee_margin_percent").GetInt32());
    }

    [Fact]
    public async Task Data_fee_counts_against_the_budget_and_the_payment_goes_on_when_it_falls()
    {
        await using EngineBench bench = await StartAsync(WeiPerByte);
        Dictionary<string, object> body = bench.Body(1_000_000);
        // Enough for the gas alone, at any price that anvil begins with.
        body["max_total_fee"] = (WeiPerByte * 200).ToString(System.Globalization.CultureInfo.InvariantCulture);
        IntentId payment = Assert.IsType<SubmitResult.Accepted>(await bench.SubmitAsync(body)).Intent;
        await bench.SettleAsync();
        IntentView waiting = await bench.ViewAsync(payment);
        Assert.Equal(("preparing", "over_budget"), (waiting.State, waiting.Reason));
        Assert.Equal(0, await bench.ScalarAsync<long>("select count(*) from execution.nonce_slot"));

        await PriceAsync(bench, 0);
        await bench.RunUntilAsync(payment, "confirmed");
        await bench.AssertBooksEqualChainAsync();
    }

    [Fact]
    public async Task Fee_of_the_operator_is_forecast_of_the_gas_limit()
    {
        await using EngineBench bench = await StartAsync(weiPerByte: 0);
        await bench.Node.RpcAsync(
            "anvil_setStorageAt", [DataFeeForecast.Oracle.ToString(), $"0x{1:x64}", $"0x{7_000_000:x64}"], Token);
        IntentId payment = await bench.PayAsync(1_000_000);
        await bench.RunUntilAsync(payment, "confirmed");

        AttemptView attempt = Assert.Single(await bench.Get<IntentQueries>().AttemptsAsync(payment, Token));
        Assert.Equal(new TokenAmount((new BigInteger(attempt.GasLimit) * 7 * 150 + 99) / 100), attempt.DataFee);
    }

    [Fact]
    public async Task Fill_of_a_hole_is_prepared_whatever_the_oracle_tells()
    {
        await using EngineBench bench = await StartAsync(WeiPerByte, ("Execution:FillFeeMaxWei", "1000"));
        NonceSlot hole = await HoleAsync(bench);

        Assert.True(await PrepareFillAsync(bench, hole));
        Assert.Equal(1000, await bench.ScalarAsync<decimal>("select data_fee from execution.prepared_call"));
    }

    [Fact]
    public async Task Fill_of_a_hole_is_prepared_without_an_oracle()
    {
        await using EngineBench bench = await EngineBench.StartAsync(5_000_000, Rollup);
        NonceSlot hole = await HoleAsync(bench);

        Assert.True(await PrepareFillAsync(bench, hole));
    }

    [Fact]
    public async Task Nothing_is_signed_while_the_oracle_tells_no_amount()
    {
        await using EngineBench bench = await EngineBench.StartAsync(5_000_000, Rollup);
        IntentId payment = await bench.PayAsync(1_000_000);
        await bench.SettleAsync();

        IntentView waiting = await bench.ViewAsync(payment);
        Assert.Equal(("preparing", "node_unavailable"), (waiting.State, waiting.Reason));
        Assert.Contains("oracle of the data fee", waiting.Detail, StringComparison.Ordinal);
        await InstallAsync(bench, WeiPerByte);
        await bench.RunUntilAsync(payment, "confirmed");
    }

    [Fact]
    public async Task No_price_of_a_climbing_payment_leaves_too_little_for_its_data_fee()
    {
        await using EngineBench bench = await StartAsync(WeiPerByte, ("Execution:ClimbAfterBlocks", "1"));
        Dictionary<string, object> body = bench.Body(1_000_000);
        body["max_total_fee"] = (WeiPerByte * 800).ToString(System.Globalization.CultureInfo.InvariantCulture);
        IntentId payment = Assert.IsType<SubmitResult.Accepted>(await bench.SubmitAsync(body)).Intent;
        await bench.SettleAsync();
        await bench.MineWithoutOursAsync(20);

        Assert.InRange(await bench.ScalarAsync<long>("select count(*) from execution.prepared_call"), 3, 100);
        Assert.True(await bench.ScalarAsync<bool>("""
            select bool_and(p.data_fee > 0 and p.gas_limit * p.max_fee_per_gas + p.data_fee <= i.max_total_fee)
                   -- It went as far as the budget let it.
                   and max(p.gas_limit * p.max_fee_per_gas + p.data_fee) * 1.125 > min(i.max_total_fee)
            from   execution.prepared_call p, execution.intent i
            """));
        await bench.RunUntilAsync(payment, "confirmed");
    }

    [Fact]
    public async Task Sealed_ladder_leaves_the_data_fee_of_what_its_owner_approved()
    {
        await using EngineBench bench = await StartAsync(WeiPerByte, custody: AccountCustody.User);
        IntentId payment = await bench.PayAsync(1_000_000);
        await bench.SettleAsync();
        Assert.IsType<ApprovalResult.Done>(await bench.Get<IntentApproval>().ApproveAsync(
            bench.Account.Owner, payment, bench.Authenticator!.Next(), "test", Token));
        await bench.SettleAsync();

        Assert.InRange(await bench.ScalarAsync<long>("select count(*) from execution.prepared_call where state = 'sealed'"), 2, 20);
        Assert.True(await bench.ScalarAsync<bool>("""
            select bool_and(p.data_fee > 0 and p.gas_limit * p.max_fee_per_gas + p.data_fee <= a.max_total_fee)
            from   execution.prepared_call p, custody.approval a
            """));
        await bench.RunUntilAsync(payment, "confirmed");
    }

    // The nodes of a rollup say in the receipt what they took.
    [Fact]
    public async Task What_the_chain_took_for_data_is_booked_and_counts_as_spent()
    {
        const long taken = 123_456_789;
        await using SimulatedBench bench = await SimulatedBench.StartAsync();
        foreach (ProviderView view in bench.Chain.Views)
            view.FailAlways(Fault.Lie("receipts of a rollup", receipts => WithDataFee(receipts, taken)), "eth_getBlockReceipts");
        IntentId payment = await bench.PayAsync();
        await bench.RunUntilAsync(payment, "confirmed");
        await bench.StepAsync();

        const string paid = "select (gas_used * effective_gas_price)::text from indexing.transaction t where t.\"from\" = (select sender "
            + "from execution.intent)";
        BigInteger gas = BigInteger.Parse(await bench.ScalarAsync<string>(paid), System.Globalization.CultureInfo.InvariantCulture);
        Assert.Equal(
            gas + taken,
            (await bench.Get<LedgerQueries>().FindAccountAsync(Book.GasExpense($"eth-{SimulatedBench.ChainId}").Code, Token))!
                .Balance.BaseUnits);
        TokenAmount spent = await bench.Get<UnitOfWork>().RunAsync(
            (session, token) => bench.Get<SlotBudget>().SpentAsync(session, payment, token), Token);
        Assert.Equal(gas + taken, spent.BaseUnits);
    }

    // Of 100 wei the operator took: seven for each million of gas would be none, so all of it is the constant.
    private static JsonNode? WithDataFee(JsonNode? receipts, long fee)
    {
        foreach (JsonNode? receipt in receipts?.AsArray() ?? [])
        {
            receipt!["l1Fee"] = Hex.EncodeQuantity((ulong)fee - 100);
            receipt["operatorFeeScalar"] = Hex.EncodeQuantity(7UL);
            receipt["operatorFeeConstant"] = Hex.EncodeQuantity(100UL);
        }

        return receipts;
    }

    // The lane's first nonce, bound to a fill and leased by nobody else.
    private static Task<NonceSlot> HoleAsync(EngineBench bench) => bench.Get<UnitOfWork>().RunAsync(
        async (session, token) =>
        {
            SlotStore slots = bench.Get<SlotStore>();
            await slots.OpenLaneAsync(session, EngineBench.Chain, bench.Account.Address, firstNonce: 0, token);
            var free = new NonceSlot(
                Guid.CreateVersion7(TimeProvider.System.GetUtcNow()), EngineBench.Chain, bench.Account.Address, Nonce: 0, Carrier: null,
                FillCarrier: null,
                SlotState.Released, StateBefore: null, TxHash: null, BlockHash: null, BlockNumber: null, SignerTold: false, Epoch: 0);
            await bench.Get<SlotFiller>().BindFillAsync(session, free, "test", token);
            return (await slots.LeaseDueAsync(session, "test", TimeSpan.FromMinutes(1), 10, token)).Single();
        },
        Token);

    private static Task<bool> PrepareFillAsync(EngineBench bench, NonceSlot hole) =>
        bench.Get<SlotFiller>().PrepareFillAsync(hole, bench.Get<ChainDirectory>().Get(EngineBench.Chain), Token);

    private static async Task<EngineBench> StartAsync(
        long weiPerByte, (string Name, string Value)? setting = null, AccountCustody custody = AccountCustody.Server)
    {
        var settings = new Dictionary<string, string>(Rollup);
        if (setting is var (name, value))
            settings[name] = value;
        EngineBench bench = await EngineBench.StartAsync(5_000_000, settings, custody);
        await InstallAsync(bench, weiPerByte);
        return bench;
    }

    private static async Task InstallAsync(EngineBench bench, long weiPerByte)
    {
        string artifact = await File.ReadAllTextAsync(RepositoryRoot.Combine("anvil", "out", "DataFeeOracle.json"), Token);
        string runtime = JsonSerializer.Deserialize<JsonElement>(artifact).GetProperty("runtime").GetString()!;
        await bench.Node.RpcAsync("anvil_setCode", [DataFeeForecast.Oracle.ToString(), runtime], Token);
        await PriceAsync(bench, weiPerByte);
    }

    private static Task PriceAsync(EngineBench bench, long weiPerByte) => bench.Node.RpcAsync(
        "anvil_setStorageAt", [DataFeeForecast.Oracle.ToString(), $"0x{0:x64}", $"0x{weiPerByte:x64}"], Token);
}
