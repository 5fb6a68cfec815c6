using ChainExec.Facts;
using ChainExec.Flows;
using ChainExec.Ledger;
using Xunit;

namespace ChainExec.Engine.Tests.Flows;

/// <summary>What flows do with events in whatever order they come.</summary>
public sealed class FlowTests
{
    [Fact]
    public async Task Ramp_ends_settled_with_the_customer_credited_once()
    {
        await using FlowBench bench = await FlowBench.CreateAsync();
        await bench.HappensAsync(new RampAsked("t1", bench.Owner, new(500)));
        await bench.SettleAsync();
        Assert.Equal(["ramp:t1|open|"], await bench.ContextsAsync());

        await bench.HappensAsync(new BankCredited("c1", "t1", new(500)));
        await bench.SettleAsync();

        Assert.Equal(["ramp:t1|ended|settled"], await bench.ContextsAsync());
        Assert.Equal((500, 500, 0), (await bench.CustomerAsync(), await bench.BankAsync(), await bench.SuspenseAsync()));
        Assert.Empty(await bench.DiscrepanciesAsync());
        Assert.Equal("1", await bench.RowAsync("select count(*) from facts.v_stream where type = 'test.ramp_settled'"));
        Assert.Equal(
            ["firing|asked", "effect|call", "firing|sold", "effect|remember", "firing|credit_in_full", "effect|post", "effect|emit"],
            await bench.RowsAsync("select kind, name from flows.node order by ordinal"));
        // Each node leads back to the one that caused it.
        Assert.Equal("1", await bench.RowAsync("select count(*) from flows.node where parent_id is null"));
        await bench.AssertSoundAsync();
    }

    [Fact]
    public async Task Money_that_comes_before_its_rule_waits_in_suspense_and_is_booked_right_when_the_rule_comes()
    {
        await using FlowBench bench = await FlowBench.CreateAsync();
        await bench.HappensAsync(new RampAsked("t1", bench.Owner, new(500)));
        await bench.HappensAsync(new BankCredited("c1", "t1", new(500)));
        await bench.FireAsync();
        Assert.Equal((0, 500, 500), (await bench.CustomerAsync(), await bench.BankAsync(), await bench.SuspenseAsync()));
        Assert.Equal(["unmatched_money"], await bench.DiscrepanciesAsync());

        await bench.SettleAsync();

        Assert.Equal(["ramp:t1|ended|settled"], await bench.ContextsAsync());
        Assert.Equal((500, 500, 0), (await bench.CustomerAsync(), await bench.BankAsync(), await bench.SuspenseAsync()));
        Assert.Empty(await bench.DiscrepanciesAsync());
        await bench.AssertSoundAsync();
    }

    [Fact]
    public async Task Money_that_comes_before_its_context_is_taken_when_the_context_opens()
    {
        await using FlowBench bench = await FlowBench.CreateAsync();
        await bench.HappensAsync(new BankCredited("c1", "t1", new(500)));
        await bench.SettleAsync();
        Assert.Equal(500, await bench.SuspenseAsync());

        await bench.HappensAsync(new RampAsked("t1", bench.Owner, new(500)));
        await bench.SettleAsync();

        Assert.Equal(["ramp:t1|ended|settled"], await bench.ContextsAsync());
        Assert.Equal((500, 0), (await bench.CustomerAsync(), await bench.SuspenseAsync()));
        await bench.AssertSoundAsync();
    }

    [Fact]
    public async Task An_event_that_is_told_again_does_nothing()
    {
        await using FlowBench bench = await FlowBench.CreateAsync();
        await bench.HappensAsync(new RampAsked("t1", bench.Owner, new(500)));
        await bench.HappensAsync(new RampAsked("t1", bench.Owner, new(500)));
        await bench.SettleAsync();
        await bench.HappensAsync(new BankCredited("c1", "t1", new(500)), new BankCredited("c1", "t1", new(500)));
        await bench.SettleAsync();
        await bench.HappensAsync(new BankCredited("c1", "t1", new(500)));
        await bench.SettleAsync();

        Assert.Equal((500, 500), (await bench.CustomerAsync(), await bench.BankAsync()));
        Assert.Single(bench.Exchange.Done);
        Assert.Empty(await bench.DiscrepanciesAsync());
        await bench.AssertSoundAsync();
    }

