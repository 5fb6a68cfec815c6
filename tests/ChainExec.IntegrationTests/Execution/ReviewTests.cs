using System.Numerics;
using System.Text.Json;
using ChainExec.Admission;
using ChainExec.Custody;
using ChainExec.Ethereum;
using ChainExec.Execution;
using ChainExec.Ledger;
using ChainExec.Storage;
using ChainExec.TestKit;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Xunit;

namespace ChainExec.IntegrationTests.Execution;

/// <summary>Findings of an adversarial review: each was a way to pay twice, to lose or hold money, or to stop without a word.</summary>
public sealed class ReviewTests
{
    private const string OpenIncidents = "select coalesce(string_agg(kind, ',' order by kind), '') from execution.incident";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Restated_payment_that_would_revert_because_it_is_paid_already_is_adopted_and_not_failed()
    {
        await using EngineBench bench = await EngineBench.StartAsync(1_000_000);
        await using PostgresDatabase backup = await bench.Database.CloneAsync(Token);
        await bench.RestartAsync();
        await bench.RunUntilAsync(await bench.PayAsync(1_000_000, key: "k"), "confirmed");
        await RestoreAsync(bench, backup);

        // The sender is empty now: a simulation says that the payment would revert, and a client told so pays again by other means.
        IntentId again = await bench.PayAsync(1_000_000, key: "k");
        await bench.RunUntilAsync(again, "confirmed");

        Assert.Equal(0, await bench.CustomerAsync());
        await bench.AssertBooksEqualChainAsync();
    }

    [Fact]
    public async Task Adopted_payment_that_was_signed_and_never_sent_is_sent()
    {
        await using EngineBench bench = await EngineBench.StartAsync(5_000_000);
        await using PostgresDatabase backup = await bench.Database.CloneAsync(Token);
        await bench.RestartAsync();
        await bench.PayAsync(1_000_000, key: "k");
        await CrashAtAsync(bench, Boundary.SignatureAnswered);
        await RestoreAsync(bench, backup);
        await bench.SettleAsync();

        IntentId again = await bench.PayAsync(1_000_000, key: "k");
        await bench.RunUntilAsync(again, "confirmed");

        Assert.Equal(1_000_000, await bench.RecipientBalanceAsync());
        Assert.Equal(1, await bench.ScalarAsync<long>("select count(*) from execution.nonce_slot"));
        await bench.AssertBooksEqualChainAsync();
    }

    [Fact]
    public async Task Restated_payment_with_another_amount_pays_nothing_and_tells_the_operator()
    {
        await using EngineBench bench = await EngineBench.StartAsync(5_000_000);
        await using PostgresDatabase backup = await bench.Database.CloneAsync(Token);
        await bench.RestartAsync();
        await bench.RunUntilAsync(await bench.PayAsync(1_000_000, key: "k"), "confirmed");
        await RestoreAsync(bench, backup);

        IntentId other = await bench.PayAsync(2_000_000, key: "k");
        await bench.RunUntilAsync(
            async () => await bench.ScalarAsync<bool>("select exists (select from execution.intent where needs_operator is not null)"),
            "the payment is parked");
        await bench.SettleAsync();

        Assert.Equal(1_000_000, await bench.RecipientBalanceAsync());
        Assert.NotEqual("confirmed", (await bench.ViewAsync(other)).State);
        Assert.Equal("family_signed_other_effect,intent_parked,journal_ahead", await bench.ScalarAsync<string>(OpenIncidents));
    }

    [Fact]
    public async Task Backup_from_while_a_signature_was_asked_for_takes_the_mined_payment_for_its_own()
    {
        await using EngineBench bench = await EngineBench.StartAsync(5_000_000);
        IntentId payment = await bench.PayAsync(1_000_000);
        await CrashAtAsync(bench, Boundary.SignRequested);
        await using PostgresDatabase backup = await bench.Database.CloneAsync(Token);
        await bench.RestartAsync();
        await bench.ExpireLeasesAsync();
        await bench.RunUntilAsync(payment, "confirmed");
        await RestoreAsync(bench, backup);

        // The lease of the dead process still runs in the backup, so the index sees the payment before a worker asks for its signature.
        await bench.RunUntilAsync(payment, "confirmed");

        Assert.Equal(4_000_000, await bench.CustomerAsync());
        Assert.Equal("", await bench.ScalarAsync<string>(OpenIncidents));
        await bench.AssertBooksEqualChainAsync();
    }

