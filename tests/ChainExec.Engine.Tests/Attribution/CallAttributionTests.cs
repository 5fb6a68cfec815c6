using System.Numerics;
using ChainExec.Calls;
using ChainExec.Calls.Abis;
using ChainExec.Engine.Tests.Indexing;
using ChainExec.Ethereum;
using ChainExec.Facts.Contracts;
using ChainExec.Storage;
using Xunit;

namespace ChainExec.Engine.Tests.Attribution;

/// <summary>Which call of a batch caused which log, when nodes trace, when they do not, and when they trace something else.</summary>
public sealed class CallAttributionTests : IAsyncLifetime
{
    private static readonly Address Ours = A.Address(1);
    private static readonly Address Vendor = A.Address(2);
    private static readonly Address Token = A.Address(3);
    private static readonly Address House = A.Address(4);

    private ScriptedNode _node = null!;
    private IndexHarness _index = null!;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private static ScriptedCall Payment => Transfer(Vendor, 500);

    private static ScriptedCall Fee => Transfer(House, 110);

    public async ValueTask InitializeAsync()
    {
        _node = await ScriptedNode.StartAsync(Cancelled);
        _index = await IndexHarness.CreateAsync(_node.Uri, options: null, Cancelled);
        await PrepareAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _index.DisposeAsync();
        await _node.DisposeAsync();
    }

    [Fact]
    public async Task Direct_call_is_attributed_from_its_receipt_without_a_trace()
    {
        ScriptedCall call = Payment;
        ScriptedTransaction direct = A.Transaction(Ours, Token, [.. call.Logs]) with { Input = call.Data };
        await SentAsync(direct, call);
        _node.Mine(direct);
        await FinalizeAsync();

        Assert.Equal(["attributed receipt confirmed"], await StatesAsync());
        Assert.Equal(["0 call payment"], await LogsAsync());
        Assert.Equal(["payment True 21000 21000000000000"], await ResultsAsync());
        Assert.Equal(["payment true 21000 payment"], await ToldAsync());
        Assert.Equal(0, _node.Traces);
    }

    [Fact]
    public async Task Batch_is_taken_apart_and_its_cost_is_shared()
    {
        ScriptedTransaction batch = await SendAsync(Payment, Fee, Payment);
        _node.Mine(batch);
        await FinalizeAsync();

        Assert.Equal(["attributed trace confirmed"], await StatesAsync());
        Assert.Equal(["0 call payment", "1 call fee", "2 call payment"], await LogsAsync());
        Assert.Equal(["payment True 7000 7000000000000", "fee True 7000 7000000000000", "payment True 7000 7000000000000"],
            await ResultsAsync());
        Assert.Equal(["payment true 7000 payment", "fee true 7000 fee", "payment true 7000 payment"], await ToldAsync());
        Assert.Equal(0, await _index.CountAsync("select count(*) from attribution.v_finding", Cancelled));
        Assert.Equal(4, await _index.CountAsync("select count(*) from attribution.v_frame", Cancelled));
        Assert.Equal(
            ["token call fee", "token call payment", "token call payment"],
            await _index.LinesAsync(
                """
                select m.kind, m.attribution, c.category from attribution.v_movement m join calls.v_call c on c.id = m.call_id
                where m.phase = 'confirmed' order by 1, 2, 3
                """, Cancelled));
        Assert.Equal(
            3, await _index.CountAsync("select count(distinct call_id) from attribution.v_log", Cancelled));
    }

    [Fact]
    public async Task Shares_add_up_to_what_the_transaction_cost()
    {
        ScriptedTransaction batch = await SendAsync(Payment with { Gas = 7 }, Fee with { Gas = 5 }, Payment with { Gas = 1 });
        _node.Mine(batch);
        await FinalizeAsync();

        Assert.Equal(
            ["21000 21000000000000"],
            await _index.LinesAsync("select sum(gas_share), sum(fee_share) from attribution.v_call_result", Cancelled));
    }

    [Fact]
    public async Task Failed_call_and_other_amounts_are_findings()
    {
        ScriptedCall dear = Transfer(Vendor, 500) with { Fails = true };
        ScriptedCall taxed = Transfer(House, 100);
        ScriptedCall moved = taxed with { Logs = [A.Transfer(Token, Ours, House, 99), A.Transfer(Token, Ours, Vendor, 1)] };
        ScriptedTransaction batch = ScriptedTrace.Transaction(Ours, [dear, moved]);
        await SentAsync(batch, dear, taxed, Transfer(Vendor, 77));
        _node.Trace = _ => ScriptedTrace.Frames(Ours, [dear, moved]);
        _node.Mine(batch);
        await FinalizeAsync();

        Assert.Equal(
            [
                "0 failed - -", "1 different_amount 100 99", "1 unexpected_movement - 1", "2 not_executed - -",
            ],
            await _index.LinesAsync(
                "select ordinal, kind, expected->>'amount', observed->>'amount' from attribution.v_finding order by finding", Cancelled));
        Assert.Equal(
            ["not today", "-", "nothing in the transaction is this call"],
            await _index.LinesAsync("select revert_reason from attribution.v_call_result order by ordinal", Cancelled));
    }

