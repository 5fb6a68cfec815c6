using ChainExec.Custody;
using ChainExec.Execution;
using ChainExec.Storage;
using ChainExec.TestKit;
using Xunit;

namespace ChainExec.IntegrationTests.Execution;

/// <summary>User custody: nothing is signed before the account's owner approved, and one approval is enough to the end.</summary>
public sealed class ApprovalTests
{
    private const string SignedPrices = "select count(*) from execution.execution where state = 'signed'";

    private const string OpenCarriers = "select count(*) from execution.carrier where state <> 'resolved'";

    private static readonly Dictionary<string, string> Eager = new() { ["Execution:ClimbAfterBlocks"] = "1" };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Payment_waits_for_its_owner_and_is_signed_as_a_sealed_ladder_at_one_approval()
    {
        await using EngineBench bench = await StartAsync();
        IntentId payment = await WaitingAsync(bench);
        Assert.Equal(0, await bench.ScalarAsync<long>("select count(*) from execution.nonce_slot"));
        Assert.Equal(1_000_000, await bench.HeldAsync());

        Assert.IsType<ApprovalResult.Done>(await ApproveAsync(bench, payment));
        await bench.SettleAsync();

        // All prices and the fill are signed, and only the first was sent.
        long count = await bench.ScalarAsync<long>(SignedPrices);
        Assert.InRange(count, 3, 9);
        Assert.Equal(1, await bench.ScalarAsync<long>("select count(*) from execution.node"));
        Assert.Equal(count - 1, await bench.ScalarAsync<long>("select count(*) from execution.prepared_call where state = 'sealed'"));
        Assert.True(await bench.ScalarAsync<bool>("""
            select bool_and(n.max_fee_per_gas >= o.max_fee_per_gas * 1.125
                            and n.max_priority_fee_per_gas >= o.max_priority_fee_per_gas * 1.125)
            from   execution.prepared_call o join execution.prepared_call n on n.slot_id = o.slot_id and n.rung = o.rung + 1
            """));
        Assert.True(await bench.ScalarAsync<bool>("""
            select bool_and(p.gas_limit * p.max_fee_per_gas <= a.max_total_fee) from execution.prepared_call p, custody.approval a
            """));
        Assert.Equal(1, await bench.ScalarAsync<long>(
            "select count(*) from execution.prepared_call p join execution.carrier c on c.id = p.carrier_id where c.kind = 'fill'"));

        // What is in flight may cost what the dearest price of the ladder does: it is sent without asking anybody again.
        (long slots, TokenAmount cost) = await bench.Get<UnitOfWork>().RunAsync(
            (session, token) => bench.Get<SlotStore>().InFlightAsync(session, EngineBench.Chain, bench.Account.Address, token), Token);
        Assert.Equal(
            (1, await bench.ScalarAsync<string>("select max(value + gas_limit * max_fee_per_gas)::text from execution.prepared_call")),
            (slots, cost.ToString()));
        await bench.RunUntilAsync(payment, "confirmed");
        await AssertPaidOnceAsync(bench);
        Assert.Equal(0, await bench.ScalarAsync<long>(OpenCarriers));
    }

    [Fact]
    public async Task Sealed_price_is_sent_at_its_turn_without_the_signer()
    {
        await using EngineBench bench = await StartAsync();
        IntentId payment = await SentAsync(bench);
        long signed = await bench.ScalarAsync<long>(SignedPrices);
        await bench.Signer.KillAsync();

        await bench.MineWithoutOursAsync(3);
        await bench.ResendAsync();
        Assert.True(await bench.ScalarAsync<long>("select count(*) from execution.node") > 1, "a higher price was sent");
        Assert.Equal(signed, await bench.ScalarAsync<long>(SignedPrices));
        await bench.RunUntilAsync(
            async () => (await bench.ViewAsync(payment)).State == "confirmed", "the payment is confirmed without the signer");
        await bench.Signer.StartProcessAsync(null, Token);
        await bench.SettleAsync();
        await AssertPaidOnceAsync(bench);
    }

