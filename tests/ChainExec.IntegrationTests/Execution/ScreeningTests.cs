using ChainExec.Admission;
using ChainExec.Ethereum;
using ChainExec.Execution;
using ChainExec.Governance;
using ChainExec.Storage;
using Xunit;

namespace ChainExec.IntegrationTests.Execution;

/// <summary>Lists of screened addresses: read at admission, when a signature is asked for, and of what is on its way.</summary>
public sealed class ScreeningTests
{
    private static readonly Address Shop = Address.Parse(EngineBench.Recipient);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Listed_recipient_is_refused_and_others_are_paid_together()
    {
        await using EngineBench bench = await EngineBench.StartAsync(5_000_000);
        Assert.Equal((2, 0), await SetAsync(bench, "ofac", Shop, Any(1)));

        SubmitResult[] results = await Task.WhenAll(
            bench.SubmitAsync(1_000_000), bench.SubmitAsync(1_000_000, recipient: Any(2).ToString()),
            bench.SubmitAsync(1_000_000, recipient: Any(3).ToString()));
        Assert.Equal("frozen", Assert.IsType<SubmitResult.Refused>(results[0]).Code);
        foreach (SubmitResult other in results[1..])
            await bench.RunUntilAsync(Assert.IsType<SubmitResult.Accepted>(other).Intent, "confirmed");
        Assert.Equal(0, await bench.RecipientBalanceAsync());
        await bench.AssertBooksEqualChainAsync();
    }

    [Fact]
    public async Task Recipient_listed_after_the_nonce_was_bound_is_not_signed_for_and_its_neighbour_is()
    {
        await using EngineBench bench = await EngineBench.StartAsync(5_000_000);
        IntentId listed = await bench.PayAsync(1_000_000);
        IntentId other = await bench.PayAsync(1_000_000, recipient: Any(2).ToString());
        using (CrashException.At(Boundary.SlotBound))
            await Assert.ThrowsAsync<CrashException>(() => bench.SettleAsync());
        await SetAsync(bench, "ofac", Shop);
        await bench.ExpireLeasesAsync();
        await bench.RunUntilAsync(other, "confirmed");

        Assert.Equal(("preparing", "frozen"), ((await bench.ViewAsync(listed)).State, (await bench.ViewAsync(listed)).Reason));
        Assert.Equal(0, await bench.RecipientBalanceAsync());

        // Taken off the list it goes on by itself.
        Assert.Equal((1, 1), await SetAsync(bench, "ofac", Any(9)));
        await bench.RunUntilAsync(listed, "confirmed");
        Assert.Equal(1_000_000, await bench.RecipientBalanceAsync());
        await bench.AssertBooksEqualChainAsync();
    }

    [Fact]
    public async Task Recipient_listed_after_the_signature_lets_nothing_out()
    {
        await using EngineBench bench = await EngineBench.StartAsync(5_000_000);
        IntentId listed = await bench.PayAsync(1_000_000);
        IntentId other = await bench.PayAsync(1_000_000, recipient: Any(2).ToString());
        using (CrashException.At(Boundary.SignatureStored))
            await Assert.ThrowsAsync<CrashException>(() => bench.SettleAsync());
        await SetAsync(bench, "ofac", Shop);
        await bench.ExpireLeasesAsync();
        await bench.RunUntilAsync(listed, "cancelled");
        await bench.RunUntilAsync(other, "confirmed");

        Assert.Equal(0, await bench.RecipientBalanceAsync());
        Assert.Equal(0, await bench.HeldAsync());
        await bench.AssertBooksEqualChainAsync();
    }

    [Fact]
    public async Task Recipient_listed_in_the_moment_before_the_first_send_gets_nothing_and_its_neighbour_does()
    {
        await using EngineBench bench = await EngineBench.StartAsync(5_000_000);
        IntentId listed = await bench.PayAsync(1_000_000);
        IntentId other = await bench.PayAsync(1_000_000, recipient: Any(2).ToString());
        var setting = new Lazy<(int, int)>(() => Task.Run(() => SetAsync(bench, "ofac", Shop), Token).GetAwaiter().GetResult());
        using (Boundary.Observe(passed => Assert.True(passed != Boundary.SignatureStored || setting.Value == (1, 0))))
            await bench.SettleAsync();

        Assert.True(setting.IsValueCreated);
        Assert.Equal(0, await bench.ScalarAsync<long>($"""
            select count(*) from execution.node n join execution.execution e on e.id = n.execution_id
            join execution.prepared_call p on p.id = e.prepared_call_id join execution.carrier_member m on m.carrier_id = p.carrier_id
            where m.intent_id = '{listed.Value}'
            """));
        await bench.RunUntilAsync(listed, "cancelled");
        await bench.RunUntilAsync(other, "confirmed");
        Assert.Equal(0, await bench.RecipientBalanceAsync());
        await bench.AssertBooksEqualChainAsync();
    }

