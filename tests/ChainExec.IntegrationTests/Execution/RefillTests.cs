using System.Numerics;
using ChainExec.Admission;
using ChainExec.Custody;
using ChainExec.Ethereum;
using ChainExec.Execution;
using ChainExec.Governance;
using ChainExec.Ledger;
using ChainExec.Payments;
using ChainExec.Storage;
using ChainExec.TestKit.Simulated;
using Npgsql;
using Xunit;

namespace ChainExec.IntegrationTests.Execution;

/// <summary>Senders that run empty are refilled by rule: by an intent of the treasury's owner, once, within the day's cap.</summary>
public sealed class RefillTests
{
    private const long Threshold = 1_000_000;
    private const long Amount = 5_000_000;

    private static readonly Address Empty = Address.FromBytes([.. new byte[18], 0xEE, 1]);
    private static readonly Dictionary<string, string> Settings = new() { ["Payments:RefillInterval"] = "00:00:00.010" };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Sender_below_its_threshold_is_refilled_once_and_the_books_show_it()
    {
        await using EngineBench bench = await StartAsync(dailyCap: 3 * Amount);

        await bench.RunUntilAsync(async () => await BalanceAsync(bench) == Amount, "the sender is refilled");
        await bench.RunUntilAsync(async () => await ConfirmedAsync(bench) == 1, "it is final");
        await TurnsAsync(bench);

        Assert.Equal(1, await RefillsAsync(bench));
        Assert.Equal(Amount, await bench.LedgerBalanceAsync(Book.Wallet(Empty.ToHex(), Eth, null).Code));
        Assert.Equal("refill", await bench.ScalarAsync<string>("select category from calls.call"));
        await bench.AssertBooksEqualChainAsync();
    }

    [Fact]
    public async Task Sender_that_ran_empty_is_paused_told_refilled_by_rule_and_pays_at_the_same_nonce()
    {
        await using EngineBench bench = await EngineBench.StartAsync(5_000_000, Settings, nativeIsCustomerMoney: true, senders: 2);
        CustodyAccount sender = bench.Pool.Single(one => one.Id != bench.Account.Id);
        await bench.Get<UnitOfWork>().RunAsync(
            (session, token) => bench.Get<AccountStore>().SetPoolAsync(session, sender.Id, front: null, token), Token);
        Dictionary<string, object> body = bench.Body(1_000_000);
        body["account"] = sender.Address.ToString();
        await bench.Node.RpcAsync("anvil_setBalance", [sender.Address.ToString(), "0x0"], Token);
        IntentId payment = Assert.IsType<SubmitResult.Accepted>(await bench.SubmitAsync(body)).Intent;
        await bench.SettleAsync();
        Assert.Equal("sender_empty", (await bench.ViewAsync(payment)).Reason);
        Assert.Equal(1, await bench.ScalarAsync<long>("select count(*) from execution.sender_pause where kind = 'empty'"));
        const string Told = "select count(*) from execution.incident where kind = 'sender_empty' and closed_at is null";
        Assert.Equal(1, await bench.ScalarAsync<long>(Told));

        BigInteger enough = BigInteger.Pow(10, 17);
        await bench.Get<UnitOfWork>().RunAsync(
            (session, token) => bench.Get<RefillStore>().SetAsync(
                session,
                new RefillRule(
                    EngineBench.Chain, sender.Address, bench.Account.Owner, bench.Account.Address, new TokenAmount(enough / 2),
                    new TokenAmount(enough), new TokenAmount(enough)),
                "test", token),
            Token);
        await bench.RunUntilAsync(payment, "confirmed");
        Assert.Equal(1, await RefillsAsync(bench));
        Assert.Equal(0, await bench.ScalarAsync<long>("select count(*) from execution.sender_pause"));
        Assert.Equal(0, await bench.ScalarAsync<long>(Told));
        Assert.Equal(1_000_000, await bench.RecipientBalanceAsync());
    }

    [Fact]
    public async Task Cap_of_the_day_stops_refills_and_an_operator_is_told_until_there_is_enough()
    {
        await using EngineBench bench = await StartAsync(dailyCap: Amount);
        await bench.RunUntilAsync(async () => await BalanceAsync(bench) == Amount, "the sender is refilled");
        await bench.RunUntilAsync(async () => await ConfirmedAsync(bench) == 1, "it is final");

        // It burns everything.
        await bench.Node.RpcAsync("anvil_setBalance", [Empty.ToString(), "0x0"], Token);
        await TurnsAsync(bench);
        Assert.Equal(1, await RefillsAsync(bench));
        Assert.Equal("refill_stopped", await bench.ScalarAsync<string>("select kind from execution.incident where closed_at is null"));

        await bench.Node.RpcAsync("anvil_setBalance", [Empty.ToString(), "0xffffff"], Token);
        await TurnsAsync(bench);
        Assert.Equal(0, await bench.ScalarAsync<long>("select count(*) from execution.incident where closed_at is null"));

        // Another day has another cap.
        await bench.Node.RpcAsync("anvil_setBalance", [Empty.ToString(), "0x0"], Token);
        await bench.ShiftClockAsync(TimeSpan.FromDays(1));
        await bench.RunUntilAsync(async () => await BalanceAsync(bench) == Amount, "the sender is refilled again");
        Assert.Equal(2, await RefillsAsync(bench));
    }

