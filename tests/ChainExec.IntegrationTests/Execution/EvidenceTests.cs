using System.Text.Json.Nodes;
using ChainExec.Calls;
using ChainExec.Execution;
using ChainExec.TestKit.Simulated;
using Xunit;

namespace ChainExec.IntegrationTests.Execution;

/// <summary>
/// What providers say of our bytes, row by row, and what follows. Whatever it is, the nonce stays, the same bytes go again, and what the
/// index sees decides.
/// </summary>
public sealed class EvidenceTests
{
    private const string Send = "eth_sendRawTransaction";

    // The first send meets what is arranged; then the class that alpha's answer got, where the slot stands, and which incident is open.
    private static readonly Dictionary<string, Row> Rows = new()
    {
        ["accepted"] = new(_ => { }, "accepted", "accepted"),
        ["timeout that reached the pool"] = new(All(Fault.TimeoutAfterwards), "unavailable", "broadcast_unknown"),
        ["timeout that did not reach the pool"] = new(All(Fault.Timeout), "unavailable", "broadcast_unknown"),
        ["connection reset"] = new(All(Fault.Reset), "unavailable", "broadcast_unknown"),
        ["HTTP 429"] = new(All(Fault.TooManyRequests), "unavailable", "broadcast_unknown"),
        ["HTTP 500"] = new(All(Fault.Status(500)), "unavailable", "broadcast_unknown"),
        ["no JSON"] = new(All(Fault.Garbage), "provider_fault", "broadcast_unknown", "provider_fault"),
        ["reverted, on a send"] = new(All(Fault.Error(3, "execution reverted")), "reverted", "broadcast_unknown"),
        ["returned hash is not ours"] = new(Alpha(Fault.WrongHash), "wrong_hash", "accepted", "provider_lied"),
        ["nonce too low, once, at one"] = new(Alpha(Says("nonce too low: next nonce 5, tx nonce 0")), "nonce_too_low", "accepted"),
        ["nonce too low, once, at all"] = new(All(Says("nonce too low: next nonce 5, tx nonce 0")), "nonce_too_low", "broadcast_unknown"),
        ["replacement underpriced, by our own"] = new(
            Alpha(Says("replacement transaction underpriced")), "replacement_underpriced", "accepted"),
        ["underpriced"] = new(All(Says("transaction underpriced: tip needed 2, tip permitted 1")), "underpriced", "broadcast_unknown"),
        ["fee cap below base fee"] = new(
            All(Says("max fee per gas less than block base fee: address 0xab, maxFeePerGas: 1, baseFee: 7")), "fee_cap_below_base_fee",
            "broadcast_unknown"),
        ["insufficient funds"] = new(
            All(Says("insufficient funds for gas * price + value: balance 0")), "insufficient_funds", "broadcast_unknown", "sender_empty"),
        ["nonce too high"] = new(All(Says("nonce too high: tx: 0 state: 0")), "nonce_too_high", "broadcast_unknown"),
        ["pool full"] = new(All(Says("txpool is full")), "pool_full", "broadcast_unknown"),
        ["delegated in-flight limit"] = new(
            All(Says("in-flight transaction limit reached for delegated accounts")), "delegated_in_flight_limit", "broadcast_unknown"),
        ["account reserved"] = new(All(Says("address already reserved")), "account_reserved", "broadcast_unknown"),
        ["receipt of a block that is not there"] = new(
            bench =>
            {
                foreach (ProviderView view in bench.Chain.Views)
                    view.FailAlways(Fault.Lie("a receipt", _ => Receipt()), "eth_getTransactionReceipt");
            },
            "accepted", "accepted"),
        ["receipt null, transaction unknown"] = new(
            bench =>
            {
                foreach (ProviderView view in bench.Chain.Views)
                    view.FailAlways(Fault.Null, "eth_getTransactionReceipt", "eth_getTransactionByHash");
            },
            "accepted", "accepted"),
    };

    public static TheoryData<string> Observations => [.. Rows.Keys];

    [Theory]
    [MemberData(nameof(Observations))]
    public async Task Observation_keeps_the_nonce_and_the_payment_arrives_once(string observation)
    {
        Row row = Rows[observation];
        await using SimulatedBench bench = await SimulatedBench.StartAsync();
        row.Arrange(bench);
        IntentId payment = await bench.PayAsync();
        await bench.SettleAsync();

        Assert.Equal(row.Class, await bench.ScalarAsync<string>("select answer_class from execution.node where provider = 'alpha'"));
        Assert.Equal(row.Slot, await bench.SlotAsync());
        Assert.Equal(
            row.Incident ?? "none",
            await bench.ScalarAsync<string>("select coalesce(string_agg(distinct kind, ', '), 'none') from execution.incident"));
        // The same bytes go again before any block asks for a higher price.
        await bench.StepAsync();
        Assert.Equal("accepted", await bench.SlotAsync());
        Assert.Equal(1, await bench.ScalarAsync<long>("select count(*) from execution.execution"));

        await bench.RunUntilAsync(payment, "confirmed");

        Assert.Equal(5UL, bench.Received);
        Assert.Equal(1, await bench.ScalarAsync<long>("select count(*) from execution.nonce_slot"));
    }