    [Fact]
    public async Task Batch_that_nobody_traces_is_unattributed_until_somebody_does()
    {
        ScriptedTransaction batch = await SendAsync(Payment, Fee);
        Func<Hash32, System.Text.Json.Nodes.JsonNode?>? trace = _node.Trace;
        _node.Trace = null;
        _node.Mine(batch);
        await FinalizeAsync();
        IReadOnlyList<string> states = await StatesAsync();
        IReadOnlyList<string> incidents = await IncidentsAsync();
        IReadOnlyList<string> logs = await LogsAsync();
        IReadOnlyList<string> toldBefore = await ToldAsync();
        IReadOnlyList<string> moved = await _index.LinesAsync(
            "select phase from attribution.v_movement where kind = 'token'", Cancelled);

        _node.Trace = trace;
        await _index.ExecuteAsync("update storage.clock_offset set shift = shift + interval '1 hour'", Cancelled);
        await _index.SettleAsync(Cancelled);

        Assert.Equal(["unattributed - confirmed"], states);
        Assert.Equal(["trace_unavailable"], incidents);
        Assert.Equal(["0 unattributed -", "1 unattributed -"], logs);
        Assert.Empty(toldBefore);
        Assert.Equal(["confirmed", "confirmed"], moved);
        Assert.Equal(["attributed trace confirmed"], await StatesAsync());
        Assert.Empty(await IncidentsAsync());
        Assert.Equal(["0 call payment", "1 call fee"], await LogsAsync());
        Assert.Equal(["payment true 10500 payment", "fee true 10500 fee"], await ToldAsync());
    }

    [Fact]
    public async Task Trace_whose_logs_are_others_is_never_believed()
    {
        ScriptedTransaction batch = await SendAsync(Payment, Fee);
        _node.Trace = _ => ScriptedTrace.Frames(Ours, [Payment, Transfer(House, 111)]);
        _node.Mine(batch);
        await FinalizeAsync();
        await PassAttemptsAsync();

        Assert.Equal(["unattributed - confirmed"], await StatesAsync());
        Assert.Equal(["trace_mismatch"], await IncidentsAsync());
        Assert.Empty(await ResultsAsync());
    }

    [Fact]
    public async Task Another_provider_is_asked_when_one_does_not_trace()
    {
        await using ScriptedNode second = await ScriptedNode.StartAsync(Cancelled, _node.Chain[0]);
        await _index.DisposeAsync();
        _index = await IndexHarness.CreateAsync([_node.Uri, second.Uri], new HarnessOptions { Quorum = 1 }, Cancelled);
        await PrepareAsync();
        ScriptedTransaction batch = await SendAsync(Payment, Fee);
        (second.Trace, _node.Trace) = (_node.Trace, null);
        _node.Mine(batch);
        second.Switch(_node.Chain);
        await _index.SettleAsync(Cancelled);

        Assert.Equal(["attributed trace -"], await StatesAsync());
        Assert.Equal((1, 1), (_node.Traces, second.Traces));
    }

    [Fact]
    public async Task Orphaned_batch_is_dropped_and_attributed_in_its_next_block()
    {
        ScriptedTransaction batch = await SendAsync(Payment, Fee);
        Func<Hash32, System.Text.Json.Nodes.JsonNode?>? trace = _node.Trace;
        _node.Trace = _ => "not a frame";
        _node.Mine(batch);
        await _index.IndexAsync(Cancelled);
        await _index.SettleAsync(Cancelled);
        IReadOnlyList<string> before = await StatesAsync();
        _node.Rewind(1);
        _node.MineEmpty(2);
        await _index.SettleAsync(Cancelled);
        IReadOnlyList<string> orphaned = await StatesAsync();
        _node.Trace = trace;
        _node.Mine(batch);
        await FinalizeAsync();

        Assert.Equal(["waiting - -"], before);
        Assert.Equal(["dropped - orphaned"], orphaned);
        Assert.Equal(["dropped - orphaned", "attributed trace confirmed"], await StatesAsync());
        Assert.Equal(["payment true 10500 payment", "fee true 10500 fee"], await ToldAsync());
    }

