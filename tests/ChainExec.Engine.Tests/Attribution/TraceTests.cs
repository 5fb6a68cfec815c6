using System.Text.Json.Nodes;
using ChainExec.Calls.Abis;
using ChainExec.Engine.Tests.Indexing;
using ChainExec.Ethereum;
using ChainExec.Storage;
using ChainExec.TestKit;
using Npgsql;
using Xunit;

namespace ChainExec.Engine.Tests.Attribution;

/// <summary>What providers say about frames: whatever it is, nothing waits for ever, and one provider alone moves no money.</summary>
public sealed class TraceTests : IAsyncLifetime
{
    private static readonly Address Unlisted = A.Address(40);

    private readonly List<ScriptedNode> _nodes = [];
    private IndexHarness _index = null!;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private static ScriptedCall Paid => new(ProcessorBench.Vendor, 700, [], 1000, Fails: false);

    private ScriptedNode Node => _nodes[0];

    public ValueTask InitializeAsync() => default;

    public async ValueTask DisposeAsync()
    {
        await _index.DisposeAsync();
        foreach (ScriptedNode node in _nodes)
            await node.DisposeAsync();
    }

    [Fact]
    public async Task Transaction_at_which_attribution_throws_is_decided_with_the_reason_and_keeps_nobody_waiting()
    {
        await StartAsync(nodes: 1);
        ScriptedTransaction spoilt = await SendAsync(Transfer(1), Transfer(2));
        ScriptedTransaction good = await SendAsync(Transfer(3), Transfer(4));
        Node.Trace = _ => "not a frame";
        Node.Mine(spoilt, good);
        await _index.IndexAsync(Cancelled);
        await _index.SettleAsync(Cancelled);
        await _index.ExecuteAsync(
            $"""
            set session_replication_role = replica;
            update calls.call set expected = '[7]' where intent_id in (
                select intent_id from execution.v_transaction_intent where tx_hash = '\x{spoilt.Hash.ToString()[2..]}');
            """, Cancelled);
        Node.Trace = _ => Trace(good, Transfer(3), Transfer(4));
        await FinalizeAsync();

        Assert.Equal(["attributed -", "unattributed trace_unusable"], await StatesAsync());
        Assert.Equal(["trace_mismatch"], await IncidentsAsync());
        Assert.Equal(
            ["JsonException"],
            await _index.LinesAsync(
                "select split_part(detail, ':', 1) from attribution.v_transaction where state = 'unattributed'", Cancelled));
    }

    [Fact]
    public async Task Transaction_that_waits_is_asked_for_however_often_it_was()
    {
        await StartAsync(nodes: 1, quorum: 1, ("Attribution:AttemptsMax", "1"), ("Attribution:AttemptsBeforeUnattributed", "100"));
        ScriptedTransaction run = await SendAsync(Transfer(1), Transfer(2));
        Func<Hash32, JsonNode?>? trace = Node.Trace;
        Node.Trace = _ => "not a frame";
        Node.Mine(run);
        await FinalizeAsync();
        IReadOnlyList<string> waiting = await StatesAsync();
        PostgresException refused = await Assert.ThrowsAsync<PostgresException>(() => _index.ExecuteAsync(
            "update attribution.transaction set next_attempt_at = null", Cancelled));
        Node.Trace = trace;
        await _index.AskAgainAsync(transaction: null, trace: false, Cancelled);
        await _index.SettleAsync(Cancelled);

        Assert.Equal(["waiting -"], waiting);
        Assert.Equal("waiting_is_asked_for", refused.ConstraintName);
        Assert.Equal(["attributed -"], await StatesAsync());
    }