    [Theory]
    [InlineData("exceeds block gas limit", "gas_limit", 1)]
    [InlineData("exceeds block gas limit", "gas_limit", 1, true)]
    [InlineData("transaction gas limit too high (cap: 16777216, tx: 20000000)", "gas_over_the_per_transaction_cap", 1)]
    [InlineData("tx fee (1.20 ether) exceeds the configured cap (1.00 ether)", "fee_cap_exceeded", 1)]
    [InlineData("intrinsic gas too low: gas 21000, minimum needed 60000", "intrinsic_gas", 3)]
    [InlineData("transaction type not supported", "tx_type_unsupported", 3)]
    public async Task What_nobody_takes_at_any_price_ends_by_a_fill(string says, string found, int prices, bool isOneDown = false)
    {
        await using SimulatedBench bench = await SimulatedBench.StartAsync();
        foreach (ProviderView view in bench.Chain.Views)
            view.FailAlways(isOneDown && view == bench.Gamma ? Fault.Status(502) : Says(says), Send);
        IntentId payment = await bench.PayAsync();
        await bench.RunUntilAsync("select exists (select from execution.intent where wish = 'unsendable')", "it is given up");
        Assert.Equal(prices, await bench.ScalarAsync<long>($"""
            select count(*) from execution.node n
            join   execution.execution e on e.id = n.execution_id join execution.prepared_call p on p.id = e.prepared_call_id
            where  n.answer_class = '{found}' and n.provider = 'alpha' and length(p.data) > 0
            """));

        Assert.Equal(1, await bench.OpenIncidentsAsync("payment_unsendable"));

        // A fill is smaller and has no data.
        foreach (ProviderView view in bench.Chain.Views)
            view.Heal();
        await bench.RunUntilAsync(payment, "cancelled");
        Assert.Equal(0UL, bench.Received);
        Assert.Equal("filled", await bench.SlotAsync());
    }

    [Fact]
    public async Task Busy_providers_are_left_alone_for_longer_and_longer()
    {
        await using SimulatedBench bench = await SimulatedBench.StartAsync();
        foreach (ProviderView view in bench.Chain.Views)
            view.FailAlways(Says("txpool is full"), Send);
        IntentId payment = await bench.PayAsync();
        await bench.SettleAsync();
        for (int step = 0; step < 60; step++)
            await bench.StepAsync(1);

        // A minute of intervals of two seconds would be thirty; with the waits it is 1, 1, 2, 3 … 8, 8.
        Assert.InRange(await bench.ScalarAsync<int>("select max(sends) from execution.node"), 6, 12);
        foreach (ProviderView view in bench.Chain.Views)
            view.Heal();
        await bench.RunUntilAsync(payment, "confirmed");
        Assert.Equal(5UL, bench.Received);
    }

    [Fact]
    public async Task What_a_pool_took_at_an_earlier_price_is_waited_for_when_nobody_takes_a_higher_one()
    {
        await using SimulatedBench bench = await SimulatedBench.StartAsync(
            new Dictionary<string, string> { ["Execution:ClimbAfterBlocks"] = "1" });
        IntentId payment = await bench.PayAsync();
        await bench.SettleAsync();
        Assert.Equal("accepted", await bench.SlotAsync());
        // A block comes without it, and a node has a cap of its own.
        bench.Chain.DropEverywhere(bench.Chain.PendingTransactions[0].Hash);
        foreach (ProviderView view in bench.Chain.Views)
            view.FailAlways(Says("tx fee (1.20 ether) exceeds the configured cap (1.00 ether)"), Send);
        for (int block = 0; block < 10 && await bench.OpenIncidentsAsync("reprice_refused") == 0; block++)
            await bench.MineAsync();

        Assert.Equal(1, await bench.OpenIncidentsAsync("reprice_refused"));
        Assert.Null((await bench.ViewAsync(payment)).Wish);
        foreach (ProviderView view in bench.Chain.Views)
            view.Heal();
        await bench.RunUntilAsync(payment, "confirmed");
        Assert.Equal(5UL, bench.Received);
    }

    [Fact]
    public async Task Liar_is_heard_again_after_ten_minutes_though_nothing_was_to_be_sent()
    {
        await using SimulatedBench bench = await SimulatedBench.StartAsync();
        Alpha(Fault.WrongHash)(bench);
        await bench.PayAsync();
        await bench.SettleAsync();
        Assert.Equal(["alpha"], await UnbelievedAsync(bench));
        await bench.PassAsync(TimeSpan.FromMinutes(10));
        Assert.Empty(await UnbelievedAsync(bench));
        Assert.Equal(1, await bench.OpenIncidentsAsync("provider_lied"));
    }

