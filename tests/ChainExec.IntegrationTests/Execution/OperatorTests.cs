using System.Text.Json;
using ChainExec.Admission;
using ChainExec.Attribution;
using ChainExec.Ethereum;
using ChainExec.Execution;
using ChainExec.IntegrationTests.Api;
using ChainExec.Storage;
using ChainExec.TestKit;
using Xunit;

namespace ChainExec.IntegrationTests.Execution;

/// <summary>What operators do to intents and nonces: it cannot make a second effect, and is on record.</summary>
public sealed class OperatorTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Payment_whose_nonce_was_lost_is_tried_again_by_an_operator_and_paid_once()
    {
        await using EngineBench bench = await EngineBench.StartAsync(5_000_000);
        IntentId payment = await LoseAsync(bench);

        RetryResult.Retried retried = Assert.IsType<RetryResult.Retried>(await RetryAsync(bench, payment));
        Assert.Equal(1_000_000, await bench.HeldAsync());
        Assert.Equal("created", (await bench.ViewAsync(payment)).State);
        await bench.RunUntilAsync(payment, "confirmed");

        Assert.Equal(1_000_000, await bench.RecipientBalanceAsync());
        Assert.Equal((4_000_000, 0), (await bench.CustomerAsync(), await bench.HeldAsync()));
        Assert.Equal(
            "ops: the key was rotated",
            await bench.ScalarAsync<string>("""
                select actor || ': ' || (details ->> 'reason') from governance.audit where action = 'intent.retry'
                """));
        Assert.Equal(
            retried.Child.Value, await bench.ScalarAsync<Guid>("select id from execution.intent where state = 'confirmed'"));
        Assert.True(await bench.ScalarAsync<bool>("select signer_told from execution.nonce_slot where nonce = 0"));
        Assert.Empty(await bench.Get<Facts.FactQueries>().ParkedAsync(10, Token));
        Assert.Equal(["not_ended"], await RefusedAsync(bench, payment));
    }

    [Fact]
    public async Task Payment_is_not_tried_again_while_an_equal_movement_exists_even_a_tentative_one()
    {
        await using EngineBench bench = await EngineBench.StartAsync(5_000_000);
        IntentId payment = await LoseAsync(bench);
        await SendForeignAsync(bench, EngineBench.Recipient, 1_000_000, nonce: 1);
        await bench.Node.MineAsync(1, Token);
        await bench.SettleAsync();

        Assert.Equal(["equal_movement"], await RefusedAsync(bench, payment));

        // Its block is orphaned: nothing equal is in the canonical chain any more.
        await bench.Node.ReorgAsync(1, [], Token);
        await bench.Node.MineAsync(1, Token);
        await bench.SettleAsync();
        Assert.Equal(0, await bench.RecipientBalanceAsync());
        Assert.IsType<RetryResult.Retried>(await RetryAsync(bench, payment));
    }

    [Fact]
    public async Task Payment_is_not_tried_again_while_somebody_elses_call_moved_the_same()
    {
        await using EngineBench bench = await EngineBench.StartAsync(5_000_000);
        IntentId payment = await LoseAsync(bench);
        await bench.Node.RpcAsync("anvil_impersonateAccount", [bench.Sender], Token);
        string approve = TokenCalls.Approve(AnvilNode.DevAccounts[3], 1_000_000);
        await bench.Node.RpcAsync(
            "eth_sendTransaction", [new { from = bench.Sender, to = bench.Tokens.Tusd, data = approve, gas = "0x186a0" }], Token);
        await bench.Node.MineAsync(1, Token);
        string transfer = TokenCalls.TransferFrom(bench.Sender, EngineBench.Recipient, 1_000_000);
        await bench.Node.SendFromDevAsync(3, bench.Tokens.Tusd, 0, transfer, Token);
        await bench.Node.MineAsync(1, Token);
        await bench.SettleAsync();

        Assert.Equal(1_000_000, await bench.RecipientBalanceAsync());
        Assert.Equal(["equal_movement"], await RefusedAsync(bench, payment));
    }

    [Fact]
    public async Task Payment_of_native_coin_that_a_contract_passed_on_is_not_tried_again_once_its_trace_shows_it()
    {
        // Passes on what it gets: CALL(gas, recipient, callvalue) with nothing.
        await using EngineBench bench = await EngineBench.StartAsync(0, nativeIsCustomerMoney: true);
        await bench.Node.RpcAsync(
            "anvil_setCode", [AnvilNode.DevAccounts[7], $"0x5f5f5f5f3473{EngineBench.Recipient[2..]}5af100"], Token);
        IntentId payment = await LoseNativeAsync(bench);
        Assert.Equal(["unseen_movement"], await RefusedAsync(bench, payment));

        await TraceAsync(bench);

        var looked = new RetryRequest(payment, "its trace was not read", "ops", AcceptsUnseen: true);
        RetryResult.Refused refused = Assert.IsType<RetryResult.Refused>(await bench.Get<IntentRetry>().RetryAsync(looked, Token));
        RetryRefusal reason = Assert.Single(refused.Reasons);
        Assert.Equal("equal_movement", reason.Code);
        Assert.Contains("by its trace 1000000000000001 of them reached", reason.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Payment_of_native_coin_that_may_have_gone_by_a_detour_is_tried_again_only_when_an_operator_has_looked()
    {
        await using EngineBench bench = await EngineBench.StartAsync(0, nativeIsCustomerMoney: true);
        IntentId payment = await LoseNativeAsync(bench);
        await TraceAsync(bench);

        RetryResult.Refused refused = Assert.IsType<RetryResult.Refused>(await RetryAsync(bench, payment));
        Assert.Contains("by its trace 0 of them reached", Assert.Single(refused.Reasons).Detail, StringComparison.Ordinal);
        Assert.Equal(["unseen_movement"], await RefusedAsync(bench, payment));
        var looked = new RetryRequest(payment, "its trace shows another recipient", "ops", AcceptsUnseen: true);
        Assert.IsType<RetryResult.Retried>(await bench.Get<IntentRetry>().RetryAsync(looked, Token));
        await bench.RunUntilAsync(payment, "confirmed");
        Assert.True(await bench.ScalarAsync<bool>(
            "select (details ->> 'accepts_unseen')::boolean from governance.audit where action = 'intent.retry'"));
    }

    // Its nonce goes to a transaction that nobody here signed and that takes a wei more than the payment elsewhere.
    private static async Task<IntentId> LoseNativeAsync(EngineBench bench)
    {
        await bench.RunUntilAsync(
            async () => await bench.LedgerBalanceAsync(Ledger.Book.Customer(bench.Account.Owner, $"eth-{EngineBench.Chain}").Code) > 0,
            "the coin is booked");
        var call = new { type = "native.transfer", args = new { recipient = EngineBench.Recipient, amount = "1000000000000000" } };
        var body = new Dictionary<string, object>
        {
            ["chain"] = EngineBench.Chain, ["account"] = bench.Sender, ["calls"] = new[] { call },
        };
        IntentId payment = Assert.IsType<SubmitResult.Accepted>(await bench.SubmitAsync(body)).Intent;
        await bench.SettleAsync();
        await bench.Node.RpcAsync("anvil_dropAllTransactions", [], Token);
        await bench.Node.RpcAsync("anvil_impersonateAccount", [bench.Sender], Token);
        await bench.Node.RpcAsync(
            "eth_sendTransaction",
            [new { from = bench.Sender, to = AnvilNode.DevAccounts[7], value = "0x38d7ea4c68001", gas = "0x30d40", nonce = "0x0" }], Token);
        await bench.Node.MineAsync(1, Token);
        await bench.RunUntilAsync(payment, "failed");
        await bench.SettleAsync();
        return payment;
    }

    // As chainexec trace rerun --trace does.
    private static async Task TraceAsync(EngineBench bench)
    {
        Hash32 foreign = Hash32.FromBytes(await bench.ScalarAsync<byte[]>("select tx_hash from execution.nonce_slot where nonce = 0"));
        Assert.Equal(1, await bench.Get<UnitOfWork>().RunAsync(
            (session, token) => bench.Get<AttributionStore>().AskAgainAsync(session, EngineBench.Chain, foreign, trace: true, token),
            Token));
        await bench.SettleAsync();
    }

    [Fact]
    public async Task Equal_payment_of_another_family_is_neither_a_movement_of_this_one_nor_a_reason_once_it_ended()
    {
        await using EngineBench bench = await EngineBench.StartAsync(5_000_000);
        IntentId cancelled = await CancelledAsync(bench);
        IntentId twin = await bench.PayAsync(1_000_000);

        Assert.Equal(["equal_intent"], await RefusedAsync(bench, cancelled));
        await bench.RunUntilAsync(twin, "confirmed");
        Assert.IsType<RetryResult.Retried>(await RetryAsync(bench, cancelled));
        await bench.RunUntilAsync(cancelled, "confirmed");

        Assert.Equal(2_000_000, await bench.RecipientBalanceAsync());
        await bench.AssertBooksEqualChainAsync();
    }

    [Fact]
    public async Task New_attempt_needs_the_money_again()
    {
        await using EngineBench bench = await EngineBench.StartAsync(1_500_000);
        IntentId cancelled = await CancelledAsync(bench);
        await bench.PayAsync(700_000);

        Assert.Equal(["insufficient_funds"], await RefusedAsync(bench, cancelled));
        Assert.Equal(700_000, await bench.HeldAsync());
        Assert.Equal(0, await bench.ScalarAsync<long>("select count(*) from governance.audit where action = 'intent.retry'"));
    }

    [Fact]
    public async Task New_attempt_waits_for_the_books_of_the_former_one()
    {
        await using EngineBench bench = await EngineBench.StartAsync(5_000_000);
        IntentId payment = await bench.PayAsync(1_000_000);
        await bench.Get<IntentEnding>().CancelAsync(bench.Account.Owner, payment, "test", Token);

        Assert.Equal(["hold_not_resolved"], await RefusedAsync(bench, payment));
        Assert.Equal(["not_ended"], await RefusedAsync(bench, await bench.PayAsync(2_000_000)));
    }

    [Fact]
    public async Task Payment_that_a_foreign_transaction_made_is_not_tried_again()
    {
        await using EngineBench bench = await EngineBench.StartAsync(5_000_000);
        IntentId payment = await LoseAsync(bench, EngineBench.Recipient, 1_000_000);

        // The very same effect: it was adopted and counts as paid.
        Assert.Equal("confirmed", (await bench.ViewAsync(payment)).State);
        Assert.Equal(["not_ended"], await RefusedAsync(bench, payment));
    }

    [Fact]
    public async Task Expired_payment_needs_another_deadline()
    {
        await using EngineBench bench = await EngineBench.StartAsync(5_000_000);
        Dictionary<string, object> body = bench.Body(1_000_000);
        body["deadline"] = TimeProvider.System.GetUtcNow().AddSeconds(1).ToString("O");
        IntentId payment = Assert.IsType<SubmitResult.Accepted>(await bench.SubmitAsync(body)).Intent;
        await Task.Delay(TimeSpan.FromSeconds(1.2), TimeProvider.System, Token);
        await bench.RunUntilAsync(payment, "expired");

        Assert.Equal(["deadline_passed"], await RefusedAsync(bench, payment));
        DateTimeOffset later = TimeProvider.System.GetUtcNow().AddHours(1);
        var request = new RetryRequest(payment, "the market calmed down", "ops", later);
        Assert.IsType<RetryResult.Retried>(await bench.Get<IntentRetry>().RetryAsync(request, Token));
        await bench.RunUntilAsync(payment, "confirmed");

        Assert.Equal(1_000_000, await bench.RecipientBalanceAsync());
        await bench.AssertBooksEqualChainAsync();
    }

    [Fact]
    public async Task Nonce_that_an_operator_has_filled_ends_its_payment_without_effect()
    {
        await using EngineBench bench = await EngineBench.StartAsync(5_000_000);
        IntentId payment = await bench.PayAsync(1_000_000);
        await bench.SettleAsync();

        Assert.IsType<FillResult.Asked>(await FillAsync(bench, 0));
        Assert.Equal("cancelling", (await bench.ViewAsync(payment)).State);
        Assert.Equal("fill_asked", Assert.IsType<FillResult.Refused>(await FillAsync(bench, 0)).Code);
        await bench.RunUntilAsync(payment, "cancelled");

        Assert.Equal(0, await bench.RecipientBalanceAsync());
        Assert.Equal("resolved", Assert.IsType<FillResult.Refused>(await FillAsync(bench, 0)).Code);
        Assert.Equal("unknown_slot", Assert.IsType<FillResult.Refused>(await FillAsync(bench, 9)).Code);
        Assert.Equal(1, await bench.ScalarAsync<long>("select count(*) from governance.audit where action = 'slot.fill'"));
        await bench.AssertBooksEqualChainAsync();

        // And what an operator ended an operator may begin again.
        Assert.IsType<RetryResult.Retried>(await RetryAsync(bench, payment));
        await bench.RunUntilAsync(payment, "confirmed");
        Assert.Equal(1_000_000, await bench.RecipientBalanceAsync());
        await bench.AssertBooksEqualChainAsync();
    }

    [Fact]
    public async Task Operators_cancel_retry_and_look_at_a_nonce_by_the_command_line()
    {
        await using EngineBench bench = await EngineBench.StartAsync(5_000_000);
        IntentId payment = await bench.PayAsync(1_000_000);
        await bench.SettleAsync();
        string config = Path.Combine(Path.GetTempPath(), $"chainexec-{Guid.CreateVersion7(TimeProvider.System.GetUtcNow()):n}.json");
        await File.WriteAllTextAsync(config, JsonSerializer.Serialize(bench.Settings(bench.Database.AppConnectionString)), Token);
        try
        {
            CliAnswer cancel = await CliAnswer.OfAsync(
                ["intent", "cancel", payment.ToString(), "--reason", "wrong recipient", "--config", config], Token);
            CliAnswer tooEarly = await CliAnswer.OfAsync(
                ["intent", "retry", payment.ToString(), "--reason", "right after all", "--config", config], Token);
            Assert.Equal((0, "cancelling"), (cancel.ExitCode, (await bench.ViewAsync(payment)).State));
            Assert.Equal((1, true), (tooEarly.ExitCode, tooEarly.Error.StartsWith("not_ended", StringComparison.Ordinal)));
            await bench.SettleAsync();
            await bench.RunUntilAsync(payment, "cancelled");
            CliAnswer retry = await CliAnswer.OfAsync(
                ["intent", "retry", payment.ToString(), "--reason", "right after all", "--config", config], Token);
            CliAnswer show = await CliAnswer.OfAsync(
                ["slot", "show", $"{EngineBench.Chain}", bench.Sender, "0", "--config", config], Token);
            CliAnswer fill = await CliAnswer.OfAsync(
                ["slot", "fill", $"{EngineBench.Chain}", bench.Sender, "0", "--reason", "stuck", "--config", config], Token);

            Assert.Equal((0, 0, 1), (retry.ExitCode, show.ExitCode, fill.ExitCode));
            Assert.Contains($"carries {payment}", show.Output, StringComparison.Ordinal);
            Assert.StartsWith("resolved", fill.Error, StringComparison.Ordinal);
            await bench.RunUntilAsync(payment, "confirmed");
            Assert.Equal(
                "intent.cancel wrong recipient,intent.retry right after all",
                await bench.ScalarAsync<string>("""
                    select string_agg(action || ' ' || (details ->> 'reason'), ',' order by action) from governance.audit
                    where action like 'intent.%'
                    """));
        }
        finally
        {
            File.Delete(config);
        }
    }

    private static async Task<IntentId> CancelledAsync(EngineBench bench)
    {
        IntentId payment = await bench.PayAsync(1_000_000);
        await bench.Get<IntentEnding>().CancelAsync(bench.Account.Owner, payment, "test", Token);
        await bench.SettleAsync();
        return payment;
    }

    /// <summary>A sent payment whose nonce somebody else uses with the same key.</summary>
    private static async Task<IntentId> LoseAsync(
        EngineBench bench, string? recipient = null, long amount = 700_000)
    {
        IntentId payment = await bench.PayAsync(1_000_000);
        await bench.SettleAsync();
        await bench.Node.RpcAsync("anvil_dropAllTransactions", [], Token);
        await SendForeignAsync(bench, recipient ?? AnvilNode.DevAccounts[7], amount, nonce: 0);
        await bench.Node.MineAsync(1, Token);
        await bench.RunUntilAsync(
            async () => (await bench.ViewAsync(payment)).State is "failed" or "confirmed", "the foreign transaction is final");
        await bench.SettleAsync();
        return payment;
    }

    private static async Task SendForeignAsync(EngineBench bench, string recipient, long amount, long nonce)
    {
        await bench.Node.RpcAsync("anvil_impersonateAccount", [bench.Sender], Token);
        await bench.Node.RpcAsync(
            "eth_sendTransaction",
            [new { from = bench.Sender, to = bench.Tokens.Tusd, data = TokenCalls.Transfer(recipient, amount), gas = "0x30d40",
                nonce = $"0x{nonce:x}" }],
            Token);
    }

    private static Task<RetryResult> RetryAsync(EngineBench bench, IntentId payment) =>
        bench.Get<IntentRetry>().RetryAsync(new RetryRequest(payment, "the key was rotated", "ops"), Token);

    private static async Task<IEnumerable<string>> RefusedAsync(EngineBench bench, IntentId payment) =>
        Assert.IsType<RetryResult.Refused>(await RetryAsync(bench, payment)).Reasons.Select(refusal => refusal.Code);

    private static Task<FillResult> FillAsync(EngineBench bench, long nonce) =>
        bench.Get<SlotVerbs>().FillAsync(EngineBench.Chain, bench.Account.Address, nonce, "stuck", "ops", Token);
}