    [Fact]
    public async Task Trace_that_takes_long_keeps_no_other_transaction_waiting_and_no_other_chain()
    {
        await StartAsync(
            nodes: 1, quorum: 1, ("Chains:1:Id", "77"), ("Chains:1:Name", "other"), ("Chains:1:Finality:Mode", "tag"),
            ("Chains:1:Finality:Quorum", "1"), ("Chains:1:Providers:0:Name", "other"),
            ("Chains:1:Providers:0:Http", "http://127.0.0.1:1/"));
        ScriptedTransaction slow = await SendAsync(Transfer(1), Transfer(2));
        ScriptedTransaction quick = await SendAsync(Transfer(3), Transfer(4));
        using var answers = new ManualResetEventSlim();
        Node.Trace = hash =>
        {
            if (hash == slow.Hash)
                answers.Wait(Cancelled);
            return hash == slow.Hash ? Trace(slow, Transfer(1), Transfer(2)) : Trace(quick, Transfer(3), Transfer(4));
        };
        Node.Mine(slow, quick);
        await _index.IndexAsync(Cancelled);
        IReadOnlyList<IWorker> tracers = [.. Workers("attribution.tracer.")];
        foreach (IWorker worker in Workers("facts.").Concat(Workers("facts.")))
            await worker.RunTurnAsync(Cancelled);
        Task<int> turn = Task.Run(
            () => tracers.Single(one => one.Name.EndsWith("31337", StringComparison.Ordinal)).RunTurnAsync(Cancelled));
        await Eventually.TrueAsync(
            async () => (await StatesAsync()).Contains("attributed -"), TimeSpan.FromSeconds(10), "the quick one is attributed", Cancelled);
        IReadOnlyList<string> meanwhile = await StatesAsync();
        int others = await tracers.Single(one => one.Name.EndsWith(".77", StringComparison.Ordinal)).RunTurnAsync(Cancelled);
        answers.Set();

        Assert.Equal(2, await turn);
        Assert.Equal(0, others);
        Assert.Equal(["attributed -", "waiting -"], meanwhile);
        Assert.Equal(["attributed -", "attributed -"], await StatesAsync());
    }

    [Fact]
    public async Task Traces_that_fit_the_receipt_and_differ_are_a_dispute_that_a_third_provider_settles()
    {
        await StartAsync(nodes: 3);
        ScriptedTransaction run = await SendAsync(Transfer(1), Paid);
        _nodes[1].Trace = _ => Trace(run, Transfer(1), Paid with { Value = 701 });
        Mine(run);
        await FinalizeAsync();
        IReadOnlyList<string> disputed = await StatesAsync();
        IReadOnlyList<string> incidents = await IncidentsAsync();
        IReadOnlyList<string> inside = await InsideAsync();
        _nodes[2].Trace = _nodes[0].Trace;
        await PassAsync();

        Assert.Equal(["unattributed trace_disputed"], disputed);
        Assert.Equal(["trace_disputed"], incidents);
        Assert.Empty(inside);
        Assert.Equal(["attributed -"], await StatesAsync());
        Assert.Empty(await IncidentsAsync());
        Assert.Equal(["700"], await InsideAsync());
        Assert.Equal(
            ["node0,node2 True"],
            await _index.LinesAsync("select array_to_string(witnesses, ','), proven from attribution.v_decision", Cancelled));
    }

    [Fact]
    public async Task One_provider_alone_attributes_and_moves_no_money_inside_until_another_tells_the_same()
    {
        await StartAsync(nodes: 2);
        ScriptedTransaction run = await SendAsync(Transfer(1), Paid);
        Mine(run);
        await FinalizeAsync();
        IReadOnlyList<string> alone = await StatesAsync();
        IReadOnlyList<string> inside = await InsideAsync();
        await PassAsync();
        long generations = await _index.CountAsync("select generation from attribution.v_transaction", Cancelled);
        _nodes[1].Trace = _nodes[0].Trace;
        await PassAsync();

        Assert.Equal(["attributed -"], alone);
        Assert.Empty(inside);
        Assert.Equal(1, generations);
        Assert.Equal(["700"], await InsideAsync());
    }

    [Fact]
    public async Task Attribution_that_is_run_again_reads_the_assets_of_the_first_time()
    {
        await StartAsync(nodes: 1);
        ScriptedCall leaking = Transfer(1) with { Logs = [.. Transfer(1).Logs, A.Transfer(Unlisted, ProcessorBench.Ours, Unlisted, 3)] };
        ScriptedTransaction run = await SendAsync(leaking, Transfer(2));
        Node.Mine(run);
        await FinalizeAsync();
        IReadOnlyList<string> before = await FindingsAsync();
        await _index.ListAsync("later", Unlisted, Cancelled);
        await _index.AskAgainAsync(run.Hash, trace: true, Cancelled);
        await _index.SettleAsync(Cancelled);

        Assert.Equal(2, await _index.CountAsync("select generation from attribution.v_transaction", Cancelled));
        Assert.Equal(before, await FindingsAsync());
        Assert.Equal(
            1, await _index.CountAsync("select count(distinct (listed_by, batch_table)) from attribution.v_decision", Cancelled));
    }

