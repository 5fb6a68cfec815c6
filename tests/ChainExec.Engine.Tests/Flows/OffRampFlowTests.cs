using System.Text.Json;
using ChainExec.Flows;
using ChainExec.Ledger;
using ChainExec.Payments.OffRamp;
using Xunit;
using Credit = ChainExec.Payments.OffRamp.BankCredited;

namespace ChainExec.Engine.Tests.Flows;

/// <summary>What the off-ramp books when the bank and the exchange do something else than was said.</summary>
public sealed class OffRampFlowTests
{
    private const string Sold99 = """{"order":"o","proceeds":"99"}""";

    [Fact]
    public async Task Coins_that_are_at_the_exchange_to_be_sold_cannot_be_spent()
    {
        await using FlowBench bench = await CreateAsync();
        bench.Exchange.Script = (_, _) => new ProviderAnswer.NotTaken("busy");
        await bench.HappensAsync(new ExchangeDeposited("d1", bench.Owner, "usdc", new(1_000_000)));
        await bench.SettleAsync();

        Assert.Equal(0, await bench.BalanceAsync(Book.Customer(bench.Owner, "usdc")));
        Assert.Equal(1_000_000, await bench.BalanceAsync(Book.CustomerPending(bench.Owner, "usdc")));

        bench.Exchange.Script = (_, _) => new ProviderAnswer.Rejected("no_market", "Nobody buys.");
        await bench.ShiftClockAsync(TimeSpan.FromMinutes(10));
        await bench.SettleAsync();

        Assert.Equal(["off_ramp:d1|ended|refused"], await bench.ContextsAsync());
        Assert.Equal(1_000_000, await bench.BalanceAsync(Book.Customer(bench.Owner, "usdc")));
        Assert.Equal(0, await bench.BalanceAsync(Book.CustomerPending(bench.Owner, "usdc")));
        await bench.AssertSoundAsync();
    }

    [Fact]
    public async Task Credit_in_parts_is_added_up_and_settles_with_the_last_part()
    {
        await using FlowBench bench = await SoldAsync();
        await bench.HappensAsync(new Credit("a1", "d1", new(50)));
        await bench.SettleAsync();
        Assert.Equal(new Dollars(Customer: 50, Pending: 49, Transit: 49, Bank: 50, Suspense: 0), await DollarsAsync(bench));
        Assert.Equal("0", await bench.RowAsync("select count(*) from facts.v_stream where type = 'payments.off_ramp_settled'"));

        await bench.HappensAsync(new Credit("a2", "d1", new(20)), new Credit("a3", "d1", new(29)));
        await bench.SettleAsync();

        Assert.Equal(new Dollars(Customer: 99, Pending: 0, Transit: 0, Bank: 99, Suspense: 0), await DollarsAsync(bench));
        Assert.Empty(await bench.DiscrepanciesAsync());
        Assert.Equal("1", await bench.RowAsync("select count(*) from facts.v_stream where type = 'payments.off_ramp_settled'"));
        await bench.ShiftClockAsync(TimeSpan.FromDays(61));
        await bench.SettleAsync();
        Assert.Equal(["off_ramp:d1|ended|settled"], await bench.ContextsAsync());
        await bench.AssertSoundAsync();
    }

    [Fact]
    public async Task Part_that_is_returned_is_missing_again_and_can_come_again()
    {
        await using FlowBench bench = await SoldAsync();
        await bench.HappensAsync(new Credit("a1", "d1", new(50)), new Credit("a2", "d1", new(49)));
        await bench.HappensAsync(new BankCreditReturned("r1", "a1", "d1", new(50), "R01"));
        await bench.SettleAsync();
        Assert.Equal(new Dollars(Customer: 49, Pending: 50, Transit: 50, Bank: 49, Suspense: 0), await DollarsAsync(bench));
        Assert.Equal(["off_ramp_returned"], await bench.DiscrepanciesAsync());

        await bench.HappensAsync(new Credit("a3", "d1", new(50)));
        await bench.SettleAsync();

        Assert.Equal(new Dollars(Customer: 99, Pending: 0, Transit: 0, Bank: 99, Suspense: 0), await DollarsAsync(bench));
        await bench.AssertSoundAsync();
    }

    // The exchange pays twice; the bank takes the second transfer back and not the customer's.
    [Fact]
    public async Task Return_is_of_the_transfer_that_it_names()
    {
        await using FlowBench bench = await SoldAsync();
        await bench.HappensAsync(new Credit("a1", "d1", new(99)), new Credit("a2", "d1", new(99)));
        await bench.SettleAsync();
        Assert.Equal(new Dollars(Customer: 99, Pending: 0, Transit: 0, Bank: 198, Suspense: 99), await DollarsAsync(bench));
        Assert.Equal(["off_ramp_excess"], await bench.DiscrepanciesAsync());

        await bench.HappensAsync(new BankCreditReturned("r1", "a2", "d1", new(99), "dup"));
        await bench.SettleAsync();
        Assert.Equal(new Dollars(Customer: 99, Pending: 0, Transit: 0, Bank: 99, Suspense: 0), await DollarsAsync(bench));

        await bench.HappensAsync(new BankCreditReturned("r2", "a1", "d1", new(99), "R01"));
        await bench.SettleAsync();
        Assert.Equal(new Dollars(Customer: 0, Pending: 99, Transit: 99, Bank: 0, Suspense: 0), await DollarsAsync(bench));
        await bench.AssertSoundAsync();
    }