    [Fact]
    public async Task Cancelled_payment_is_filled_by_the_sealed_fill_without_the_signer()
    {
        await using EngineBench bench = await StartAsync();
        IntentId payment = await SentAsync(bench);
        await bench.Signer.KillAsync();

        EndResult asked = await bench.Get<IntentEnding>().CancelAsync(bench.Account.Owner, payment, "test", Token);
        Assert.Equal(IntentState.Cancelling, Assert.IsType<EndResult.Asked>(asked).State);
        await bench.RunUntilAsync(payment, "cancelled");

        Assert.Equal(0, await bench.RecipientBalanceAsync());
        Assert.Equal(0, await bench.HeldAsync());
        Assert.Equal("filled", await bench.ScalarAsync<string>("select state from execution.nonce_slot"));
        await bench.Signer.StartProcessAsync(null, Token);
        await bench.SettleAsync();
        await bench.AssertBooksEqualChainAsync();
    }

    [Fact]
    public async Task Cancelled_payment_is_filled_at_the_markets_price_while_the_signer_answers()
    {
        await using EngineBench bench = await StartAsync();
        IntentId payment = await SentAsync(bench);
        await bench.Get<IntentEnding>().CancelAsync(bench.Account.Owner, payment, "test", Token);
        await bench.RunUntilAsync(payment, "cancelled");

        Assert.Equal(0, await bench.RecipientBalanceAsync());
        Assert.True(await bench.ScalarAsync<bool>("""
            select starts_with(c.family_key, 'fill.') and p.max_fee_per_gas * 2 < (select max(max_fee_per_gas) from execution.prepared_call)
            from   execution.nonce_slot s join execution.execution e on e.tx_hash = s.tx_hash
            join   execution.prepared_call p on p.id = e.prepared_call_id join execution.carrier c on c.id = p.carrier_id
            """));
        Assert.Equal(0, await bench.ScalarAsync<long>(OpenCarriers));
        await bench.AssertBooksEqualChainAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Restored_backup_remembers_a_cancel_whose_fill_was_priced_again(bool isSealedInBackup)
    {
        await using EngineBench bench = await StartAsync();
        IntentId payment = await WaitingAsync(bench);
        Assert.IsType<ApprovalResult.Done>(await ApproveAsync(bench, payment));
        if (isSealedInBackup)
            await bench.SettleAsync();
        await using PostgresDatabase backup = await bench.Database.CloneAsync(Token);
        await bench.RestartAsync();
        await bench.SettleAsync();
        await bench.Get<IntentEnding>().CancelAsync(bench.Account.Owner, payment, "test", Token);
        const string fills = """
            select count(*) from execution.execution e join execution.prepared_call p on p.id = e.prepared_call_id
            join execution.carrier c on c.id = p.carrier_id where c.kind = 'fill' and e.state = 'signed'
            """;
        await bench.RunUntilAsync(
            async () =>
            {
                await bench.MineWithoutOursAsync(1);
                return await bench.ScalarAsync<long>(fills) > 2;
            },
            "the fill was priced again", mine: false);
        await bench.Node.RpcAsync("anvil_dropAllTransactions", [], Token);

        await bench.RestartAsync();
        await bench.Database.RestoreAsync(backup, Token);
        await bench.RestartAsync();
        await bench.SettleAsync();

        Assert.Equal("cancelling", (await bench.ViewAsync(payment)).State);
        Assert.Equal(
            "fill,seal",
            await bench.ScalarAsync<string>("""
                select string_agg(split_part(family_key, '.', 1), ',' order by family_key) from execution.carrier where kind = 'fill'
                """));
        await bench.RunUntilAsync(payment, "cancelled");
        Assert.Equal(0, await bench.RecipientBalanceAsync());
        Assert.Equal(0, await bench.ScalarAsync<long>(OpenCarriers));
        await bench.AssertBooksEqualChainAsync();
    }

    [Fact]
    public async Task Nothing_of_a_ladder_is_sent_before_the_signer_that_died_in_the_middle_signed_all_of_it()
    {
        await using EngineBench bench = await StartAsync();
        IntentId payment = await WaitingAsync(bench);
        Assert.IsType<ApprovalResult.Done>(await ApproveAsync(bench, payment));
        using (CrashException.At(Boundary.SignatureStored))
            await Assert.ThrowsAsync<CrashException>(() => bench.SettleAsync());
        await bench.Signer.RestartAsync("signer.journalled", Token);
        await bench.RestartAsync();
        await bench.ExpireLeasesAsync();
        for (int turn = 0; turn < 5; turn++)
            await bench.TurnAsync();
        await bench.Signer.WaitForDeathAsync(Token);
        await bench.ExpireLeasesAsync();
        for (int turn = 0; turn < 5; turn++)
            await bench.TurnAsync();

        Assert.Equal(1, await bench.ScalarAsync<long>(SignedPrices));
        Assert.Equal(0, await bench.ScalarAsync<long>("select count(*) from execution.node"));
        Assert.Equal("signed", await bench.ScalarAsync<string>("select state from execution.nonce_slot"));
        await bench.Signer.StartProcessAsync(null, Token);
        await bench.RunUntilAsync(
            async () => await bench.ScalarAsync<long>("select count(*) from execution.node") > 0, "the first price is sent", mine: false);
        Assert.False(await bench.ScalarAsync<bool>("select exists (select from execution.execution where state = 'requested')"));
        await bench.RunUntilAsync(payment, "confirmed");
        await AssertPaidOnceAsync(bench);
    }

    [Fact]
    public async Task Account_that_is_locked_after_wrong_passwords_is_told_until_a_right_one()
    {
        await using EngineBench bench = await StartAsync();
        IntentId payment = await WaitingAsync(bench);
        for (int i = 0; i < 5; i++)
            await ApproveAsync(bench, payment, "not-one");

        ApprovalResult locked = await ApproveAsync(bench, payment);

        Assert.Equal("otp_locked", Assert.IsType<ApprovalResult.Refused>(locked).Code);
        Assert.Equal("approval_locked", await bench.ScalarAsync<string>("select kind from execution.incident where closed_at is null"));
    }

    [Fact]
    public async Task Payment_that_is_cancelled_before_the_signers_answer_is_filled_and_none_of_its_prices_is_signed()
    {
        await using EngineBench bench = await StartAsync();
        IntentId payment = await WaitingAsync(bench);
        Assert.IsType<ApprovalResult.Done>(await ApproveAsync(bench, payment));
        using (CrashException.At(Boundary.SignRequested))
            await Assert.ThrowsAsync<CrashException>(() => bench.SettleAsync());

        await bench.Get<IntentEnding>().CancelAsync(bench.Account.Owner, payment, "test", Token);
        await bench.ExpireLeasesAsync();
        await bench.RunUntilAsync(payment, "cancelled");

        Assert.Equal(0, await bench.RecipientBalanceAsync());
        Assert.Equal("fill", await bench.ScalarAsync<string>("""
            select string_agg(distinct c.kind, ',') from execution.execution e
            join execution.prepared_call p on p.id = e.prepared_call_id join execution.carrier c on c.id = p.carrier_id
            where e.state = 'signed'
            """));
        Assert.Equal(
            "bytes_stored,send_started",
            await bench.ScalarAsync<string>("""
                select string_agg(event, ',' order by id) from execution.history
                where machine = 'slot' and event in ('bytes_stored', 'send_started')
                """));
        await bench.AssertBooksEqualChainAsync();
    }

    [Fact]
    public async Task Wrong_password_leaves_the_payment_waiting()
    {
        await using EngineBench bench = await StartAsync();
        IntentId payment = await WaitingAsync(bench);

        ApprovalResult result = await ApproveAsync(bench, payment, "not-one");

        Assert.Equal("otp_invalid", Assert.IsType<ApprovalResult.Refused>(result).Code);
        await bench.SettleAsync();
        Assert.Equal(("waiting", "awaiting_approval"), await StateAsync(bench, payment));
        Assert.Equal(0, await bench.ScalarAsync<long>(SignedPrices));
    }

    [Fact]
    public async Task Rejected_payment_fails_and_its_hold_is_given_back()
    {
        await using EngineBench bench = await StartAsync();
        IntentId payment = await WaitingAsync(bench);

        Assert.IsType<ApprovalResult.Done>(
            await bench.Get<IntentApproval>().RejectAsync(bench.Account.Owner, payment, "not mine", "test", Token));
        await bench.SettleAsync();

        Assert.Equal(("failed", "approval_rejected"), await StateAsync(bench, payment));
        Assert.Equal(0, await bench.HeldAsync());
        Assert.IsType<ApprovalResult.NotAsked>(await ApproveAsync(bench, payment));
    }

    [Fact]
    public async Task Cancelled_payment_cannot_be_approved_any_more()
    {
        await using EngineBench bench = await StartAsync();
        IntentId payment = await WaitingAsync(bench);
        await bench.Get<IntentEnding>().CancelAsync(bench.Account.Owner, payment, "test", Token);

        Assert.IsType<ApprovalResult.NotAsked>(await ApproveAsync(bench, payment));
        Assert.Equal("withdrawn", await bench.ScalarAsync<string>("select state from custody.approval"));
        Assert.Equal(0, await bench.ScalarAsync<long>(SignedPrices));
    }

    [Fact]
    public async Task Owner_who_does_not_answer_is_asked_again_and_then_the_payment_fails()
    {
        await using EngineBench bench = await StartAsync(new() { ["Execution:ApprovalLife"] = "00:04:00" });
        IntentId payment = await WaitingAsync(bench);

        await bench.ExpireLeasesAsync();
        await bench.SettleAsync();
        Assert.Equal(("waiting", "awaiting_approval"), await StateAsync(bench, payment));
        Assert.Equal(2, await bench.ScalarAsync<long>("select count(*) from custody.approval"));

        await bench.ExpireLeasesAsync();
        await bench.SettleAsync();
        await bench.ExpireLeasesAsync();
        await bench.SettleAsync();

        Assert.Equal(("failed", "approval_expired"), await StateAsync(bench, payment));
        Assert.Equal(3, await bench.ScalarAsync<long>("select count(*) from custody.approval where state = 'expired'"));
        Assert.Equal(0, await bench.HeldAsync());
        Assert.Equal(0, await bench.ScalarAsync<long>(SignedPrices));
    }

    [Fact]
    public async Task Crash_at_every_step_of_the_signing_needs_no_second_approval()
    {
        await using EngineBench bench = await StartAsync();
        IntentId payment = await WaitingAsync(bench);
        Assert.IsType<ApprovalResult.Done>(await ApproveAsync(bench, payment));

        // The answer to the first price is lost and comes from the journal; so do those of the sealed ones after it.
        string[] boundaries =
        [
            Boundary.SlotBound, Boundary.SignRequested, Boundary.SignatureAnswered, Boundary.SignatureStored, Boundary.SignatureAnswered,
            Boundary.SendStarted,
        ];
        foreach (string boundary in boundaries)
        {
            using (CrashException.At(boundary))
                await Assert.ThrowsAsync<CrashException>(() => bench.SettleAsync());
            await bench.RestartAsync();
            await bench.ExpireLeasesAsync();
        }

        await bench.RunUntilAsync(payment, "confirmed");

        Assert.Equal(1, await bench.ScalarAsync<long>("select count(*) from custody.approval"));
        Assert.Equal(1, await bench.ScalarAsync<long>("select count(*) from execution.nonce_slot"));
        Assert.False(await bench.ScalarAsync<bool>("select exists (select from execution.execution where state = 'requested')"));
        await AssertPaidOnceAsync(bench);
    }

    [Fact]
    public async Task Restored_backup_finds_the_sealed_ladder_in_the_journal_and_pays_once()
    {
        await using EngineBench bench = await StartAsync();
        IntentId payment = await WaitingAsync(bench);
        Assert.IsType<ApprovalResult.Done>(await ApproveAsync(bench, payment));
        await using PostgresDatabase backup = await bench.Database.CloneAsync(Token);
        await bench.RestartAsync();
        await bench.SettleAsync();
        long signed = await bench.ScalarAsync<long>(SignedPrices);

        await bench.RestartAsync();
        await bench.Database.RestoreAsync(backup, Token);
        await bench.RestartAsync();
        await bench.SettleAsync();

        // The sealed fill is known again, and is no wish to fill.
        Assert.Equal("executing", (await bench.ViewAsync(payment)).State);
        Assert.True(await bench.ScalarAsync<long>(SignedPrices) >= signed);
        Assert.Equal(1, await bench.ScalarAsync<long>("select count(*) from execution.prepared_call where state = 'sealed'"));
        await bench.RunUntilAsync(payment, "confirmed");
        Assert.Equal(1, await bench.ScalarAsync<long>("select count(*) from execution.nonce_slot"));
        await AssertPaidOnceAsync(bench);
    }

    [Fact]
    public async Task Approval_that_ended_before_the_signers_answer_is_asked_for_again_in_the_same_slot()
    {
        // The database's clock is behind, so that by the signer's clock the approval ends in a moment.
        await using EngineBench bench = await StartAsync(new() { ["Execution:ApprovalLife"] = "00:04:00" });
        await bench.ShiftClockAsync(TimeSpan.FromMinutes(-4) + TimeSpan.FromSeconds(6));
        IntentId payment = await WaitingAsync(bench);
        Assert.IsType<ApprovalResult.Done>(await ApproveAsync(bench, payment));
        using (CrashException.At(Boundary.SignRequested))
            await Assert.ThrowsAsync<CrashException>(() => bench.SettleAsync());
        DateTimeOffset end = TimeProvider.System.GetUtcNow() + TimeSpan.FromSeconds(7);
        await Eventually.TrueAsync(
            () => Task.FromResult(TimeProvider.System.GetUtcNow() > end), TimeSpan.FromSeconds(30), "the approval ended", Token);
        await bench.ExpireLeasesAsync();
        await bench.RestartAsync();
        await bench.RunUntilAsync(
            async () => await bench.ScalarAsync<long>("select count(*) from custody.approval") == 2, "the owner is asked again",
            mine: false);
        Assert.Equal("sign_requested", await bench.ScalarAsync<string>("select state from execution.nonce_slot"));

        Assert.IsType<ApprovalResult.Done>(await ApproveAsync(bench, payment));
        await bench.RunUntilAsync(payment, "confirmed");

        Assert.Equal(1, await bench.ScalarAsync<long>("select count(*) from execution.nonce_slot"));
        await AssertPaidOnceAsync(bench);
    }

    private static Task<EngineBench> StartAsync(Dictionary<string, string>? settings = null) => EngineBench.StartAsync(
        5_000_000, new Dictionary<string, string>(Eager.Concat(settings ?? [])), AccountCustody.User);

    private static async Task<IntentId> WaitingAsync(EngineBench bench)
    {
        IntentId payment = await bench.PayAsync(1_000_000);
        await bench.SettleAsync();
        Assert.Equal(("waiting", "awaiting_approval"), await StateAsync(bench, payment));
        return payment;
    }

    private static async Task<IntentId> SentAsync(EngineBench bench)
    {
        IntentId payment = await WaitingAsync(bench);
        Assert.IsType<ApprovalResult.Done>(await ApproveAsync(bench, payment));
        await bench.SettleAsync();
        Assert.Equal("executing", (await bench.ViewAsync(payment)).State);
        return payment;
    }

    private static Task<ApprovalResult> ApproveAsync(EngineBench bench, IntentId payment, string? otp = null) =>
        bench.Get<IntentApproval>().ApproveAsync(bench.Account.Owner, payment, otp ?? bench.Authenticator!.Next(), "test", Token);

    private static async Task<(string State, string? Reason)> StateAsync(EngineBench bench, IntentId payment)
    {
        IntentView view = await bench.ViewAsync(payment);
        return (view.State, view.Reason);
    }

    private static async Task AssertPaidOnceAsync(EngineBench bench)
    {
        Assert.Equal(1_000_000, await bench.RecipientBalanceAsync());
        Assert.Equal(4_000_000, await bench.CustomerAsync());
        await bench.AssertBooksEqualChainAsync();
    }
}
