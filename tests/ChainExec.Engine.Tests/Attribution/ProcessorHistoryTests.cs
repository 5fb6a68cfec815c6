using ChainExec.Attribution.Processors;
using ChainExec.Calls.Abis;
using ChainExec.Engine.Tests.Indexing;
using ChainExec.Ethereum;
using ChainExec.Facts.Contracts;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace ChainExec.Engine.Tests.Attribution;

/// <summary>What processors said before: reorgs take it back, later versions replace it, later listings do not change it.</summary>
public sealed class ProcessorHistoryTests : IAsyncLifetime
{
    private readonly ProcessorBench _bench = new();
    private readonly ScriptedProcessor _first = new("test.approvals", ScriptedProcessor.Approved)
    {
        Tells = record => [new ProcessorFact("test.approved", record.Body)],
    };

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private static string Paused => $"token_paused 31337:{ProcessorBench.Token}";

    public async ValueTask InitializeAsync() =>
        await _bench.StartAsync(services => services.AddLogProcessor<Erc20.ApprovalEvent>(_first));

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    [Fact]
    public async Task Pause_whose_end_a_reorg_takes_back_is_told_again()
    {
        _bench.Node.Mine(ProcessorBench.Stranger(FiatToken.PauseEvent.Topic0));
        _bench.Node.Mine(ProcessorBench.Stranger(FiatToken.UnpauseEvent.Topic0));
        await _bench.Index.SettleAsync(Cancelled);
        IReadOnlyList<string> over = await _bench.IncidentsAsync();
        _bench.Node.Rewind(1);
        _bench.Node.MineEmpty(2);
        await _bench.Index.SettleAsync(Cancelled);

        Assert.Empty(over);
        Assert.Equal([Paused], await _bench.IncidentsAsync());
    }

    [Fact]
    public async Task Pause_that_stands_keeps_its_incident_when_a_later_one_is_orphaned()
    {
        _bench.Node.Mine(ProcessorBench.Stranger(FiatToken.PauseEvent.Topic0));
        _bench.Node.Mine(ProcessorBench.Stranger(FiatToken.PauseEvent.Topic0));
        await _bench.Index.SettleAsync(Cancelled);
        _bench.Node.Rewind(1);
        _bench.Node.MineEmpty(2);
        await _bench.Index.SettleAsync(Cancelled);

        Assert.Equal([Paused], await _bench.IncidentsAsync());
    }

    [Fact]
    public async Task Later_version_replaces_what_was_made_and_withdraws_what_it_does_not_say_any_more()
    {
        _bench.Node.Mine(_bench.OfOurs(ProcessorBench.Approval(5), ProcessorBench.Approval(6)));
        _bench.Node.Mine(_bench.OfOurs(ProcessorBench.Approval(7)));
        await _bench.FinalizeAsync();
        _bench.Node.Mine(_bench.OfOurs(ProcessorBench.Approval(8)));
        await _bench.Index.SettleAsync(Cancelled);

        // 5 is said as before, 6 with another amount, 7 not at all.
        var second = new ScriptedProcessor(
            "test.approvals", amount => amount == 7 ? [] : ScriptedProcessor.Approved(amount == 6 ? 60 : amount))
        {
            Version = 2,
            Tells = _first.Tells,
        };
        await using IndexHarness mended = Another(second);
        await mended.SettleAsync(Cancelled);
        await _bench.FinalizeAsync();
        await mended.SettleAsync(Cancelled);

        Assert.Equal(
            ["1 5 replaced", "1 6 replaced", "1 7 replaced", "1 8 replaced", "2 5 confirmed", "2 8 confirmed", "2 60 confirmed"],
            await _bench.Index.LinesAsync(
                """
                select version, body->>'amount', phase from attribution.v_record where processor = 'test.approvals'
                order by version, (body->>'amount')::int
                """, Cancelled));
        Assert.Equal(
            ["test.approved 5", "test.approved 6", "test.approved 7", "withdrawn 6", "withdrawn 7", "test.approved 60", "test.approved 8"],
            await SaidAsync());
        Assert.Equal([5, 6, 7, 8], _first.Seen);
        Assert.Equal([5, 6, 7, 8], second.Seen);
    }

