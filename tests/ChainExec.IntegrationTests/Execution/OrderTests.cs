using ChainExec.Admission;
using ChainExec.Execution;
using ChainExec.TestKit;
using Xunit;

namespace ChainExec.IntegrationTests.Execution;

/// <summary>Which intent comes before which: priorities, and what becomes of those that wait for one that failed.</summary>
public sealed class OrderTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Intent_of_a_high_priority_binds_before_earlier_ones_that_wait_for_room()
    {
        await using EngineBench bench = await EngineBench.StartAsync(
            5_000_000, new Dictionary<string, string> { ["Execution:InFlightMax"] = "1" });
        IntentId first = await bench.PayAsync(100_000);
        await bench.SettleAsync();
        IntentId low = await PayAsync(bench, 1);
        IntentId normal = await bench.PayAsync(100_000);
        await bench.SettleAsync();
        Assert.Equal("lane_full", (await bench.ViewAsync(normal)).Reason);
        IntentId high = await PayAsync(bench, 9);
        await bench.SettleAsync();

        foreach (IntentId payment in new[] { first, low, normal, high })
            await bench.RunUntilAsync(payment, "confirmed");

        Assert.Equal(
            string.Join(' ', first.Value, high.Value, normal.Value, low.Value),
            await bench.ScalarAsync<string>("""
                select string_agg(m.intent_id::text, ' ' order by s.nonce)
                from execution.nonce_slot s join execution.carrier_member m on m.carrier_id = s.carrier_id
                """));
        await bench.AssertBooksEqualChainAsync();
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(10)]
    [InlineData("high")]
    public async Task Priority_is_a_whole_number_from_0_to_9(object priority)
    {
        await using EngineBench bench = await EngineBench.StartAsync(0);
        Dictionary<string, object> body = bench.Body(1);
        body["priority"] = priority;

        SubmitResult.Invalid invalid = Assert.IsType<SubmitResult.Invalid>(await bench.SubmitAsync(body));

        Assert.Equal(("/priority", "invalid_priority"), (Assert.Single(invalid.Errors).Pointer, invalid.Errors[0].Code));
    }

    [Theory]
    [InlineData("cancelled")]
    [InlineData("expired")]
    [InlineData("failed")]
    public async Task What_waits_for_an_intent_that_did_not_succeed_is_cancelled_to_the_last(string end)
    {
        await using EngineBench bench = await EngineBench.StartAsync(5_000_000);
        IntentId root = await EndingAsync(bench, end);
        IntentId left = await bench.PayAsync(100_000, after: root);
        IntentId right = await bench.PayAsync(100_000, after: root);
        IntentId bottom = await bench.PayAsync(100_000, after: [left, right]);
        IntentId last = await bench.PayAsync(100_000, after: bottom);
        IntentId stranger = await bench.PayAsync(200_000);
        if (end == "cancelled")
            await bench.Get<IntentEnding>().CancelAsync(bench.Account.Owner, root, "test", Token);

        await bench.RunUntilAsync(root, end);
        foreach (IntentId waiting in new[] { left, right, bottom, last })
        {
            await bench.RunUntilAsync(waiting, "cancelled");
            Assert.Equal("dependency_failed", (await bench.ViewAsync(waiting)).Reason);
        }

        await bench.RunUntilAsync(stranger, "confirmed");
        Assert.Equal(200_000, await bench.RecipientBalanceAsync());
        Assert.Equal(0, await bench.HeldAsync());
        await bench.AssertBooksEqualChainAsync();
    }

    [Fact]
    public async Task Dependencies_cannot_be_a_circle_because_only_what_is_admitted_can_be_named()
    {
        await using EngineBench bench = await EngineBench.StartAsync(5_000_000);
        var unborn = new IntentId(Guid.CreateVersion7(TimeProvider.System.GetUtcNow()));

        SubmitResult.Invalid invalid = Assert.IsType<SubmitResult.Invalid>(await bench.SubmitAsync(100_000, after: unborn));

        Assert.Equal("unknown_intent", Assert.Single(invalid.Errors).Code);
        Assert.Equal(
            0,
            await bench.ScalarAsync<long>("""
                select count(*) from information_schema.column_privileges
                where table_schema = 'execution' and table_name = 'intent_dependency' and grantee = 'ce_app' and privilege_type = 'UPDATE'
                """));
    }

    private static async Task<IntentId> PayAsync(EngineBench bench, int priority)
    {
        Dictionary<string, object> body = bench.Body(100_000);
        body["priority"] = priority;
        IntentId payment = Assert.IsType<SubmitResult.Accepted>(await bench.SubmitAsync(body)).Intent;
        Assert.Equal(priority, (await bench.ViewAsync(payment)).Priority);
        return payment;
    }

    private static async Task<IntentId> EndingAsync(EngineBench bench, string end)
    {
        string blocked = AnvilNode.DevAccounts[8];
        Dictionary<string, object> body = bench.Body(100_000, end == "failed" ? blocked : null);
        if (end == "failed")
        {
            await bench.Node.SendFromDevAsync(0, bench.Tokens.Tusd, 0, TokenCalls.BlockAccount(blocked), Token);
            await bench.Node.MineAsync(1, Token);
        }

        if (end == "expired")
            body["deadline"] = TimeProvider.System.GetUtcNow().AddSeconds(1).ToString("O");
        IntentId intent = Assert.IsType<SubmitResult.Accepted>(await bench.SubmitAsync(body)).Intent;
        if (end == "expired")
            await Task.Delay(TimeSpan.FromSeconds(1.2), TimeProvider.System, Token);
        return intent;
    }
}
