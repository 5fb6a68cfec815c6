using ChainExec.Flows;
using ChainExec.Ledger;
using ChainExec.Payments.InstantDeposit;
using ChainExec.Payments.Lending;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace ChainExec.Engine.Tests.Flows;

/// <summary>A customer is credited before the money is there, and what becomes of that. Of 10,000 are 9,950 lent for a fee of 50.</summary>
public sealed class InstantDepositFlowTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Customer_with_a_line_is_credited_at_once_and_what_settles_pays_for_it()
    {
        await using FlowBench bench = await CreateAsync(line: 15_000);
        await AnnouncedAsync(bench, "t1");
        Assert.Equal(new Money(Customer: 9_950, Lent: 9_950, Fees: 0, Bank: 0, Suspense: 0, Free: 5_050), await MoneyAsync(bench));

        await bench.HappensAsync(new AchSettled("s1", "t1", new(10_000)));
        await bench.SettleAsync();

        Assert.Equal(new Money(Customer: 9_950, Lent: 0, Fees: 50, Bank: 10_000, Suspense: 0, Free: 15_000), await MoneyAsync(bench));
        Assert.Empty(await bench.DiscrepanciesAsync());
        await bench.ShiftClockAsync(TimeSpan.FromDays(61));
        await bench.SettleAsync();
        Assert.Equal(["ach:t1|ended|settled"], await bench.ContextsAsync());
        await bench.AssertSoundAsync();
    }

    [Fact]
    public async Task What_settles_in_parts_pays_the_fee_first_and_then_the_principal()
    {
        await using FlowBench bench = await CreateAsync(line: 10_000);
        await AnnouncedAsync(bench, "t1");
        await bench.HappensAsync(new AchSettled("s1", "t1", new(30)));
        await bench.SettleAsync();
        Assert.Equal(new Money(Customer: 9_950, Lent: 9_950, Fees: 30, Bank: 30, Suspense: 0, Free: 50), await MoneyAsync(bench));

        await bench.HappensAsync(new AchSettled("s2", "t1", new(5_000)));
        await bench.SettleAsync();
        Assert.Equal(new Money(Customer: 9_950, Lent: 4_970, Fees: 50, Bank: 5_030, Suspense: 0, Free: 50), await MoneyAsync(bench));

        await bench.HappensAsync(new AchSettled("s3", "t1", new(4_970)));
        await bench.SettleAsync();
        Assert.Equal(new Money(Customer: 9_950, Lent: 0, Fees: 50, Bank: 10_000, Suspense: 0, Free: 10_000), await MoneyAsync(bench));
        await bench.AssertSoundAsync();
    }

    [Fact]
    public async Task More_than_was_announced_is_in_suspense_and_goes_back_first()
    {
        await using FlowBench bench = await CreateAsync(line: 10_000);
        await AnnouncedAsync(bench, "t1");
        await bench.HappensAsync(new AchSettled("s1", "t1", new(10_700)), new AchSettled("s2", "t1", new(300)));
        await bench.SettleAsync();
        Assert.Equal(new Money(Customer: 9_950, Lent: 0, Fees: 50, Bank: 11_000, Suspense: 1_000, Free: 10_000), await MoneyAsync(bench));
        Assert.Equal(["deposit_excess", "deposit_excess"], await bench.DiscrepanciesAsync());

        await bench.HappensAsync(new AchReturned("r1", "t1", new(900), "dup"));
        await bench.SettleAsync();
        Assert.Equal(new Money(Customer: 9_950, Lent: 0, Fees: 50, Bank: 10_100, Suspense: 100, Free: 10_000), await MoneyAsync(bench));

        await bench.HappensAsync(new AchReturned("r2", "t1", new(400), "R01"));
        await bench.SettleAsync();
        Assert.Equal(new Money(Customer: 9_650, Lent: 0, Fees: 50, Bank: 9_700, Suspense: 0, Free: 10_000), await MoneyAsync(bench));
        await bench.AssertSoundAsync();
    }

    // Two in one turn: the line has room for one of them. The other waits for its money and pays nothing.
    [Fact]
    public async Task Credit_that_would_exceed_the_line_waits_for_the_money()
    {
        await using FlowBench bench = await CreateAsync(line: 15_000);
        await bench.HappensAsync(Announced(bench, "t1"), Announced(bench, "t2"));
        await bench.SettleAsync();
        Assert.Equal(new Money(Customer: 9_950, Lent: 9_950, Fees: 0, Bank: 0, Suspense: 0, Free: 5_050), await MoneyAsync(bench));

        await bench.HappensAsync(new AchSettled("s1", "t1", new(10_000)), new AchSettled("s2", "t2", new(10_000)));
        await bench.SettleAsync();

        Assert.Equal(new Money(Customer: 19_950, Lent: 0, Fees: 50, Bank: 20_000, Suspense: 0, Free: 15_000), await MoneyAsync(bench));
        await bench.AssertSoundAsync();
    }

    [Fact]
    public async Task Customer_without_a_line_waits_for_the_money_and_nobody_is_told_before_it_is_late()
    {
        await using FlowBench bench = await CreateAsync(line: 0);
        await AnnouncedAsync(bench, "t1");
        Assert.Equal(new Money(Customer: 0, Lent: 0, Fees: 0, Bank: 0, Suspense: 0, Free: 0), await MoneyAsync(bench));
        Assert.Empty(await bench.DiscrepanciesAsync());

        await bench.ShiftClockAsync(TimeSpan.FromDays(9));
        await bench.SettleAsync();
        Assert.Equal(["deposit_late"], await bench.DiscrepanciesAsync());

        await bench.HappensAsync(new AchSettled("s1", "t1", new(10_000)));
        await bench.SettleAsync();
        Assert.Equal(new Money(Customer: 10_000, Lent: 0, Fees: 0, Bank: 10_000, Suspense: 0, Free: 0), await MoneyAsync(bench));
        await bench.AssertSoundAsync();
    }

    // The books' own lock decides, whoever asks: twenty at once on connections of their own.
    [Fact]
    public async Task Line_is_never_exceeded_by_advances_at_once()
    {
        await using FlowBench bench = await CreateAsync(line: 500);
        HoldResult[] results = await Task.WhenAll(Enumerable.Range(0, 20).Select(number => bench.UnitOfWork.RunAsync(
            (session, token) => bench.Get<LedgerStore>().PlaceHoldAsync(
                session, new HoldId(NewId()), Book.CreditLine(bench.Owner, "usd"), new(100), $"flow:{number}", token),
            Token)));

        Assert.Equal(5, results.Count(result => result is HoldResult.Held));
        Assert.Equal(15, results.Count(result => result is HoldResult.InsufficientFunds));
        Assert.Equal(0, (await MoneyAsync(bench)).Free);
    }

    [Fact]
    public async Task Limit_can_be_set_below_what_is_lent_and_holds_from_then_on()
    {
        await using FlowBench bench = await CreateAsync(line: 20_000);
        await AnnouncedAsync(bench, "t1");
        await SetLineAsync(bench, 10_000);
        await AnnouncedAsync(bench, "t2");
        Assert.Equal(new Money(Customer: 9_950, Lent: 9_950, Fees: 0, Bank: 0, Suspense: 0, Free: 50), await MoneyAsync(bench));
        await SetLineAsync(bench, 1_000);
        Assert.Equal(-8_950, (await MoneyAsync(bench)).Free);

        await bench.HappensAsync(new AchSettled("s1", "t1", new(10_000)));
        await bench.SettleAsync();

        Assert.Equal(1_000, (await MoneyAsync(bench)).Free);
        Assert.Equal(-1_000, await bench.BalanceAsync(Book.LendingCapital("usd")));
        await bench.AssertSoundAsync();
    }

    [Fact]
    public async Task Refused_transfer_overdraws_who_spent_it_and_a_person_writes_off_what_is_not_there()
    {
        await using FlowBench bench = await CreateAsync(line: 20_000);
        await AnnouncedAsync(bench, "t1");
        await SpendAsync(bench, 9_000);
        await bench.HappensAsync(new AchRefused("t1", "R01"));
        await bench.SettleAsync();
        // What is owed still counts against the line.
        Assert.Equal(new Money(Customer: -9_000, Lent: 0, Fees: 0, Bank: 0, Suspense: 0, Free: 10_050), await MoneyAsync(bench));
        Assert.Equal(["customer_owes"], await bench.DiscrepanciesAsync());

        // Money of the customer comes from elsewhere meanwhile: it pays before anything is lost.
        await SpendAsync(bench, -2_000);
        await DecideAsync(bench, "write_off");

        Assert.Equal(new Money(Customer: 0, Lent: 0, Fees: 0, Bank: 0, Suspense: 0, Free: 10_050), await MoneyAsync(bench));
        Assert.Equal(7_000, await bench.BalanceAsync(Book.CreditLoss("usd")));
        Assert.Equal(0, await bench.BalanceAsync(Book.Overdrawn(bench.Owner, "usd")));
        Assert.Equal(["ach:t1|ended|written_off"], await bench.ContextsAsync());
        await bench.AssertSoundAsync();
    }

    [Fact]
    public async Task Written_off_debt_of_a_customer_who_has_the_money_is_no_loss()
    {
        await using FlowBench bench = await CreateAsync(line: 20_000);
        await AnnouncedAsync(bench, "t1");
        await SpendAsync(bench, -500);
        await bench.HappensAsync(new AchRefused("t1", "R01"));
        await bench.SettleAsync();
        await DecideAsync(bench, "write_off");

        Assert.Equal(new Money(Customer: 500, Lent: 0, Fees: 0, Bank: 0, Suspense: 0, Free: 10_050), await MoneyAsync(bench));
        Assert.Equal(0, await bench.BalanceAsync(Book.CreditLoss("usd")));
        await bench.AssertSoundAsync();
    }

    [Fact]
    public async Task Paid_debt_frees_the_line_and_nothing_is_lost()
    {
        await using FlowBench bench = await CreateAsync(line: 10_000);
        await AnnouncedAsync(bench, "t1");
        await bench.HappensAsync(new AchRefused("t1", "R01"));
        await bench.SettleAsync();
        Assert.Equal(50, (await MoneyAsync(bench)).Free);
        await DecideAsync(bench, "paid");

        Assert.Equal(new Money(Customer: 0, Lent: 0, Fees: 0, Bank: 0, Suspense: 0, Free: 10_000), await MoneyAsync(bench));
        Assert.Equal(["ach:t1|ended|paid"], await bench.ContextsAsync());
        await bench.AssertSoundAsync();
    }

    [Fact]
    public async Task Return_after_settlement_overdraws_the_customer_and_the_transfer_may_settle_again()
    {
        await using FlowBench bench = await CreateAsync(line: 10_000);
        await AnnouncedAsync(bench, "t1");
        await bench.HappensAsync(new AchSettled("s1", "t1", new(10_000)));
        await SpendAsync(bench, 9_950);
        await bench.HappensAsync(new AchReturned("r1", "t1", new(10_000), "R10"));
        await bench.SettleAsync();
        Assert.Equal(new Money(Customer: -10_000, Lent: 0, Fees: 50, Bank: 0, Suspense: 0, Free: 10_000), await MoneyAsync(bench));
        Assert.Equal(["deposit_returned"], await bench.DiscrepanciesAsync());

        await bench.HappensAsync(new AchSettled("s2", "t1", new(10_000)));
        await bench.SettleAsync();
        Assert.Equal(new Money(Customer: 0, Lent: 0, Fees: 50, Bank: 10_000, Suspense: 0, Free: 10_000), await MoneyAsync(bench));
        await bench.AssertSoundAsync();
    }

    [Fact]
    public async Task Return_after_its_time_is_in_suspense()
    {
        await using FlowBench bench = await CreateAsync(line: 10_000);
        await AnnouncedAsync(bench, "t1");
        await bench.HappensAsync(new AchSettled("s1", "t1", new(10_000)));
        await bench.SettleAsync();
        await bench.ShiftClockAsync(TimeSpan.FromDays(61));
        await bench.SettleAsync();
        await bench.HappensAsync(new AchReturned("r1", "t1", new(10_000), "R10"));
        await bench.SettleAsync();

        Assert.Equal(new Money(Customer: 9_950, Lent: 0, Fees: 50, Bank: 0, Suspense: -10_000, Free: 10_000), await MoneyAsync(bench));
        Assert.Equal(["unmatched_money"], await bench.DiscrepanciesAsync());
        await bench.AssertSoundAsync();
    }

    // What the customer has reserved for something else does not hide that the money is gone.
    [Fact]
    public async Task Return_is_booked_though_the_customers_money_is_held()
    {
        await using FlowBench bench = await CreateAsync(line: 10_000);
        await AnnouncedAsync(bench, "t1");
        await bench.UnitOfWork.RunAsync(
            (session, token) => bench.Get<LedgerStore>().PlaceHoldAsync(
                session, new HoldId(NewId()), Book.Customer(bench.Owner, "usd"), new(9_000), "intent:1", token),
            Token);
        await bench.HappensAsync(new AchSettled("s1", "t1", new(10_000)));
        await bench.HappensAsync(new AchReturned("r1", "t1", new(10_000), "R10"));
        await bench.SettleAsync();

        Assert.Equal(new Money(Customer: -50, Lent: 0, Fees: 50, Bank: 0, Suspense: 0, Free: 10_000), await MoneyAsync(bench));
        await bench.AssertSoundAsync();
    }

    [Fact]
    public async Task Transfer_to_nobody_is_in_suspense_and_lends_nothing()
    {
        await using FlowBench bench = await CreateAsync(line: 10_000);
        await bench.HappensAsync(new AchInitiated("t1", Owner: null, new(10_000)));
        await bench.HappensAsync(new AchSettled("s1", "t1", new(10_000)));
        await bench.SettleAsync();

        Assert.Equal(new Money(Customer: 0, Lent: 0, Fees: 0, Bank: 10_000, Suspense: 10_000, Free: 10_000), await MoneyAsync(bench));
        Assert.Equal(["unmatched_money"], await bench.DiscrepanciesAsync());
        await bench.AssertSoundAsync();
    }

    [Theory]
    [InlineData(1, 1, 0)]
    [InlineData(2, 1, 1)]
    [InlineData(199, 198, 1)]
    [InlineData(201, 199, 2)]
    public void Fee_is_rounded_up_and_leaves_something_to_lend(int expected, int principal, int fee) =>
        Assert.Equal(new Advance(new(principal), new(fee)), Advances.Against(new(expected)));

    // Announced, settled in two parts, one of them taken back; each told twice, in every order.
    [Fact]
    public async Task Every_order_of_events_ends_with_the_same_money()
    {
        var ends = new HashSet<Money>();
        await using FlowBench bench = await CreateAsync(line: 10_000);
        Guid owner = bench.Owner;
        int number = 0;
        foreach (int[] order in Orders(4))
        {
            string transfer = $"t{number++}";
            Money before = await MoneyAsync(bench);
            object[] events =
            [
                new AchInitiated(transfer, owner, new(10_000)), new AchSettled($"{transfer}-1", transfer, new(6_000)),
                new AchSettled($"{transfer}-2", transfer, new(4_000)), new AchReturned($"{transfer}-r", transfer, new(4_000), "R01"),
            ];
            foreach (int place in order)
            {
                for (int told = 0; told < 2; told++)
                {
                    await TellAsync(bench, events[place]);
                    await bench.SettleAsync();
                }
            }

            Money after = await MoneyAsync(bench);
            ends.Add(new Money(
                after.Customer - before.Customer, after.Lent, after.Fees - before.Fees, after.Bank - before.Bank, after.Suspense, 0));
            await bench.HappensAsync(new AchSettled($"{transfer}-3", transfer, new(4_000)));
            await bench.SettleAsync();
        }

        Assert.Equal(24, number);
        Assert.Equal(new Money(Customer: 5_950, Lent: 0, Fees: 50, Bank: 6_000, Suspense: 0, Free: 0), Assert.Single(ends));
        Assert.Equal(
            new Money(Customer: 24 * 9_950, Lent: 0, Fees: 24 * 50, Bank: 24 * 10_000, Suspense: 0, Free: 10_000), await MoneyAsync(bench));
        await bench.AssertSoundAsync();
    }

    // A refusal says that the rest does not come; a part that had settled is told before or after.
    [Fact]
    public async Task Refusal_and_the_part_that_settled_end_alike_but_for_the_fee()
    {
        foreach (bool refusedFirst in (bool[])[false, true])
        {
            await using FlowBench bench = await CreateAsync(line: 10_000);
            await AnnouncedAsync(bench, "t1");
            object[] events = [new AchSettled("s1", "t1", new(6_000)), new AchRefused("t1", "R01")];
            foreach (object happened in refusedFirst ? Enumerable.Reverse(events) : events)
            {
                await TellAsync(bench, happened);
                await bench.SettleAsync();
            }

            // Once called in, nothing is left that a fee could be for.
            long fee = refusedFirst ? 0 : 50;
            Assert.Equal(
                new Money(Customer: 6_000 - fee, Lent: 0, Fees: fee, Bank: 6_000, Suspense: 0, Free: 50), await MoneyAsync(bench));
            Assert.Equal(["customer_owes"], await bench.DiscrepanciesAsync());
            await bench.AssertSoundAsync();
        }
    }

    [Fact]
    public async Task Part_that_settled_of_a_refused_transfer_is_the_customers_who_was_lent_nothing()
    {
        await using FlowBench bench = await CreateAsync(line: 0);
        await AnnouncedAsync(bench, "t1");
        await bench.HappensAsync(new AchRefused("t1", "R01"));
        await bench.HappensAsync(new AchSettled("s1", "t1", new(6_000)));
        await bench.SettleAsync();
        Assert.Equal(new Money(Customer: 6_000, Lent: 0, Fees: 0, Bank: 6_000, Suspense: 0, Free: 0), await MoneyAsync(bench));
        Assert.Empty(await bench.DiscrepanciesAsync());

        await bench.ShiftClockAsync(TimeSpan.FromDays(61));
        await bench.SettleAsync();
        Assert.Equal(["ach:t1|ended|refused"], await bench.ContextsAsync());
        Assert.Empty(await bench.DiscrepanciesAsync());
        await bench.AssertSoundAsync();
    }

    [Fact]
    public async Task Transfer_of_which_nothing_is_heard_is_told_and_can_be_given_up_and_may_come_yet()
    {
        await using FlowBench bench = await CreateAsync(line: 10_000);
        await AnnouncedAsync(bench, "t1");
        await bench.ShiftClockAsync(TimeSpan.FromDays(9));
        await bench.SettleAsync();
        Assert.Equal(["deposit_late"], await bench.DiscrepanciesAsync());

        await DecideAsync(bench, "give_up", "missing_dollars");
        Assert.Equal(new Money(Customer: 0, Lent: 0, Fees: 0, Bank: 0, Suspense: 0, Free: 50), await MoneyAsync(bench));
        Assert.Equal(["customer_owes", "deposit_late"], await bench.DiscrepanciesAsync());

        await bench.HappensAsync(new AchSettled("s1", "t1", new(10_000)));
        await bench.SettleAsync();
        Assert.Equal(new Money(Customer: 10_000, Lent: 0, Fees: 0, Bank: 10_000, Suspense: 0, Free: 10_000), await MoneyAsync(bench));
        await bench.AssertSoundAsync();
    }

    private static async Task<FlowBench> CreateAsync(long line)
    {
        FlowBench bench = await FlowBench.CreateAsync(services => services.AddFlow<InstantDepositFlow>().AddSingleton<CreditLines>());
        if (line > 0)
            await SetLineAsync(bench, line);
        return bench;
    }

    private static Task SetLineAsync(FlowBench bench, long limit) => bench.UnitOfWork.RunAsync(
        (session, token) => bench.Get<CreditLines>().SetAsync(session, bench.Owner, new(limit), "a tester", "a test", token), Token);

    private static Guid NewId() => Guid.CreateVersion7(TimeProvider.System.GetUtcNow());

    private static AchInitiated Announced(FlowBench bench, string transfer) => new(transfer, bench.Owner, new(10_000));

    private static async Task AnnouncedAsync(FlowBench bench, string transfer)
    {
        await bench.HappensAsync(Announced(bench, transfer));
        await bench.SettleAsync();
    }

    private static Task TellAsync(FlowBench bench, object happened) => happened switch
    {
        AchInitiated initiated => bench.HappensAsync(initiated),
        AchSettled settled => bench.HappensAsync(settled),
        AchReturned returned => bench.HappensAsync(returned),
        AchRefused refused => bench.HappensAsync(refused),
        _ => throw new ArgumentOutOfRangeException(nameof(happened)),
    };

    private static async Task DecideAsync(FlowBench bench, string answer, string question = "debt")
    {
        DecideResult told = await bench.UnitOfWork.RunAsync(
            (session, token) => bench.Get<FlowDecisions>().DecideAsync(
                session, "ach:t1", new FlowDecided(NewId(), "ach:t1", question, answer, "a tester", "a test"), token),
            Token);
        Assert.IsType<DecideResult.Told>(told);
        await bench.SettleAsync();
    }

    // The customer pays somebody, or below zero is paid by somebody, beside all flows.
    private static async Task SpendAsync(FlowBench bench, long amount)
    {
        await bench.SettleAsync();
        (AccountSpec customer, AccountSpec outside) = (Book.Customer(bench.Owner, "usd"), Book.HouseFloat("usd"));
        var moved = new TokenAmount(Math.Abs(amount));
        await bench.UnitOfWork.RunAsync(
            (session, token) => bench.Get<LedgerStore>().PostAsync(
                session,
                new Posting
                {
                    Id = new LedgerTransactionId(NewId()), Key = $"test:{NewId():n}", Kind = "test",
                    EffectiveAt = DateTimeOffset.UnixEpoch.AddYears(50),
                    Lines = amount > 0
                        ? [PostingLine.Debit(customer, moved), PostingLine.Credit(outside, moved)]
                        : [PostingLine.Debit(outside, moved), PostingLine.Credit(customer, moved)],
                },
                token),
            Token);
    }

    private static async Task<Money> MoneyAsync(FlowBench bench)
    {
        LedgerAccount? line = await bench.Get<LedgerQueries>().FindAccountAsync(Book.CreditLine(bench.Owner, "usd").Code, Token);
        return new Money(
            await bench.CustomerAsync(), await bench.BalanceAsync(Book.Receivable(bench.Owner, "usd")),
            await bench.BalanceAsync(Book.FeeIncome("usd")), await bench.BalanceAsync(Book.Bank("usd")), await bench.SuspenseAsync(),
            (long)(line?.Available.BaseUnits ?? 0));
    }

    private static IEnumerable<int[]> Orders(int count) => count == 0
        ? [[]]
        : Orders(count - 1).SelectMany(order => Enumerable.Range(0, count).Select(
            place => (int[])[.. order[..place], count - 1, .. order[place..]]));

    private sealed record Money(long Customer, long Lent, long Fees, long Bank, long Suspense, long Free);
}