    [Fact]
    public async Task Later_version_that_stops_part_way_withdraws_what_it_does_not_say_of_transactions_before()
    {
        _bench.Node.Mine(_bench.OfOurs(ProcessorBench.Approval(5), ProcessorBench.Approval(6)));
        _bench.Node.Mine(_bench.OfOurs(ProcessorBench.Approval(7), ProcessorBench.Approval(8), ProcessorBench.Approval(9)));
        await _bench.FinalizeAsync();

        // With one end in a turn there is a stop after 5, and two inside the second transaction.
        var second = new ScriptedProcessor("test.approvals", amount => amount is 6 or 8 ? [] : ScriptedProcessor.Approved(amount))
        {
            Version = 2,
            Tells = _first.Tells,
        };
        await using IndexHarness mended = Another(second, ("Attribution:EndsPerTurnMax", "1"));
        await mended.SettleAsync(Cancelled);

        Assert.Equal(
            ["test.approved 5", "test.approved 6", "test.approved 7", "test.approved 8", "test.approved 9", "withdrawn 6", "withdrawn 8"],
            await SaidAsync());
    }

    [Fact]
    public async Task Later_version_that_throws_leaves_what_stood_until_it_is_mended()
    {
        _bench.Node.Mine(_bench.OfOurs(ProcessorBench.Approval(5)));
        _bench.Node.Mine(_bench.OfOurs(ProcessorBench.Approval(6)));
        await _bench.FinalizeAsync();
        bool throws = true;
        var second = new ScriptedProcessor("test.approvals", amount => throws && amount == 5
            ? throw new InvalidOperationException("A mistake.")
            : ScriptedProcessor.Approved(amount)) { Version = 2 };
        await using IndexHarness mended = Another(second);
        await mended.SettleAsync(Cancelled);
        IReadOnlyList<string> parked = await RecordsAsync();
        throws = false;
        await mended.ReleaseAsync("test.approvals", Cancelled);
        await mended.SettleAsync(Cancelled);

        Assert.Equal(["1 5 confirmed", "1 6 replaced", "2 6 confirmed"], parked);
        Assert.Equal(["1 5 replaced", "1 6 replaced", "2 5 confirmed", "2 6 confirmed"], await RecordsAsync());
    }

    [Fact]
    public async Task Token_that_is_listed_later_changes_nothing_of_what_was_before()
    {
        Address later = A.Address(30);
        _bench.Node.Mine(_bench.OfOurs(ProcessorBench.Approval(5), ProcessorBench.Approval(later, 6)));
        await _bench.FinalizeAsync();
        await _bench.Index.ListAsync("later", later, Cancelled);
        _bench.Node.Mine(_bench.OfOurs(ProcessorBench.Approval(later, 7)));
        await _bench.FinalizeAsync();
        var late = new ScriptedProcessor("test.late", ScriptedProcessor.Approved);
        await using IndexHarness another = Another(late);
        await another.SettleAsync(Cancelled);

        Assert.Equal([5, 7], _first.Seen);
        Assert.Equal([5, 7], late.Seen);
    }

    [Fact]
    public async Task What_was_final_when_it_was_found_is_included_together_and_then_confirmed()
    {
        await using var bench = new ProcessorBench();
        var order = new List<string>();
        var processor = new ScriptedProcessor("test.order", amount =>
        {
            order.Add($"included {amount}");
            return ScriptedProcessor.Approved(amount);
        })
        {
            Tells = record =>
            {
                order.Add($"confirmed {record.Body.GetProperty("amount")}");
                return [];
            },
        };
        await bench.StartAsync(
            services => services.AddLogProcessor<Erc20.ApprovalEvent>(processor), ("Indexing:BackfillFrom", "1"));
        for (int amount = 5; amount < 8; amount++)
            bench.Node.Mine(bench.OfOurs(ProcessorBench.Approval(amount)));
        await bench.FinalizeAsync();

        Assert.Equal(["included 5", "included 6", "included 7", "confirmed 5", "confirmed 6", "confirmed 7"], order);
    }

    private IndexHarness Another(ScriptedProcessor processor, params IEnumerable<(string Key, string Value)> settings) =>
        _bench.Index.Another(
            [_bench.Node.Uri],
            new HarnessOptions
            {
                Services = services => services.AddLogProcessor<Erc20.ApprovalEvent>(processor),
                Settings = settings.ToDictionary(one => one.Key, one => (string?)one.Value),
            });

    private Task<IReadOnlyList<string>> SaidAsync() => _bench.Index.LinesAsync(
        $"""
        select case when type = '{FactWithdrawn.Type}' then 'withdrawn' else type end,
               coalesce(payload->>'amount', payload->'payload'->>'amount')
        from   facts.v_stream where type in ('test.approved', '{FactWithdrawn.Type}') order by position
        """, Cancelled);

    private Task<IReadOnlyList<string>> RecordsAsync() => _bench.Index.LinesAsync(
        """
        select version, body->>'amount', phase from attribution.v_record where processor = 'test.approvals'
        order by version, (body->>'amount')::int
        """, Cancelled);
}
