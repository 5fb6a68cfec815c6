using ChainExec.Admission;
using ChainExec.Execution;
using ChainExec.Governance;
using ChainExec.Storage;
using ChainExec.TestKit;
using Xunit;

namespace ChainExec.IntegrationTests.Execution;

/// <summary>Cancellation and deadlines end truthfully: what is mined decides, and the hold follows what happened.</summary>
public sealed class CancelTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Intent_that_was_never_asked_to_be_signed_is_cancelled_at_once()
    {
        await using EngineBench bench = await EngineBench.StartAsync(5_000_000);
        IntentId payment = await bench.PayAsync(1_000_000);

        Assert.Equal(IntentState.Cancelled, await AskAsync(bench, payment));
        await bench.SettleAsync();

        Assert.Equal(0, await bench.HeldAsync());
        Assert.Equal(0, await bench.ScalarAsync<long>("select count(*) from execution.nonce_slot"));
        Assert.IsType<EndResult.Over>(await CancelAsync(bench, payment));
    }

    [Fact]
    public async Task Reserved_nonce_of_a_cancelled_intent_is_given_back_and_used_by_the_next()
    {
        await using EngineBench bench = await EngineBench.StartAsync(5_000_000);
        IntentId first = await bench.PayAsync(1_000_000);
        using (CrashException.At(Boundary.SlotBound))
            await Assert.ThrowsAsync<CrashException>(() => bench.SettleAsync());

        Assert.Equal(IntentState.Cancelled, await AskAsync(bench, first));
        IntentId second = await bench.PayAsync(2_000_000);
        await bench.RunUntilAsync(second, "confirmed");

        Assert.Equal(1, await bench.ScalarAsync<long>("select count(*) from execution.nonce_slot"));
        Assert.Equal(2_000_000, await bench.RecipientBalanceAsync());
        Assert.Equal(0, await bench.HeldAsync());
        await bench.AssertBooksEqualChainAsync();
    }

    [Fact]
    public async Task Sent_payment_that_is_not_mined_ends_cancelled_when_its_nonce_is_filled()
    {
        await using EngineBench bench = await EngineBench.StartAsync(5_000_000);
        IntentId payment = await bench.PayAsync(1_000_000);
        await bench.SettleAsync();

        Assert.Equal(IntentState.Cancelling, await AskAsync(bench, payment));
        Assert.Equal(1_000_000, await bench.HeldAsync());
        await bench.SettleAsync();
        await bench.RunUntilAsync(payment, "cancelled");

        Assert.Equal(0, await bench.RecipientBalanceAsync());
        Assert.Equal(0, await bench.HeldAsync());
        Assert.Equal("filled", await bench.ScalarAsync<string>("select state from execution.nonce_slot"));
        await bench.AssertBooksEqualChainAsync();

        // The sender goes on.
        IntentId next = await bench.PayAsync(3_000_000);
        await bench.RunUntilAsync(next, "confirmed");
        await bench.AssertBooksEqualChainAsync();
    }

    [Fact]
    public async Task Payment_that_is_mined_before_its_fill_is_confirmed_although_it_was_cancelled()
    {
        await using EngineBench bench = await EngineBench.StartAsync(5_000_000);
        IntentId payment = await bench.PayAsync(1_000_000);
        await bench.SettleAsync();
        await bench.Node.MineAsync(1, Token);

        Assert.Equal(IntentState.Cancelling, await AskAsync(bench, payment));
        await bench.RunUntilAsync(payment, "confirmed");

        Assert.Equal(1_000_000, await bench.RecipientBalanceAsync());
        Assert.Equal(0, await bench.HeldAsync());
        await bench.AssertBooksEqualChainAsync();
    }

    [Fact]
    public async Task Included_payment_that_was_asked_to_end_is_filled_only_when_its_block_is_orphaned()
    {
        await using EngineBench bench = await EngineBench.StartAsync(5_000_000);
        IntentId payment = await bench.PayAsync(1_000_000);
        await bench.RunUntilAsync(payment, "included");

        Assert.Equal(IntentState.Included, await AskAsync(bench, payment));
        await bench.Node.ReorgAsync(1, [], Token);
        await bench.RunUntilAsync(payment, "cancelled");

        Assert.Equal(0, await bench.RecipientBalanceAsync());
        Assert.Equal(0, await bench.HeldAsync());
        await bench.AssertBooksEqualChainAsync();
    }

    [Fact]
    public async Task Deadline_ends_a_sent_payment_as_expired()
    {
        await using EngineBench bench = await EngineBench.StartAsync(5_000_000);
        Dictionary<string, object> body = bench.Body(1_000_000);
        body["deadline"] = TimeProvider.System.GetUtcNow().AddSeconds(5).ToString("O");
        IntentId payment = Assert.IsType<SubmitResult.Accepted>(await bench.SubmitAsync(body)).Intent;
        await bench.SettleAsync();
        Assert.Equal("executing", (await bench.ViewAsync(payment)).State);

        await bench.RunUntilAsync(
            async () => (await bench.ViewAsync(payment)).State == "cancelling", "the deadline asks for the end", mine: false);
        await bench.SettleAsync();
        await bench.RunUntilAsync(payment, "expired");

        Assert.Equal(0, await bench.RecipientBalanceAsync());
        Assert.Equal(0, await bench.HeldAsync());
        await bench.AssertBooksEqualChainAsync();
    }

    [Theory]
    [InlineData(Boundary.Repriced)]
    [InlineData(Boundary.SignatureAnswered)]
    [InlineData(Boundary.SignatureStored)]
    [InlineData(Boundary.SendAnswered)]
    public async Task Crash_while_a_nonce_is_filled_ends_in_no_effect_and_balanced_books(string boundary)
    {
        await using EngineBench bench = await EngineBench.StartAsync(5_000_000);
        IntentId payment = await bench.PayAsync(1_000_000);
        await bench.SettleAsync();
        await AskAsync(bench, payment);
        using (CrashException.At(boundary))
            await Assert.ThrowsAsync<CrashException>(() => bench.SettleAsync());
        await bench.RestartAsync();
        await bench.ExpireLeasesAsync();
        await bench.SettleAsync();

        await bench.RunUntilAsync(payment, "cancelled");

        Assert.Equal(0, await bench.RecipientBalanceAsync());
        await bench.AssertBooksEqualChainAsync();
    }

    [Fact]
    public async Task Fill_that_a_restored_backup_forgot_ends_the_intent_all_the_same()
    {
        await using EngineBench bench = await EngineBench.StartAsync(5_000_000);
        IntentId payment = await bench.PayAsync(1_000_000);
        await bench.SettleAsync();
        await using PostgresDatabase backup = await bench.Database.CloneAsync(Token);
        await bench.RestartAsync();
        await AskAsync(bench, payment);
        await bench.SettleAsync();

        await bench.RestartAsync();
        await bench.Database.RestoreAsync(backup, Token);
        await bench.RestartAsync();
        await bench.RunUntilAsync(payment, "cancelled");

        Assert.Equal(0, await bench.RecipientBalanceAsync());
        Assert.Equal(0, await bench.HeldAsync());
        await bench.AssertBooksEqualChainAsync();
    }

    [Fact]
    public async Task Cancelled_payment_whose_signature_was_never_answered_ends_and_holds_nobody_up()
    {
        await using EngineBench bench = await EngineBench.StartAsync(5_000_000);
        IntentId payment = await bench.PayAsync(1_000_000);
        using (CrashException.At(Boundary.SignatureAnswered))
            await Assert.ThrowsAsync<CrashException>(() => bench.SettleAsync());
        Assert.Equal(IntentState.Cancelling, await AskAsync(bench, payment));

        await bench.RestartAsync();
        await bench.ExpireLeasesAsync();
        IntentId next = await bench.PayAsync(2_000_000);
        await bench.SettleAsync();
        await bench.RunUntilAsync(payment, "cancelled");
        await bench.RunUntilAsync(next, "confirmed");

        Assert.Equal(2_000_000, await bench.RecipientBalanceAsync());
        Assert.Equal(0, await bench.HeldAsync());
        await bench.AssertBooksEqualChainAsync();
    }

    [Fact]
    public async Task Cancelling_what_a_restored_backup_forgot_was_paid_does_not_give_the_money_back()
    {
        await using EngineBench bench = await EngineBench.StartAsync(5_000_000);
        IntentId payment = await bench.PayAsync(1_000_000);
        await using PostgresDatabase backup = await bench.Database.CloneAsync(Token);
        await bench.RestartAsync();
        await bench.RunUntilAsync(payment, "confirmed");
        await bench.RestartAsync();
        await bench.Database.RestoreAsync(backup, Token);
        await bench.RestartAsync();

        // Before any worker of the restored process had a turn.
        await CancelAsync(bench, payment);
        Assert.Equal(1_000_000, await bench.HeldAsync());
        await bench.RunUntilAsync(payment, "confirmed");

        Assert.Equal(1_000_000, await bench.RecipientBalanceAsync());
        Assert.Equal(4_000_000, await bench.CustomerAsync());
        await bench.AssertBooksEqualChainAsync();
    }

    [Fact]
    public async Task Foreign_transaction_on_a_reserved_nonce_that_is_orphaned_leaves_a_cancelled_intent_cancelled()
    {
        await using EngineBench bench = await EngineBench.StartAsync(5_000_000);
        IntentId payment = await bench.PayAsync(1_000_000);
        using (CrashException.At(Boundary.SlotBound))
            await Assert.ThrowsAsync<CrashException>(() => bench.SettleAsync());
        await FreezeChainAsync(bench);
        await bench.Node.RpcAsync("anvil_impersonateAccount", [bench.Sender], Token);
        await bench.Node.RpcAsync(
            "eth_sendTransaction", [new { from = bench.Sender, to = bench.Sender, gas = "0x30d40", nonce = "0x0" }], Token);
        await bench.Node.MineAsync(1, Token);
        await bench.RunUntilAsync(
            async () => await bench.ScalarAsync<string>("select state from execution.nonce_slot") == "taken", "it is taken", mine: false);
        Assert.Equal(IntentState.Cancelling, await AskAsync(bench, payment));

        await bench.Node.ReorgAsync(1, [], Token);
        await bench.RunUntilAsync(payment, "cancelled");

        Assert.Equal(0, await bench.HeldAsync());
        Assert.Equal(0, await bench.ScalarAsync<long>("select count(*) from execution.execution"));
    }

    [Fact]
    public async Task Cancelling_many_times_at_once_fills_the_nonce_once()
    {
        await using EngineBench bench = await EngineBench.StartAsync(5_000_000);
        IntentId payment = await bench.PayAsync(1_000_000);
        await bench.SettleAsync();

        await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => CancelAsync(bench, payment)));
        await bench.SettleAsync();
        await bench.RunUntilAsync(payment, "cancelled");

        Assert.Equal(1, await bench.ScalarAsync<long>("select count(*) from execution.carrier where kind = 'fill'"));
        await bench.AssertBooksEqualChainAsync();
    }

    // Halted, so that the nonce stays reserved.
    private static Task FreezeChainAsync(EngineBench bench) => bench.Get<UnitOfWork>().RunAsync(
        (session, token) => bench.Get<FreezeStore>().FreezeAsync(
            session, FreezeScope.Chain, FreezeStore.SubjectOf(EngineBench.Chain), "a test", "test", token),
        Token);

    private static Task<EndResult> CancelAsync(EngineBench bench, IntentId intent) =>
        bench.Get<IntentEnding>().CancelAsync(bench.Account.Owner, intent, "test", Token);

    private static async Task<IntentState> AskAsync(EngineBench bench, IntentId intent) =>
        Assert.IsType<EndResult.Asked>(await CancelAsync(bench, intent)).State;
}
