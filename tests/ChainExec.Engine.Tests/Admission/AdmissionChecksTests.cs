using System.Text.Json;
using ChainExec.Admission;
using ChainExec.Calls;
using ChainExec.Ethereum;
using ChainExec.Execution;
using ChainExec.Governance;
using Xunit;

namespace ChainExec.Engine.Tests.Admission;

/// <summary>The list of reasons for which an intent is not admitted.</summary>
public sealed class AdmissionChecksTests
{
    [Fact]
    public void Every_code_and_every_name_is_of_one_check()
    {
        Assert.Equal(AdmissionList.All.Count, AdmissionList.All.Select(check => check.Code).Distinct().Count());
        Assert.Equal(AdmissionList.All.Count, AdmissionList.All.Select(check => check.Name).Distinct().Count());
    }

    [Fact]
    public void Cheap_checks_come_before_costly_ones() =>
        Assert.Equal(AdmissionList.All.Select(check => check.Cost).Order(), AdmissionList.All.Select(check => check.Cost));

    // There is no session to read with: a check that is said to need the request alone cannot reach for the database.
    [Fact]
    public async Task Checks_of_the_request_alone_need_no_database()
    {
        AdmissionCheck[] cheap = [.. AdmissionList.All.Where(check => check.Cost == AdmissionCost.Request)];
        Assert.NotEmpty(cheap);
        foreach (AdmissionCheck check in cheap)
        {
            Assert.Null(await check.RunAsync(Asking(calls: 1), TestContext.Current.CancellationToken));
            Assert.NotNull(await check.RunAsync(Asking(calls: 2), TestContext.Current.CancellationToken));
        }
    }

    private static Candidate Asking(int calls)
    {
        var chain = new ChainProfile(1, "one", "ETH", 0, default, default, FinalityMode.Tag, 0, 1, []);
        var call = new RequestedCall(null!, null!, default(JsonElement), null, [], default);
        var request = new IntentRequest(
            chain, new AccountReference(Address.Zero, null), [.. Enumerable.Repeat(call, calls)], null, null, null, [], RevertPolicy.Fail,
            Intent.PriorityDefault);
        return new Candidate(null!, new IntentId(Guid.Empty), new Caller(new OwnerId(Guid.Empty), Guid.Empty, "test"), "key", request);
    }
}
