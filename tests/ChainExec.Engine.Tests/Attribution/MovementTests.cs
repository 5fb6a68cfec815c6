using System.Text.Json.Nodes;
using ChainExec.Engine.Tests.Indexing;
using ChainExec.Ethereum;
using ChainExec.Facts.Contracts;
using ChainExec.Storage;
using Xunit;

namespace ChainExec.Engine.Tests.Attribution;

/// <summary>What moved is told when its block is final, whoever waits for a trace; what moved inside, when the trace has come.</summary>
public sealed class MovementTests : IAsyncLifetime
{
    private readonly ProcessorBench _bench = new();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => await _bench.StartAsync();

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    [Fact]
    public async Task Batch_that_waits_for_its_trace_moves_at_once_and_is_its_intents()
    {
        ScriptedTransaction run = await _bench.SendAsync(
            _bench.Transfer(ProcessorBench.Vendor, 500), _bench.Transfer(ProcessorBench.House, 110));
        Func<Hash32, JsonNode?>? trace = _bench.Node.Trace;
        _bench.Node.Trace = _ => "not a frame";
        _bench.Node.Mine(run);
        await _bench.FinalizeAsync();
        IReadOnlyList<string> states = await StatesAsync();
        IReadOnlyList<string> told = await ToldAsync();
        _bench.Node.Trace = trace;
        await _bench.Index.ExecuteAsync("update storage.clock_offset set shift = shift + interval '1 hour'", Cancelled);
        await _bench.Index.SettleAsync(Cancelled);

        Assert.Equal(["waiting confirmed"], states);
        Assert.Equal(["gas 21000000000000 of an intent", "token 500 of an intent", "token 110 of an intent"], told);
        Assert.Equal(["attributed confirmed"], await StatesAsync());
        Assert.Equal(told, await ToldAsync());
        Assert.Equal(
            ["confirmed call", "confirmed call"],
            await _bench.Index.LinesAsync("select phase, attribution from attribution.v_movement where kind = 'token'", Cancelled));
    }

    [Fact]
    public async Task Batch_that_was_decided_before_anybody_looked_moves_once()
    {
        ScriptedTransaction run = await _bench.SendAsync(
            _bench.Transfer(ProcessorBench.Vendor, 500), new ScriptedCall(ProcessorBench.Vendor, 700, [], 1000, Fails: false));
        _bench.Node.Mine(run);
        _bench.Node.MineEmpty(2);
        _bench.Node.Finalized = _bench.Node.Head.Number;
        await _bench.Index.IndexAsync(Cancelled);
        for (int turn = 0; turn < 5; turn++)
        {
            foreach (IWorker worker in _bench.Index.Workers)
            {
                if (worker.Name is not ("attribution.movements" or "attribution.processors"))
                    await worker.RunTurnAsync(Cancelled);
            }
        }

        IReadOnlyList<string> states = await StatesAsync();
        await _bench.Index.SettleAsync(Cancelled);

        Assert.Equal(["attributed confirmed"], states);
        Assert.Empty(await _bench.ParkedAsync());
        Assert.Equal(["native 700 -", "gas 21000000000000 of an intent", "token 500 of an intent"], await ToldAsync());
    }

