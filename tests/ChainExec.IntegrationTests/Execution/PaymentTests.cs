using System.Numerics;
using ChainExec.Admission;
using ChainExec.Execution;
using ChainExec.TestKit;
using Xunit;

namespace ChainExec.IntegrationTests.Execution;

public sealed class PaymentTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Payment_and_the_fee_that_waits_for_it_reach_the_chain_once_and_the_books()
    {
        await using EngineBench bench = await EngineBench.StartAsync(1_000_000_000);

        IntentId payment = await bench.PayAsync(500_000_000, reference: "invoice-1234");
        IntentId fee = await bench.PayAsync(1_100_000, after: payment);
        Assert.Equal(501_100_000, await bench.HeldAsync());
        await bench.RunUntilAsync(fee, "confirmed");

        Assert.Equal("confirmed", (await bench.ViewAsync(payment)).State);
        Assert.Equal(501_100_000, await bench.RecipientBalanceAsync());
        Assert.Equal(1_000_000_000 - 501_100_000, await bench.CustomerAsync());
        Assert.Equal(0, await bench.HeldAsync());
        IReadOnlyList<TimelineStep> timeline = await bench.Get<IntentQueries>().TimelineAsync(payment, Token);
        Assert.Equal(
            ["created", "preparing", "prepared", "signed", "submitted", "included", "confirmed"], timeline.Select(step => step.Step));
        await bench.AssertBooksEqualChainAsync();
    }

    [Fact]
    public async Task Several_payments_of_one_sender_are_in_flight_together()
    {
        await using EngineBench bench = await EngineBench.StartAsync(1_000_000_000);
        var payments = new List<IntentId>();
        for (int index = 0; index < 5; index++)
            payments.Add(await bench.PayAsync(1_000_000 + index));
        await bench.SettleAsync();

        Assert.Equal(5, await bench.ScalarAsync<long>("select count(*) from execution.nonce_slot where state = 'accepted'"));
        foreach (IntentId payment in payments)
            await bench.RunUntilAsync(payment, "confirmed");
        await bench.AssertBooksEqualChainAsync();
    }

    [Fact]
    public async Task Payment_without_funds_is_refused_and_stores_nothing()
    {
        await using EngineBench bench = await EngineBench.StartAsync(1_000_000);

        SubmitResult result = await bench.SubmitAsync(1_000_001, key: "k");
        SubmitResult smaller = await bench.SubmitAsync(1_000_000, key: "k");

        Assert.Equal("insufficient_funds", Assert.IsType<SubmitResult.Refused>(result).Code);
        // The key was not burned by the refusal.
        Assert.IsType<SubmitResult.Accepted>(smaller);
        Assert.Equal(1, await bench.ScalarAsync<long>("select count(*) from execution.intent"));
    }

    [Fact]
    public async Task Payment_that_would_revert_spends_no_gas_and_gives_its_hold_back()
    {
        await using EngineBench bench = await EngineBench.StartAsync(5_000_000);
        await bench.Node.SendFromDevAsync(0, bench.Tokens.Tusd, 0, TokenCalls.BlockAccount(EngineBench.Recipient), Token);
        await bench.Node.MineAsync(1, Token);
        // It is simulated on the block that the index holds.
        await bench.SettleAsync();
        BigInteger gasBefore = await bench.Node.BalanceAsync(bench.Sender, Token);

        IntentId payment = await bench.PayAsync(1_000_000);
        await bench.RunUntilAsync(payment, "failed");
        await bench.SettleAsync();

        IntentView view = await bench.ViewAsync(payment);
        Assert.Equal("would_revert", view.Reason);
        Assert.Contains("AccountBlocked", view.Detail, StringComparison.Ordinal);
        Assert.Equal(gasBefore, await bench.Node.BalanceAsync(bench.Sender, Token));
        Assert.Equal(0, await bench.HeldAsync());
        Assert.Equal(0, await bench.ScalarAsync<long>("select count(*) from execution.nonce_slot"));
        await bench.AssertBooksEqualChainAsync();
    }

    [Fact]
    public async Task Thirty_two_duplicates_at_once_are_one_intent()
    {
        await using EngineBench bench = await EngineBench.StartAsync(5_000_000);

        SubmitResult[] results = await Task.WhenAll(
            Enumerable.Range(0, 32).Select(_ => bench.SubmitAsync(1_000_000, key: "same", reference: "one")));

        IntentId[] intents = [.. results.Select(result => Assert.IsType<SubmitResult.Accepted>(result).Intent).Distinct()];
        Assert.Single(intents);
        Assert.Equal(31, results.Count(result => result is SubmitResult.Accepted { Replayed: true }));
        Assert.Equal(1_000_000, await bench.HeldAsync());
        await bench.RunUntilAsync(intents[0], "confirmed");
        Assert.Equal(1_000_000, await bench.RecipientBalanceAsync());
        await bench.AssertBooksEqualChainAsync();
    }

    [Fact]
    public async Task Same_reference_under_another_key_names_the_intent_that_has_it()
    {
        await using EngineBench bench = await EngineBench.StartAsync(5_000_000);
        IntentId first = await bench.PayAsync(1_000_000, key: "a", reference: "invoice");

        SubmitResult second = await bench.SubmitAsync(1_000_000, key: "b", reference: "invoice");

        Assert.Equal(first, Assert.IsType<SubmitResult.ReferenceUsed>(second).Existing);
        Assert.Equal(1_000_000, await bench.HeldAsync());
    }

    [Fact]
    public async Task Same_key_with_another_body_is_refused()
    {
        await using EngineBench bench = await EngineBench.StartAsync(5_000_000);
        IntentId first = await bench.PayAsync(1_000_000, key: "a");

        Assert.Equal(first, Assert.IsType<SubmitResult.KeyReused>(await bench.SubmitAsync(2_000_000, key: "a")).Existing);
    }

    [Fact]
    public async Task Failed_dependency_cancels_what_waits_for_it_and_gives_its_hold_back()
    {
        await using EngineBench bench = await EngineBench.StartAsync(5_000_000);
        await bench.Node.SendFromDevAsync(0, bench.Tokens.Tusd, 0, TokenCalls.BlockAccount(EngineBench.Recipient), Token);
        await bench.Node.MineAsync(1, Token);

        IntentId payment = await bench.PayAsync(1_000_000);
        IntentId fee = await bench.PayAsync(100_000, recipient: AnvilNode.DevAccounts[6], after: payment);
        await bench.RunUntilAsync(fee, "cancelled");
        await bench.SettleAsync();

        Assert.Equal(0, await bench.HeldAsync());
        Assert.Equal(5_000_000, await bench.CustomerAsync());
    }
}