    [Fact]
    public async Task Payment_whose_effect_a_foreign_transaction_has_before_we_signed_is_adopted()
    {
        await using EngineBench bench = await EngineBench.StartAsync(5_000_000);
        IntentId payment = await bench.PayAsync(1_000_000);
        await bench.Signer.KillAsync();
        await bench.RunUntilAsync(async () => (await bench.ViewAsync(payment)).State == "signing", "a nonce is bound", mine: false);

        await SendAsSenderAsync(bench, TokenCalls.Transfer(EngineBench.Recipient, 1_000_000));
        await bench.RunUntilAsync(payment, "confirmed");

        Assert.Equal(1_000_000, await bench.RecipientBalanceAsync());
        Assert.Equal(4_000_000, await bench.CustomerAsync());
        Assert.Equal(0, await bench.HeldAsync());
        await bench.AssertBooksEqualChainAsync();
    }

    [Fact]
    public async Task Database_that_forgets_under_a_running_server_is_compared_with_the_journal_again()
    {
        await using EngineBench bench = await EngineBench.StartAsync(1_000_000);
        IntentId payment = await bench.PayAsync(1_000_000);
        await using PostgresDatabase backup = await bench.Database.CloneAsync(Token);
        await bench.RestartAsync();
        await bench.RunUntilAsync(payment, "confirmed");

        // No restart: a failover to a standby that was behind looks like this to the process.
        await bench.Database.RestoreAsync(backup, Token);
        await bench.RunUntilAsync(async () => await TryViewAsync(bench, payment) is "confirmed" or "failed", "the intent ends");

        Assert.Equal("confirmed", (await bench.ViewAsync(payment)).State);
        Assert.Equal(0, await bench.CustomerAsync());
        await bench.AssertBooksEqualChainAsync();
    }

    [Fact]
    public async Task Two_databases_that_bound_the_same_nonces_the_other_way_round_agree_with_the_journal_in_the_end()
    {
        await using EngineBench bench = await EngineBench.StartAsync(5_000_000);
        IntentId first = await bench.PayAsync(1_000_000);
        IntentId second = await bench.PayAsync(2_000_000);
        await using PostgresDatabase fork = await bench.Database.CloneAsync(Token);
        await bench.RestartAsync();
        await using ServiceProvider other = bench.StartSecondEngine(fork.AppConnectionString);
        await other.GetRequiredService<JournalSync>().EnsureAllCheckedAsync(Token);
        await bench.SettleAsync();

        await ExecuteAsync(
            fork, $"update execution.intent set next_step_at = next_step_at + interval '1 day' where id = '{first.Value}'");
        await bench.Signer.KillAsync();
        await UntilAsync(bench, other, fork, "select exists (select from execution.intent where state = 'signing')");
        await ExecuteAsync(fork, $"update execution.intent set next_step_at = storage.clock() where id = '{first.Value}'");
        await UntilAsync(bench, other, fork, "select count(*) = 2 from execution.nonce_slot where state = 'sign_requested'");
        await bench.Signer.StartProcessAsync(null, Token);
        await UntilAsync(bench, other, fork, "select count(*) = 2 from execution.intent where state = 'confirmed'", mine: true);

        Assert.Equal(3_000_000, await bench.RecipientBalanceAsync());
        Assert.Equal("", await EngineBench.ScalarAsync<string>(
            fork, "select coalesce(string_agg(needs_operator, ';'), '') from execution.nonce_slot"));
        Assert.NotEqual(first, second);
    }

    [Fact]
    public async Task Foreign_transaction_that_is_orphaned_below_our_nonces_leaves_no_hole()
    {
        await using EngineBench bench = await EngineBench.StartAsync(5_000_000);
        await SendAsSenderAsync(bench, TokenCalls.Transfer(AnvilNode.DevAccounts[7], 1));
        await bench.SettleAsync();
        IntentId payment = await bench.PayAsync(1_000_000);
        await bench.SettleAsync();
        Assert.Equal("accepted", await bench.ScalarAsync<string>("select state from execution.nonce_slot where nonce = 1"));

        await bench.Node.ReorgAsync(1, [], Token);
        await bench.RunUntilAsync(payment, "confirmed");

        Assert.Equal("filled", await bench.ScalarAsync<string>("select state from execution.nonce_slot where nonce = 0"));
        Assert.Equal(1_000_000, await bench.RecipientBalanceAsync());
        await bench.AssertBooksEqualChainAsync();
    }

