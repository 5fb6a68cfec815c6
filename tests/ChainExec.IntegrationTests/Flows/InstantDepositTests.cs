using System.Numerics;
using ChainExec.Ledger;
using ChainExec.Sandbox;
using Xunit;

namespace ChainExec.IntegrationTests.Flows;

/// <summary>Deposits and off-ramps that are credited before their money is there, against partners that misbehave.</summary>
public sealed class InstantDepositTests
{
    private const long Line = 20_000;

    [Fact]
    public async Task Nothing_is_lent_beyond_the_line_or_lost_whatever_is_late_doubled_or_lost()
    {
        const int each = 12;
        await using SandboxBench bench = await SandboxBench.StartAsync(mischief: 30, seed: 11);
        await bench.LineAsync(Line);
        for (int number = 1; number <= each; number++)
        {
            await bench.AchAsync(1_000 * number, parts: 1 + (number % 3));
            await bench.DepositAsync(10_000_000 * number);
        }

        // Twelve wait for returns of each kind.
        await bench.UntilAsync(
            $"select count(*) = {2 * each} from flows.rule where name in ('credit_returned', 'settled_returned') and state = 'waiting'",
            "all are settled");

        Truth truth = await bench.TruthAsync();
        Assert.Equal((each, each, each), (truth.Orders.Count, truth.Credits.Count, truth.Ach.Count));
        BigInteger banked = truth.Credits.Aggregate(BigInteger.Zero, (sum, credit) => sum + credit.Amount)
            + truth.Settlements.Aggregate(BigInteger.Zero, (sum, settled) => sum + settled.Amount);
        BigInteger fees = await bench.BalanceAsync(Book.FeeIncome("usd"));
        Assert.True(fees > 0, "something was advanced");
        Assert.Equal(banked, await bench.BalanceAsync(Book.Bank("usd")));
        Assert.Equal(banked - fees, await bench.BalanceAsync(Book.Customer(bench.Owner, "usd")));
        // What was held on the line is free again, and at no moment was more of it than the limit: the ledger's own entries say so.
        Assert.Equal((BigInteger)Line, await bench.BalanceAsync(Book.CreditLine(bench.Owner, "usd")));
        await bench.UntilAsync(
            $"select coalesce(max(e.balance_after), 0) between 1 and {Line} from ledger.v_entry e where e.account_code like 'receivable:%'",
            "the most that was lent is within the line");
        await bench.UntilAsync("select count(*) = 0 from ledger.v_hold where remaining > 0", "nothing is held");
        foreach (AccountSpec empty in (AccountSpec[])
            [
                Book.Receivable(bench.Owner, "usd"), Book.InTransit("exchange", "usd"), Book.CustomerPending(bench.Owner, "usd"),
                Book.Suspense("usd"), Book.Suspense("usdc"),
            ])
            Assert.Equal((empty.Code, BigInteger.Zero), (empty.Code, await bench.BalanceAsync(empty)));
        await bench.AssertSoundAsync();
    }

    [Fact]
    public async Task Transfer_that_is_refused_after_the_credit_is_taken_from_the_customer_and_told()
    {
        await using SandboxBench bench = await SandboxBench.StartAsync(mischief: 30, seed: 5);
        await bench.LineAsync(Line);
        await bench.AchAsync(10_000, refused: "R01");
        await bench.UntilAsync("select count(*) = 1 from flows.discrepancy where kind = 'customer_owes'", "the debt is told");

        Assert.Equal(BigInteger.Zero, await bench.BalanceAsync(Book.Customer(bench.Owner, "usd")));
        Assert.Equal(BigInteger.Zero, await bench.BalanceAsync(Book.Receivable(bench.Owner, "usd")));
        await bench.AssertSoundAsync();
    }

    [Fact]
    public async Task Settled_transfer_that_is_taken_back_overdraws_the_customer()
    {
        await using SandboxBench bench = await SandboxBench.StartAsync(mischief: 30, seed: 6);
        await bench.LineAsync(Line);
        await bench.AchAsync(10_000);
        await bench.UntilAsync(
            "select exists (select from flows.rule where name = 'settled_returned' and state = 'waiting')", "it has settled");
        Ach ach = Assert.Single((await bench.TruthAsync()).Ach);
        await bench.PostAsync("/bank/ach/returns", new { transfer = ach.Id, ach.Amount, reason = "R10" });
        await bench.UntilAsync("select count(*) = 1 from flows.discrepancy where kind = 'deposit_returned'", "the return is told");

        Assert.Equal(-50, await bench.BalanceAsync(Book.Customer(bench.Owner, "usd")));
        Assert.Equal(BigInteger.Zero, await bench.BalanceAsync(Book.Bank("usd")));
        Assert.Equal(BigInteger.Zero, await bench.BalanceAsync(Book.Suspense("usd")));
        await bench.AssertSoundAsync();
    }
}
