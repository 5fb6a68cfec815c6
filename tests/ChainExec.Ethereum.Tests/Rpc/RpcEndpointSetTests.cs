using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text.Json.Nodes;
using ChainExec.Ethereum.Rpc;
using ChainExec.TestKit;
using FsCheck;
using FsCheck.Fluent;

namespace ChainExec.Ethereum.Tests.Rpc;

public sealed class RpcEndpointSetTests : IDisposable
{
    private static readonly Hash32 Transaction = Keccak256.Hash("transaction"u8);

    private readonly ManualClock _clock = new();
    private readonly PlayedProvider _a = new("a");
    private readonly PlayedProvider _b = new("b");
    private readonly PlayedProvider _c = new("c");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _a.Dispose();
        _b.Dispose();
        _c.Dispose();
    }

    [Fact]
    public async Task Quorum_finds_what_enough_say_alike_and_says_who_at_which_head()
    {
        _a.Receipts[Transaction] = _b.Receipts[Transaction] = 90;
        _c.IsDown = true;
        (_a.Head, _b.Head) = (100, 101);
        RpcFound<RpcReceipt> found = Assert.IsType<RpcFound<RpcReceipt>>(await ReadAsync(Set(), RpcReadMode.Quorum(2)));
        Assert.Equal(90UL, found.Value.BlockNumber);
        Assert.Equal([("a", RpcTestimony.Value, 100UL), ("b", RpcTestimony.Value, 101UL)], found.Witnesses.Take(2)
            .Select(witness => (witness.Provider, witness.Said, witness.Head!.Number)));
        Assert.Contains(found.Witnesses[2].Said, new[] { RpcTestimony.Failed, RpcTestimony.NotAsked });
    }

    [Fact]
    public async Task Split_providers_leave_it_unknown()
    {
        (_a.Receipts[Transaction], _b.Receipts[Transaction], _c.Receipts[Transaction]) = (90, 91, 92);
        RpcUndetermined<RpcReceipt> unknown = Assert.IsType<RpcUndetermined<RpcReceipt>>(await ReadAsync(Set(), RpcReadMode.Quorum(2)));
        Assert.All(unknown.Witnesses, witness => Assert.Equal(RpcTestimony.OtherValue, witness.Said));
    }

    [Fact]
    public async Task Absent_is_what_a_majority_at_the_head_has_not()
    {
        (_a.Head, _b.Head, _c.Head) = (100, 103, 102);
        RpcAbsent<RpcReceipt> absent = Assert.IsType<RpcAbsent<RpcReceipt>>(await ReadAsync(Set(), RpcReadMode.Quorum(1)));
        Assert.Equal(102UL, absent.Head);
        Assert.Equal(
            [RpcTestimony.Behind, RpcTestimony.Absent, RpcTestimony.Absent], absent.Witnesses.Select(witness => witness.Said));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Lagging_providers_make_nothing_absent_once_a_majority_was_further(bool freshest)
    {
        RpcEndpointSet set = Set();
        (_a.Head, _b.Head, _c.Head) = (110, 110, 110);
        await ReadAsync(set, RpcReadMode.Quorum(3));
        Assert.Equal(110UL, set.AgreedHead);
        (_a.Head, _b.Head, _c.Head) = (105, 105, 110);
        RpcReadMode mode = freshest ? RpcReadMode.FreshestHead : RpcReadMode.Quorum(2);
        RpcUndetermined<RpcReceipt> unknown = Assert.IsType<RpcUndetermined<RpcReceipt>>(await ReadAsync(set, mode));
        Assert.Equal(
            [RpcTestimony.Behind, RpcTestimony.Behind, RpcTestimony.Absent], unknown.Witnesses.Select(witness => witness.Said));
    }

    [Fact]
    public async Task Height_that_the_caller_demands_must_be_reached()
    {
        Assert.IsType<RpcAbsent<RpcReceipt>>(await Set().ReadReceiptAsync(Transaction, RpcReadMode.Quorum(2), 100, Token));
        Assert.IsType<RpcUndetermined<RpcReceipt>>(await Set().ReadReceiptAsync(Transaction, RpcReadMode.Quorum(2), 101, Token));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task One_provider_that_has_it_keeps_others_from_making_it_absent(bool freshest)
    {
        _c.Receipts[Transaction] = 90;
        RpcReadMode mode = freshest ? RpcReadMode.FreshestHead : RpcReadMode.Quorum(2);
        Assert.IsType<RpcUndetermined<RpcReceipt>>(await ReadAsync(Set(), mode));
    }

    [Fact]
    public void One_liar_and_failures_never_make_absent_what_an_honest_provider_has() => Prop.ForAll(
        ArbMap.Default.ArbFor<(byte Lie, byte HeadB, byte HeadC, bool DownB, bool DownC, bool Freshest)>(),
        play =>
        {
            // Provider a lies about everything; b and c are honest nodes of which one has the receipt from block 95 on.
            PlayedProvider[] all = [new("a"), new("b"), new("c")];
            all[0].Head = play.Lie % 2 == 0 ? 95UL + play.Lie : ulong.MaxValue / 2;
            (all[1].Head, all[2].Head) = (90UL + play.HeadB % 10UL, 90UL + play.HeadC % 10UL);
            (all[1].IsDown, all[2].IsDown) = (play.DownB, play.DownC);
            foreach (PlayedProvider honest in all[1..])
            {
                if (honest.Head >= 95)
                {
                    honest.Receipts[Transaction] = 95;
                }
            }

            var set = new RpcEndpointSet([.. all.Select(item => item.Client(_clock))], new RpcEndpointSetOptions(), _clock, []);
            RpcReadMode mode = play.Freshest ? RpcReadMode.FreshestHead : RpcReadMode.Quorum(1 + play.Lie % 3);
            RpcFinding<RpcReceipt> finding = set.ReadReceiptAsync(Transaction, mode, atLeast: 95, Token).GetAwaiter().GetResult();
            Assert.IsNotType<RpcAbsent<RpcReceipt>>(finding);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public async Task Freshest_head_answers_and_the_next_takes_over_when_it_fails()
    {
        (_a.Head, _b.Head, _c.Head) = (100, 102, 101);
        (_a.Receipts[Transaction], _b.Receipts[Transaction], _c.Receipts[Transaction]) = (90, 91, 92);
        RpcEndpointSet set = Set();
        Assert.Equal(91UL, Assert.IsType<RpcFound<RpcReceipt>>(await ReadAsync(set, RpcReadMode.FreshestHead)).Value.BlockNumber);
        _b.Special = (method, _) => method == "eth_getTransactionReceipt" ? (500, "", null) : null;
        RpcFound<RpcReceipt> found = Assert.IsType<RpcFound<RpcReceipt>>(await ReadAsync(set, RpcReadMode.FreshestHead));
        Assert.Equal(92UL, found.Value.BlockNumber);
        Assert.Equal(
            [RpcTestimony.NotAsked, RpcTestimony.Failed, RpcTestimony.Value], found.Witnesses.Select(witness => witness.Said));
    }

    [Fact]
    public async Task Head_far_beyond_the_others_is_not_the_freshest()
    {
        (_a.Head, _b.Head, _c.Head) = (1_000_000, 100, 101);
        (_a.Receipts[Transaction], _b.Receipts[Transaction], _c.Receipts[Transaction]) = (90, 91, 92);
        RpcFinding<RpcReceipt> finding = await ReadAsync(Set(), RpcReadMode.FreshestHead);
        Assert.Equal(92UL, Assert.IsType<RpcFound<RpcReceipt>>(finding).Value.BlockNumber);
    }

    [Fact]
    public async Task Sick_provider_is_left_out_and_comes_back_after_its_trials()
    {
        RpcEndpointSet set = Set();
        _c.IsDown = true;
        for (int i = 0; i < HealthWindow.SickInARow; i++)
        {
            await ReadAsync(set, RpcReadMode.Quorum(2));
        }

        Assert.Equal([true, true, false], set.Status().Select(status => status.IsWell));
        _c.IsDown = false;
        int asked = _c.Asked.Count;
        await ReadAsync(set, RpcReadMode.Quorum(2));
        Assert.Equal(asked, _c.Asked.Count);
        for (int i = 0; i < 4; i++)
        {
            _clock.Advance(HealthWindow.TrialMax);
            await ReadAsync(set, RpcReadMode.Quorum(2));
        }

        Assert.True(set.Status()[2].IsWell);
    }

    [Fact]
    public async Task Retry_after_is_honoured_and_the_others_do_meanwhile()
    {
        RpcEndpointSet set = Set();
        _a.Special = (_, _) => (429, "", 30);
        await ReadAsync(set, RpcReadMode.Quorum(2));
        Assert.Equal(_clock.GetUtcNow() + TimeSpan.FromSeconds(30), set.Status()[0].PausedUntil);
        int asked = _a.Asked.Count;
        _a.Special = null;
        _clock.Advance(TimeSpan.FromSeconds(27));
        Assert.IsType<RpcAbsent<RpcReceipt>>(await ReadAsync(set, RpcReadMode.Quorum(2)));
        Assert.Equal(asked, _a.Asked.Count);
        Assert.True(set.Status()[0].IsWell);
        _clock.Advance(TimeSpan.FromSeconds(3));
        await ReadAsync(set, RpcReadMode.Quorum(2));
        Assert.True(_a.Asked.Count > asked);
    }

    [Fact]
    public async Task Logs_are_asked_in_pieces_that_the_provider_takes_and_the_size_is_remembered()
    {
        Limit(_a, 1_000, limit => $"query block range exceeds server limit, narrow your filter: {limit}");
        _a.Head = 20_000;
        RpcEndpointSet set = Set(_a);
        RpcFinding<IReadOnlyList<RpcLog>> finding = await set.ReadLogsAsync(new RpcLogFilter(), 1, 5_500, RpcReadMode.FreshestHead, Token);
        Assert.Empty(Assert.IsType<RpcFound<IReadOnlyList<RpcLog>>>(finding).Value);
        Assert.Equal([5_500, 1_000, 1_000, 1_000, 1_000, 1_000, 500], Ranges(_a));

        RpcLearnedLimits learned = Assert.Single(set.Learned());
        Assert.Equal(("a", 1_000), (learned.Provider, learned.BlockRange));
        _a.Asked.Clear();
        var next = new RpcEndpointSet([_a.Client(_clock)], new RpcEndpointSetOptions(), _clock, [learned]);
        await next.ReadLogsAsync(new RpcLogFilter(), 1, 2_000, RpcReadMode.Quorum(1), Token);
        Assert.Equal([1_000, 1_000], Ranges(_a));
    }

    [Fact]
    public async Task Range_is_halved_when_the_provider_names_none_and_fails_when_one_block_is_too_many()
    {
        Limit(_a, 30, _ => "query returned more than 10000 results");
        RpcEndpointSet set = Set(_a);
        await set.ReadLogsAsync(new RpcLogFilter(), 1, 100, RpcReadMode.Quorum(1), Token);
        Assert.Equal([100, 50, 25, 25, 25, 25], Ranges(_a));

        Limit(_a, 0, _ => "query returned more than 10000 results");
        RpcFinding<IReadOnlyList<RpcLog>> finding = await set.ReadLogsAsync(new RpcLogFilter(), 1, 100, RpcReadMode.Quorum(1), Token);
        Assert.IsType<RpcErrorException>(Assert.IsType<RpcUndetermined<IReadOnlyList<RpcLog>>>(finding).Witnesses[0].Error);
    }

    [Fact]
    public async Task Provider_behind_the_range_is_not_asked_for_logs()
    {
        (_a.Head, _b.Head, _c.Head) = (50, 100, 100);
        RpcFinding<IReadOnlyList<RpcLog>> finding = await Set().ReadLogsAsync(new RpcLogFilter(), 1, 80, RpcReadMode.Quorum(2), Token);
        Assert.IsType<RpcFound<IReadOnlyList<RpcLog>>>(finding);
        Assert.DoesNotContain(_a.Asked, call => call.Method == "eth_getLogs");
    }

    [Fact]
    public async Task Unmatched_errors_are_counted_by_provider()
    {
        RpcEndpointSet set = Set();
        _b.Special = (method, _) => method == "eth_getTransactionReceipt" ? (200, PlayedProvider.Error(-1, "gremlins"), null) : null;
        await ReadAsync(set, RpcReadMode.Quorum(3));
        Assert.Equal([0L, 1L, 0L], set.Status().Select(status => status.UnmatchedErrors));
    }

    [Fact]
    public async Task Errors_are_metered_by_provider_and_class()
    {
        var counted = new ConcurrentQueue<string>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (instrument is { Meter.Name: "chainexec.ethereum", Name: "chainexec.ethereum.rpc_errors" })
            {
                self.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<long>((_, count, tags, _) => counted.Enqueue($"{count} {tags[0].Value} {tags[1].Value}"));
        listener.Start();
        using var provider = new PlayedProvider("metered")
        {
            Special = (_, parameters) => (200, PlayedProvider.Error(-1, (string)parameters[0]!), null),
        };
        RpcClient client = provider.Client(_clock);
        await Assert.ThrowsAsync<RpcErrorException>(() => client.RawAsync("x", ["gremlins"], Token));
        await Assert.ThrowsAsync<RpcErrorException>(() => client.RawAsync("x", ["nonce too low"], Token));
        Assert.Equal(
            ["1 metered unknown", "1 metered nonce_too_low"],
            counted.Where(count => count.Contains("metered", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Cancellation_stays_a_cancellation_and_hurts_nobody()
    {
        RpcEndpointSet set = Set();
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => set.ReadReceiptAsync(Transaction, RpcReadMode.Quorum(2), 0, cancelled.Token));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => set.ReadReceiptAsync(Transaction, RpcReadMode.FreshestHead, 0, cancelled.Token));
        Assert.All(set.Status(), status => Assert.True(status.IsWell));
    }

    [Fact]
    public void Set_needs_providers_with_different_names()
    {
        Assert.Throws<ArgumentException>(() => Set([]));
        Assert.Throws<ArgumentException>(() => Set(_a, new PlayedProvider("a")));
    }

    private static void Limit(PlayedProvider provider, int limit, Func<int, string> words) => provider.Special = (method, parameters) =>
        method == "eth_getLogs" && SizeOf(parameters) > limit ? (200, PlayedProvider.Error(-32602, words(limit)), null) : null;

    private static int[] Ranges(PlayedProvider provider) =>
        [.. provider.Asked.Where(call => call.Method == "eth_getLogs").Select(call => SizeOf(call.Parameters))];

    private static int SizeOf(JsonArray parameters) => Height(parameters, "toBlock") - Height(parameters, "fromBlock") + 1;

    private static int Height(JsonArray parameters, string name) =>
        int.Parse(((string)parameters[0]![name]!).AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);

    private static Task<RpcFinding<RpcReceipt>> ReadAsync(RpcEndpointSet set, RpcReadMode mode) =>
        set.ReadReceiptAsync(Transaction, mode, atLeast: 0, Token);

    private RpcEndpointSet Set() => Set(_a, _b, _c);

    private RpcEndpointSet Set(params PlayedProvider[] providers) =>
        new([.. providers.Select(provider => provider.Client(_clock))], new RpcEndpointSetOptions(), _clock, []);
}