    [Fact]
    public async Task Money_after_the_rule_was_consumed_goes_to_suspense_with_a_discrepancy()
    {
        await using FlowBench bench = await FlowBench.CreateAsync();
        await bench.HappensAsync(new RampAsked("t1", bench.Owner, new(500)));
        await bench.SettleAsync();
        await bench.HappensAsync(new BankCredited("c1", "t1", new(500)), new BankCredited("c2", "t1", new(70)));
        await bench.SettleAsync();

        Assert.Equal((500, 570, 70), (await bench.CustomerAsync(), await bench.BankAsync(), await bench.SuspenseAsync()));
        Assert.Equal(["unmatched_money"], await bench.DiscrepanciesAsync());
        await bench.AssertSoundAsync();
    }

    [Fact]
    public async Task Money_behind_very_many_events_that_nobody_took_is_booked_all_the_same()
    {
        await using FlowBench bench = await FlowBench.CreateAsync();
        await bench.HappensAsync(new RampAsked("t1", bench.Owner, new(500)));
        await bench.SettleAsync();
        await bench.HappensAsync(new BankCredited("c0", "t1", new(500)));
        await bench.HappensAsync([.. Enumerable.Range(1, 205).Select(number => new BankCredited($"c{number}", "t1", new(1)))]);
        await bench.SettleAsync();

        Assert.Equal((500, 705, 205), (await bench.CustomerAsync(), await bench.BankAsync(), await bench.SuspenseAsync()));
        await bench.AssertSoundAsync();
    }

    // The rule comes after the events, and the one that it waits for lies behind two hundred that nobody ever takes.
    [Fact]
    public async Task Rule_that_comes_late_finds_its_event_behind_very_many_others()
    {
        await using FlowBench bench = await FlowBench.CreateAsync(services => services.AddFlow<ReviewFlow>());
        await bench.HappensAsync(
            [
                .. Enumerable.Range(0, 205).Select(number => Decided(number, "weather")), Decided(205, "screening"),
            ]);
        await bench.SettleAsync();
        await bench.HappensAsync(new ReviewAsked("r1"));
        await bench.SettleAsync();

        Assert.Equal(["review:r1|ended|released"], await bench.ContextsAsync());

        static FlowDecided Decided(int number, string question) => new(
            new Guid(number + 1, 0, 0, new byte[8]), "review:r1", question, "release", "a tester", "a test");
    }

    [Fact]
    public async Task Money_for_a_flow_that_ended_is_booked_by_a_build_that_has_its_definition_no_more()
    {
        await using FlowBench bench = await FlowBench.CreateAsync();
        await bench.HappensAsync(new RampAsked("t1", bench.Owner, new(500)));
        await bench.HappensAsync(new BankCredited("c1", "t1", new(500)));
        await bench.SettleAsync();
        await bench.AsOwnerAsync("""
            insert into flows.definition (flow, version, fingerprint, text) values ('ramp', 1, repeat('0', 64), 'gone');
            update flows.context set fingerprint = repeat('0', 64)
            """);
        await bench.HappensAsync(new BankCredited("c2", "t1", new(70)));
        await bench.SettleAsync();

        Assert.Equal(70, await bench.SuspenseAsync());
        Assert.Equal(["unmatched_money"], await bench.DiscrepanciesAsync());
        await bench.AssertSoundAsync();
    }