    [Fact]
    public async Task Crash_between_the_decision_and_its_admission_pays_once()
    {
        await using EngineBench bench = await StartAsync(dailyCap: 9 * Amount);
        using (CrashException.At(Boundary.AdmissionCommitted))
            await Assert.ThrowsAsync<CrashException>(() => bench.TurnAsync());
        Assert.Equal(0, await bench.ScalarAsync<long>("select count(*) from payments.refill where intent_id is not null"));
        await bench.RestartAsync();

        await bench.RunUntilAsync(async () => await BalanceAsync(bench) == Amount, "the sender is refilled");
        await TurnsAsync(bench);

        Assert.Equal(1, await RefillsAsync(bench));
        Assert.Equal(1, await bench.ScalarAsync<long>("select count(*) from execution.intent"));
        Assert.Equal(Amount, await BalanceAsync(bench));
    }

    [Fact]
    public async Task Frozen_treasury_is_told_and_the_same_refill_goes_on_when_it_is_free()
    {
        await using EngineBench bench = await StartAsync(dailyCap: Amount);
        string treasury = FreezeStore.SubjectOf(bench.Account.Id.Value);
        await bench.Get<UnitOfWork>().RunAsync(
            (session, token) => bench.Get<FreezeStore>().FreezeAsync(
                session, FreezeScope.Account, treasury, "audit", "test", token), Token);
        await TurnsAsync(bench);
        Assert.Equal("refill_stopped", await bench.ScalarAsync<string>("select kind from execution.incident where closed_at is null"));
        Assert.Equal(0, await bench.ScalarAsync<long>("select count(*) from execution.intent"));

        await bench.Get<UnitOfWork>().RunAsync(
            (session, token) => bench.Get<FreezeStore>().LiftAsync(
                session, FreezeScope.Account, treasury, "test", token), Token);
        await bench.RunUntilAsync(async () => await BalanceAsync(bench) == Amount, "the sender is refilled");
        Assert.Equal(1, await RefillsAsync(bench));
    }

    [Fact]
    public async Task Refill_that_failed_is_not_tried_again_before_the_rule_is_set_anew()
    {
        // More than the signer's policy allows for one call.
        BigInteger tooMuch = BigInteger.Pow(10, 18) * 2;
        await using EngineBench bench = await StartAsync(dailyCap: tooMuch * 5, amount: tooMuch);
        await bench.Node.FundAsync(bench.Sender, tooMuch, Token);
        await bench.RunUntilAsync(
            async () => await bench.ScalarAsync<long>("select count(*) from execution.intent where state = 'failed'") == 1,
            "it is refused");
        await TurnsAsync(bench);
        await TurnsAsync(bench);
        Assert.Equal(1, await RefillsAsync(bench));
        Assert.Equal("refill_stopped", await bench.ScalarAsync<string>("select kind from execution.incident where closed_at is null"));

        await SetAsync(bench, Amount, Amount);
        await bench.RunUntilAsync(async () => await BalanceAsync(bench) == Amount, "the sender is refilled");
        Assert.Equal(2, await RefillsAsync(bench));
    }

    [Fact]
    public async Task Rule_that_is_removed_takes_what_was_told_of_it_along()
    {
        await using EngineBench bench = await StartAsync(dailyCap: BigInteger.Pow(10, 21), amount: BigInteger.Pow(10, 21));
        await TurnsAsync(bench);
        Assert.Equal("refill_stopped", await bench.ScalarAsync<string>("select kind from execution.incident where closed_at is null"));

        Assert.True(await bench.Get<UnitOfWork>().RunAsync(
            (session, token) => bench.Get<RefillStore>().RemoveAsync(session, EngineBench.Chain, Empty, token), Token));

        Assert.Equal(0, await bench.ScalarAsync<long>("select count(*) from execution.incident where closed_at is null"));
    }

    [Fact]
    public async Task Balance_that_was_read_before_another_refill_paid_decides_nothing()
    {
        await using SimulatedBench bench = await SimulatedBench.StartAsync(
            new Dictionary<string, string> { ["Payments:RefillInterval"] = "00:00:00.010" });
        IntentId paid = await bench.PayAsync();
        await bench.RunUntilAsync(paid, "confirmed");
        await RuleAsync(bench);

        // Another process decides, pays and sees its payment final, while this one waits for its answer.
        int asked = 0;
        bench.Alpha.FailAlways(
            Fault.Lie(
                "a balance from before the refill",
                _ =>
                {
                    if (asked++ == 0)
                        RefillBySomebodyElse(bench, paid);
                    return "0x0";
                }),
            "eth_getBalance");
        await bench.StepAsync(0.02);

        Assert.Equal((true, 1), (asked > 0, await bench.ScalarAsync<long>("select count(*) from payments.refill")));

        // It is still below its threshold at the next look: that is a reason.
        await bench.StepAsync(0.02);
        Assert.Equal(2, await bench.ScalarAsync<long>("select count(*) from payments.refill"));
    }

