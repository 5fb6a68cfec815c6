using ChainExec.Admission;
using ChainExec.Ethereum;
using ChainExec.Execution;
using ChainExec.Governance;
using ChainExec.Storage;
using Xunit;

namespace ChainExec.IntegrationTests.Execution;

/// <summary>Freezes end what is on its way and refuse what is new; halts only delay.</summary>
public sealed class FreezeTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Frozen_recipient_is_refused_at_admission_and_stores_nothing()
    {
        await using EngineBench bench = await EngineBench.StartAsync(5_000_000);
        await FreezeAsync(bench, FreezeScope.Address, FreezeStore.SubjectOf(Address.Parse(EngineBench.Recipient)));

        Assert.Equal("frozen", Assert.IsType<SubmitResult.Refused>(await bench.SubmitAsync(1_000_000)).Code);
        Assert.Equal(0, await bench.ScalarAsync<long>("select count(*) from execution.intent"));
        Assert.Equal(1, await bench.ScalarAsync<long>("select count(*) from governance.audit where action = 'freeze.make'"));
    }

    [Fact]
    public async Task Freeze_between_binding_and_signing_gives_the_nonce_back_and_waits()
    {
        await using EngineBench bench = await EngineBench.StartAsync(5_000_000);
        IntentId payment = await bench.PayAsync(1_000_000);
        using (CrashException.At(Boundary.SlotBound))
            await Assert.ThrowsAsync<CrashException>(() => bench.SettleAsync());
        await FreezeAsync(bench, FreezeScope.Account, FreezeStore.SubjectOf(bench.Account.Id.Value));
        await bench.SettleAsync();

        Assert.Equal(("preparing", "frozen"), ((await bench.ViewAsync(payment)).State, (await bench.ViewAsync(payment)).Reason));
        Assert.Equal(0, await bench.ScalarAsync<long>("select count(*) from execution.execution"));
        await LiftAsync(bench, FreezeScope.Account, FreezeStore.SubjectOf(bench.Account.Id.Value));
        await bench.RunUntilAsync(payment, "confirmed");

        Assert.Equal(1_000_000, await bench.RecipientBalanceAsync());
        await bench.AssertBooksEqualChainAsync();
    }

    [Fact]
    public async Task Freeze_between_signing_and_the_first_send_lets_nothing_out()
    {
        await using EngineBench bench = await EngineBench.StartAsync(5_000_000);
        IntentId payment = await bench.PayAsync(1_000_000);
        using (CrashException.At(Boundary.SignatureStored))
            await Assert.ThrowsAsync<CrashException>(() => bench.SettleAsync());
        await FreezeAsync(bench, FreezeScope.Account, FreezeStore.SubjectOf(bench.Account.Id.Value));
        await bench.ExpireLeasesAsync();
        // Before the worker that ends what is frozen had its turn.
        await bench.Get<IEnumerable<IWorker>>().Single(worker => worker.Name == "execution.slots").RunTurnAsync(Token);
        Assert.Equal(0, await bench.ScalarAsync<long>("select count(*) from execution.node"));

        await bench.RunUntilAsync(payment, "cancelled");
        Assert.Equal(0, await bench.RecipientBalanceAsync());
        await bench.AssertBooksEqualChainAsync();
    }

    [Fact]
    public async Task Freeze_of_a_sent_payment_fills_its_nonce()
    {
        await using EngineBench bench = await EngineBench.StartAsync(5_000_000);
        IntentId payment = await bench.PayAsync(1_000_000);
        await bench.SettleAsync();
        await FreezeAsync(bench, FreezeScope.Owner, FreezeStore.SubjectOf(bench.Account.Owner));
        await bench.SettleAsync();

        Assert.Equal(("cancelling", "freeze"), ((await bench.ViewAsync(payment)).State, (await bench.ViewAsync(payment)).Wish));
        await bench.RunUntilAsync(payment, "cancelled");

        Assert.Equal(0, await bench.RecipientBalanceAsync());
        Assert.Equal(0, await bench.HeldAsync());
        await bench.AssertBooksEqualChainAsync();
    }

    [Fact]
    public async Task Halt_of_a_chain_signs_and_sends_nothing_until_it_is_lifted()
    {
        await using EngineBench bench = await EngineBench.StartAsync(5_000_000);
        IntentId signed = await bench.PayAsync(1_000_000);
        using (CrashException.At(Boundary.SignatureStored))
            await Assert.ThrowsAsync<CrashException>(() => bench.SettleAsync());
        await FreezeAsync(bench, FreezeScope.Chain, FreezeStore.SubjectOf(EngineBench.Chain));
        IntentId waiting = await bench.PayAsync(2_000_000);
        await bench.ExpireLeasesAsync();
        await bench.SettleAsync();

        Assert.Equal(0, await bench.ScalarAsync<long>("select count(*) from execution.node"));
        Assert.Equal("halted", (await bench.ViewAsync(waiting)).Reason);
        await LiftAsync(bench, FreezeScope.Chain, FreezeStore.SubjectOf(EngineBench.Chain));
        await bench.RunUntilAsync(signed, "confirmed");
        await bench.RunUntilAsync(waiting, "confirmed");
        await bench.AssertBooksEqualChainAsync();
    }

    [Fact]
    public async Task Paused_sender_binds_nothing_new_until_it_is_resumed()
    {
        await using EngineBench bench = await EngineBench.StartAsync(5_000_000);
        Task WriteAsync(Func<DbSession, CancellationToken, Task> work) => bench.Get<UnitOfWork>().RunAsync(work, Token);
        await WriteAsync((session, token) => bench.Get<SenderStore>().PauseAsync(
            session, EngineBench.Chain, bench.Account.Address, PauseKind.Operator, "looking", "test", token));
        IntentId payment = await bench.PayAsync(1_000_000);
        await bench.SettleAsync();

        Assert.Equal(("preparing", "sender_paused"), ((await bench.ViewAsync(payment)).State, (await bench.ViewAsync(payment)).Reason));
        await WriteAsync((session, token) => bench.Get<SenderStore>().ResumeAsync(
            session, EngineBench.Chain, bench.Account.Address, PauseKind.Operator, token));
        await bench.RunUntilAsync(payment, "confirmed");
    }

    private static Task FreezeAsync(EngineBench bench, FreezeScope scope, string subject) => bench.Get<UnitOfWork>().RunAsync(
        (session, token) => bench.Get<FreezeStore>().FreezeAsync(session, scope, subject, "a test", "test", token), Token);

    private static Task LiftAsync(EngineBench bench, FreezeScope scope, string subject) => bench.Get<UnitOfWork>().RunAsync(
        (session, token) => bench.Get<FreezeStore>().LiftAsync(session, scope, subject, "test", token), Token);
}
