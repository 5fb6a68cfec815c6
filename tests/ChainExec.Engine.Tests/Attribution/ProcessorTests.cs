using ChainExec.Attribution.Processors;
using ChainExec.Calls.Abis;
using ChainExec.Engine.Tests.Indexing;
using ChainExec.Ethereum;
using ChainExec.Facts.Contracts;
using ChainExec.Storage;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace ChainExec.Engine.Tests.Attribution;

/// <summary>The contract of processors: each phase once, final or reversed; who throws is parked alone; new ones catch up.</summary>
public sealed class ProcessorTests : IAsyncLifetime
{
    private readonly ProcessorBench _bench = new();
    private readonly Counter _counter = new();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => await _bench.StartAsync(
        services => services.AddLogProcessor<Erc20.ApprovalEvent>(_counter).AddSingleton<ITransactionProcessor>(new Reader()));

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    [Fact]
    public async Task Record_is_tentative_then_final_and_tells_a_fact_once()
    {
        _bench.Node.Mine(_bench.OfOurs(Approval(5)));
        await _bench.Index.SettleAsync(Cancelled);
        IReadOnlyList<string> tentative = await _bench.RecordsAsync("test.approvals");
        await _bench.FinalizeAsync();
        await _bench.FinalizeAsync();

        Assert.Equal(["0 approved included"], tentative);
        Assert.Equal(["0 approved confirmed"], await _bench.RecordsAsync("test.approvals"));
        Assert.Equal(["5"], await FactsAsync());
        Assert.Equal((1, 1), (_counter.Included, _counter.Confirmed));
    }

    [Fact]
    public async Task Orphaned_record_is_closed_by_a_row_and_comes_again_with_its_transaction()
    {
        ScriptedTransaction approval = _bench.OfOurs(Approval(5));
        _bench.Node.Mine(approval);
        await _bench.Index.SettleAsync(Cancelled);
        _bench.Node.Rewind(1);
        _bench.Node.MineEmpty(2);
        await _bench.Index.SettleAsync(Cancelled);
        IReadOnlyList<string> orphaned = await _bench.RecordsAsync("test.approvals");
        _bench.Node.Mine(approval);
        await _bench.FinalizeAsync();

        Assert.Equal(["0 approved orphaned"], orphaned);
        Assert.Equal(["0 approved orphaned", "0 approved confirmed"], await _bench.RecordsAsync("test.approvals"));
        Assert.Equal(["5"], await FactsAsync());
        Assert.Equal((2, 1), (_counter.Included, _counter.Confirmed));
    }

    [Fact]
    public async Task Block_that_is_orphaned_and_returns_is_another_incarnation()
    {
        ScriptedBlock block = _bench.Node.Mine(_bench.OfOurs(Approval(5)));
        IReadOnlyList<ScriptedBlock> first = _bench.Node.Chain;
        await _bench.Index.SettleAsync(Cancelled);
        _bench.Node.Rewind(1);
        _bench.Node.MineEmpty(2);
        await _bench.Index.SettleAsync(Cancelled);
        _bench.Node.Switch(first);
        _bench.Node.MineEmpty(2);
        await _bench.FinalizeAsync();

        Assert.Equal(
            ["1 orphaned", "2 confirmed"],
            await _bench.Index.LinesAsync(
                $"""
                select incarnation, phase from attribution.v_record
                where  processor = 'test.approvals' and block_hash = '\x{block.Hash.ToString()[2..]}' order by id
                """, Cancelled));
    }