    // What nobody expected goes back first; twice is two returns, each under its own id.
    [Fact]
    public async Task Return_of_more_than_was_sold_takes_no_more_from_the_customer_than_was_credited()
    {
        await using FlowBench bench = await SoldAsync();
        await bench.HappensAsync(new Credit("a1", "d1", new(150)));
        await bench.SettleAsync();
        Assert.Equal(new Dollars(Customer: 99, Pending: 0, Transit: 0, Bank: 150, Suspense: 51), await DollarsAsync(bench));

        await bench.HappensAsync(new BankCreditReturned("r1", "a1", "d1", new(60), "R"));
        await bench.SettleAsync();
        Assert.Equal(new Dollars(Customer: 90, Pending: 9, Transit: 9, Bank: 90, Suspense: 0), await DollarsAsync(bench));
        await bench.HappensAsync(new BankCreditReturned("r2", "a1", "d1", new(90), "R"));
        await bench.SettleAsync();
        Assert.Equal(new Dollars(Customer: 0, Pending: 99, Transit: 99, Bank: 0, Suspense: 0), await DollarsAsync(bench));
        await bench.AssertSoundAsync();
    }

    [Fact]
    public async Task Return_of_a_transfer_that_is_not_known_takes_nothing_from_the_customer()
    {
        await using FlowBench bench = await SoldAsync();
        await bench.HappensAsync(new Credit("a1", "d1", new(99)));
        await bench.HappensAsync(new BankCreditReturned("r1", "stranger", "d1", new(99), "R"));
        await bench.SettleAsync();

        Assert.Equal(new Dollars(Customer: 99, Pending: 0, Transit: 0, Bank: 0, Suspense: -99), await DollarsAsync(bench));
        Assert.Equal(["unmatched_money"], await bench.DiscrepanciesAsync());
        await bench.AssertSoundAsync();
    }

    [Fact]
    public async Task Rest_that_nobody_sends_is_told_after_the_rails_days_and_can_be_given_up()
    {
        await using FlowBench bench = await SoldAsync();
        await bench.HappensAsync(new Credit("a1", "d1", new(50)));
        await bench.SettleAsync();
        await bench.ShiftClockAsync(TimeSpan.FromDays(9));
        await bench.SettleAsync();
        Assert.Equal(["off_ramp_late"], await bench.DiscrepanciesAsync());

        await bench.HappensAsync(new FlowDecided(bench.Owner, "off_ramp:d1", "missing_dollars", "give_up", "a tester", "a test"));
        await bench.SettleAsync();

        Assert.Equal(["off_ramp:d1|ended|given_up"], await bench.ContextsAsync());
        Assert.Equal(new Dollars(Customer: 50, Pending: 0, Transit: 0, Bank: 50, Suspense: 0), await DollarsAsync(bench));
        await bench.AssertSoundAsync();
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"order":"o"}""")]
    [InlineData("""{"order":"o","proceeds":null}""")]
    [InlineData("""{"order":"o","proceeds":99}""")]
    [InlineData("""{"order":"o","proceeds":"0"}""")]
    [InlineData("""{"order":"o\u0000","proceeds":"99"}""")]
    [InlineData("[]")]
    public async Task Answer_that_cannot_be_read_is_no_answer_and_a_later_one_counts(string answer)
    {
        await using FlowBench bench = await SoldAsync(answer);
        Assert.Equal("unknown", await bench.RowAsync("select state from flows.effect"));
        Assert.Equal(1_000_000, await bench.BalanceAsync(Book.CustomerPending(bench.Owner, "usdc")));

        bench.Exchange.Script = (_, _) => Json(Sold99);
        await bench.ShiftClockAsync(TimeSpan.FromMinutes(10));
        await bench.HappensAsync(new Credit("a1", "d1", new(99)));
        await bench.SettleAsync();

        Assert.Equal(new Dollars(Customer: 99, Pending: 0, Transit: 0, Bank: 99, Suspense: 0), await DollarsAsync(bench));
        Assert.Empty(await bench.DiscrepanciesAsync());
        await bench.AssertSoundAsync();
    }

    [Fact]
    public async Task Transfer_that_is_told_again_with_another_amount_is_suspended_and_told()
    {
        await using FlowBench bench = await SoldAsync();
        await bench.HappensAsync(new Credit("a1", "d1", new(9)), new Credit("a1", "d1", new(99)));
        await bench.SettleAsync();
        await bench.HappensAsync(new Credit("a1", "d1", new(99)), new Credit("a1", "d1", new(9)));
        await bench.SettleAsync();

        Assert.Equal(new Dollars(Customer: 9, Pending: 90, Transit: 90, Bank: 108, Suspense: 99), await DollarsAsync(bench));
        Assert.Equal(["evidence_contradicts"], await bench.DiscrepanciesAsync());
        Assert.Equal("usd|99", await bench.RowAsync("select asset, amount from flows.discrepancy"));
        await bench.AssertSoundAsync();
    }

    private static Task<FlowBench> CreateAsync() => FlowBench.CreateAsync(services => services.AddFlow<OffRampFlow>());

    private static async Task<FlowBench> SoldAsync(string answer = Sold99)
    {
        FlowBench bench = await CreateAsync();
        bench.Exchange.Script = (_, _) => Json(answer);
        await bench.HappensAsync(new ExchangeDeposited("d1", bench.Owner, "usdc", new(1_000_000)));
        await bench.SettleAsync();
        return bench;
    }

    private static ProviderAnswer Json(string text) => new ProviderAnswer.Confirmed(JsonSerializer.Deserialize<JsonElement>(text));

    private static async Task<Dollars> DollarsAsync(FlowBench bench) => new(
        await bench.CustomerAsync(), await bench.BalanceAsync(Book.CustomerPending(bench.Owner, "usd")),
        await bench.BalanceAsync(Book.InTransit("exchange", "usd")), await bench.BalanceAsync(Book.Bank("usd")),
        await bench.SuspenseAsync());

    private sealed record Dollars(long Customer, long Pending, long Transit, long Bank, long Suspense);
}
