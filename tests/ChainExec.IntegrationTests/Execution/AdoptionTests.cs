using System.Text.Json;
using ChainExec.Admission;
using ChainExec.Custody;
using ChainExec.Ethereum;
using ChainExec.Execution;
using ChainExec.IntegrationTests.Api;
using ChainExec.Ledger;
using ChainExec.TestKit;
using Xunit;

namespace ChainExec.IntegrationTests.Execution;

/// <summary>An operator declares that a foreign transaction with other bytes is the payment whose nonce it consumed.</summary>
public sealed class AdoptionTests
{
    // A byte behind the arguments: the token does not look at it, and nothing adopts it by itself.
    private const string Padding = "00";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Foreign_transaction_with_the_same_movements_is_the_payment_when_an_operator_says_so()
    {
        await using EngineBench bench = await EngineBench.StartAsync(5_000_000);
        (IntentId payment, Hash32 foreign) = await LoseAsync(bench, EngineBench.Recipient, 1_000_000);
        Assert.Equal(-1_000_000, await bench.LedgerBalanceAsync(Book.Suspense(EngineBench.Dollar).Code));

        CliAnswer adopted = await AdoptByCommandAsync(bench, foreign);
        Assert.True(adopted.ExitCode == 0, adopted.Error);
        await bench.SettleAsync();

        IntentView view = await bench.ViewAsync(payment);
        Assert.Equal(("confirmed", "adopted", foreign), (view.State, view.Reason, view.TxHash));
        Assert.Equal((4_000_000, 0), (await bench.CustomerAsync(), await bench.HeldAsync()));
        await bench.AssertBooksEqualChainAsync();

        // The signer has it on record as paid: it signs no other nonce for this family.
        SignerJournalPage journal = await bench.Get<ISigner>().JournalAsync(
            new SignerJournalQuery((ulong)EngineBench.Chain, bench.Account.Address, 0, 10), Token);
        Assert.Equal(SlotOutcome.Adopted, Assert.Single(journal.Entries).Resolved);
        Assert.Equal(
            "the wallet's owner sent it", await bench.ScalarAsync<string>("""
                select details ->> 'reason' from governance.audit where action = 'slot.adopt'
                """));
        Assert.Equal("externally_consumed", await bench.ScalarAsync<string>("select state from execution.nonce_slot"));
        Assert.Equal("claimed", await RefusedAsync(bench, foreign));
        RetryResult.Refused retry = Assert.IsType<RetryResult.Refused>(await RetryAsync(bench, payment));
        Assert.Equal("not_ended", Assert.Single(retry.Reasons).Code);
    }

    [Fact]
    public async Task Nothing_is_adopted_before_the_foreign_transaction_is_final()
    {
        await using EngineBench bench = await EngineBench.StartAsync(5_000_000);
        await bench.PayAsync(1_000_000);
        await bench.SettleAsync();
        Hash32 foreign = await ForeignAsync(bench, EngineBench.Recipient, 1_000_000, nonce: 0);
        await bench.SettleAsync();

        Assert.Equal("taken", await bench.ScalarAsync<string>("select state from execution.nonce_slot"));
        Assert.Equal("not_final", await RefusedAsync(bench, foreign));
    }

    [Fact]
    public async Task What_moved_something_else_is_not_adopted()
    {
        await using EngineBench bench = await EngineBench.StartAsync(5_000_000);
        (IntentId payment, Hash32 foreign) = await LoseAsync(bench, EngineBench.Recipient, 999_999);

        Assert.Equal("other_movements", await RefusedAsync(bench, foreign));
        Assert.Equal("another_transaction", await RefusedAsync(bench, Keccak256.Hash([1])));
        Assert.Equal("unknown_slot", await RefusedAsync(bench, foreign, nonce: 7));
        Assert.Equal("failed", (await bench.ViewAsync(payment)).State);
        Assert.Equal(0, await bench.HeldAsync());

        // Tried again: from here on the family lives elsewhere, and the signer hears that this nonce did not pay.
        Assert.IsType<RetryResult.Retried>(await RetryAsync(bench, payment));
        Assert.Equal("not_lost", await RefusedAsync(bench, foreign));
        await bench.RunUntilAsync(payment, "confirmed");
        Assert.Equal("not_lost", await RefusedAsync(bench, foreign));
    }