    [Fact]
    public async Task Processor_that_throws_is_parked_at_its_block_and_stops_nobody()
    {
        _counter.ThrowsAt = 6;
        _bench.Node.Mine(_bench.OfOurs(Approval(5), A.Transfer(ProcessorBench.Token, ProcessorBench.Outside, ProcessorBench.Ours, 9)));
        _bench.Node.Mine(_bench.OfOurs(Approval(6), A.Transfer(ProcessorBench.Token, ProcessorBench.Outside, ProcessorBench.Ours, 8)));
        _bench.Node.Mine(_bench.OfOurs(Approval(7)));
        await _bench.FinalizeAsync();
        IReadOnlyList<string> parked = await ParkedAsync();
        IReadOnlyList<string> before = await FactsAsync();
        IReadOnlyList<string> incidents = await IncidentsAsync();

        _counter.ThrowsAt = null;
        await _bench.Index.ReleaseAsync("test.approvals", Cancelled);
        await _bench.Index.SettleAsync(Cancelled);

        Assert.Equal(["test.approvals False 2", "test.reader True 2"], parked);
        Assert.Equal(["5", "7"], before);
        Assert.Equal(["processor_parked test.approvals", "processor_parked test.reader"], incidents);
        Assert.Equal(
            ["confirmed 8", "confirmed 9"],
            await _bench.Index.LinesAsync(
                "select phase, amount from attribution.v_movement where kind = 'token' order by amount", Cancelled));
        Assert.Empty(await ParkedAsync());
        Assert.Empty(await IncidentsAsync());
        Assert.Equal(["5", "7", "6"], await FactsAsync());
        Assert.Equal(3, (await _bench.RecordsAsync("test.reader")).Count);
        Assert.All(await _bench.RecordsAsync("test.reader"), record => Assert.EndsWith("read confirmed", record, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Processor_that_throws_at_finality_tells_nothing_of_that_block_until_it_is_mended()
    {
        _counter.ThrowsAtEnd = 6;
        _bench.Node.Mine(_bench.OfOurs(Approval(6), Approval(5)));
        await _bench.FinalizeAsync();
        IReadOnlyList<string> before = await FactsAsync();
        IReadOnlyList<string> records = await _bench.RecordsAsync("test.approvals");
        _counter.ThrowsAtEnd = null;
        await _bench.Index.ReleaseAsync("test.approvals", Cancelled);
        await _bench.Index.SettleAsync(Cancelled);

        Assert.Empty(before);
        Assert.Equal(["0 approved included", "1 approved included"], records);
        Assert.Equal(["6", "5"], await FactsAsync());
    }

    [Fact]
    public async Task Record_that_cannot_be_stored_parks_its_processor_and_not_the_others()
    {
        _counter.Text = "nothing\0here";
        _bench.Node.Mine(_bench.OfOurs(Approval(5), A.Transfer(ProcessorBench.Token, ProcessorBench.Outside, ProcessorBench.Ours, 9)));
        await _bench.FinalizeAsync();

        Assert.Equal(["test.approvals False 1", "test.reader True 1"], await ParkedAsync());
        Assert.Equal(1, await _bench.Index.CountAsync("select count(*) from attribution.v_movement where kind = 'token'", Cancelled));
    }

    [Fact]
    public async Task Fact_in_the_name_of_the_engine_is_refused()
    {
        _counter.FactType = MovementConfirmed.Type;
        _bench.Node.Mine(_bench.OfOurs(Approval(5)));
        await _bench.FinalizeAsync();

        Assert.Equal(["test.approvals False 1"], await ParkedAsync());
        Assert.Equal(
            0, await _bench.Index.CountAsync(
                "select count(*) from facts.v_stream where type = 'attribution.movement_confirmed' and payload ? 'amount'", Cancelled));
    }

    [Fact]
    public async Task New_processor_catches_up_with_history_beside_the_live_ones()
    {
        _bench.Node.Mine(_bench.OfOurs(Approval(5)));
        await _bench.FinalizeAsync();
        var late = new Counter { Name = "test.late" };
        await using IndexHarness another = _bench.Index.Another(
            [_bench.Node.Uri],
            new HarnessOptions
            {
                Services = services => services.AddLogProcessor<Erc20.ApprovalEvent>(_counter)
                    .AddSingleton<ITransactionProcessor>(new Reader()).AddLogProcessor<Erc20.ApprovalEvent>(late),
            });
        await another.SettleAsync(Cancelled);

        Assert.Equal(["0 approved confirmed"], await _bench.RecordsAsync("test.late"));
        Assert.Equal((1, 1), (_counter.Included, late.Included));
        Assert.Equal(
            0, await _bench.Index.CountAsync("select count(*) from attribution.v_processor where behind > 0", Cancelled));
    }

    [Theory]
    [InlineData(Boundary.ProcessorsRun)]
    [InlineData(Boundary.ProcessorsCommitted)]
    [InlineData(Boundary.FactsMoved)]
    public async Task Crash_at_a_boundary_leaves_each_phase_once(string boundary)
    {
        _bench.Node.Mine(_bench.OfOurs(Approval(5)));
        int crashes = 0;
        for (int process = 0; process < 3; process++)
        {
            using IDisposable _ = Boundary.Observe(passed =>
            {
                if (passed == boundary)
                    throw new OperationCanceledException("The process ends here.");
            });
            try
            {
                await _bench.Index.SettleAsync(Cancelled);
            }
            catch (OperationCanceledException)
            {
                crashes++;
            }
        }

        Assert.True(crashes > 0);
        await _bench.FinalizeAsync();

        Assert.Equal(["0 approved confirmed"], await _bench.RecordsAsync("test.approvals"));
        Assert.Equal(["5"], await FactsAsync());
        Assert.Equal(
            ["confirmed 1", "included 1"],
            await _bench.Index.LinesAsync(
                "select phase, count(*) from attribution.processed where processor = 'test.approvals' group by 1 order by 1", Cancelled));
    }

    [Fact]
    public async Task Paused_token_is_an_incident_although_no_account_of_ours_is_near_and_it_closes_when_it_resumes()
    {
        _bench.Node.Mine(Stranger(FiatToken.PauseEvent.Topic0));
        await _bench.Index.SettleAsync(Cancelled);
        IReadOnlyList<string> paused = await IncidentsAsync();
        _bench.Node.Mine(Stranger(FiatToken.UnpauseEvent.Topic0));
        await _bench.FinalizeAsync();

        Assert.Equal([$"token_paused 31337:{ProcessorBench.Token}"], paused);
        Assert.Empty(await IncidentsAsync());
        Assert.Equal(["0 token_paused confirmed"], await _bench.RecordsAsync("fiat_token.pause"));
    }

    [Fact]
    public async Task Incident_of_an_orphaned_pause_is_over()
    {
        _bench.Node.Mine(Stranger(FiatToken.PauseEvent.Topic0));
        await _bench.Index.SettleAsync(Cancelled);
        _bench.Node.Rewind(1);
        _bench.Node.MineEmpty(2);
        await _bench.Index.SettleAsync(Cancelled);

        Assert.Empty(await IncidentsAsync());
    }

    [Fact]
    public async Task Only_a_block_of_an_account_of_ours_is_an_incident()
    {
        _bench.Node.Mine(Stranger(FiatToken.BlacklistedEvent.Topic0, A.Topic(ProcessorBench.Outside)));
        _bench.Node.Mine(Stranger(FiatToken.BlacklistedEvent.Topic0, A.Topic(ProcessorBench.Ours)));
        await _bench.FinalizeAsync();

        Assert.Equal([$"account_blocked 31337:{ProcessorBench.Token}:{ProcessorBench.Ours}"], await IncidentsAsync());
        Assert.Equal(2, (await _bench.RecordsAsync("fiat_token.blacklisted")).Count);
    }

    private static ScriptedLog Approval(int amount) => ProcessorBench.Approval(amount);

    private static ScriptedTransaction Stranger(params IReadOnlyList<Hash32> topics) => ProcessorBench.Stranger(topics);

    private Task<IReadOnlyList<string>> FactsAsync() =>
        _bench.Index.LinesAsync("select payload->>'amount' from facts.v_stream where type = 'test.approved' order by position", Cancelled);

    private Task<IReadOnlyList<string>> ParkedAsync() => _bench.ParkedAsync();

    private Task<IReadOnlyList<string>> IncidentsAsync() => _bench.IncidentsAsync();

    private sealed class Counter : ILogProcessor<Erc20.ApprovalEvent>
    {
        public string Name { get; init; } = "test.approvals";

        public AddressSource Source { get; } = new AddressSource.ListedAssets();

        public int Included { get; private set; }

        public int Confirmed { get; private set; }

        public int? ThrowsAt { get; set; }

        public int? ThrowsAtEnd { get; set; }

        public string Text { get; set; } = "text";

        public string FactType { get; set; } = "test.approved";

        public IEnumerable<ProcessorRecord> OnIncluded(DecodedLog<Erc20.ApprovalEvent> log)
        {
            if (log.Event.Value == (ulong?)ThrowsAt)
                throw new InvalidOperationException("A mistake.");
            Included++;
            return [new ProcessorRecord("approved", new { Amount = log.Event.Value.ToString(), Text })];
        }

        public IEnumerable<ProcessorFact> OnConfirmed(ConfirmedRecord record)
        {
            if (record.Body.GetProperty("amount").GetString() == $"{ThrowsAtEnd}")
                throw new InvalidOperationException("A mistake at the end.");
            Confirmed++;
            return [new ProcessorFact(FactType, record.Body)];
        }
    }

    private sealed class Reader : ITransactionProcessor
    {
        public string Name => "test.reader";

        public IReadOnlyCollection<string> Reads => ["test.approvals"];

        public IEnumerable<ProcessorRecord> OnIncluded(MergedTransaction transaction) =>
            transaction.Records.Count > 0 ? [new ProcessorRecord("read", new { transaction.Records.Count })] : [];
    }
}
