using System.Numerics;
using ChainExec.Admission;
using ChainExec.Ethereum;
using ChainExec.Execution;
using ChainExec.Governance;
using ChainExec.Ledger;
using ChainExec.Storage;
using ChainExec.TestKit;
using Xunit;

namespace ChainExec.IntegrationTests.Execution;

/// <summary>
/// Several payments of one account, delegated to Simple7702Account (EIP-7702), in one transaction: each keeps its own life, and none is
/// made twice whatever happens to the others.
/// </summary>
public sealed class BatchTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string> Boundaries =>
    [
        Boundary.SlotBound, Boundary.SignRequested, Boundary.SignatureAnswered, Boundary.SignatureStored, Boundary.SendStarted,
        Boundary.SendAnswered, Boundary.BlockOpen, Boundary.BlockCommitted,
    ];

    [Fact]
    public async Task What_is_ready_together_goes_in_one_transaction_and_each_is_a_payment_of_its_own()
    {
        await using EngineBench bench = await StartAsync();
        IntentId[] payments = await PayAsync(bench, 1_000_000, 1_000_000, 500_000, 250_000, 1_000_000);
        await ConfirmedAsync(bench, payments);

        Assert.Equal(3_750_000, await bench.RecipientBalanceAsync());
        Assert.Equal(10_000_000 - 3_750_000, await bench.CustomerAsync());
        Assert.Equal(0, await bench.HeldAsync());
        Assert.Equal(1, await bench.ScalarAsync<long>("select count(*) from execution.nonce_slot where nonce > 0"));
        Assert.Equal("batch", await bench.ScalarAsync<string>("select kind from execution.carrier order by id desc limit 1"));
        await bench.RunUntilAsync(
            async () => await bench.ScalarAsync<long>(
                "select count(distinct intent_id) - 1 from attribution.v_call_result where succeeded and reached") == payments.Length,
            "each call is attributed to its intent");
        // The fee is shared out to the last wei, and gas that carried payments is no fill's.
        Assert.True(await bench.ScalarAsync<bool>("""
            select sum(r.fee_share) = (select t.gas_used * t.effective_gas_price from indexing.v_transaction t
                                       join execution.nonce_slot s on s.tx_hash = t.tx_hash where t.status = 'final' and s.nonce = 1)
            from attribution.v_call_result r
            where r.tx_hash = (select tx_hash from execution.nonce_slot where nonce = 1)
            """));
        Assert.Equal(0, await bench.ScalarAsync<long>("select count(*) from ledger.transaction where kind = 'gas.fill'"));
        await bench.AssertBooksEqualChainAsync();
    }

    [Fact]
    public async Task Several_calls_of_one_intent_happen_together_or_not_at_all()
    {
        await using EngineBench bench = await StartAsync();
        string fees = AnvilNode.DevAccounts[6];
        SubmitResult result = await bench.SubmitAsync(Calls(bench, (EngineBench.Recipient, 5_000_000), (fees, 110_000)));
        IntentId payment = Assert.IsType<SubmitResult.Accepted>(result).Intent;
        Assert.Equal(5_110_000, await bench.HeldAsync());
        await ConfirmedAsync(bench, payment);
        Assert.Equal(5_000_000, await bench.RecipientBalanceAsync());
        Assert.Equal(110_000, await bench.Node.TokenBalanceAsync(bench.Tokens.Tusd, fees, Token));

        // The second call of this one cannot happen: so the first does not either.
        await BlockAsync(bench, fees);
        await bench.SettleAsync();
        result = await bench.SubmitAsync(Calls(bench, (EngineBench.Recipient, 1_000_000), (fees, 10_000)));
        IntentId failing = Assert.IsType<SubmitResult.Accepted>(result).Intent;
        await bench.RunUntilAsync(failing, "failed");
        Assert.Equal("would_revert", (await bench.ViewAsync(failing)).Reason);
        Assert.Equal(5_000_000, await bench.RecipientBalanceAsync());
        Assert.Equal(0, await bench.HeldAsync());
        await bench.AssertBooksEqualChainAsync();
    }

    [Fact]
    public async Task Intent_of_more_calls_than_a_batch_takes_goes_by_itself_and_the_others_behind_it()
    {
        await using EngineBench bench = await StartAsync(new Dictionary<string, string> { ["Chains:0:BatchCallsMax"] = "2" });
        SubmitResult result = await bench.SubmitAsync(
            Calls(bench, (EngineBench.Recipient, 1_000), (EngineBench.Recipient, 2_000), (EngineBench.Recipient, 3_000)));
        IntentId large = Assert.IsType<SubmitResult.Accepted>(result).Intent;
        IntentId[] others = await PayAsync(bench, 10_000, 20_000, 30_000);
        await ConfirmedAsync(bench, [large, .. others]);

        Assert.Equal(66_000, await bench.RecipientBalanceAsync());
        Assert.Equal(3, await bench.ScalarAsync<long>("select count(*) from execution.nonce_slot where nonce > 0"));
        await bench.AssertBooksEqualChainAsync();
    }

    [Fact]
    public async Task Account_that_does_not_batch_and_calls_of_two_kinds_are_refused()
    {
        await using EngineBench plain = await EngineBench.StartAsync(5_000_000);
        Assert.Equal(
            "account_cannot_batch",
            Assert.IsType<SubmitResult.Refused>(
                await plain.SubmitAsync(Calls(plain, (EngineBench.Recipient, 1), (EngineBench.Recipient, 2)))).Code);

        await using EngineBench bench = await StartAsync();
        Dictionary<string, object> mixed = Calls(bench, (EngineBench.Recipient, 1));
        mixed["calls"] = new object[]
        {
            ((object[])mixed["calls"])[0], new { type = "native.transfer", args = new { recipient = EngineBench.Recipient, amount = "1" } },
        };
        Assert.Equal("calls_cannot_share", Assert.IsType<SubmitResult.Refused>(await bench.SubmitAsync(mixed)).Code);
        Assert.Equal(1, await bench.ScalarAsync<long>("select count(*) from execution.intent"));
    }

    [Fact]
    public async Task What_would_fail_alone_is_taken_out_and_fails_alone()
    {
        await using EngineBench bench = await StartAsync();
        string blocked = AnvilNode.DevAccounts[6];
        await BlockAsync(bench, blocked);
        await bench.SettleAsync();
        IntentId failing = await bench.PayAsync(700_000, recipient: blocked);
        IntentId[] others = await PayAsync(bench, 1_000_000, 2_000_000);
        await bench.RunUntilAsync(failing, "failed");
        await ConfirmedAsync(bench, others);

        Assert.Equal("would_revert", (await bench.ViewAsync(failing)).Reason);
        Assert.Equal(3_000_000, await bench.RecipientBalanceAsync());
        Assert.Equal(1, await bench.ScalarAsync<long>("select count(*) from execution.nonce_slot where nonce > 0"));
        await bench.AssertBooksEqualChainAsync();
    }

    [Fact]
    public async Task Batch_that_the_signers_policy_refuses_is_told_and_each_goes_alone()
    {
        await using EngineBench bench = await StartAsync();
        await bench.Signer.WritePolicyAsync([bench.Tokens.Tusd], "1000000000000", Token, [bench.BatchAccount!], callsMax: 2);
        await bench.Signer.RestartAsync(null, Token);
        IntentId[] payments = await PayAsync(bench, 1_000_000, 2_000_000, 1_000_000);
        await ConfirmedAsync(bench, payments);

        Assert.Equal(1, await bench.ScalarAsync<long>("select count(*) from execution.incident where kind = 'batch_refused'"));
        Assert.Equal(4_000_000, await bench.RecipientBalanceAsync());
        await bench.AssertBooksEqualChainAsync();
    }

    [Fact]
    public async Task Account_whose_delegation_is_gone_pays_one_by_one_and_somebody_is_told()
    {
        await using EngineBench bench = await StartAsync();
        await bench.Node.RpcAsync("anvil_setCode", [bench.Sender, "0x"], Token);
        await bench.Node.MineAsync(1, Token);
        await bench.SettleAsync();
        IntentId[] payments = await PayAsync(bench, 1_000_000, 2_000_000);
        SubmitResult several = await bench.SubmitAsync(Calls(bench, (EngineBench.Recipient, 1_000), (EngineBench.Recipient, 2_000)));
        IntentId waiting = Assert.IsType<SubmitResult.Accepted>(several).Intent;
        await ConfirmedAsync(bench, payments);

        Assert.Equal("not_delegated", (await bench.ViewAsync(waiting)).Reason);
        Assert.Equal(1, await bench.ScalarAsync<long>("select count(*) from execution.v_incident where kind = 'not_delegated'"));
        await bench.Node.RpcAsync("anvil_setCode", [bench.Sender, $"0xef0100{bench.BatchAccount![2..].ToLowerInvariant()}"], Token);
        await bench.Node.MineAsync(1, Token);
        await ConfirmedAsync(bench, waiting);
        Assert.Equal(3_003_000, await bench.RecipientBalanceAsync());
        Assert.Equal(0, await bench.ScalarAsync<long>("select count(*) from execution.v_incident where kind = 'not_delegated'"));
        await bench.AssertBooksEqualChainAsync();
    }

    [Fact]
    public async Task One_that_does_not_want_to_share_goes_alone()
    {
        await using EngineBench bench = await StartAsync();
        Dictionary<string, object> alone = bench.Body(1_000_000);
        alone["batch"] = false;
        IntentId single = Assert.IsType<SubmitResult.Accepted>(await bench.SubmitAsync(alone)).Intent;
        IntentId[] others = await PayAsync(bench, 1_000_000, 1_000_000);
        await ConfirmedAsync(bench, [single, .. others]);

        Assert.Equal(2, await bench.ScalarAsync<long>("select count(*) from execution.nonce_slot where nonce > 0"));
        Assert.Equal("intent", await bench.ScalarAsync<string>($"""
            select c.kind from execution.carrier c join execution.carrier_member m on m.carrier_id = c.id
            where m.intent_id = '{single.Value}'
            """));
        await bench.AssertBooksEqualChainAsync();
    }

    [Fact]
    public async Task Member_of_a_signed_batch_cannot_be_cancelled_and_one_of_an_unsigned_batch_leaves_alone()
    {
        await using EngineBench bench = await StartAsync();
        IntentId[] payments = await PayAsync(bench, 1_000_000, 2_000_000);
        using (CrashException.At(Boundary.SlotBound))
            await Assert.ThrowsAsync<CrashException>(() => bench.SettleAsync());
        Assert.IsType<EndResult.Asked>(await CancelAsync(bench, payments[0]));
        Assert.Equal("cancelled", (await bench.ViewAsync(payments[0])).State);

        IntentId[] more = await PayAsync(bench, 300_000, 400_000);
        await bench.ExpireLeasesAsync();
        await bench.RunUntilAsync(
            async () => await bench.ScalarAsync<long>(
                "select count(*) from execution.carrier where kind = 'batch' and state = 'frozen'") == 1,
            "the next batch is signed");
        // The one that was left behind is in it.
        Assert.Equal(3, Assert.IsType<EndResult.Shared>(await CancelAsync(bench, more[0])).Members);
        await ConfirmedAsync(bench, [payments[1], .. more]);

        Assert.Equal(2_700_000, await bench.RecipientBalanceAsync());
        Assert.Equal(0, await bench.HeldAsync());
        await bench.AssertBooksEqualChainAsync();
    }

    [Fact]
    public async Task Freeze_of_one_ends_it_and_the_others_go_on_alone()
    {
        await using EngineBench bench = await StartAsync();
        string suspect = AnvilNode.DevAccounts[6];
        IntentId frozen = await bench.PayAsync(700_000, recipient: suspect);
        IntentId[] others = await PayAsync(bench, 1_000_000, 2_000_000);
        await bench.SettleAsync();
        Assert.Equal("executing", (await bench.ViewAsync(frozen)).State);
        await bench.Get<UnitOfWork>().RunAsync(
            (session, token) => bench.Get<FreezeStore>().FreezeAsync(
                session, FreezeScope.Address, FreezeStore.SubjectOf(Address.Parse(suspect)), "suspect", "test", token),
            Token);
        await bench.RunUntilAsync(frozen, "cancelled");
        await ConfirmedAsync(bench, others);

        Assert.Equal(0, await bench.Node.TokenBalanceAsync(bench.Tokens.Tusd, suspect, Token));
        Assert.Equal(3_000_000, await bench.RecipientBalanceAsync());
        Assert.Equal(0, await bench.HeldAsync());
        await bench.AssertBooksEqualChainAsync();
    }

    [Fact]
    public async Task Batch_that_reverts_on_chain_ends_nobody_and_each_goes_on_alone()
    {
        await using EngineBench bench = await StartAsync();
        string blocked = AnvilNode.DevAccounts[6];
        IntentId failing = await bench.PayAsync(700_000, recipient: blocked);
        IntentId[] others = await PayAsync(bench, 1_000_000, 2_000_000);
        using (CrashException.At(Boundary.SignatureStored))
            await Assert.ThrowsAsync<CrashException>(() => bench.SettleAsync());
        await BlockAsync(bench, blocked);
        await bench.ExpireLeasesAsync();
        await bench.RunUntilAsync(failing, "failed");
        await ConfirmedAsync(bench, others);

        Assert.Equal(3_000_000, await bench.RecipientBalanceAsync());
        Assert.Equal(3, await bench.ScalarAsync<long>("select count(*) from execution.nonce_slot where nonce > 0 and state = 'finalized'"));
        Assert.Equal(0, await bench.HeldAsync());
        await bench.AssertBooksEqualChainAsync();
    }

    [Theory]
    [MemberData(nameof(Boundaries))]
    public async Task Crash_at_a_boundary_pays_each_once(string boundary)
    {
        await using EngineBench bench = await StartAsync();
        IntentId[] payments = await PayAsync(bench, 1_000_000, 2_000_000, 1_000_000);
        await CrashAtAsync(bench, boundary);
        await bench.RestartAsync();
        await bench.ExpireLeasesAsync();
        await ConfirmedAsync(bench, payments);

        Assert.Equal(4_000_000, await bench.RecipientBalanceAsync());
        Assert.Equal(1, await bench.ScalarAsync<long>("select count(*) from execution.nonce_slot where nonce > 0"));
        await bench.AssertBooksEqualChainAsync();
    }

    [Fact]
    public async Task Reorg_drops_the_batch_and_the_same_bytes_pay_each_once()
    {
        await using EngineBench bench = await StartAsync();
        IntentId[] payments = await PayAsync(bench, 1_000_000, 2_000_000);
        await bench.RunUntilAsync(payments[0], "included");
        await bench.Node.ReorgAsync(1, [], Token);
        await bench.Node.MineAsync(1, Token);
        await ConfirmedAsync(bench, payments);

        Assert.Equal(3_000_000, await bench.RecipientBalanceAsync());
        Assert.Equal(1, await bench.ScalarAsync<long>("select count(*) - 1 from execution.execution"));
        await bench.AssertBooksEqualChainAsync();
    }

    [Fact]
    public async Task Database_restored_to_before_the_signing_has_each_join_the_batch_that_the_signer_knows()
    {
        await using EngineBench bench = await StartAsync();
        IntentId[] payments = await PayAsync(bench, 1_000_000, 2_000_000);
        await using PostgresDatabase backup = await bench.Database.CloneAsync(Token);
        await bench.RestartAsync();
        await ConfirmedAsync(bench, payments);

        await bench.RestartAsync();
        await bench.Database.RestoreAsync(backup, Token);
        await bench.RestartAsync();
        await ConfirmedAsync(bench, payments);

        Assert.Equal(3_000_000, await bench.RecipientBalanceAsync());
        Assert.Equal(7_000_000, await bench.CustomerAsync());
        Assert.Equal(1, await bench.ScalarAsync<long>("select count(*) from execution.nonce_slot where nonce > 0"));
        await bench.AssertBooksEqualChainAsync();
    }

    // Restored while the batch is in the pool, or after it was final: one payment is known, one is stated again, one again with another
    // amount.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Database_restored_to_before_the_requests_pays_nothing_twice_when_they_are_stated_again(bool isFinal)
    {
        await using EngineBench bench = await StartAsync();
        IntentId known = await bench.PayAsync(1_000_000, key: "a", reference: "invoice-1");
        await using PostgresDatabase backup = await bench.Database.CloneAsync(Token);
        await bench.RestartAsync();
        IntentId lost = await bench.PayAsync(2_000_000, key: "b", reference: "invoice-2");
        IntentId other = await bench.PayAsync(400_000, key: "c", reference: "invoice-3");
        if (isFinal)
            await ConfirmedAsync(bench, known, lost, other);
        else
            await bench.SettleAsync();

        await bench.RestartAsync();
        await bench.Database.RestoreAsync(backup, Token);
        await bench.RestartAsync();
        await bench.SettleAsync();
        IntentId again = await bench.PayAsync(2_000_000, key: "b", reference: "invoice-2");
        IntentId differs = await bench.PayAsync(900_000, key: "c", reference: "invoice-3");
        await ConfirmedAsync(bench, known, again);
        await bench.RunUntilAsync(
            async () => await bench.ScalarAsync<long>(
                "select count(*) from execution.incident where kind = 'family_signed_other_effect'") == 1,
            "what was signed otherwise is a question");

        Assert.Equal(3_400_000, await bench.RecipientBalanceAsync());
        Assert.NotEqual("confirmed", (await bench.ViewAsync(differs)).State);
        // What was paid under a name that means something else now is nobody's here: it is left in suspense.
        Assert.Equal(-400_000, await bench.LedgerBalanceAsync(Book.Suspense(EngineBench.Dollar).Code));
        Assert.Equal(7_000_000, await bench.CustomerAsync());
    }

    [Fact]
    public async Task Higher_price_of_a_batch_carries_the_same_calls_for_the_same_payments()
    {
        await using EngineBench bench = await StartAsync(new Dictionary<string, string> { ["Execution:ClimbAfterBlocks"] = "1" });
        IntentId[] payments = await PayAsync(bench, 1_000_000, 2_000_000);
        await bench.SettleAsync();
        await bench.MineWithoutOursAsync(3);
        Assert.True(await bench.ScalarAsync<long>("select count(*) from execution.execution where state = 'signed'") > 2);
        await ConfirmedAsync(bench, payments);

        Assert.Equal(3_000_000, await bench.RecipientBalanceAsync());
        Assert.Equal(1, await bench.ScalarAsync<long>("select count(distinct data) - 1 from execution.prepared_call"));
        await bench.AssertBooksEqualChainAsync();
    }

    // The first intent after a start goes alone, because the signer's journal is compared for it: it is behind us here, on nonce 0.
    private static async Task<EngineBench> StartAsync(IReadOnlyDictionary<string, string>? settings = null)
    {
        EngineBench bench = await EngineBench.StartAsync(10_000_001, settings, batches: true);
        IntentId first = await bench.PayAsync(1, recipient: AnvilNode.DevAccounts[7]);
        await bench.RunUntilAsync(first, "confirmed");
        return bench;
    }

    private static async Task<IntentId[]> PayAsync(EngineBench bench, params BigInteger[] amounts)
    {
        var payments = new List<IntentId>();
        foreach (BigInteger amount in amounts)
            payments.Add(await bench.PayAsync(amount));
        return [.. payments];
    }

    private static async Task ConfirmedAsync(EngineBench bench, params IntentId[] payments)
    {
        foreach (IntentId payment in payments)
            await bench.RunUntilAsync(payment, "confirmed");
        await bench.SettleAsync();
    }

    private static Dictionary<string, object> Calls(EngineBench bench, params (string Recipient, BigInteger Amount)[] transfers)
    {
        Dictionary<string, object> body = bench.Body(1);
        body["calls"] = transfers.Select(one => (object)new
        {
            type = "erc20.transfer", args = new { token = bench.Tokens.Tusd, recipient = one.Recipient, amount = $"{one.Amount}" },
        }).ToArray();
        return body;
    }

    private static Task<EndResult> CancelAsync(EngineBench bench, IntentId intent) =>
        bench.Get<IntentEnding>().CancelAsync(bench.Account.Owner, intent, "test", Token);

    private static async Task BlockAsync(EngineBench bench, string account)
    {
        string data = "0x" + Convert.ToHexStringLower(Keccak256.Hash("blockAccount(address)"u8).ToArray())[..8]
            + account[2..].ToLowerInvariant().PadLeft(64, '0');
        await bench.Node.SendFromDevAsync(0, bench.Tokens.Tusd, 0, data, Token);
        await bench.Node.MineAsync(1, Token);
    }

    private static async Task CrashAtAsync(EngineBench bench, string boundary)
    {
        using (CrashException.At(boundary))
        {
            await Assert.ThrowsAsync<CrashException>(async () =>
            {
                for (int round = 0; round < 40; round++)
                {
                    await bench.TurnAsync();
                    if (round % 3 == 2)
                        await bench.Node.MineAsync(1, Token);
                }
            });
        }
    }
}
