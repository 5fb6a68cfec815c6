using System.Numerics;
using ChainExec.Admission;
using Xunit;

namespace ChainExec.IntegrationTests.Execution;

/// <summary>What is done for many at once is what one after the other would be (decision 0019).</summary>
public sealed class TogetherTests
{
    [Fact]
    public async Task Requests_at_once_hold_what_there_is_and_the_others_hear_why_not()
    {
        await using EngineBench bench = await EngineBench.StartAsync(5_000_000);
        SubmitResult[] results = await Task.WhenAll(Enumerable.Range(0, 24).Select(_ => bench.SubmitAsync(1_000_000)));

        Assert.Equal(5, results.Count(result => result is SubmitResult.Accepted { Replayed: false }));
        Assert.Equal(19, results.Count(result => result is SubmitResult.Refused { Code: "insufficient_funds" }));
        Assert.Equal(5_000_000, await bench.HeldAsync());
        Assert.Equal(5, await bench.ScalarAsync<long>("select count(*) from execution.intent"));
        foreach (SubmitResult.Accepted accepted in results.OfType<SubmitResult.Accepted>())
            await bench.RunUntilAsync(accepted.Intent, "confirmed");
        Assert.Equal(5_000_000, await bench.RecipientBalanceAsync());
        await bench.AssertBooksEqualChainAsync();
    }

    [Fact]
    public async Task Requests_at_once_that_share_a_key_or_a_name_are_told_apart_as_ever()
    {
        await using EngineBench bench = await EngineBench.StartAsync(5_000_000);
        Task<SubmitResult>[] asked =
        [
            bench.SubmitAsync(1_000, key: "one"), bench.SubmitAsync(1_000, key: "one"), bench.SubmitAsync(2_000, key: "one"),
            bench.SubmitAsync(3_000, key: "two", reference: "invoice"), bench.SubmitAsync(3_000, key: "three", reference: "invoice"),
            bench.SubmitAsync(BigInteger.Zero, key: "four"),
        ];
        SubmitResult[] results = await Task.WhenAll(asked);

        // Which of those that share a key is first is nobody's promise; that one of them is, and what the others hear, is.
        Assert.Single(results[..3], result => result is SubmitResult.Accepted { Replayed: false });
        Assert.All(results[..3], result => Assert.True(result is SubmitResult.Accepted or SubmitResult.KeyReused, $"{result}"));
        Assert.Single(results[3..5], result => result is SubmitResult.Accepted { Replayed: false });
        Assert.Single(results[3..5], result => result is SubmitResult.ReferenceUsed);
        Assert.IsType<SubmitResult.Invalid>(results[5]);
        Assert.Equal(2, await bench.ScalarAsync<long>("select count(*) from execution.intent"));
        Assert.Equal(2, await bench.ScalarAsync<long>("select count(*) from ledger.hold where state = 'held'"));
    }

    [Fact]
    public async Task One_that_cannot_be_read_is_parked_alone_and_the_others_are_paid()
    {
        await using EngineBench bench = await EngineBench.StartAsync(5_000_000);
        SubmitResult[] results = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => bench.SubmitAsync(1_000_000)));
        SubmitResult.Accepted[] accepted = [.. results.Cast<SubmitResult.Accepted>()];
        await bench.ExecuteAsync($$"""
            alter table calls.call disable trigger call_is_append_only;
            update calls.call set expected = '{"not": "a list"}'
            where  intent_id = '{{accepted[0].Intent.Value}}';
            alter table calls.call enable trigger call_is_append_only;
            """);

        await bench.RunUntilAsync(accepted[1].Intent, "confirmed");
        await bench.RunUntilAsync(accepted[2].Intent, "confirmed");
        Assert.Equal(2_000_000, await bench.RecipientBalanceAsync());
        Assert.Equal(1, await bench.ScalarAsync<long>("select count(*) from execution.intent where needs_operator is not null"));
        Assert.Equal(1, await bench.ScalarAsync<long>("select count(*) from execution.incident where kind = 'intent_parked'"));
    }
}