    [Fact]
    public async Task Worker_that_leased_a_mined_slot_cannot_put_the_orphaned_one_to_sleep()
    {
        await using EngineBench bench = await EngineBench.StartAsync(5_000_000);
        IntentId payment = await bench.PayAsync(1_000_000);
        await bench.RunUntilAsync(payment, "included");
        SlotStore slots = bench.Get<SlotStore>();
        UnitOfWork unitOfWork = bench.Get<UnitOfWork>();
        await ExecuteAsync(bench.Database, "update execution.nonce_slot set next_step_at = storage.clock()");
        NonceSlot leased = Assert.Single(await unitOfWork.RunAsync(
            (session, token) => slots.LeaseDueAsync(session, "slow", TimeSpan.FromSeconds(15), 1, token), Token));
        Assert.Equal(SlotState.Mined, leased.State);

        await bench.Node.ReorgAsync(1, [], Token);
        await bench.RunUntilAsync(
            async () => (await bench.ViewAsync(payment)).State == "executing", "the payment is orphaned", mine: false);
        await unitOfWork.RunAsync((session, token) => slots.WaitAsync(session, leased, delay: null, token), Token);

        await bench.RunUntilAsync(payment, "confirmed");
        Assert.Equal(1_000_000, await bench.RecipientBalanceAsync());
    }

    [Fact]
    public async Task Gas_float_of_the_house_cannot_be_spent_against_a_claim_that_lies_elsewhere()
    {
        await using EngineBench bench = await EngineBench.StartAsync(0);
        UnitOfWork unitOfWork = bench.Get<UnitOfWork>();
        Address vault = Address.Parse("0x00000000000000000000000000000000000a11ce");
        await unitOfWork.RunAsync(
            (session, token) => bench.Get<AccountStore>().RegisterAsync(
                session, bench.Account.Owner, EngineBench.Chain, vault, nativeIsCustomerMoney: true, token), Token);
        await bench.Node.SendFromDevAsync(3, vault.ToString(), BigInteger.Pow(10, 17), "0x", Token);
        string claim = Book.Customer(bench.Account.Owner, $"eth-{EngineBench.Chain}").Code;
        await bench.RunUntilAsync(async () => await bench.LedgerBalanceAsync(claim) == BigInteger.Pow(10, 17), "the coin is booked");

        var body = new
        {
            chain = EngineBench.Chain,
            account = bench.Sender,
            calls = new[] { new { type = "native.transfer", args = new { recipient = EngineBench.Recipient, amount = "1000" } } },
        };
        SubmitResult result = await bench.Get<AdmissionService>().SubmitAsync(
            bench.Caller, "k", JsonSerializer.SerializeToElement(body), (_, _) => "{}", Token);

        Assert.Equal("insufficient_funds", Assert.IsType<SubmitResult.Refused>(result).Code);
    }

    private static async Task RestoreAsync(EngineBench bench, PostgresDatabase backup)
    {
        await bench.RestartAsync();
        await bench.Database.RestoreAsync(backup, Token);
        await bench.RestartAsync();
    }

    private static async Task SendAsSenderAsync(EngineBench bench, string data)
    {
        await bench.Node.RpcAsync("anvil_impersonateAccount", [bench.Sender], Token);
        await bench.Node.RpcAsync(
            "eth_sendTransaction", [new { from = bench.Sender, to = bench.Tokens.Tusd, data, gas = "0x30d40", nonce = "0x0" }], Token);
        await bench.Node.MineAsync(1, Token);
    }

    private static async Task CrashAtAsync(EngineBench bench, string boundary)
    {
        using IDisposable observing = Boundary.Observe(passed =>
        {
            if (passed == boundary)
                throw new OperationCanceledException("The process ends here.");
        });
        await Assert.ThrowsAsync<OperationCanceledException>(async () =>
        {
            for (int turn = 0; turn < 20; turn++)
                await bench.TurnAsync();
        });
    }

    private static async Task UntilAsync(
        EngineBench bench, ServiceProvider engine, PostgresDatabase database, string condition, bool mine = false)
    {
        for (int round = 0; round < 200; round++)
        {
            if (await EngineBench.ScalarAsync<bool>(database, condition))
                return;
            await EngineBench.TurnAsync(engine);
            if (mine)
                await bench.Node.MineAsync(1, Token);
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, Token);
        }

        string slots = await EngineBench.ScalarAsync<string>(
            database, "select coalesce(string_agg(concat_ws(' ', nonce, state, needs_operator), '; '), '') from execution.nonce_slot");
        throw new TimeoutException($"Never: {condition}. Slots: {slots}");
    }

    // The first use of a connection that the restore has cut fails; what a turn of a worker loop does then is to try again.
    private static async Task<string?> TryViewAsync(EngineBench bench, IntentId intent)
    {
        for (int attempt = 0; ; attempt++)
        {
            try
            {
                return (await bench.ViewAsync(intent)).State;
            }
            catch (NpgsqlException) when (attempt < 20)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, Token);
            }
        }
    }

    private static async Task ExecuteAsync(PostgresDatabase database, string sql)
    {
        await using var connection = new NpgsqlConnection(database.OwnerConnectionString);
        await connection.OpenAsync(Token);
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(Token);
    }
}