    // What the rule does is refused by the books: the fact is parked with its key, and so is what comes after; the money is in suspense.
    [Fact]
    public async Task Money_of_a_fact_that_is_parked_is_in_suspense_until_it_can_be_handled()
    {
        await using FlowBench bench = await FlowBench.CreateAsync();
        await bench.HappensAsync(new RampAsked("t1", bench.Owner, new(500)));
        await bench.SettleAsync();
        string print = await bench.RowAsync("select fingerprint from flows.context");
        await bench.AsOwnerAsync("""
            insert into flows.definition (flow, version, fingerprint, text) values ('ramp', 1, repeat('0', 64), 'gone');
            update flows.context set fingerprint = repeat('0', 64)
            """);
        await bench.HappensAsync(new BankCredited("c1", "t1", new(500)));
        await bench.SettleAsync();
        await bench.HappensAsync(new BankCredited("c2", "t1", new(70)));
        await bench.SettleAsync();
        Assert.Equal((0, 570), (await bench.CustomerAsync(), await bench.SuspenseAsync()));
        Assert.Equal(["unmatched_money", "unmatched_money"], await bench.DiscrepanciesAsync());

        await bench.AsOwnerAsync($"update flows.context set fingerprint = '{print}'");
        await bench.UnitOfWork.RunAsync(
            (session, token) => bench.Get<ConsumerStore>().RequestRetryAsync(session, "flow_rules", RampFlow.KeyOf("t1"), token),
            FlowBench.Token);
        await bench.SettleAsync();

        Assert.Equal(["ramp:t1|ended|settled"], await bench.ContextsAsync());
        Assert.Equal((500, 70), (await bench.CustomerAsync(), await bench.SuspenseAsync()));
        Assert.Equal(["unmatched_money"], await bench.DiscrepanciesAsync());
        await bench.AssertSoundAsync();
    }

    // Money moved outside, and the flow that wanted it is over.
    [Fact]
    public async Task Answer_that_finds_its_flow_ended_is_told()
    {
        await using FlowBench bench = await FlowBench.CreateAsync();
        await bench.HappensAsync(new RampAsked("t1", bench.Owner, new(500)));
        await bench.FireAsync();
        await bench.AsOwnerAsync("update flows.context set state = 'ended', outcome = 'gone', ended_position = 1, ended_at = now()");
        await bench.SettleAsync();

        Assert.Equal(["answer_after_end"], await bench.DiscrepanciesAsync());
        Assert.Equal("confirmed", await bench.RowAsync("select state from flows.node where name = 'call'"));
    }

    [Fact]
    public async Task Old_process_starts_no_flow_of_a_version_that_has_been_replaced()
    {
        await using FlowBench bench = await FlowBench.CreateAsync();
        await bench.AsOwnerAsync(
            "insert into flows.definition (flow, version, fingerprint, text) values ('ramp', 2, repeat('1', 64), 'newer')");
        await bench.HappensAsync(new RampAsked("t1", bench.Owner, new(500)));
        await bench.SettleAsync();

        Assert.Empty(await bench.ContextsAsync());
        Assert.Single(await bench.Get<FactQueries>().ParkedAsync(10, FlowBench.Token));
    }

    [Fact]
    public async Task Money_of_nobody_goes_to_suspense_with_a_discrepancy()
    {
        await using FlowBench bench = await FlowBench.CreateAsync();
        await bench.HappensAsync(new BankCredited("c1", "unheard-of", new(9)));
        await bench.SettleAsync();

        Assert.Equal((9, 9), (await bench.BankAsync(), await bench.SuspenseAsync()));
        Assert.Equal("unmatched_money|usd|9", await bench.RowAsync("select kind, asset, amount from flows.discrepancy"));
        await bench.AssertSoundAsync();
    }

    [Fact]
    public async Task Expiry_alerts_once_and_money_that_comes_on_day_four_is_booked_right()
    {
        await using FlowBench bench = await FlowBench.CreateAsync();
        await bench.HappensAsync(new RampAsked("t1", bench.Owner, new(500)));
        await bench.SettleAsync();
        await bench.ShiftClockAsync(TimeSpan.FromDays(3) + TimeSpan.FromMinutes(1));
        await bench.SettleAsync();
        Assert.Equal(["settlement_late"], await bench.DiscrepanciesAsync());
        await bench.ShiftClockAsync(TimeSpan.FromDays(1));
        await bench.SettleAsync();
        Assert.Equal(["settlement_late"], await bench.DiscrepanciesAsync());

        await bench.HappensAsync(new BankCredited("c1", "t1", new(500)));
        await bench.SettleAsync();

        Assert.Equal(["ramp:t1|ended|settled"], await bench.ContextsAsync());
        Assert.Equal((500, 0), (await bench.CustomerAsync(), await bench.SuspenseAsync()));
        Assert.Equal("0", await bench.RowAsync("select count(*) from flows.timer"));
        await bench.AssertSoundAsync();
    }

