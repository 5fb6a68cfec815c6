using System.Text.Json;
using ChainExec.Attribution.Processors;
using ChainExec.Calls.Abis;
using ChainExec.Engine.Tests.Indexing;
using ChainExec.Storage;
using ChainExec.TestKit;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace ChainExec.Engine.Tests.Attribution;

/// <summary>Whatever the code of one processor does, movements and the other processors go on.</summary>
public sealed class ProcessorGuardTests : IAsyncLifetime
{
    private readonly ProcessorBench _bench = new();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => default;

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    [Fact]
    public async Task Whatever_cannot_be_kept_parks_its_processor_and_nobody_else()
    {
        var good = new ScriptedProcessor("test.good", ScriptedProcessor.Approved);
        IReadOnlyDictionary<string, Func<int, IEnumerable<ProcessorRecord>>> bad = Mistakes();
        await _bench.StartAsync(services =>
        {
            foreach ((string name, Func<int, IEnumerable<ProcessorRecord>> makes) in bad)
                services.AddLogProcessor<Erc20.ApprovalEvent>(new ScriptedProcessor($"test.bad.{name}", makes));
            services.AddLogProcessor<Erc20.ApprovalEvent>(new ScriptedProcessor("test.late.commas", ScriptedProcessor.Approved)
            {
                Tells = _ => [new ProcessorFact("test.long", Enumerable.Repeat(1, 29_000))],
            });
            services.AddLogProcessor<Erc20.ApprovalEvent>(new ScriptedProcessor("test.late.many", ScriptedProcessor.Approved)
            {
                Tells = _ => Endless(new ProcessorFact("test.many", 1)),
            });
            services.AddLogProcessor<Erc20.ApprovalEvent>(good);
        });
        _bench.Node.Mine(_bench.OfOurs(
            ProcessorBench.Approval(5), A.Transfer(ProcessorBench.Token, ProcessorBench.Outside, ProcessorBench.Ours, 9)));
        _bench.Node.Mine(_bench.OfOurs(A.Transfer(ProcessorBench.Token, ProcessorBench.Outside, ProcessorBench.Ours, 8)));
        await _bench.FinalizeAsync();

        Assert.Equal(
            [.. bad.Keys.Select(name => $"test.bad.{name} False 1").Order(StringComparer.Ordinal),
                "test.late.commas False 1", "test.late.many False 1"],
            await _bench.ParkedAsync());
        Assert.Equal(
            ["confirmed 8", "confirmed 9"],
            await _bench.Index.LinesAsync(
                "select phase, amount from attribution.v_movement where kind = 'token' order by amount", Cancelled));
        Assert.Equal(["0 approved confirmed"], await _bench.RecordsAsync("test.good"));
        Assert.Equal(["0 approval confirmed"], await _bench.RecordsAsync("erc20.approval"));
        Assert.Equal(
            0, await _bench.Index.CountAsync("select count(*) from attribution.v_processor where behind > 0", Cancelled));
    }

