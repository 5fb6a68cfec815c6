using ChainExec.Custody;
using ChainExec.Execution;
using ChainExec.Facts.Contracts;
using ChainExec.Storage;
using ChainExec.TestKit;
using Npgsql;
using Xunit;

namespace ChainExec.IntegrationTests.Execution;

/// <summary>Lane, slot, intent, approval: whoever waits for one of them holds none that comes after it.</summary>
public sealed class LockOrderTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task No_to_what_was_asked_to_be_signed_waits_for_the_lane_before_it_locks_the_intent()
    {
        await using EngineBench bench = await EngineBench.StartAsync(5_000_000, custody: AccountCustody.User);
        IntentId payment = await bench.PayAsync(1_000_000);
        await bench.SettleAsync();
        IntentApproval approval = bench.Get<IntentApproval>();
        Guid owner = bench.Account.Owner;
        Assert.IsType<ApprovalResult.Done>(await approval.ApproveAsync(owner, payment, bench.Authenticator!.Next(), "test", Token));
        using (CrashException.At(Boundary.SignRequested))
            await Assert.ThrowsAsync<CrashException>(() => bench.SettleAsync());

        // As when the approval ended before the signer's answer: it is asked for again in the same slot.
        await bench.Get<UnitOfWork>().RunAsync(
            (session, token) => bench.Get<ApprovalStore>().AskAsync(
                session, payment.Value, new TokenAmount(1_000_000), TimeSpan.FromMinutes(4), token),
            Token);

        Task<ApprovalResult>? rejecting = null;
        await WhileLaneIsLockedAsync(
            bench, () => rejecting = approval.RejectAsync(owner, payment, "no", "test", Token), "select id from execution.intent");

        Assert.IsType<ApprovalResult.Done>(await rejecting!);
        Assert.Equal("cancelling", (await bench.ViewAsync(payment)).State);
    }

    [Fact]
    public async Task Foreign_transaction_that_is_orphaned_waits_for_the_lane_before_it_locks_its_slot()
    {
        await using EngineBench bench = await EngineBench.StartAsync(5_000_000);
        await bench.Node.RpcAsync("anvil_impersonateAccount", [bench.Sender], Token);
        string data = TokenCalls.Transfer(AnvilNode.DevAccounts[7], 1);
        await bench.Node.RpcAsync(
            "eth_sendTransaction", [new { from = bench.Sender, to = bench.Tokens.Tusd, data, gas = "0x30d40", nonce = "0x0" }], Token);
        await bench.Node.MineAsync(1, Token);
        await bench.SettleAsync();
        IntentId payment = await bench.PayAsync(1_000_000);
        await bench.SettleAsync();
        await bench.Node.ReorgAsync(1, [], Token);

        Task? settling = null;
        await WhileLaneIsLockedAsync(
            bench, () => settling = bench.SettleAsync(), "select id from execution.nonce_slot where nonce = 0");

        await settling!;
        await bench.RunUntilAsync(payment, "confirmed");
        Assert.Equal("filled", await bench.ScalarAsync<string>("select state from execution.nonce_slot where nonce = 0"));
    }

    [Fact]
    public async Task Window_of_facts_locks_its_slots_in_one_order_before_it_handles_the_first()
    {
        await using EngineBench bench = await EngineBench.StartAsync(5_000_000);
        IntentId first = await bench.PayAsync(1_000_000);
        IntentId second = await bench.PayAsync(1_000_000);
        await bench.SettleAsync();
        await bench.Node.MineAsync(1, Token);
        List<ChainTransaction> seen = await SeenAsync(bench, first, second);

        // Both transactions of a block, in the order in which nobody locks: the higher nonce first.
        WindowLocks locks = bench.Get<WindowLocks>();
        await using var holder = new NpgsqlConnection(bench.Database.OwnerConnectionString);
        await holder.OpenAsync(Token);
        await using NpgsqlTransaction transaction = await holder.BeginTransactionAsync(Token);
        await ExecuteAsync(holder, "select id from execution.nonce_slot where nonce = 0 for update");
        Task locking = bench.Get<UnitOfWork>().RunAsync(
            (session, token) => locks.TakeAsync(
                session, [new SeenFact(seen[1], IsOrphaned: false), new SeenFact(seen[0], IsOrphaned: false)], token), Token);
        await Eventually.TrueAsync(
            () => bench.ScalarAsync<bool>("select exists (select from pg_locks where not granted)"), TimeSpan.FromSeconds(10),
            "the window waits for the lower nonce", Token);
        await ExecuteAsync(holder, "select id from execution.nonce_slot where nonce = 1 for update nowait");
        await ExecuteAsync(holder, "select id from execution.intent for update nowait");
        await transaction.RollbackAsync(Token);
        await locking;
    }

    private static async Task<List<ChainTransaction>> SeenAsync(EngineBench bench, params IntentId[] payments)
    {
        var seen = new List<ChainTransaction>();
        foreach (IntentId payment in payments)
        {
            AttemptView attempt = Assert.Single(await bench.Get<IntentQueries>().AttemptsAsync(payment, Token));
            seen.Add(new ChainTransaction(
                EngineBench.Chain, 1, default, 0, default, attempt.TxHash!.Value, 0, bench.Account.Address, attempt.To, seen.Count,
                TokenAmount.Zero, true, TokenAmount.Zero, TokenAmount.Zero));
        }

        return seen;
    }

    // While somebody waits for the lane that is held here, the rows can be locked: they are not held by who waits.
    private static async Task WhileLaneIsLockedAsync(EngineBench bench, Action start, string rows)
    {
        await using var holder = new NpgsqlConnection(bench.Database.OwnerConnectionString);
        await holder.OpenAsync(Token);
        await using NpgsqlTransaction transaction = await holder.BeginTransactionAsync(Token);
        await ExecuteAsync(holder, "select first_nonce from execution.lane for update");
        start();
        await Eventually.TrueAsync(
            () => bench.ScalarAsync<bool>("select exists (select from pg_locks where not granted)"), TimeSpan.FromSeconds(10),
            "somebody waits for the lane", Token);
        await ExecuteAsync(holder, $"{rows} for update nowait");
        await transaction.RollbackAsync(Token);
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(Token);
    }
}
