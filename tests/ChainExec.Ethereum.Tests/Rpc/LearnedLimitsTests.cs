using System.Text.Json.Nodes;
using ChainExec.Ethereum.Rpc;
using ChainExec.TestKit;

namespace ChainExec.Ethereum.Tests.Rpc;

/// <summary>What is learned of a provider: sizes, rate and health.</summary>
public sealed class LearnedLimitsTests
{
    private readonly ManualClock _clock = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void Size_is_halved_when_refused_and_grows_by_steps_but_not_soon_to_what_was_refused()
    {
        var limit = new LearnedLimit(1_000, 100, _clock);
        limit.Refused(1_000);
        Assert.Equal(500, limit.Current);
        Accept(limit, 499, times: 20);
        Accept(limit, 500, times: LearnedLimit.GrowAfter - 1);
        Assert.Equal(500, limit.Current);
        Accept(limit, 500, times: 1);
        Assert.Equal(600, limit.Current);
        limit.Refused(600);
        Assert.Equal(300, limit.Current);
        for (int i = 0; i < 5; i++)
        {
            Accept(limit, limit.Current, LearnedLimit.GrowAfter);
        }

        Assert.Equal(599, limit.Current);
        _clock.Advance(LearnedLimit.RelearnAfter);
        Accept(limit, 599, LearnedLimit.GrowAfter);
        Assert.Equal(699, limit.Current);
    }

    [Theory]
    [InlineData(100, 100)]
    [InlineData(1_000, 500)]
    [InlineData(-1, 500)]
    [InlineData(5_000, 500)]
    [InlineData(0, 500)]
    public void Size_that_the_provider_names_is_taken_when_it_is_smaller(int named, int expected)
    {
        var limit = new LearnedLimit(1_000, 100, _clock);
        limit.Refused(1_000, named);
        Assert.Equal(expected, limit.Current);
        Accept(limit, expected, LearnedLimit.GrowAfter);
        Assert.Equal(named == expected ? expected : 600, limit.Current);
    }

    [Fact]
    public void Size_never_falls_below_one_nor_rises_above_the_most()
    {
        var limit = new LearnedLimit(2, 100, _clock);
        limit.Refused(2);
        limit.Refused(1);
        Assert.Equal(1, limit.Current);
        _clock.Advance(LearnedLimit.RelearnAfter);
        Accept(limit, 1, LearnedLimit.GrowAfter);
        Assert.Equal(2, limit.Current);
        limit.Remember(1_000);
        Assert.Equal(2, limit.Current);
    }

    [Fact]
    public void Rate_is_unlimited_until_refused_then_half_of_what_was_sent_and_grows()
    {
        var rate = new RequestRate(_clock);
        for (int i = 0; i < 10; i++)
        {
            Assert.Equal(TimeSpan.Zero, rate.Take());
        }

        Assert.Null(rate.PerSecond);
        rate.Refused(wait: null);
        rate.Refused(wait: null);
        Assert.Equal(5, rate.PerSecond);
        Assert.Equal(RequestRate.PauseFirst, rate.Take());
        _clock.Advance(RequestRate.PauseFirst);
        for (int i = 0; i < 5; i++)
        {
            Assert.Equal(TimeSpan.Zero, rate.Take());
        }

        TimeSpan wait = rate.Take();
        Assert.Equal(TimeSpan.FromMilliseconds(200), wait);
        _clock.Advance(wait);
        Assert.Equal(TimeSpan.Zero, rate.Take());
        _clock.Advance(RequestRate.IncreaseEvery);
        rate.Take();
        Assert.Equal(6, rate.PerSecond);
    }

    [Fact]
    public void Pause_doubles_with_refusals_in_a_row_and_yields_to_the_wait_asked_for()
    {
        var rate = new RequestRate(_clock);
        rate.Take();
        rate.Refused(wait: null);
        Assert.Equal(TimeSpan.FromSeconds(1), rate.Take());
        _clock.Advance(TimeSpan.FromSeconds(1));
        rate.Take();
        rate.Refused(wait: null);
        Assert.Equal(TimeSpan.FromSeconds(2), rate.Take());
        _clock.Advance(TimeSpan.FromSeconds(2));
        rate.Take();
        rate.Accepted();
        rate.Refused(TimeSpan.FromSeconds(20));
        Assert.Equal(TimeSpan.FromSeconds(20), rate.Take());
        Assert.Equal(1, rate.PerSecond);
    }