    [Fact]
    public async Task Code_that_does_not_return_is_left_behind_and_the_others_go_on()
    {
        using var returns = new ManualResetEventSlim();
        var hanging = new ScriptedProcessor("test.hanging", amount =>
        {
            if (amount == 6)
                returns.Wait(Cancelled);
            return ScriptedProcessor.Approved(amount);
        });
        var good = new ScriptedProcessor("test.good", ScriptedProcessor.Approved);
        await _bench.StartAsync(
            services => services.AddLogProcessor<Erc20.ApprovalEvent>(hanging).AddLogProcessor<Erc20.ApprovalEvent>(good),
            ("Attribution:ProcessorBudget", "00:00:00.2"));
        _bench.Node.Mine(_bench.OfOurs(ProcessorBench.Approval(6)));
        await _bench.FinalizeAsync();
        _bench.Node.Mine(_bench.OfOurs(ProcessorBench.Approval(7)));
        await _bench.FinalizeAsync();
        IReadOnlyList<string> parked = await _bench.Index.LinesAsync("select processor, error from attribution.v_parked_block", Cancelled);
        IReadOnlyList<string> incidents = await _bench.IncidentsAsync();
        IReadOnlyList<string> others = await _bench.RecordsAsync("test.good");

        returns.Set();
        await Eventually.TrueAsync(
            async () =>
            {
                await _bench.Index.SettleAsync(Cancelled);
                return (await _bench.RecordsAsync("test.hanging")).Count == 1;
            },
            TimeSpan.FromSeconds(10), "the processor goes on", Cancelled);
        await _bench.Index.ReleaseAsync("test.hanging", Cancelled);
        await _bench.Index.SettleAsync(Cancelled);

        Assert.Equal(["test.hanging TimeoutException: It did not return within 00:00:00.2000000."], parked);
        Assert.Equal(["processor_parked test.hanging"], incidents);
        Assert.Equal(["0 approved confirmed", "0 approved confirmed"], others);
        Assert.Equal(["0 approved confirmed", "0 approved confirmed"], await _bench.RecordsAsync("test.hanging"));
        Assert.Empty(await _bench.IncidentsAsync());
    }

    [Fact]
    public async Task Transaction_with_more_logs_than_a_turn_has_room_for_is_read_in_parts_each_log_once()
    {
        var processor = new ScriptedProcessor("test.approvals", ScriptedProcessor.Approved)
        {
            Tells = record => [new ProcessorFact("test.approved", record.Body)],
        };
        await StartBoundedAsync(processor);
        int turns = 0;
        using (Boundary.Observe(passed => turns += passed == Boundary.ProcessorsRun ? 1 : 0))
        {
            _bench.Node.Mine(_bench.OfOurs([.. Enumerable.Range(1, 23).Select(ProcessorBench.Approval)]), _bench.OfOurs(
                ProcessorBench.Approval(24)));
            await _bench.Index.SettleAsync(Cancelled);
        }

        await _bench.FinalizeAsync();

        Assert.True(turns >= 2 * 5, $"{turns} turns for 24 logs, five at a time, in two groups.");
        Assert.Equal(Enumerable.Range(1, 24), processor.Seen);
        Assert.Equal(
            ["24 24 24"],
            await _bench.Index.LinesAsync(
                """
                select count(*), count(distinct body->>'amount'), count(*) filter (where phase = 'confirmed')
                from   attribution.v_record where processor = 'test.approvals'
                """, Cancelled));
        Assert.Equal(
            [.. Enumerable.Range(1, 24).Select(amount => $"{amount}")],
            await _bench.Index.LinesAsync(
                "select payload->>'amount' from facts.v_stream where type = 'test.approved' order by position", Cancelled));
        Assert.Equal(
            ["1", "23"],
            await _bench.Index.LinesAsync(
                "select body->>'logs' from attribution.v_record where processor = 'test.whole' order by (body->>'logs')::int", Cancelled));
        Assert.Equal(0, await _bench.Index.CountAsync("select count(*) from attribution.partial", Cancelled));
    }

