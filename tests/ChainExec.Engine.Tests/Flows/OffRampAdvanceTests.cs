using System.Text.Json;
using ChainExec.Flows;
using ChainExec.Ledger;
using ChainExec.Payments.InstantDeposit;
using ChainExec.Payments.Lending;
using ChainExec.Payments.OffRamp;
using Microsoft.Extensions.DependencyInjection;
using Xunit;
using Credit = ChainExec.Payments.OffRamp.BankCredited;

namespace ChainExec.Engine.Tests.Flows;

/// <summary>An off-ramp whose dollars the customer gets before they are there: 10,000 were sold, 9,950 are lent for a fee of 50.</summary>
public sealed class OffRampAdvanceTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Dollars_are_the_customers_when_the_coins_are_sold_and_what_comes_pays_for_them()
    {
        await using FlowBench bench = await SoldAsync(line: 10_000);
        Assert.Equal(new Money(Customer: 9_950, Pending: 10_000, Transit: 10_000, Lent: 9_950, Fees: 0, Bank: 0), await MoneyAsync(bench));

        await bench.HappensAsync(new Credit("a1", "d1", new(4_000)));
        await bench.SettleAsync();
        Assert.Equal(
            new Money(Customer: 9_950, Pending: 6_000, Transit: 6_000, Lent: 6_000, Fees: 50, Bank: 4_000), await MoneyAsync(bench));
        Assert.Equal(50, await FreeAsync(bench));

        await bench.HappensAsync(new Credit("a2", "d1", new(6_000)));
        await bench.SettleAsync();
        Assert.Equal(new Money(Customer: 9_950, Pending: 0, Transit: 0, Lent: 0, Fees: 50, Bank: 10_000), await MoneyAsync(bench));
        Assert.Equal(10_000, await FreeAsync(bench));
        Assert.Equal("1", await bench.RowAsync("select count(*) from facts.v_stream where type = 'payments.off_ramp_settled'"));
        Assert.Empty(await bench.DiscrepanciesAsync());
        await bench.AssertSoundAsync();
    }

    // The customer owes 9,950 of a line of 10,000 on an ACH transfer already.
    [Fact]
    public async Task Line_is_one_for_off_ramps_and_deposits_and_beyond_it_the_customer_waits()
    {
        await using FlowBench bench = await CreateAsync(line: 10_000);
        await bench.HappensAsync(new AchInitiated("t1", bench.Owner, new(10_000)));
        await SellAsync(bench);
        Assert.Equal(new Money(Customer: 9_950, Pending: 10_000, Transit: 10_000, Lent: 9_950, Fees: 0, Bank: 0), await MoneyAsync(bench));

        await bench.HappensAsync(new Credit("a1", "d1", new(10_000)));
        await bench.SettleAsync();

        Assert.Equal(new Money(Customer: 19_950, Pending: 0, Transit: 0, Lent: 9_950, Fees: 0, Bank: 10_000), await MoneyAsync(bench));
        await bench.AssertSoundAsync();
    }

    [Fact]
    public async Task More_than_was_sold_is_in_suspense_and_pays_for_nothing()
    {
        await using FlowBench bench = await SoldAsync(line: 10_000);
        await bench.HappensAsync(new Credit("a1", "d1", new(12_000)));
        await bench.SettleAsync();

        Assert.Equal(new Money(Customer: 9_950, Pending: 0, Transit: 0, Lent: 0, Fees: 50, Bank: 12_000), await MoneyAsync(bench));
        Assert.Equal(2_000, await bench.SuspenseAsync());
        Assert.Equal(["off_ramp_excess"], await bench.DiscrepanciesAsync());
        await bench.AssertSoundAsync();
    }

    [Fact]
    public async Task Part_that_paid_for_the_advance_and_is_taken_back_is_the_customers_to_bear_until_it_comes_again()
    {
        await using FlowBench bench = await SoldAsync(line: 10_000);
        await bench.HappensAsync(new Credit("a1", "d1", new(4_000)));
        await bench.HappensAsync(new BankCreditReturned("r1", "a1", "d1", new(4_000), "R01"));
        await bench.SettleAsync();
        Assert.Equal(
            new Money(Customer: 5_950, Pending: 10_000, Transit: 10_000, Lent: 6_000, Fees: 50, Bank: 0), await MoneyAsync(bench));
        Assert.Equal(["off_ramp_returned"], await bench.DiscrepanciesAsync());

        await bench.HappensAsync(new Credit("a2", "d1", new(10_000)));
        await bench.SettleAsync();
        Assert.Equal(new Money(Customer: 9_950, Pending: 0, Transit: 0, Lent: 0, Fees: 50, Bank: 10_000), await MoneyAsync(bench));
        await bench.AssertSoundAsync();
    }

    [Fact]
    public async Task Advance_for_dollars_that_never_come_is_called_in_and_what_is_not_paid_is_lost_by_decision()
    {
        await using FlowBench bench = await SoldAsync(line: 10_000);
        await bench.ShiftClockAsync(TimeSpan.FromDays(9));
        await bench.SettleAsync();
        Assert.Equal(["off_ramp_late"], await bench.DiscrepanciesAsync());

        await DecideAsync(bench, "missing_dollars", "give_up");
        Assert.Equal(new Money(Customer: 0, Pending: 0, Transit: 0, Lent: 0, Fees: 0, Bank: 0), await MoneyAsync(bench));
        Assert.Equal(["customer_owes", "off_ramp_late"], await bench.DiscrepanciesAsync());
        // Still owed for all that anybody has said.
        Assert.Equal(50, await FreeAsync(bench));

        await DecideAsync(bench, "debt", "paid");
        Assert.Equal(["off_ramp:d1|ended|given_up"], await bench.ContextsAsync());
        Assert.Equal(10_000, await FreeAsync(bench));
        Assert.Equal(0, await bench.BalanceAsync(Book.CreditLoss("usd")));
        await bench.AssertSoundAsync();
    }

    [Fact]
    public async Task Money_that_was_taken_back_and_given_up_is_written_off_as_far_as_the_customer_has_not_got_it()
    {
        await using FlowBench bench = await SoldAsync(line: 10_000);
        await bench.HappensAsync(new Credit("a1", "d1", new(10_000)));
        await bench.SettleAsync();
        await bench.HappensAsync(new BankCreditReturned("r1", "a1", "d1", new(10_000), "R01"));
        await bench.SettleAsync();
        await DecideAsync(bench, "missing_dollars", "give_up");
        // The fee stays earned: 9,950 were lent, and 10,000 taken back.
        Assert.Equal(new Money(Customer: -50, Pending: 0, Transit: 0, Lent: 0, Fees: 50, Bank: 0), await MoneyAsync(bench));

        await DecideAsync(bench, "debt", "write_off");
        Assert.Equal(["off_ramp:d1|ended|written_off"], await bench.ContextsAsync());
        Assert.Equal(new Money(Customer: 0, Pending: 0, Transit: 0, Lent: 0, Fees: 50, Bank: 0), await MoneyAsync(bench));
        Assert.Equal(50, await bench.BalanceAsync(Book.CreditLoss("usd")));
        Assert.Equal(0, await FreeAsync(bench));
        await bench.AssertSoundAsync();
    }

    // Coins, two credits for them and the return of one, each told twice, in every order.
    [Fact]
    public async Task Every_order_of_events_ends_with_the_same_money()
    {
        await using FlowBench bench = await CreateAsync(line: 10_000);
        bench.Exchange.Script = (_, _) => Sold();
        int number = 0;
        foreach (int[] order in Orders(4))
        {
            string deposit = $"d{number++}";
            Money before = await MoneyAsync(bench);
            Func<Task>[] events =
            [
                () => bench.HappensAsync(new ExchangeDeposited(deposit, bench.Owner, "usdc", new(100_000_000))),
                () => bench.HappensAsync(new Credit($"{deposit}-1", deposit, new(6_000))),
                () => bench.HappensAsync(new Credit($"{deposit}-2", deposit, new(4_000))),
                () => bench.HappensAsync(new BankCreditReturned($"{deposit}-r", $"{deposit}-1", deposit, new(6_000), "R01")),
            ];
            foreach (int place in order)
            {
                for (int told = 0; told < 2; told++)
                {
                    await events[place]();
                    await bench.SettleAsync();
                }
            }

            Money after = await MoneyAsync(bench);
            Assert.Equal(
                new Money(before.Customer + 3_950, Pending: 6_000, Transit: 6_000, Lent: 0, before.Fees + 50, before.Bank + 4_000), after);
            Assert.Equal(0, await bench.SuspenseAsync());
            // It comes again, and the line is free for the next.
            await bench.HappensAsync(new Credit($"{deposit}-3", deposit, new(6_000)));
            await bench.SettleAsync();
        }

        Assert.Equal(24, number);
        Assert.Equal(
            new Money(24 * 9_950, Pending: 0, Transit: 0, Lent: 0, Fees: 24 * 50, Bank: 24 * 10_000), await MoneyAsync(bench));
        Assert.Equal(10_000, await FreeAsync(bench));
        await bench.AssertSoundAsync();
    }

    private static IEnumerable<int[]> Orders(int count) => count == 0
        ? [[]]
        : Orders(count - 1).SelectMany(order => Enumerable.Range(0, count).Select(
            place => (int[])[.. order[..place], count - 1, .. order[place..]]));

    private static ProviderAnswer.Confirmed Sold() => new(
        JsonSerializer.Deserialize<JsonElement>("""{"order":"o","proceeds":"10000"}"""));

    private static async Task<FlowBench> CreateAsync(long line)
    {
        FlowBench bench = await FlowBench.CreateAsync(services => services
            .AddFlow<OffRampFlow2>().AddFlow<OffRampFlow>().AddFlow<InstantDepositFlow>().AddSingleton<CreditLines>());
        await bench.UnitOfWork.RunAsync(
            (session, token) => bench.Get<CreditLines>().SetAsync(session, bench.Owner, new(line), "a tester", "a test", token), Token);
        return bench;
    }

    private static async Task<FlowBench> SoldAsync(long line)
    {
        FlowBench bench = await CreateAsync(line);
        await SellAsync(bench);
        return bench;
    }

    private static Guid NewId() => Guid.CreateVersion7(TimeProvider.System.GetUtcNow());

    private static async Task SellAsync(FlowBench bench)
    {
        bench.Exchange.Script = (_, _) => Sold();
        await bench.HappensAsync(new ExchangeDeposited("d1", bench.Owner, "usdc", new(100_000_000)));
        await bench.SettleAsync();
    }

    private static async Task DecideAsync(FlowBench bench, string question, string answer)
    {
        DecideResult told = await bench.UnitOfWork.RunAsync(
            (session, token) => bench.Get<FlowDecisions>().DecideAsync(
                session, "off_ramp:d1",
                new FlowDecided(NewId(), "off_ramp:d1", question, answer, "a tester", "a test"), token),
            Token);
        Assert.IsType<DecideResult.Told>(told);
        await bench.SettleAsync();
    }

    private static async Task<long> FreeAsync(FlowBench bench) => (long)(await bench.Get<LedgerQueries>()
        .FindAccountAsync(Book.CreditLine(bench.Owner, "usd").Code, Token))!.Available.BaseUnits;

    private static async Task<Money> MoneyAsync(FlowBench bench) => new(
        await bench.CustomerAsync(), await bench.BalanceAsync(Book.CustomerPending(bench.Owner, "usd")),
        await bench.BalanceAsync(Book.InTransit("exchange", "usd")), await bench.BalanceAsync(Book.Receivable(bench.Owner, "usd")),
        await bench.BalanceAsync(Book.FeeIncome("usd")), await bench.BalanceAsync(Book.Bank("usd")));

    private sealed record Money(long Customer, long Pending, long Transit, long Lent, long Fees, long Bank);
}