    [Fact]
    public async Task Balance_that_nobody_tells_for_long_is_told_to_an_operator_until_it_is_known()
    {
        await using SimulatedBench bench = await SimulatedBench.StartAsync();
        await RuleAsync(bench);
        foreach (ProviderView view in bench.Chain.Views.Take(2))
            view.FailAlways(Fault.Status(500), "eth_getBalance");
        await bench.StepAsync(20);
        await bench.StepAsync(20);
        Assert.Equal(0, await bench.OpenIncidentsAsync(RefillStore.BalanceUnknownIncident));

        for (int step = 0; step < 6; step++)
            await bench.StepAsync(60);
        Assert.Equal(1, await bench.OpenIncidentsAsync(RefillStore.BalanceUnknownIncident));

        foreach (ProviderView view in bench.Chain.Views)
            view.Heal();
        await bench.StepAsync(20);
        Assert.Equal(0, await bench.OpenIncidentsAsync(RefillStore.BalanceUnknownIncident));
    }

    [Fact]
    public async Task Refill_that_admission_never_took_is_dropped_when_the_rule_is_corrected()
    {
        // A slip of the hand: more than the treasury has.
        await using EngineBench bench = await StartAsync(dailyCap: BigInteger.Pow(10, 21), amount: BigInteger.Pow(10, 21));
        await TurnsAsync(bench);
        Assert.Equal(0, await bench.ScalarAsync<long>("select count(*) from execution.intent"));

        await SetAsync(bench, Amount, Amount);
        await bench.RunUntilAsync(async () => await BalanceAsync(bench) == Amount, "the sender is refilled");
        Assert.Equal((2, 1), (await RefillsAsync(bench), await bench.ScalarAsync<long>("select count(*) from execution.intent")));
    }

    private static string Eth => $"eth-{EngineBench.Chain}";

    private static async Task<EngineBench> StartAsync(BigInteger dailyCap, BigInteger? amount = null)
    {
        EngineBench bench = await EngineBench.StartAsync(0, Settings, nativeIsCustomerMoney: true);
        await bench.RunUntilAsync(
            async () => await bench.LedgerBalanceAsync(Book.Customer(bench.Account.Owner, Eth).Code) > 0,
            "the treasury's deposit is booked");
        await bench.Get<UnitOfWork>().RunAsync(
            (session, token) => bench.Get<AccountStore>().RegisterAsync(
                session, bench.Account.Owner, EngineBench.Chain, Empty, nativeIsCustomerMoney: false, token),
            Token);
        await SetAsync(bench, amount ?? Amount, dailyCap);
        return bench;
    }

    private static Task<int> SetAsync(EngineBench bench, BigInteger amount, BigInteger dailyCap) => bench.Get<UnitOfWork>().RunAsync(
        (session, token) => bench.Get<RefillStore>().SetAsync(
            session,
            new RefillRule(
                EngineBench.Chain, Empty, bench.Account.Owner, bench.Account.Address, new TokenAmount(Threshold), new TokenAmount(amount),
                new TokenAmount(dailyCap)),
            "test", token),
        Token);

    private static async Task TurnsAsync(EngineBench bench)
    {
        for (int turn = 0; turn < 4; turn++)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(15), TimeProvider.System, Token);
            await bench.TurnAsync();
        }
    }

    private static Task<BigInteger> BalanceAsync(EngineBench bench) => bench.Node.BalanceAsync(Empty.ToString(), Token);

    private static Task<int> RuleAsync(SimulatedBench bench) => bench.Get<UnitOfWork>().RunAsync(
        (session, token) => bench.Get<RefillStore>().SetAsync(
            session,
            new RefillRule(
                SimulatedBench.ChainId, Empty, bench.Owner, bench.Sender, new TokenAmount(Threshold), new TokenAmount(Amount),
                new TokenAmount(10 * Amount)),
            "test", token),
        Token);

    private static void RefillBySomebodyElse(SimulatedBench bench, IntentId paid)
    {
        using var connection = new NpgsqlConnection(bench.Database.OwnerConnectionString);
        connection.Open();
        using var command = new NpgsqlCommand(
            $"""
            insert into payments.refill (id, chain_id, sender, ordinal, owner_id, source, amount, balance, intent_id)
            select gen_random_uuid(), chain_id, sender, 1, owner_id, source, amount, 0, '{paid.Value}' from payments.refill_rule
            """,
            connection);
        Assert.Equal(1, command.ExecuteNonQuery());
    }

    private static Task<long> ConfirmedAsync(EngineBench bench) =>
        bench.ScalarAsync<long>("select count(*) from execution.intent where state = 'confirmed'");

    private static Task<long> RefillsAsync(EngineBench bench) => bench.ScalarAsync<long>("select count(*) from payments.refill");
}