    [Fact]
    public async Task Listed_spender_gets_no_allowance()
    {
        await using EngineBench bench = await EngineBench.StartAsync(5_000_000);
        await SetAsync(bench, "ofac", Any(1));
        Dictionary<string, object> approve = bench.Body(1);
        approve["calls"] = new[]
        {
            new { type = "erc20.approve", args = new { token = bench.Tokens.Tusd, spender = Any(1).ToString(), amount = "1" } },
        };
        Assert.Equal("frozen", Assert.IsType<SubmitResult.Refused>(await bench.SubmitAsync(approve)).Code);
    }

    [Fact]
    public async Task Payment_in_a_block_is_told_to_end_should_that_block_be_orphaned()
    {
        await using SimulatedBench bench = await SimulatedBench.StartAsync();
        IntentId payment = await bench.PayAsync();
        await bench.SettleAsync();
        await bench.MineAsync();
        Assert.Equal("included", (await bench.ViewAsync(payment)).State);
        await bench.Get<UnitOfWork>().RunAsync(
            (session, token) => bench.Get<ScreeningStore>().SetAsync(
                session, "ofac", [SimulatedBench.Shop], mayShrink: false, "test", token), Token);
        await bench.StepAsync();

        Assert.Equal(("included", "freeze"), ((await bench.ViewAsync(payment)).State, (await bench.ViewAsync(payment)).Wish));
        await bench.RunUntilAsync(payment, "confirmed");
    }

    [Fact]
    public async Task List_that_loses_more_than_half_is_refused_unless_it_is_said()
    {
        await using EngineBench bench = await EngineBench.StartAsync(0);
        Assert.Equal((3, 0), await SetAsync(bench, "ofac", Any(1), Any(2), Any(3)));
        Task<(int Added, int Lifted)> CutAsync(bool mayShrink, params Address[] left) => WriteAsync(
            bench, (session, token) => bench.Get<ScreeningStore>().SetAsync(session, "ofac", left, mayShrink, "test", token));
        await Assert.ThrowsAsync<ShrinkingListException>(() => CutAsync(false, Any(1)));
        Assert.Equal(3, await bench.ScalarAsync<long>("select count(*) from governance.v_freeze"));
        Assert.Equal((0, 1), await CutAsync(false, Any(1), Any(2)));
        Assert.Equal((0, 2), await CutAsync(true));
    }

    [Fact]
    public async Task List_and_a_freeze_by_hand_do_not_lift_each_other()
    {
        await using EngineBench bench = await EngineBench.StartAsync(5_000_000);
        string subject = FreezeStore.SubjectOf(Shop);
        Assert.True(await WriteAsync(bench, (session, token) => bench.Get<FreezeStore>().FreezeAsync(
            session, FreezeScope.Address, subject, "a test", "test", token)));
        Assert.Equal((1, 0), await SetAsync(bench, "ofac", Shop));
        Assert.Equal((1, 0), await SetAsync(bench, "eu", Shop));
        Assert.Equal((0, 0), await SetAsync(bench, "ofac", Shop));

        Assert.True(await WriteAsync(bench, (session, token) => bench.Get<FreezeStore>().LiftAsync(
            session, FreezeScope.Address, subject, "test", token)));
        Assert.IsType<SubmitResult.Refused>(await bench.SubmitAsync(1_000_000));
        Assert.Equal((0, 1), await SetAsync(bench, "ofac"));
        Assert.IsType<SubmitResult.Refused>(await bench.SubmitAsync(1_000_000));
        Assert.Equal((0, 1), await SetAsync(bench, "eu"));
        Assert.IsType<SubmitResult.Accepted>(await bench.SubmitAsync(1_000_000));
        Assert.Equal(5, await bench.ScalarAsync<long>("select count(*) from governance.audit where action = 'screening.set'"));
    }

    private static Address Any(byte number) => Address.FromBytes([.. new byte[18], 7, number]);

    private static Task<(int Added, int Lifted)> SetAsync(EngineBench bench, string list, params Address[] addresses) => WriteAsync(
        bench, (session, token) => bench.Get<ScreeningStore>().SetAsync(session, list, addresses, mayShrink: true, "test", token));

    private static Task<T> WriteAsync<T>(EngineBench bench, Func<DbSession, CancellationToken, Task<T>> work) =>
        bench.Get<UnitOfWork>().RunAsync(work, Token);
}