    [Fact]
    public async Task Attribution_asked_for_again_is_a_new_generation_and_tells_nothing_twice()
    {
        ScriptedTransaction batch = await SendAsync(Payment, Fee);
        _node.Mine(batch);
        await FinalizeAsync();
        int asked = await _index.AskAgainAsync(batch.Hash, trace: false, Cancelled);
        await _index.SettleAsync(Cancelled);

        Assert.Equal(1, asked);
        Assert.Equal(2, await _index.CountAsync("select generation from attribution.v_transaction", Cancelled));
        Assert.Equal(2, (await ResultsAsync()).Count);
        Assert.Equal(2, (await ToldAsync()).Count);
    }

    [Theory]
    [InlineData(Boundary.TraceAnswered)]
    [InlineData(Boundary.TraceDecided)]
    public async Task Crash_at_a_boundary_ends_in_one_attribution(string boundary)
    {
        ScriptedTransaction batch = await SendAsync(Payment, Fee);
        _node.Mine(batch);
        using (Boundary.Observe(passed =>
        {
            if (passed == boundary)
                throw new OperationCanceledException("The process ends here.");
        }))
        {
            await Assert.ThrowsAsync<OperationCanceledException>(() => _index.SettleAsync(Cancelled));
        }

        await PassAttemptsAsync();
        await FinalizeAsync();

        Assert.Equal(["attributed trace confirmed"], await StatesAsync());
        Assert.Equal(1, await _index.CountAsync("select generation from attribution.v_transaction", Cancelled));
        Assert.Equal(2, (await ToldAsync()).Count);
    }

    private static ScriptedCall Transfer(Address to, BigInteger amount) => new(
        Token, 0, new Erc20.TransferCall(to, UInt256.FromBigInteger(amount)).Encode(), 1000, Fails: false,
        A.Transfer(Token, Ours, to, amount));

    private async Task PrepareAsync()
    {
        await _index.RegisterAccountAsync(Ours, Cancelled);
        await _index.ListAsync("tusd", Token, Cancelled);
        await _index.ListAsync("eth", contract: null, Cancelled);
        await _index.StandInForExecutionAsync(Cancelled);
    }

    private async Task<ScriptedTransaction> SendAsync(params ScriptedCall[] calls)
    {
        ScriptedTransaction batch = ScriptedTrace.Transaction(Ours, calls);
        await SentAsync(batch, calls);
        _node.Trace = hash => hash == batch.Hash ? ScriptedTrace.Frames(Ours, calls) : null;
        return batch;
    }

    // The category of a call tells its recipient, so that the rows read like the business.
    private Task SentAsync(ScriptedTransaction transaction, params ScriptedCall[] calls)
    {
        Guid intent = Guid.CreateVersion7(TimeProvider.System.GetUtcNow());
        return _index.SentAsync(
            transaction.Hash, Ours,
            [
                .. calls.Select(call =>
                {
                    Erc20.TransferCall asked = Erc20.TransferCall.Decode(call.Data);
                    return new SentCall(
                        call.To, call.Value, call.Data,
                        [new ExpectedMovement(Token, Ours, asked.To, TokenAmount.From(asked.Value))],
                        asked.To == House ? "fee" : "payment") { Intent = intent };
                }),
            ],
            Cancelled);
    }

    private async Task FinalizeAsync()
    {
        _node.MineEmpty(2);
        _node.Finalized = _node.Head.Number;
        await _index.SettleAsync(Cancelled);
        Assert.Equal(0, await _index.CountAsync("select count(*) from facts.v_parked", Cancelled));
    }

    private async Task PassAttemptsAsync()
    {
        for (int attempt = 0; attempt < 4; attempt++)
        {
            await _index.ExecuteAsync("update storage.clock_offset set shift = shift + interval '1 hour'", Cancelled);
            await _index.SettleAsync(Cancelled);
        }
    }

    private Task<IReadOnlyList<string>> StatesAsync() =>
        _index.LinesAsync("select state, basis, ended from attribution.v_transaction order by transaction_id", Cancelled);

    private Task<IReadOnlyList<string>> IncidentsAsync() =>
        _index.LinesAsync("select kind from execution.v_incident order by kind", Cancelled);

    private Task<IReadOnlyList<string>> LogsAsync() => _index.LinesAsync(
        "select l.log_index, l.role, c.category from attribution.v_log l left join calls.v_call c on c.id = l.call_id order by 1",
        Cancelled);

    private Task<IReadOnlyList<string>> ResultsAsync() => _index.LinesAsync(
        """
        select c.category, r.succeeded, r.gas_share, r.fee_share
        from   attribution.v_call_result r left join calls.v_call c on c.id = r.call_id order by r.ordinal
        """,
        Cancelled);

    private Task<IReadOnlyList<string>> ToldAsync() => _index.LinesAsync(
        $"""
        select payload->'label'->>'category', payload->>'succeeded', payload->>'gas_share', payload->'label'->'tags'->>0
        from   facts.v_stream where type = '{CallConfirmed.Type}' order by position
        """,
        Cancelled);
}