    [Fact]
    public async Task Processor_that_throws_inside_a_transaction_of_many_logs_goes_on_there()
    {
        bool throws = true;
        var processor = new ScriptedProcessor("test.approvals", amount => throws && amount == 13
            ? throw new InvalidOperationException("A mistake.")
            : ScriptedProcessor.Approved(throws ? amount : amount + 100));
        await StartBoundedAsync(processor);
        _bench.Node.Mine(_bench.OfOurs([.. Enumerable.Range(1, 23).Select(ProcessorBench.Approval)]));
        await _bench.FinalizeAsync();
        IReadOnlyList<string> parked = await _bench.ParkedAsync();
        IReadOnlyList<string> meanwhile = await _bench.RecordsAsync("test.approvals");
        throws = false;
        await _bench.Index.ReleaseAsync("test.approvals", Cancelled);
        await _bench.Index.SettleAsync(Cancelled);

        Assert.Equal(["test.approvals False 1", "test.whole True 1"], parked);
        Assert.Equal([.. Enumerable.Range(0, 10).Select(log => $"{log} approved included")], meanwhile);
        Assert.Empty(await _bench.ParkedAsync());
        Assert.Equal(
            [.. Enumerable.Range(1, 10).Concat(Enumerable.Range(111, 13)).Select(amount => $"{amount} confirmed")],
            await _bench.Index.LinesAsync(
                "select body->>'amount', phase from attribution.v_record where processor = 'test.approvals' order by log_index",
                Cancelled));
        Assert.Equal(["-1 whole confirmed"], await _bench.RecordsAsync("test.whole"));
    }

    private Task StartBoundedAsync(ScriptedProcessor processor) => _bench.StartAsync(
        services => services.AddLogProcessor<Erc20.ApprovalEvent>(processor).AddSingleton<ITransactionProcessor>(new Whole()),
        ("Attribution:LogsPerTurnMax", "5"), ("Attribution:EndsPerTurnMax", "5"));

    private static Dictionary<string, Func<int, IEnumerable<ProcessorRecord>>> Mistakes() => new()
    {
        ["alert.control"] = _ => Alert("test.alert", "a\0b", "detail"),
        ["alert.detail"] = _ => Alert("test.alert", "subject", "half \ud83d of one"),
        ["alert.half"] = _ => Alert("test.alert", "half \ud83d of one", "detail"),
        ["alert.kind"] = _ => Alert("slot_stuck", "subject", "detail"),
        ["alert.kind_none"] = _ => Alert(null!, "subject", "detail"),
        ["alert.long"] = _ => Alert("test.alert", new string('a', 501), "detail"),
        ["alert.many"] = _ => Enumerable.Range(0, 101).SelectMany(at => Alert("test.alert", $"subject {at}", "detail")),
        ["body.circle"] = _ => Body(new Circle()),
        ["body.endless"] = _ => Body(Endless(1)),
        ["body.half"] = _ => Body(JsonSerializer.Deserialize<JsonElement>("""{"text":"\ud83d"}""")),
        ["body.huge"] = _ => Body(new string('a', 20_000)),
        ["body.number"] = _ => Body(JsonSerializer.Deserialize<JsonElement>("""{"number":1e400000}""")),
        ["cancelled"] = _ => throw new OperationCanceledException("Nobody asked."),
        ["endless"] = _ => Endless(new ProcessorRecord("approved", null)),
        ["late"] = _ => Late(),
        ["nothing"] = _ => null!,
        ["nothing.inside"] = _ => [null!],
        ["says.nul"] = _ => throw new InvalidOperationException("A mistake\0 with half \ud83d of one."),
    };

    private static IEnumerable<ProcessorRecord> Alert(string kind, string subject, string detail) =>
        [new ProcessorRecord("approved", null) { Alert = new ProcessorAlert(kind, subject, detail) }];

    private static IEnumerable<ProcessorRecord> Body(object body) => [new ProcessorRecord("approved", body)];

    private static IEnumerable<T> Endless<T>(T item)
    {
        while (true)
            yield return item;
    }

    private static IEnumerable<ProcessorRecord> Late()
    {
        yield return new ProcessorRecord("approved", null);
        throw new TimeoutException("A mistake behind the first record.");
    }

    private sealed class Circle
    {
        public Circle Itself => this;
    }

    private sealed class Whole : ITransactionProcessor
    {
        public string Name => "test.whole";

        public IReadOnlyCollection<string> Reads => ["test.approvals"];

        public IEnumerable<ProcessorRecord> OnIncluded(MergedTransaction transaction) =>
            [new ProcessorRecord("whole", new { Logs = transaction.Logs.Count, Records = transaction.Records.Count })];
    }
}