    [Fact]
    public void Health_falls_after_failures_in_a_row_and_rises_only_after_answers_in_a_row()
    {
        var health = new HealthWindow(_clock);
        health.Failed();
        health.Failed();
        health.Answered();
        health.Failed();
        health.Failed();
        Assert.True(health.IsWell);
        health.Failed();
        Assert.False(health.IsWell);
        Assert.False(health.MayAsk());
        _clock.Advance(HealthWindow.TrialFirst);
        Assert.True(health.MayAsk());
        Assert.False(health.MayAsk());
        health.Answered();
        health.Answered();
        health.Failed();
        _clock.Advance(HealthWindow.TrialFirst);
        Assert.False(health.MayAsk());
        _clock.Advance(HealthWindow.TrialFirst);
        Assert.True(health.MayAsk());
        for (int i = 0; i < HealthWindow.WellInARow; i++)
        {
            Assert.False(health.IsWell);
            health.Answered();
        }

        Assert.True(health.IsWell);
    }

    [Fact]
    public void Provider_that_fails_half_the_time_is_sick_although_never_thrice_in_a_row()
    {
        var health = new HealthWindow(_clock);
        for (int i = 0; i < HealthWindow.Size / 2; i++)
        {
            Assert.True(health.IsWell);
            if (i % 2 == 0)
            {
                health.Answered();
            }
            else
            {
                health.Failed();
            }
        }

        Assert.False(health.IsWell);
    }

    [Theory]
    [InlineData("query block range exceeds server limit, narrow your filter: 1000", 1_000)]
    [InlineData("eth_getLogs is limited to a 10,000 range", 10_000)]
    [InlineData("You can make eth_getLogs requests with up to a 2K block range and no limit on the response size", 2_000)]
    [InlineData("eth_getLogs range is too large, max is 10k blocks", 10_000)]
    [InlineData("range 1000000 exceeds limit of 10000", 10_000)]
    [InlineData("query returned more than 10000 results. Try with this block range [0xCB3D, 0xCB50].", 20)]
    [InlineData("requested too many blocks from 0 to 16777216, maximum is set to 2048", 2_048)]
    [InlineData("query returned more than 10000 results", null)]
    [InlineData("cap of 10K logs in the response", null)]
    [InlineData("block range too large", null)]
    [InlineData("request 7f3a failed, id 0xffffffffffffffffffffffff", null)]
    [InlineData("limit: 99999999999999999999999", null)]
    public void Range_that_a_refusal_names_is_found(string message, int? expected) =>
        Assert.Equal(expected, RangeHint.In(message, 500_000));

    [Fact]
    public async Task Batches_shrink_to_what_the_provider_takes_and_the_size_stays()
    {
        var provider = new PlayedProvider("a");
        provider.Special = (method, calls) => method != "batch" ? (200, "\"result\":\"alone\"", null)
            : calls.Count > 5 ? (200, """{"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"batch too large"}}""", null)
            : (200, $"[{string.Join(',', calls.Select(Echo))}]", null);
        RpcClient client = provider.Client(_clock);
        RpcRequest[] requests = [.. Enumerable.Range(0, 20).Select(i => new RpcRequest($"m{i}", []))];
        IReadOnlyList<RpcBatchAnswer> answers = await client.BatchAllAsync(requests, Token);
        Assert.Equal(requests.Select(request => request.Method), answers.Select(answer => answer.Result.GetString()));
        Assert.Equal([16, 8, 4], provider.Asked.Take(3).Select(call => call.Parameters.Count));
        Assert.True(client.BatchSize is >= 4 and < 8);
        provider.Asked.Clear();
        await client.BatchAllAsync(requests[..4], Token);
        Assert.Single(provider.Asked);
    }

    [Fact]
    public async Task Provider_that_takes_no_batches_is_asked_call_by_call()
    {
        var provider = new PlayedProvider("a") { Special = (method, _) => method == "batch" ? (413, "too large", null) : null };
        IReadOnlyList<RpcBatchAnswer> answers = await provider.Client(_clock).BatchAllAsync(
            [new RpcRequest("eth_getLogs", [new JsonObject()]), new RpcRequest("nonsense", [])], Token);
        Assert.Equal(0, answers[0].Result.GetArrayLength());
        Assert.Equal(-32601, answers[1].Error!.Code);
    }

    [Fact]
    public async Task Batch_refused_for_load_is_not_sent_again()
    {
        var provider = new PlayedProvider("a") { Special = (_, _) => (429, "", null) };
        await Assert.ThrowsAsync<RpcUnavailableException>(() => provider.Client(_clock).BatchAllAsync(
            [new RpcRequest("x", []), new RpcRequest("y", [])], Token));
        Assert.Single(provider.Asked);
    }

    private static void Accept(LearnedLimit limit, int size, int times)
    {
        for (int i = 0; i < times; i++)
        {
            limit.Accepted(size);
        }
    }

    private static string Echo(JsonNode? call) => $$"""{"id":{{call!["id"]}},"result":"{{call["method"]}}"}""";
}