    [Fact]
    public async Task Credit_that_is_short_is_booked_as_it_came_and_told()
    {
        await using FlowBench bench = await FlowBench.CreateAsync();
        await bench.HappensAsync(new RampAsked("t1", bench.Owner, new(500)));
        await bench.SettleAsync();
        await bench.HappensAsync(new BankCredited("c1", "t1", new(480)));
        await bench.SettleAsync();

        Assert.Equal(["ramp:t1|ended|short"], await bench.ContextsAsync());
        Assert.Equal((480, 480), (await bench.CustomerAsync(), await bench.BankAsync()));
        Assert.Equal(["credit_short"], await bench.DiscrepanciesAsync());
        Assert.Equal(
            ["asked|consumed", "sold|consumed", "sale_refused|retracted", "credit_in_full|retracted", "credit_short|consumed"],
            await bench.RowsAsync("select name, state from flows.rule order by ordinal"));
        await bench.AssertSoundAsync();
    }

    [Theory]
    [InlineData("first", "second")]
    [InlineData("second", "first")]
    public async Task Rule_for_all_of_several_events_fires_when_the_last_has_come(string one, string two)
    {
        await using FlowBench bench = await FlowBench.CreateAsync();
        await GiveAsync(bench, 100);
        await bench.HappensAsync(new AdvanceAsked("a1", bench.Owner, new(60)));
        await bench.HappensAsync(new Signed("a1", one), new Signed("a1", one));
        await bench.SettleAsync();
        Assert.Equal(100, await bench.CustomerAsync());

        await bench.HappensAsync(new Signed("a1", two));
        await bench.SettleAsync();

        Assert.Equal(["advance:a1|ended|paid"], await bench.ContextsAsync());
        Assert.Equal(40, await bench.CustomerAsync());
        Assert.Equal("posted", await bench.RowAsync("select state from ledger.v_hold"));
        await bench.AssertSoundAsync();
    }

    [Fact]
    public async Task Expiry_that_closes_gives_the_hold_back_and_a_later_event_finds_no_rule()
    {
        await using FlowBench bench = await FlowBench.CreateAsync();
        await GiveAsync(bench, 100);
        await bench.HappensAsync(new AdvanceAsked("a1", bench.Owner, new(60)));
        await bench.HappensAsync(new Signed("a1", "first"));
        await bench.SettleAsync();
        await bench.ShiftClockAsync(TimeSpan.FromHours(2));
        await bench.SettleAsync();
        await bench.HappensAsync(new Signed("a1", "second"));
        await bench.SettleAsync();

        Assert.Equal(["advance:a1|ended|expired"], await bench.ContextsAsync());
        Assert.Equal(100, await bench.CustomerAsync());
        Assert.Equal("released", await bench.RowAsync("select state from ledger.v_hold"));
        await bench.AssertSoundAsync();
    }

    [Fact]
    public async Task Hold_that_is_refused_does_the_branch_and_nothing_else_of_the_rule()
    {
        await using FlowBench bench = await FlowBench.CreateAsync();
        await GiveAsync(bench, 59);
        await bench.HappensAsync(new AdvanceAsked("a1", bench.Owner, new(60)));
        await bench.SettleAsync();

        Assert.Equal(["advance:a1|ended|no_funds"], await bench.ContextsAsync());
        Assert.Equal("0", await bench.RowAsync("select count(*) from flows.rule where state = 'waiting'"));
        Assert.Equal("refused", await bench.RowAsync("select state from flows.node where name = 'hold'"));
        await bench.AssertSoundAsync();
    }

    private static Task GiveAsync(FlowBench bench, long amount) => bench.UnitOfWork.RunAsync(
        (session, token) => bench.Get<LedgerStore>().PostAsync(
            session,
            new Posting
            {
                Id = new LedgerTransactionId(bench.Owner),
                Key = "given",
                Kind = "test.given",
                EffectiveAt = TimeProvider.System.GetUtcNow(),
                Lines =
                [
                    PostingLine.Debit(RampFlow.Bank, new(amount)), PostingLine.Credit(Book.Customer(bench.Owner, "usd"), new(amount)),
                ],
            },
            token),
        FlowBench.Token);
}
