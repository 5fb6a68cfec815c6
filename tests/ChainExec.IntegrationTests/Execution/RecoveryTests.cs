using ChainExec.Admission;
using ChainExec.Custody;
using ChainExec.Execution;
using ChainExec.Ledger;
using ChainExec.Storage;
using ChainExec.TestKit;
using Xunit;

namespace ChainExec.IntegrationTests.Execution;

/// <summary>Crashes and lies, with the engine in this process: a crash is an exception at a persistence boundary and a new engine after
/// it.</summary>
public sealed class RecoveryTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string> Boundaries =>
    [
        Boundary.SlotBound, Boundary.SignRequested, Boundary.SignatureAnswered, Boundary.SignatureStored, Boundary.SendStarted,
            Boundary.SendAnswered,
        Boundary.BlockOpen, Boundary.BlockCommitted,
    ];

    [Theory]
    [MemberData(nameof(Boundaries))]
    public async Task Crash_at_a_boundary_ends_in_one_transfer_and_balanced_books(string boundary)
    {
        await using EngineBench bench = await EngineBench.StartAsync(5_000_000);
        IntentId payment = await bench.PayAsync(1_000_000);

        bool crashed = await CrashAtAsync(bench, boundary);
        Assert.True(crashed, $"Boundary {boundary} was never passed.");
        await bench.RestartAsync();
        await bench.ExpireLeasesAsync();
        await bench.RunUntilAsync(payment, "confirmed");
        await bench.SettleAsync();

        Assert.Equal(1_000_000, await bench.RecipientBalanceAsync());
        Assert.Equal(1, await bench.ScalarAsync<long>("select count(*) from execution.nonce_slot"));
        await bench.AssertBooksEqualChainAsync();
    }

    [Fact]
    public async Task Database_restored_to_before_the_signing_pays_nothing_twice_and_tells_the_operator()
    {
        await using EngineBench bench = await EngineBench.StartAsync(5_000_000);
        IntentId payment = await bench.PayAsync(1_000_000);
        await using PostgresDatabase backup = await bench.Database.CloneAsync(Token);
        await bench.RestartAsync();
        await bench.RunUntilAsync(payment, "confirmed");

        await bench.RestartAsync();
        await bench.Database.RestoreAsync(backup, Token);
        await bench.RestartAsync();
        await bench.RunUntilAsync(payment, "confirmed");
        await bench.SettleAsync();

        Assert.Equal(1_000_000, await bench.RecipientBalanceAsync());
        Assert.Equal(4_000_000, await bench.CustomerAsync());
        Assert.Equal("journal_ahead", await bench.ScalarAsync<string>("select kind from execution.incident"));
        await bench.AssertBooksEqualChainAsync();
    }

    [Fact]
    public async Task Database_restored_to_before_the_request_does_not_pay_again_when_the_client_states_it_again()
    {
        await using EngineBench bench = await EngineBench.StartAsync(5_000_000);
        await using PostgresDatabase backup = await bench.Database.CloneAsync(Token);
        await bench.RestartAsync();
        IntentId lost = await bench.PayAsync(1_000_000, key: "k", reference: "invoice-7");
        await bench.RunUntilAsync(lost, "confirmed");

        await bench.RestartAsync();
        await bench.Database.RestoreAsync(backup, Token);
        await bench.RestartAsync();
        await bench.RunUntilAsync(
            async () =>
                await bench.LedgerBalanceAsync(
                    Book.Suspense(EngineBench.Dollar).Code) == -1_000_000, "what nobody explains is in suspense");
        IntentId again = await bench.PayAsync(1_000_000, key: "k", reference: "invoice-7");
        Assert.NotEqual(lost, again);
        await bench.RunUntilAsync(again, "confirmed");
        await bench.SettleAsync();

        Assert.Equal(1_000_000, await bench.RecipientBalanceAsync());
        Assert.Equal(4_000_000, await bench.CustomerAsync());
        Assert.Equal(0, await bench.HeldAsync());
        await bench.AssertBooksEqualChainAsync();
    }

    [Fact]
    public async Task Database_restored_while_the_payment_is_in_the_pool_lets_another_payment_take_the_next_nonce()
    {
        await using EngineBench bench = await EngineBench.StartAsync(5_000_000);
        IntentId first = await bench.PayAsync(1_000_000);
        await using PostgresDatabase backup = await bench.Database.CloneAsync(Token);
        await bench.RestartAsync();
        await bench.SettleAsync();

        await bench.RestartAsync();
        await bench.Database.RestoreAsync(backup, Token);
        await bench.RestartAsync();
        IntentId second = await bench.PayAsync(2_000_000);
        await bench.RunUntilAsync(second, "confirmed");
        await bench.RunUntilAsync(first, "confirmed");
        await bench.SettleAsync();

        Assert.Equal(3_000_000, await bench.RecipientBalanceAsync());
        Assert.Equal(2, await bench.ScalarAsync<long>("select count(*) from execution.nonce_slot where state = 'finalized'"));
        await bench.AssertBooksEqualChainAsync();
    }

    [Fact]
    public async Task Node_that_is_down_for_a_while_delays_and_loses_nothing()
    {
        await using EngineBench bench = await EngineBench.StartAsync(5_000_000);
        IntentId payment = await bench.PayAsync(1_000_000);
        bench.NodeProxy.Refuse();
        for (int turn = 0; turn < 5; turn++)
            await bench.TurnAsync();
        Assert.Equal("node_unavailable", (await bench.ViewAsync(payment)).Reason);

        bench.NodeProxy.Accept();
        await bench.RunUntilAsync(payment, "confirmed");
        Assert.Equal(1_000_000, await bench.RecipientBalanceAsync());
        await bench.AssertBooksEqualChainAsync();
    }

    [Fact]
    public async Task Signer_that_is_down_for_a_while_delays_and_loses_nothing()
    {
        await using EngineBench bench = await EngineBench.StartAsync(5_000_000);
        IntentId payment = await bench.PayAsync(1_000_000);
        await bench.Signer.KillAsync();
        for (int turn = 0; turn < 5; turn++)
            await bench.TurnAsync();
        Assert.NotEqual("executing", (await bench.ViewAsync(payment)).State);

        await bench.Signer.StartProcessAsync(null, Token);
        await bench.RunUntilAsync(payment, "confirmed");
        Assert.Equal(1_000_000, await bench.RecipientBalanceAsync());
        await bench.AssertBooksEqualChainAsync();
    }

    [Fact]
    public async Task Signer_killed_after_its_journal_write_answers_with_the_same_bytes()
    {
        await using EngineBench bench = await EngineBench.StartAsync(5_000_000);
        IntentId payment = await bench.PayAsync(1_000_000);
        await bench.Signer.KillAsync();
        await bench.Signer.StartProcessAsync("signer.journalled", Token);
        await bench.RunUntilAsync(
            async () => (await bench.ViewAsync(payment)).State == "signing", "the signature was asked for", mine: false);
        await bench.TurnAsync();
        await bench.Signer.WaitForDeathAsync(Token);

        await bench.Signer.StartProcessAsync(null, Token);
        await bench.RunUntilAsync(payment, "confirmed");
        Assert.Equal(1_000_000, await bench.RecipientBalanceAsync());
        Assert.Equal(1, await bench.ScalarAsync<long>("select count(*) from execution.execution"));
        await bench.AssertBooksEqualChainAsync();
    }

    [Fact]
    public async Task Signer_whose_journal_was_replaced_signs_nothing_until_an_operator_trusts_it()
    {
        await using EngineBench bench = await EngineBench.StartAsync(5_000_000);
        IntentId payment = await bench.PayAsync(1_000_000);
        await bench.Signer.KillAsync();
        File.Delete(Path.Combine(bench.Signer.Folder, "journal"));
        await bench.Signer.StartProcessAsync(null, Token);
        await bench.RestartAsync();
        await bench.SettleAsync();
        Assert.Equal("created", (await bench.ViewAsync(payment)).State);

        string met = (await bench.Get<ISigner>().HealthAsync(Token)).JournalId;
        await bench.Get<UnitOfWork>().RunAsync(
            (session, token) => bench.Get<SignerJournalStore>().TrustAsync(session, met, "test", token), Token);
        await bench.RunUntilAsync(payment, "confirmed");
        Assert.Equal(1_000_000, await bench.RecipientBalanceAsync());
    }

    [Fact]
    public async Task Payment_that_the_signers_policy_refuses_gives_nonce_and_hold_back_and_the_next_goes_on()
    {
        await using EngineBench bench = await EngineBench.StartAsync(5_000_000);
        await bench.Signer.KillAsync();
        await bench.Signer.WritePolicyAsync([bench.Tokens.Tusd], "1500000", Token);
        await bench.Signer.StartProcessAsync(null, Token);
        IntentId refused = await bench.PayAsync(2_000_000);
        IntentId next = await bench.PayAsync(1_000_000);
        await bench.RunUntilAsync(next, "confirmed");
        await bench.RunUntilAsync(refused, "failed");
        await bench.RunUntilAsync(
            async () =>
                await bench.ScalarAsync<long>("select count(*) from execution.nonce_slot where state not in ('finalized', 'filled')") == 0,
            "every slot is resolved");
        await bench.SettleAsync();

        Assert.Equal("signer_refused", (await bench.ViewAsync(refused)).Reason);
        Assert.Equal(0, await bench.ScalarAsync<long>("select count(*) from execution.incident"));
        Assert.Equal(1_000_000, await bench.RecipientBalanceAsync());
        Assert.Equal(0, await bench.HeldAsync());
        await bench.AssertBooksEqualChainAsync();
    }

    [Fact]
    public async Task Connection_cut_after_commit_was_sent_admits_one_intent()
    {
        await using EngineBench bench = await EngineBench.StartAsync(5_000_000);
        await using TcpProxy proxy = TcpProxy.Start(bench.Database.Server.Port);
        string through = new Npgsql.NpgsqlConnectionStringBuilder(
            bench.Database.AppConnectionString) { Host = "127.0.0.1", Port = proxy.Port }.ConnectionString;
        await bench.RestartAsync(through);
        proxy.CutAfterCommit();

        SubmitResult result = await bench.SubmitAsync(1_000_000, key: "k");

        Assert.Equal(1, proxy.Cuts);
        IntentId payment = Assert.IsType<SubmitResult.Accepted>(result).Intent;
        Assert.Equal(1, await bench.ScalarAsync<long>("select count(*) from execution.intent"));
        await bench.RunUntilAsync(payment, "confirmed");
        Assert.Equal(1_000_000, await bench.RecipientBalanceAsync());
        await bench.AssertBooksEqualChainAsync();
    }

    [Fact]
    public async Task Token_that_starts_to_lie_after_simulation_moves_nothing_and_books_nothing()
    {
        await using EngineBench bench = await EngineBench.StartAsync(5_000_000);
        await bench.Node.MintAsync(bench.Tokens.False, bench.Sender, 3_000_000, Token);
        string customer = Book.Customer(bench.Account.Owner, $"tfalse-{EngineBench.Chain}").Code;
        await bench.RunUntilAsync(async () => await bench.LedgerBalanceAsync(customer) == 3_000_000, "the false tokens are booked");

        IntentId payment = await bench.PayAsync(1_000_000, token: bench.Tokens.False);
        await bench.SettleAsync();
        await bench.Node.RpcAsync(
            "eth_sendTransaction",
            [new { from = AnvilNode.DevAccounts[0], to = bench.Tokens.False, data = TokenCalls.SetLying(
                true), gas = "0x30d40", maxPriorityFeePerGas = "0x174876e800", maxFeePerGas = "0x2e90edd000" }],
            Token);
        await bench.RunUntilAsync(payment, "failed");
        await bench.SettleAsync();

        Assert.Equal("no_effect", (await bench.ViewAsync(payment)).Reason);
        Assert.Equal(3_000_000, await bench.LedgerBalanceAsync(customer));
        Assert.Equal(0, await bench.RecipientBalanceAsync(bench.Tokens.False));
        Assert.NotNull((await bench.ViewAsync(payment)).TxHash);
        await bench.AssertBooksEqualChainAsync();
    }

    private static async Task<bool> CrashAtAsync(EngineBench bench, string boundary)
    {
        using IDisposable observing = CrashException.At(boundary);
        try
        {
            for (int turn = 0; turn < 20; turn++)
            {
                await bench.TurnAsync();
                await bench.Node.MineAsync(1, Token);
            }
        }
        catch (CrashException)
        {
            return true;
        }

        return false;
    }
}