    [Fact]
    public async Task Who_answers_with_another_hash_has_no_say_until_it_answers_a_send()
    {
        await using SimulatedBench bench = await SimulatedBench.StartAsync();
        Alpha(Fault.WrongHash)(bench);
        IntentId payment = await bench.PayAsync();
        await bench.SettleAsync();
        Assert.Equal(["alpha"], await UnbelievedAsync(bench));
        // What it says next is kept and counts for nothing; it is an answer, though, and so it is believed from then on.
        bench.Alpha.FailNext(1, Says("insufficient funds for gas * price + value: balance 0"), Send);
        await bench.StepAsync(3);

        Assert.Equal("unbelieved: insufficient_funds", await bench.ScalarAsync<string>(
            "select answer_class || ': ' || split_part(answer, ':', 1) from execution.node where provider = 'alpha'"));
        Assert.Equal(0, await bench.OpenIncidentsAsync("sender_empty"));
        Assert.Empty(await UnbelievedAsync(bench));
        Assert.Equal(0, await bench.OpenIncidentsAsync("provider_lied"));
        await bench.RunUntilAsync(payment, "confirmed");
        Assert.Equal(5UL, bench.Received);
    }

    [Fact]
    public async Task Answer_is_kept_with_where_its_provider_stood()
    {
        await using SimulatedBench bench = await SimulatedBench.StartAsync();
        await bench.PayAsync();
        await bench.SettleAsync();

        Assert.Equal(3, await bench.ScalarAsync<long>(
            "select count(*) from execution.node n where provider_head = (select tip_number from indexing.chain)"));
    }

    // As of a second later: it is read once a second.
    private static async Task<IReadOnlyCollection<string>> UnbelievedAsync(SimulatedBench bench)
    {
        await bench.PassAsync(TimeSpan.FromSeconds(1));
        return [.. await bench.Get<ProviderTrust>().QuarantinedAsync(SimulatedBench.ChainId, TestContext.Current.CancellationToken)];
    }

    [Fact]
    public async Task Already_known_is_accepted()
    {
        await using SimulatedBench bench = await SimulatedBench.StartAsync();
        await bench.PayAsync();
        await bench.SettleAsync();

        await bench.StepAsync();

        Assert.Equal(3, await bench.ScalarAsync<long>(
            "select count(*) from execution.node where answer_class = 'already_known' and state = 'accepted' and sends = 2"));
        Assert.Equal("accepted", await bench.SlotAsync());
    }

    [Fact]
    public async Task Replacement_underpriced_by_a_foreign_occupant_is_told_and_finality_decides()
    {
        await using SimulatedBench bench = await SimulatedBench.StartAsync();
        bench.Chain.Submit(bench.Foreign.Sign(new TransactionDraft
        {
            To = SimulatedBench.Shop, Value = 1, Nonce = 0, GasLimit = 21_000,
            MaxFeePerGas = Wei.Gwei(500), MaxPriorityFeePerGas = Wei.Gwei(100),
        }));

        IntentId payment = await bench.PayAsync();
        await bench.SettleAsync();

        Assert.Equal("broadcast_unknown", await bench.SlotAsync());
        Assert.Equal(1, await bench.OpenIncidentsAsync("nonce_occupied"));
        await bench.RunUntilAsync(payment, "failed");
        Assert.Equal("slot_lost", (await bench.ViewAsync(payment)).Reason);
        Assert.Equal("externally_consumed", await bench.SlotAsync());
        Assert.Equal(0UL, bench.Received);
    }

    [Fact]
    public async Task Evicted_everywhere_is_unknown_again_and_the_same_bytes_go_again()
    {
        await using SimulatedBench bench = await SimulatedBench.StartAsync();
        IntentId payment = await bench.PayAsync();
        await bench.SettleAsync();
        Assert.Equal("accepted", await bench.SlotAsync());
        bench.Chain.DropEverywhere(bench.Chain.PendingTransactions[0].Hash);
        All(Says("txpool is full"))(bench);

        await bench.StepAsync(3);
        Assert.Equal("broadcast_unknown", await bench.SlotAsync());
        await bench.StepAsync(3);

        Assert.Equal("accepted", await bench.SlotAsync());
        Assert.Single(bench.Chain.PendingTransactions);
        Assert.Equal(1, await bench.ScalarAsync<long>("select count(*) from execution.execution"));
        await bench.RunUntilAsync(payment, "confirmed");
        Assert.Equal(5UL, bench.Received);
    }

    // Of a success, as a lying provider would tell it: nobody decides on one.
    private static JsonObject Receipt() => new()
    {
        ["status"] = "0x1", ["blockNumber"] = "0x1", ["blockHash"] = "0x" + new string('a', 64), ["transactionIndex"] = "0x0",
        ["gasUsed"] = "0x5208", ["cumulativeGasUsed"] = "0x5208", ["effectiveGasPrice"] = "0x1", ["type"] = "0x2",
        ["logs"] = new JsonArray(), ["logsBloom"] = "0x" + new string('0', 512),
    };

    private static Fault Says(string message) => Fault.Error(-32000, message);

    private static Action<SimulatedBench> Alpha(Fault fault) => bench => bench.Alpha.FailNext(1, fault, Send);

    private static Action<SimulatedBench> All(Fault fault) => bench =>
    {
        foreach (ProviderView view in bench.Chain.Views)
            view.FailNext(1, fault, Send);
    };

    private sealed record Row(Action<SimulatedBench> Arrange, string Class, string Slot, string? Incident = null);
}
