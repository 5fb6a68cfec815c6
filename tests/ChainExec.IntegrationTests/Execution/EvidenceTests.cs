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
        ["returned hash is not ours"] = new(Alpha(Fault.WrongHash), "provider_fault", "accepted", "provider_fault"),
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

    private static Fault Says(string message) => Fault.Error(-32000, message);

    private static Action<SimulatedBench> Alpha(Fault fault) => bench => bench.Alpha.FailNext(1, fault, Send);

    private static Action<SimulatedBench> All(Fault fault) => bench =>
    {
        foreach (ProviderView view in bench.Chain.Views)
            view.FailNext(1, fault, Send);
    };

    private sealed record Row(Action<SimulatedBench> Arrange, string Class, string Slot, string? Incident = null);
}