    [Fact]
    public async Task Adoption_needs_the_money_that_left_to_be_in_the_books_of_its_owner()
    {
        await using EngineBench bench = await EngineBench.StartAsync(1_500_000);
        (IntentId payment, Hash32 foreign) = await LoseAsync(bench, EngineBench.Recipient, 1_000_000);
        IntentId other = await bench.PayAsync(700_000);

        Assert.Equal("insufficient_funds", await RefusedAsync(bench, foreign));
        await bench.Get<IntentEnding>().CancelAsync(bench.Account.Owner, other, "test", Token);
        await bench.SettleAsync();
        Assert.IsType<AdoptResult.Adopted>(await AdoptAsync(bench, foreign));
        await bench.RunUntilAsync(payment, "confirmed");
    }

    [Fact]
    public async Task What_was_adopted_for_one_payment_does_not_stop_the_retry_of_an_equal_one()
    {
        await using EngineBench bench = await EngineBench.StartAsync(5_000_000);
        IntentId cancelled = await bench.PayAsync(1_000_000);
        await bench.Get<IntentEnding>().CancelAsync(bench.Account.Owner, cancelled, "test", Token);
        await bench.SettleAsync();
        (_, Hash32 foreign) = await LoseAsync(bench, EngineBench.Recipient, 1_000_000);
        RetryResult.Refused refused = Assert.IsType<RetryResult.Refused>(await RetryAsync(bench, cancelled));
        Assert.Equal("equal_movement", Assert.Single(refused.Reasons).Code);

        Assert.IsType<AdoptResult.Adopted>(await AdoptAsync(bench, foreign));

        Assert.IsType<RetryResult.Retried>(await RetryAsync(bench, cancelled));
        await bench.RunUntilAsync(cancelled, "confirmed");
        Assert.Equal(2_000_000, await bench.RecipientBalanceAsync());
        await bench.AssertBooksEqualChainAsync();
    }

    private static async Task<(IntentId Payment, Hash32 Foreign)> LoseAsync(EngineBench bench, string recipient, long amount)
    {
        IntentId payment = await bench.PayAsync(1_000_000);
        await bench.SettleAsync();
        Hash32 foreign = await ForeignAsync(bench, recipient, amount, nonce: 0);
        await bench.RunUntilAsync(payment, "failed");
        Assert.Equal("slot_lost", (await bench.ViewAsync(payment)).Reason);
        return (payment, foreign);
    }

    private static async Task<Hash32> ForeignAsync(EngineBench bench, string recipient, long amount, long nonce)
    {
        await bench.Node.RpcAsync("anvil_dropAllTransactions", [], Token);
        await bench.Node.RpcAsync("anvil_impersonateAccount", [bench.Sender], Token);
        string data = TokenCalls.Transfer(recipient, amount) + Padding;
        JsonElement hash = await bench.Node.RpcAsync(
            "eth_sendTransaction",
            [new { from = bench.Sender, to = bench.Tokens.Tusd, data, gas = "0x30d40", nonce = $"0x{nonce:x}" }], Token);
        await bench.Node.MineAsync(1, Token);
        return Hash32.Parse(hash.GetString()!);
    }

    private static Task<RetryResult> RetryAsync(EngineBench bench, IntentId payment) =>
        bench.Get<IntentRetry>().RetryAsync(new RetryRequest(payment, "it was not paid", "ops"), Token);

    private static Task<AdoptResult> AdoptAsync(EngineBench bench, Hash32 foreign, long nonce = 0) =>
        bench.Get<SlotAdoption>().AdoptAsync(
            new AdoptRequest(EngineBench.Chain, bench.Account.Address, nonce, foreign, "the wallet's owner sent it", "ops"), Token);

    private static async Task<string> RefusedAsync(EngineBench bench, Hash32 foreign, long nonce = 0) =>
        Assert.IsType<AdoptResult.Refused>(await AdoptAsync(bench, foreign, nonce)).Code;

    private static async Task<CliAnswer> AdoptByCommandAsync(EngineBench bench, Hash32 foreign)
    {
        string config = Path.Combine(Path.GetTempPath(), $"chainexec-{Guid.CreateVersion7(TimeProvider.System.GetUtcNow()):n}.json");
        await File.WriteAllTextAsync(config, JsonSerializer.Serialize(bench.Settings(bench.Database.AppConnectionString)), Token);
        try
        {
            return await CliAnswer.OfAsync(
                [
                    "slot", "adopt", $"{EngineBench.Chain}", bench.Sender, "0", "--tx", $"{foreign}", "--reason",
                    "the wallet's owner sent it", "--config", config,
                ],
                Token);
        }
        finally
        {
            File.Delete(config);
        }
    }
}
