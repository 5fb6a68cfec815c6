using System.Numerics;
using ChainExec.Admission;
using ChainExec.Custody;
using ChainExec.Ethereum;
using ChainExec.Execution;
using ChainExec.Governance;
using ChainExec.Ledger;
using ChainExec.Storage;
using ChainExec.TestKit;
using Xunit;

namespace ChainExec.IntegrationTests.Execution;

/// <summary>Several senders pay in the name of one account (decision 0018).</summary>
public sealed class PoolTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Payments_asked_of_one_account_go_side_by_side_and_each_is_paid_once()
    {
        await using EngineBench bench = await EngineBench.StartAsync(10_000_000, senders: 3);
        SubmitResult[] results = await Task.WhenAll(Enumerable.Range(0, 9).Select(_ => bench.SubmitAsync(1_000_000)));
        SubmitResult.Accepted[] accepted = [.. results.Cast<SubmitResult.Accepted>()];

        long[] drawn = await CountsAsync(bench);
        Assert.Equal([3L, 3L, 3L], drawn);
        foreach (SubmitResult.Accepted one in accepted)
            await bench.RunUntilAsync(one.Intent, "confirmed");
        Assert.Equal(9_000_000, await bench.RecipientBalanceAsync());
        Assert.Equal(21_000_000, await bench.CustomerAsync());
        Assert.Equal(3, await bench.ScalarAsync<long>("select count(distinct account) from execution.nonce_slot where nonce = 2"));
        await bench.AssertBooksEqualChainAsync();
    }

    [Fact]
    public async Task Who_is_drawn_has_the_money_that_is_not_spoken_for()
    {
        await using EngineBench bench = await EngineBench.StartAsync(10_000_000, senders: 3);
        IntentId[] large = [await bench.PayAsync(8_000_000), await bench.PayAsync(8_000_000), await bench.PayAsync(8_000_000)];
        long[] drawn = await CountsAsync(bench);
        Assert.Equal([1L, 1L, 1L], drawn);

        // The owner has six, and no address has more than two of them: refused, and nothing is held for it.
        Assert.Equal("no_sender", Assert.IsType<SubmitResult.Refused>(await bench.SubmitAsync(5_000_000)).Code);
        Assert.Equal(24_000_000, await bench.HeldAsync());
        IntentId small = await bench.PayAsync(2_000_000);
        foreach (IntentId one in (IntentId[])[.. large, small])
            await bench.RunUntilAsync(one, "confirmed");
        Assert.Equal(26_000_000, await bench.RecipientBalanceAsync());
        Assert.IsType<SubmitResult.Refused>(await bench.SubmitAsync(3_000_000));
        await bench.AssertBooksEqualChainAsync();
    }

    [Fact]
    public async Task Paused_and_frozen_senders_are_passed_over_while_another_is_well()
    {
        await using EngineBench bench = await EngineBench.StartAsync(10_000_000, senders: 3);
        (CustodyAccount paused, CustodyAccount frozen, CustodyAccount well) = (bench.Pool[0], bench.Pool[1], bench.Pool[2]);
        await bench.Get<UnitOfWork>().RunAsync(
            async (session, token) =>
            {
                await bench.Get<SenderStore>().PauseAsync(
                    session, EngineBench.Chain, paused.Address, PauseKind.Operator, "a test", "test", token);
                await bench.Get<FreezeStore>().FreezeAsync(
                    session, FreezeScope.Address, FreezeStore.SubjectOf(frozen.Address), "a test", "test", token);
            },
            Token);
        for (int payment = 0; payment < 3; payment++)
            await bench.RunUntilAsync(await bench.PayAsync(1_000_000), "confirmed");
        Assert.Equal(3, await bench.ScalarAsync<long>(
            $"select count(*) from execution.intent where account_id = '{well.Id.Value}' and state = 'confirmed'"));

        // The only one with the money is frozen: that is what the client hears.
        await bench.RunUntilAsync(await bench.PayAsync(7_000_000), "confirmed");
        await bench.DepositAsync(5_000_000, frozen);
        Assert.Equal("frozen", Assert.IsType<SubmitResult.Refused>(await bench.SubmitAsync(12_000_000)).Code);
        await bench.AssertBooksEqualChainAsync();
    }

    [Fact]
    public async Task Payment_that_a_restored_backup_forgot_is_drawn_to_the_sender_that_made_it()
    {
        await using EngineBench bench = await EngineBench.StartAsync(10_000_000, senders: 3);
        await using PostgresDatabase backup = await bench.Database.CloneAsync(Token);
        await bench.RestartAsync();
        // Each sender gets one; the last drawn is asked for again, when nobody has anything to do.
        await bench.RunUntilAsync(await bench.PayAsync(1_000_000, key: "a"), "confirmed");
        IntentId second = await bench.PayAsync(1_000_000, key: "b");
        IntentId lost = await bench.PayAsync(1_000_000, key: "c", reference: "invoice-7");
        await bench.RunUntilAsync(second, "confirmed");
        await bench.RunUntilAsync(lost, "confirmed");
        Guid payer = await bench.ScalarAsync<Guid>("select account_id from execution.intent where client_reference = 'invoice-7'");
        Assert.NotEqual(bench.Pool[0].Id.Value, payer);

        await bench.RestartAsync();
        await bench.Database.RestoreAsync(backup, Token);
        await bench.RestartAsync();
        await bench.RunUntilAsync(
            async () => await bench.LedgerBalanceAsync(Book.Suspense(EngineBench.Dollar).Code) == -3_000_000, "all three are in suspense");
        IntentId again = await bench.PayAsync(1_000_000, key: "c", reference: "invoice-7");
        Assert.Equal(
            payer, await bench.ScalarAsync<Guid>("select account_id from execution.intent where client_reference = 'invoice-7'"));
        await bench.RunUntilAsync(again, "confirmed");
        Assert.Equal(3_000_000, await bench.RecipientBalanceAsync());
        Assert.Equal(0, await bench.HeldAsync());
    }

    [Fact]
    public async Task Sender_without_gas_is_told_and_passed_over_until_it_has_some()
    {
        await using EngineBench bench = await EngineBench.StartAsync(10_000_000, senders: 2);
        CustodyAccount empty = bench.Pool[0];
        await bench.Node.RpcAsync("anvil_setBalance", [empty.Address.ToString(), "0x0"], Token);
        // By address: the first of the pool is drawn first.
        IntentId waiting = await bench.PayAsync(1_000_000);
        await bench.SettleAsync();
        Assert.Equal(("preparing", "sender_empty"), ((await bench.ViewAsync(waiting)).State, (await bench.ViewAsync(waiting)).Reason));
        Assert.Equal(1, await EmptyAsync(bench));

        for (int payment = 0; payment < 3; payment++)
            await bench.PayAsync(1_000_000);
        long[] drawn = await CountsAsync(bench);
        Assert.Equal([1L, 3L], drawn);

        await bench.Node.FundAsync(empty.Address.ToString(), BigInteger.Pow(10, 18), Token);
        await bench.RunUntilAsync(waiting, "confirmed");
        Assert.Equal(0, await EmptyAsync(bench));
        Assert.Equal(0, await bench.ScalarAsync<long>("select count(*) from execution.sender_pause"));
        Assert.Equal(4_000_000, await bench.RecipientBalanceAsync());

        static Task<long> EmptyAsync(EngineBench bench) => bench.ScalarAsync<long>(
            "select count(*) from execution.incident where kind = 'sender_empty' and closed_at is null");
    }

    [Fact]
    public async Task Payment_repeated_before_the_restored_backup_was_compared_is_drawn_to_the_sender_that_made_it()
    {
        await using EngineBench bench = await EngineBench.StartAsync(10_000_000, senders: 3);
        await using PostgresDatabase backup = await bench.Database.CloneAsync(Token);
        await bench.RestartAsync();
        await bench.RunUntilAsync(await bench.PayAsync(1_000_000, key: "a"), "confirmed");
        IntentId second = await bench.PayAsync(1_000_000, key: "b");
        IntentId lost = await bench.PayAsync(1_000_000, key: "c", reference: "invoice-7");
        await bench.RunUntilAsync(second, "confirmed");
        await bench.RunUntilAsync(lost, "confirmed");
        const string Payer = "select account_id from execution.intent where client_reference = 'invoice-7'";
        Guid payer = await bench.ScalarAsync<Guid>(Payer);
        Assert.NotEqual(bench.Pool[0].Id.Value, payer);

        await bench.RestartAsync();
        await bench.Database.RestoreAsync(backup, Token);
        await bench.RestartAsync();
        // Nobody had a turn yet.
        IntentId again = await bench.PayAsync(1_000_000, key: "c", reference: "invoice-7");
        Assert.Equal(payer, await bench.ScalarAsync<Guid>(Payer));
        await bench.RunUntilAsync(again, "confirmed");
        Assert.Equal(3_000_000, await bench.RecipientBalanceAsync());
        Assert.Equal(0, await bench.HeldAsync());
    }

    [Fact]
    public async Task Nobody_is_drawn_while_the_signers_journal_cannot_be_compared()
    {
        await using EngineBench bench = await EngineBench.StartAsync(10_000_000, senders: 2);
        await bench.RestartAsync();
        await bench.Signer.KillAsync();
        Assert.IsType<SubmitResult.Uncompared>(await bench.SubmitAsync(1_000_000));
        Assert.Equal(0, await bench.HeldAsync());
        Assert.Equal(0, await bench.ScalarAsync<long>("select count(*) from execution.intent"));
    }

    [Fact]
    public async Task Money_of_a_final_payment_that_is_not_booked_is_spoken_for()
    {
        await using EngineBench bench = await EngineBench.StartAsync(10_000_000, senders: 2);
        IntentId[] paid = [await bench.PayAsync(8_000_000), await bench.PayAsync(8_000_000)];
        // Nobody books: what is final stands in the wallets all the same.
        IWorker[] workers =
        [
            .. bench.Get<IEnumerable<IWorker>>().Where(worker => worker.Name == "facts.consumer.execution"
                || !worker.Name.StartsWith("facts.consumer.", StringComparison.Ordinal)),
        ];
        for (int round = 0; round < 60 && (await bench.ViewAsync(paid[1])).State != "confirmed"; round++)
        {
            foreach (IWorker worker in workers)
                await worker.RunTurnAsync(Token);
            await bench.Node.MineAsync(1, Token);
        }

        Assert.Equal("confirmed", (await bench.ViewAsync(paid[1])).State);
        Assert.Equal(16_000_000, await bench.HeldAsync());
        Assert.Equal("no_sender", Assert.IsType<SubmitResult.Refused>(await bench.SubmitAsync(3_000_000)).Code);
    }

    [Fact]
    public async Task Only_payments_are_drawn_for_and_nobody_pays_itself()
    {
        await using EngineBench bench = await EngineBench.StartAsync(10_000_000, senders: 2);
        var args = new { token = bench.Tokens.Tusd, spender = EngineBench.Recipient, amount = "1" };
        Dictionary<string, object> approve = bench.Body(1);
        approve["calls"] = new[] { new { type = "erc20.approve", args } };
        Assert.Equal("no_sender", Assert.IsType<SubmitResult.Refused>(await bench.SubmitAsync(approve)).Code);

        // By address the first would be drawn.
        IntentId moved = await bench.PayAsync(1_000_000, recipient: bench.Pool[0].Address.ToString());
        Assert.Equal(bench.Pool[1].Id.Value, await bench.ScalarAsync<Guid>("select account_id from execution.intent"));
        await bench.RunUntilAsync(moved, "confirmed");
        await bench.AssertBooksEqualChainAsync();
    }

    [Fact]
    public async Task Payment_is_not_tried_again_while_an_equal_one_of_the_same_name_is_open_at_another_sender()
    {
        await using EngineBench bench = await EngineBench.StartAsync(10_000_000, senders: 2);
        IntentId ended = await bench.PayAsync(1_000_000);
        await bench.Get<IntentEnding>().CancelAsync(bench.Account.Owner, ended, "test", Token);
        Guid sender = await bench.ScalarAsync<Guid>("select account_id from execution.intent");
        // The other one has less to do, and so it is drawn.
        Dictionary<string, object> busy = bench.Body(1);
        busy["account"] = bench.Pool.Single(one => one.Id.Value == sender).Address.ToString();
        Assert.IsType<SubmitResult.Accepted>(await bench.SubmitAsync(busy));
        IntentId twin = await bench.PayAsync(1_000_000);
        Assert.NotEqual(sender, await bench.ScalarAsync<Guid>($"select account_id from execution.intent where id = '{twin.Value}'"));

        RetryResult result = await bench.Get<IntentRetry>().RetryAsync(new RetryRequest(ended, "a test", "test"), Token);
        Assert.Contains("equal_intent", Assert.IsType<RetryResult.Refused>(result).Reasons.Select(reason => reason.Code));
    }

    [Fact]
    public async Task Freeze_of_the_name_stops_what_is_paid_in_it()
    {
        await using EngineBench bench = await EngineBench.StartAsync(10_000_000, senders: 2);
        CustodyAccount front = bench.Account;
        CustodyAccount other = bench.Pool.Single(one => one.Id != front.Id);
        await bench.PayAsync(1_000_000);
        await bench.PayAsync(1_000_000);
        await bench.SettleAsync();
        await bench.Get<UnitOfWork>().RunAsync(
            (session, token) => bench.Get<FreezeStore>().FreezeAsync(
                session, FreezeScope.Account, FreezeStore.SubjectOf(front.Id.Value), "a test", "test", token), Token);
        await bench.SettleAsync();

        Assert.Equal(2, await bench.ScalarAsync<long>(
            "select count(*) from execution.intent where state = 'cancelling' and wish = 'freeze'"));
        Assert.Equal("account_frozen", Assert.IsType<SubmitResult.Refused>(await bench.SubmitAsync(1_000_000)).Code);

        // The other one is still itself.
        Dictionary<string, object> body = bench.Body(1_000_000);
        body["account"] = other.Address.ToString();
        await bench.RunUntilAsync(Assert.IsType<SubmitResult.Accepted>(await bench.SubmitAsync(body)).Intent, "confirmed");
        Assert.Equal(1_000_000, await bench.RecipientBalanceAsync());
    }

    [Fact]
    public async Task Pool_is_of_one_owner_and_one_level()
    {
        await using EngineBench bench = await EngineBench.StartAsync(0, senders: 2);
        CustodyAccount member = bench.Pool.Single(one => one.Id != bench.Account.Id);
        await bench.Get<UnitOfWork>().RunAsync(
            async (session, token) =>
            {
                AccountStore accounts = bench.Get<AccountStore>();
                OwnerId other = await bench.Get<OwnerStore>().EnsureOwnerAsync(session, "other", "test", token);
                CustodyAccount[] strangers =
                [
                    await accounts.RegisterAsync(session, other.Value, EngineBench.Chain, Any(1), false, token),
                    await accounts.RegisterAsync(
                        session, bench.Account.Owner, EngineBench.Chain, Any(2), false, AccountCustody.User, token),
                    await accounts.RegisterAsync(session, bench.Account.Owner, EngineBench.Chain, Any(3), true, token),
                    await accounts.RegisterAsync(session, bench.Account.Owner, 1, Any(4), false, token),
                ];
                foreach (CustodyAccount stranger in strangers)
                    await RefusedAsync(session, accounts, stranger.Id, bench.Account.Id, token);
                CustodyAccount third = await accounts.RegisterAsync(
                    session, bench.Account.Owner, EngineBench.Chain, Any(5), false, token);
                await RefusedAsync(session, accounts, third.Id, member.Id, token);
                await RefusedAsync(session, accounts, bench.Account.Id, third.Id, token);
                await accounts.SetPoolAsync(session, member.Id, null, token);
                Assert.False((await accounts.FindAsync(session, bench.Account.Id, token))!.HasPool);
            },
            Token);
    }

    private static async Task RefusedAsync(
        DbSession session, AccountStore accounts, AccountId account, AccountId front, CancellationToken cancellationToken)
    {
        await session.SavepointAsync("asked", cancellationToken);
        await Assert.ThrowsAsync<InvalidOperationException>(() => accounts.SetPoolAsync(session, account, front, cancellationToken));
        await session.RollbackToAsync("asked", cancellationToken);
    }

    private static Address Any(byte number) => Address.FromBytes([.. new byte[19], number]);

    // Intents of each sender, in the order of addresses.
    private static Task<long[]> CountsAsync(EngineBench bench) => bench.ScalarAsync<long[]>("""
        select array_agg(intents order by address) from (
          select a.address, count(i.id) as intents
          from   custody.account a left join execution.intent i on i.account_id = a.id group by a.address) as each
        """);
}
