using ChainExec.Calls;
using ChainExec.Engine.Tests.Indexing;
using ChainExec.Ethereum;
using ChainExec.Facts.Contracts;
using Xunit;

namespace ChainExec.Engine.Tests.Attribution;

public sealed class AttributionTests : IAsyncLifetime
{
    private static readonly Address Ours = A.Address(1);
    private static readonly Address Outside = A.Address(2);
    private static readonly Address Token = A.Address(3);
    private static readonly Address Unlisted = A.Address(4);
    private static readonly Guid Intent = new(1, 0, 0, new byte[8]);
    private static readonly Guid Call = new(2, 0, 0, new byte[8]);

    private ScriptedNode _node = null!;
    private IndexHarness _index = null!;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _node = await ScriptedNode.StartAsync(Cancelled);
        _index = await IndexHarness.CreateAsync(_node.Uri, options: null, Cancelled);
        await _index.RegisterAccountAsync(Ours, Cancelled);
        await _index.ListAsync("tusd", Token, Cancelled);
        await _index.ListAsync("eth", contract: null, Cancelled);
    }

    public async ValueTask DisposeAsync()
    {
        await _index.DisposeAsync();
        await _node.DisposeAsync();
    }

    [Fact]
    public async Task Included_movement_is_tentative_until_its_block_is_final()
    {
        _node.Mine(A.Transaction(Outside, Token, A.Transfer(Token, Outside, Ours, 250)));
        await _index.SettleAsync(Cancelled);
        IReadOnlyList<string> tentative = await PhasesAsync();
        await FinalizeAsync();

        Assert.Equal(["gas included", "token included"], tentative);
        Assert.Equal(["gas confirmed", "token confirmed"], await PhasesAsync());
    }

    [Fact]
    public async Task Confirmed_fact_carries_the_observed_amount_and_nobody_elses_gas()
    {
        _node.Mine(A.Transaction(Outside, Token, A.Transfer(Token, Outside, Ours, 250)));
        await FinalizeAsync();

        Assert.Equal(["token tusd 250 -"], await ConfirmedAsync());
    }

    [Fact]
    public async Task Gas_of_a_reverted_transaction_of_ours_is_a_movement_and_its_value_is_not()
    {
        _node.Mine(A.Payment(Ours, Outside, 77) with { Succeeded = false });
        await FinalizeAsync();

        Assert.Equal(["gas eth 21000000000000 -"], await ConfirmedAsync());
    }

    [Fact]
    public async Task Native_deposit_is_a_movement()
    {
        _node.Mine(A.Payment(Outside, Ours, 77));
        await FinalizeAsync();

        Assert.Equal(["native eth 77 -"], await ConfirmedAsync());
    }

    [Fact]
    public async Task Movement_of_an_intents_transaction_names_its_call()
    {
        await _index.StandInForExecutionAsync(Cancelled);
        ScriptedTransaction payment = A.Transaction(Ours, Token, A.Transfer(Token, Ours, Outside, 100));
        await _index.SentAsync(payment.Hash, Ours, [new SentCall(Token, 0, [], [], "vendor") { Intent = Intent, Id = Call }], Cancelled);
        _node.Mine(payment);
        await FinalizeAsync();

        Assert.Equal([$"gas eth 21000000000000 {Intent}", $"token tusd 100 {Intent}"], await ConfirmedAsync());
        Assert.Equal(2, await _index.CountAsync($"select count(*) from attribution.v_movement where call_id = '{Call}'", Cancelled));
    }

    [Fact]
    public async Task Transaction_nobody_asked_for_is_unattributed_with_a_reason()
    {
        _node.Mine(A.Payment(Ours, Outside, 5));
        await _index.SettleAsync(Cancelled);

        Assert.Equal(
            ["unattributed no intent sent this transaction"],
            await _index.LinesAsync("select distinct attribution, reason from attribution.v_movement", Cancelled));
    }

    [Fact]
    public async Task Unlisted_token_is_counted_and_never_a_movement()
    {
        _node.Mine(A.Transaction(Ours, Unlisted, A.Transfer(Unlisted, Outside, Ours, 1_000_000)));
        await FinalizeAsync();

        Assert.Equal(["gas confirmed"], await PhasesAsync());
        Assert.Equal(1, await _index.CountAsync("select sum(count) from indexing.v_unlisted_movement", Cancelled));
    }

    [Fact]
    public async Task Log_that_does_not_decode_is_a_row_with_a_reason_and_stops_nothing()
    {
        var nft = new ScriptedLog(Token, [ObservedMovements.TransferTopic, A.Topic(Outside), A.Topic(Ours), Hash32.Zero], []);
        _node.Mine(A.Transaction(Outside, Token, nft, A.Transfer(Token, Outside, Ours, 9)));
        await FinalizeAsync();

        Assert.Equal(["token tusd 9 -"], await ConfirmedAsync());
        Assert.Equal(
            ["0 erc20.transfer"], await _index.LinesAsync("select log_index, processor from attribution.v_undecodable_log", Cancelled));
    }

    [Fact]
    public async Task Unlisted_contracts_beyond_the_bound_share_one_row()
    {
        await _index.DisposeAsync();
        _index = await IndexHarness.CreateAsync(_node.Uri, new HarnessOptions { UnlistedContractsMax = 2 }, Cancelled);
        await _index.RegisterAccountAsync(Ours, Cancelled);
        _node.Mine(Spam(10, 11, 12, 13, 14));
        _node.Mine(Spam(99, 10));
        await _index.IndexAsync(Cancelled);

        Assert.Equal(
            ["0 1", "20 2"],
            await _index.LinesAsync(
                "select octet_length(contract), count(*) from indexing.v_unlisted_movement group by 1 order by 1", Cancelled));
        Assert.Equal(7, await _index.CountAsync("select sum(count) from indexing.v_unlisted_movement", Cancelled));
    }

    private static ScriptedTransaction Spam(params IEnumerable<int> contracts) =>
        A.Transaction(Outside, Unlisted, [.. contracts.Select(seed => A.Transfer(A.Address(seed), Outside, Ours, 1))]);

    private async Task FinalizeAsync()
    {
        _node.MineEmpty(2);
        _node.Finalized = _node.Head.Number;
        await _index.SettleAsync(Cancelled);
        Assert.Equal(0, await _index.CountAsync("select count(*) from facts.v_parked", Cancelled));
    }

    private Task<IReadOnlyList<string>> PhasesAsync() =>
        _index.LinesAsync("select kind, phase from attribution.v_movement order by kind, log_index", Cancelled);

    private Task<IReadOnlyList<string>> ConfirmedAsync() => _index.LinesAsync(
        $"""
        select payload->'movement'->>'kind', payload->'movement'->>'asset', payload->'movement'->>'amount', payload->>'intent'
        from   facts.v_stream where type = '{MovementConfirmed.Type}' order by 1
        """,
        Cancelled);
}
