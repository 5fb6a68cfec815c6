using ChainExec.Admission;
using ChainExec.Governance;
using ChainExec.Storage;
using Xunit;

namespace ChainExec.IntegrationTests.Execution;

/// <summary>A request that is wrong in several ways is answered by the first check of the list, and leaves nothing behind.</summary>
public sealed class AdmissionOrderTests
{
    private const string Nobody = "0x000000000000000000000000000000000000ac99";
    private const string Unborn = "int_00000000000000000000000000000000";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task First_of_the_checks_that_object_answers()
    {
        await using EngineBench bench = await EngineBench.StartAsync(1_000_000);
        Dictionary<string, object> first = bench.Body(1_000);
        first["client_reference"] = "invoice-1";
        Assert.IsType<SubmitResult.Accepted>(await bench.SubmitAsync(first));

        // The wrongs are mended one by one, from the first check to the last.
        Dictionary<string, object> body = bench.Body(2_000_000);
        object call = ((IEnumerable<object>)body["calls"]).Single();
        object account = body["account"];
        body["client_reference"] = "invoice-1";
        body["after"] = Unborn;
        (body["calls"], body["account"]) = (new[] { call, call }, Nobody);
        string owner = FreezeStore.SubjectOf(bench.Account.Owner);
        await FreezeAsync(bench, (freezes, session) => freezes.FreezeAsync(session, FreezeScope.Owner, owner, "audit", "test", Token));

        Assert.Equal("account_cannot_batch", await RefusedAsync(bench, body));
        body["calls"] = new[] { call };
        Assert.Equal("unknown_account", await RefusedAsync(bench, body));
        body["account"] = account;
        Assert.Equal("unknown_intent", await RefusedAsync(bench, body));
        body.Remove("after");
        Assert.Equal("frozen", await RefusedAsync(bench, body));
        await FreezeAsync(bench, (freezes, session) => freezes.LiftAsync(session, FreezeScope.Owner, owner, "test", Token));
        Assert.Equal("insufficient_funds", await RefusedAsync(bench, body));
        body["calls"] = bench.Body(5_000)["calls"];
        Assert.IsType<SubmitResult.ReferenceUsed>(await bench.SubmitAsync(body));

        Assert.Equal(1_000, await bench.HeldAsync());
        Assert.Equal(1, await bench.ScalarAsync<long>("select count(*) from ledger.hold"));
    }

    private static async Task<string> RefusedAsync(EngineBench bench, Dictionary<string, object> body) =>
        await bench.SubmitAsync(body) switch
        {
            SubmitResult.Refused refused => refused.Code,
            SubmitResult.Invalid invalid => Assert.Single(invalid.Errors).Code,
            SubmitResult other => other.ToString(),
        };

    private static Task FreezeAsync<T>(EngineBench bench, Func<FreezeStore, DbSession, Task<T>> act) =>
        bench.Get<UnitOfWork>().RunAsync((session, _) => act(bench.Get<FreezeStore>(), session), Token);
}