    [Fact]
    public async Task Batch_that_is_orphaned_while_it_waits_has_its_movements_reversed()
    {
        ScriptedTransaction run = await _bench.SendAsync(
            _bench.Transfer(ProcessorBench.Vendor, 500), _bench.Transfer(ProcessorBench.House, 1));
        _bench.Node.Trace = _ => "not a frame";
        _bench.Node.Mine(run);
        await _bench.Index.SettleAsync(Cancelled);
        _bench.Node.Rewind(1);
        _bench.Node.MineEmpty(2);
        await _bench.FinalizeAsync();

        Assert.Equal(["dropped orphaned"], await StatesAsync());
        Assert.Empty(await ToldAsync());
        Assert.Equal(
            ["orphaned"], await _bench.Index.LinesAsync("select distinct phase from attribution.v_movement", Cancelled));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Native_value_that_a_call_moved_is_a_movement_of_its_frame(bool late)
    {
        var paid = new ScriptedCall(ProcessorBench.Vendor, 700, [], 1000, Fails: false);
        ScriptedTransaction run = await _bench.SendAsync(
            _bench.Transfer(ProcessorBench.Vendor, 500), paid, paid with { Value = 300, Fails = true });
        Func<Hash32, JsonNode?>? trace = _bench.Node.Trace;
        if (late)
            _bench.Node.Trace = null;
        _bench.Node.Mine(run);
        await _bench.FinalizeAsync();
        _bench.Node.Trace = trace;
        await _bench.Index.ExecuteAsync("update storage.clock_offset set shift = shift + interval '1 hour'", Cancelled);
        await _bench.Index.SettleAsync(Cancelled);
        await _bench.Index.AskAgainAsync(run.Hash, trace: true, Cancelled);
        await _bench.Index.SettleAsync(Cancelled);

        Assert.Equal(
            ["-4 700 confirmed"],
            await _bench.Index.LinesAsync(
                "select log_index, amount, phase from attribution.v_movement where processor = 'native.internal'", Cancelled));
        Assert.Equal(
            ["-4 native 700 -"],
            await _bench.Index.LinesAsync(
                $"""
                select payload->'movement'->>'log_index', payload->'movement'->>'kind', payload->'movement'->>'amount', payload->>'intent'
                from   facts.v_stream where type = '{MovementConfirmed.Type}' and (payload->'movement'->>'log_index')::int < -2
                """, Cancelled));
    }

    [Fact]
    public async Task Transactions_with_more_native_transfers_than_a_turn_has_room_for_have_turns_of_their_own()
    {
        await using var bench = new ProcessorBench();
        await bench.StartAsync(settings: ("Attribution:TransfersPerTurnMax", "3"));
        for (int sent = 0; sent < 3; sent++)
        {
            // The second one has more than the bound by itself.
            int calls = sent == 1 ? 4 : 2;
            bench.Node.Mine(await bench.SendAsync(
                [
                    .. Enumerable.Range(1, calls).Select(
                        wei => new ScriptedCall(ProcessorBench.Vendor, (100 * sent) + wei, [], 1000, Fails: false)),
                ]));
        }

        bench.Node.MineEmpty(2);
        bench.Node.Finalized = bench.Node.Head.Number;
        await bench.Index.IndexAsync(Cancelled);
        var turns = new List<long>();
        for (int turn = 0; turn < 20; turn++)
        {
            foreach (IWorker worker in bench.Index.Workers)
            {
                long before = await CountAsync(bench);
                await worker.RunTurnAsync(Cancelled);
                long now = await CountAsync(bench);
                if (now > before)
                    turns.Add(now - before);
            }
        }

        Assert.Equal([2, 4, 2], turns);
        Assert.Equal(
            ["1", "2", "101", "102", "103", "104", "201", "202"],
            await bench.Index.LinesAsync(
                "select amount from attribution.v_movement where processor = 'native.internal' and phase = 'confirmed' order by amount",
                Cancelled));

        static Task<long> CountAsync(ProcessorBench bench) => bench.Index.CountAsync(
            "select count(*) from attribution.movement where processor = 'native.internal'", Cancelled);
    }

    private Task<IReadOnlyList<string>> StatesAsync() =>
        _bench.Index.LinesAsync("select state, ended from attribution.v_transaction order by transaction_id", Cancelled);

    private Task<IReadOnlyList<string>> ToldAsync() => _bench.Index.LinesAsync(
        $"""
        select payload->'movement'->>'kind', payload->'movement'->>'amount', case when payload ? 'intent' then 'of an intent' end
        from   facts.v_stream where type = '{MovementConfirmed.Type}' order by position
        """, Cancelled);
}
