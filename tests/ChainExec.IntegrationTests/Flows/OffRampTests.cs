using System.Numerics;
using System.Text.Json;
using ChainExec.Ledger;
using ChainExec.Sandbox;
using Xunit;

namespace ChainExec.IntegrationTests.Flows;

/// <summary>The off-ramp from the exchange's first webhook to the customer's dollars, against partners that misbehave.</summary>
public sealed class OffRampTests
{
    private const string IsSettled = "select exists (select from flows.rule where name = 'credit_returned' and state = 'waiting')";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Off_ramps_end_settled_by_the_sandboxs_own_ledger_whatever_is_late_doubled_or_lost()
    {
        const int deposits = 25;
        await using SandboxBench bench = await SandboxBench.StartAsync(mischief: 30, seed: 8);
        for (int number = 0; number < deposits; number++)
            await bench.DepositAsync(1_000_000 * (number + 1));

        await bench.UntilAsync(
            $"select count(*) = {deposits} from flows.rule where name = 'credit_returned' and state = 'waiting'", "all are settled");

        Truth truth = await bench.TruthAsync();
        Assert.Equal(deposits, truth.Orders.Count);
        Assert.Equal(deposits, truth.Credits.Count);
        BigInteger banked = truth.Credits.Aggregate(BigInteger.Zero, (sum, credit) => sum + credit.Amount);
        Assert.Equal(banked, await bench.BalanceAsync(Book.Bank("usd")));
        Assert.Equal(banked, await bench.BalanceAsync(Book.Customer(bench.Owner, "usd")));
        foreach (AccountSpec empty in (AccountSpec[])
            [
                Book.InTransit("exchange", "usd"), Book.CustomerPending(bench.Owner, "usd"), Book.Custodian("exchange", "usdc"),
                Book.Customer(bench.Owner, "usdc"), Book.CustomerPending(bench.Owner, "usdc"), Book.Suspense("usd"),
                Book.Suspense("usdc"),
            ])
            Assert.Equal((empty.Code, BigInteger.Zero), (empty.Code, await bench.BalanceAsync(empty)));
        await bench.AssertSoundAsync();
    }

    [Fact]
    public async Task Dollars_that_the_bank_takes_back_leave_the_customer_overdrawn_and_an_operator_told()
    {
        await using SandboxBench bench = await SandboxBench.StartAsync(mischief: 0, seed: 1);
        await bench.DepositAsync(5_000_000);
        await bench.UntilAsync(IsSettled, "it is settled");
        // Of the two rules for the credit one fired, and the other waits no more.
        await bench.UntilAsync("select state = 'retracted' from flows.rule where name = 'credit_in_part'", "the other is retracted");
        Transfer credit = Assert.Single((await bench.TruthAsync()).Credits);
        await bench.PostAsync("/bank/returns", new { transfer = credit.Id, credit.Reference, credit.Amount, reason = "R01" });
        await bench.UntilAsync("select exists (select from flows.rule where name = 'part_returned' and spawned_by in ("
            + "select id from flows.node where name = 'credit_returned'))", "it is returned");

        Assert.Equal(BigInteger.Zero, await bench.BalanceAsync(Book.Bank("usd")));
        Assert.Equal(BigInteger.Zero, await bench.BalanceAsync(Book.Customer(bench.Owner, "usd")));
        // The exchange has the dollars again and owes them.
        Assert.Equal(credit.Amount, await bench.BalanceAsync(Book.InTransit("exchange", "usd")));
        await bench.UntilAsync(
            "select count(*) = 1 from flows.discrepancy where kind = 'off_ramp_returned' and resolved_position is null", "it is told");
        await bench.AssertSoundAsync();
    }

    [Fact]
    public async Task Flow_is_shown_to_its_owner_and_to_nobody_else()
    {
        await using SandboxBench bench = await SandboxBench.StartAsync(mischief: 0, seed: 1);
        await bench.DepositAsync(5_000_000);
        await bench.UntilAsync(IsSettled, "it is settled");

        JsonElement listed = Assert.Single((await bench.GetAsync("/v1/flows", bench.Key)).GetProperty("data").EnumerateArray());
        string path = $"/v1/flows/{listed.GetProperty("id").GetString()}";
        JsonElement flow = await bench.GetAsync(path, bench.Key);

        Assert.Equal("off_ramp", flow.GetProperty("flow").GetString());
        Assert.Equal("coins_arrived", flow.GetProperty("nodes")[0].GetProperty("name").GetString());
        Assert.Equal(
            ["off_ramp_deposit"],
            flow.GetProperty("nodes")[0].GetProperty("nodes").EnumerateArray()
                .Where(node => node.GetProperty("name").GetString() == "post")
                .Select(node => node.GetProperty("detail").GetProperty("kind").GetString()));
        Assert.Equal(JsonValueKind.String, flow.GetProperty("next_timer").ValueKind);
        Assert.Equal("not_found", (await bench.GetAsync(path, bench.StrangersKey)).GetProperty("code").GetString());
        Assert.Empty((await bench.GetAsync("/v1/flows", bench.StrangersKey)).GetProperty("data").EnumerateArray());
    }

    [Fact]
    public async Task Message_that_is_not_signed_is_answered_401_and_one_to_nobody_404()
    {
        await using SandboxBench bench = await SandboxBench.StartAsync(mischief: 0, seed: 1);

        Assert.Equal("signature_invalid", (await bench.TellAsync("/v1/inbound/bank")).GetProperty("code").GetString());
        Assert.Equal("not_found", (await bench.TellAsync("/v1/inbound/nobody")).GetProperty("code").GetString());
    }
}