    private static ScriptedCall Transfer(int amount) => new(
        ProcessorBench.Token, 0, new Erc20.TransferCall(ProcessorBench.Vendor, UInt256.FromBigInteger(amount)).Encode(), 1000, Fails: false,
        A.Transfer(ProcessorBench.Token, ProcessorBench.Ours, ProcessorBench.Vendor, amount));

    private static JsonObject Trace(ScriptedTransaction run, params IReadOnlyList<ScriptedCall> calls)
    {
        JsonObject root = ScriptedTrace.Frames(ProcessorBench.Ours, calls);
        root["input"] = Hex.Encode(run.Input);
        return root;
    }

    private async Task StartAsync(int nodes, int? quorum = null, params IEnumerable<(string Key, string Value)> settings)
    {
        while (_nodes.Count < nodes)
            _nodes.Add(await ScriptedNode.StartAsync(Cancelled, _nodes.Count == 0 ? null : Node.Chain[0]));
        var options = new HarnessOptions
        {
            Quorum = quorum ?? Math.Min(nodes, 2), Settings = settings.ToDictionary(one => one.Key, one => (string?)one.Value),
        };
        _index = await IndexHarness.CreateAsync([.. _nodes.Select(node => node.Uri)], options, Cancelled);
        await _index.RegisterAccountAsync(ProcessorBench.Ours, Cancelled);
        await _index.ListAsync("tusd", ProcessorBench.Token, Cancelled);
        await _index.ListAsync("eth", contract: null, Cancelled);
        await _index.StandInForExecutionAsync(Cancelled);
    }

    private async Task<ScriptedTransaction> SendAsync(params IReadOnlyList<ScriptedCall> calls)
    {
        ScriptedTransaction run = ScriptedTrace.Transaction(ProcessorBench.Ours, calls);
        Guid intent = Guid.CreateVersion7(TimeProvider.System.GetUtcNow());
        await _index.SentAsync(
            run.Hash, ProcessorBench.Ours,
            [.. calls.Select(call => new SentCall(call.To, call.Value, call.Data, [], "payment") { Intent = intent })], Cancelled);
        Node.Trace = _ => ScriptedTrace.Frames(ProcessorBench.Ours, calls);
        return run;
    }

    private void Mine(ScriptedTransaction transaction)
    {
        Node.Mine(transaction);
        Follow();
    }

    private void Follow()
    {
        foreach (ScriptedNode other in _nodes.Skip(1))
        {
            other.Switch(Node.Chain);
            other.Finalized = Node.Finalized;
        }
    }

    private async Task FinalizeAsync()
    {
        Node.MineEmpty(2);
        Node.Finalized = Node.Head.Number;
        Follow();
        await _index.SettleAsync(Cancelled);
        await PassAsync();
        Assert.Equal(0, await _index.CountAsync("select count(*) from facts.v_parked", Cancelled));
    }

    private async Task PassAsync()
    {
        for (int attempt = 0; attempt < 4; attempt++)
        {
            await _index.ExecuteAsync("update storage.clock_offset set shift = shift + interval '1 hour'", Cancelled);
            await _index.SettleAsync(Cancelled);
        }
    }

    private IEnumerable<IWorker> Workers(string prefix) =>
        _index.Workers.Where(worker => worker.Name.StartsWith(prefix, StringComparison.Ordinal));

    private Task<IReadOnlyList<string>> StatesAsync() =>
        _index.LinesAsync("select state, reason from attribution.v_transaction order by state", Cancelled);

    private Task<IReadOnlyList<string>> IncidentsAsync() =>
        _index.LinesAsync("select kind from execution.v_incident order by kind", Cancelled);

    private Task<IReadOnlyList<string>> FindingsAsync() => _index.LinesAsync(
        "select ordinal, kind, observed from attribution.v_finding order by finding", Cancelled);

    private Task<IReadOnlyList<string>> InsideAsync() => _index.LinesAsync(
        "select amount from attribution.v_movement where processor = 'native.internal' and phase = 'confirmed'", Cancelled);
}
