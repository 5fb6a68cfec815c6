using ChainExec.Ethereum;
using ChainExec.Indexing;
using Xunit;

namespace ChainExec.Engine.Tests.Indexing;

public sealed class ReorgTests : IAsyncLifetime
{
    private static readonly Address Ours = A.Address(1);
    private static readonly Address Outside = A.Address(2);
    private static readonly Address Token = A.Address(3);

    private ScriptedNode _node = null!;
    private IndexHarness _index = null!;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    /// <summary>The anvil tests and the campaign have others.</summary>
    public static TheoryData<int> Depths =>
        Environment.GetEnvironmentVariable("CHAINEXEC_TEST_FULL") == "1" ? [1, 2, 3, 5, 8, 10] : [1, 10];

    public async ValueTask InitializeAsync()
    {
        _node = await ScriptedNode.StartAsync(Cancelled);
        await SetUpAsync(new HarnessOptions());
    }

    public async ValueTask DisposeAsync()
    {
        await _index.DisposeAsync();
        await _node.DisposeAsync();
    }

    [Fact]
    public async Task Reorg_that_drops_a_transaction_and_includes_it_again_gives_each_phase_once()
    {
        ScriptedTransaction deposit = Deposit(500);
        _node.Mine(deposit);
        await _index.SettleAsync(Cancelled);
        _node.Rewind(1);
        _node.MineEmpty(2);
        await _index.SettleAsync(Cancelled);
        _node.Mine(deposit);
        _node.MineEmpty(1);
        _node.Finalized = _node.Head.Number;
        await _index.SettleAsync(Cancelled);

        Assert.Equal(
            ["transaction_included", "transaction_orphaned", "transaction_included", "transaction_finalized", "movement_confirmed"],
            await _index.FactTypesAsync(deposit.Hash, Cancelled));
    }

    [Theory]
    [MemberData(nameof(Depths))]
    public async Task Reorg_of_any_depth_ends_in_the_other_chain(int depth)
    {
        for (int block = 0; block < 12; block++)
            _node.Mine(Deposit(block + 1));
        _node.Finalized = 1;
        await _index.SettleAsync(Cancelled);
        _node.Rewind(depth);
        _node.MineEmpty(depth + 1);
        await _index.SettleAsync(Cancelled);

        await AssertSameChainAsync();
        ReorgRecord reorg = Assert.Single(await _index.Queries.ReorgsAsync(IndexHarness.Chain, 10, Cancelled));
        Assert.Equal((depth, depth, 12L - depth), (reorg.Depth, reorg.Transactions, reorg.Ancestor!.Value.Number));
        Assert.Equal(depth, await _index.CountAsync("select count(*) from attribution.v_movement where phase = 'orphaned'", Cancelled));
    }

    [Fact]
    public async Task Deep_reorg_is_rolled_back_in_several_transactions_and_is_one_reorg()
    {
        await _index.DisposeAsync();
        await SetUpAsync(new HarnessOptions { BlocksPerMoveMax = 7 });
        for (int block = 0; block < 40; block++)
            _node.Mine(Deposit(block + 1));
        await _index.IndexAsync(Cancelled);
        _node.Rewind(38);
        _node.MineEmpty(39);
        await _index.SettleAsync(Cancelled);

        await AssertSameChainAsync();
        Assert.Equal([38], (await _index.Queries.ReorgsAsync(IndexHarness.Chain, 10, Cancelled)).Select(reorg => reorg.Depth));
        // What was built last is undone first.
        IReadOnlyList<string> heights = await _index.LinesAsync(
            """
            select payload->'transaction'->>'block_number' from facts.v_stream
            where type = 'indexing.transaction_orphaned' order by position
            """,
            Cancelled);
        Assert.Equal(Enumerable.Range(3, 38).Reverse().Select(height => $"{height}"), heights);
    }

    [Fact]
    public async Task Reorg_below_the_first_indexed_block_starts_over()
    {
        await _index.DisposeAsync();
        _node.MineEmpty(5);
        await SetUpAsync(new HarnessOptions { StartBlock = 4 });
        ScriptedTransaction deposit = Deposit(7);
        _node.Mine(deposit);
        await _index.SettleAsync(Cancelled);
        _node.Rewind(4);
        _node.MineEmpty(5);
        await _index.SettleAsync(Cancelled);

        await AssertSameChainAsync(from: 4);
        Assert.Equal(["transaction_included", "transaction_orphaned"], await _index.FactTypesAsync(deposit.Hash, Cancelled));
    }

    [Fact]
    public async Task Orphaned_block_that_comes_back_is_another_incarnation_and_processed_again()
    {
        ScriptedTransaction deposit = Deposit(500);
        _node.Mine(deposit);
        IReadOnlyList<ScriptedBlock> first = _node.Chain;
        await _index.SettleAsync(Cancelled);
        _node.Rewind(1);
        _node.MineEmpty(2);
        await _index.SettleAsync(Cancelled);
        _node.Switch(first);
        _node.MineEmpty(3);
        _node.Finalized = _node.Head.Number;
        await _index.SettleAsync(Cancelled);

        await AssertSameChainAsync();
        Assert.Equal(
            [
                ("transaction_included", 1), ("transaction_orphaned", 1), ("transaction_included", 2), ("transaction_finalized", 2),
                ("movement_confirmed", 2),
            ],
            (await _index.FactsAsync(Cancelled)).Select(fact => (fact.Type.Split('.')[1], fact.Incarnation)));
        Assert.Equal(
            ["1 orphaned", "2 confirmed"],
            await _index.LinesAsync("select incarnation, phase from attribution.v_movement where kind = 'token' order by id", Cancelled));
    }

    [Fact]
    public async Task Orphaned_deposit_is_never_confirmed()
    {
        ScriptedTransaction deposit = Deposit(500);
        _node.Mine(deposit);
        await _index.SettleAsync(Cancelled);
        _node.Rewind(1);
        _node.MineEmpty(6);
        _node.Finalized = _node.Head.Number;
        await _index.SettleAsync(Cancelled);

        Assert.Equal(["transaction_included", "transaction_orphaned"], await _index.FactTypesAsync(deposit.Hash, Cancelled));
        Assert.Equal(0, await _index.CountAsync("select count(*) from attribution.v_movement where phase <> 'orphaned'", Cancelled));
    }

    [Fact]
    public async Task Reorg_while_the_process_was_down_is_found_at_the_next_start()
    {
        ScriptedTransaction deposit = Deposit(500);
        _node.MineEmpty(3);
        _node.Mine(deposit);
        await _index.SettleAsync(Cancelled);
        await _index.Follower.DisposeAsync();
        _node.Rewind(2);
        _node.MineEmpty(4);
        await using IndexHarness restarted = _index.Another([_node.Uri], new HarnessOptions());
        await restarted.SettleAsync(Cancelled);

        await AssertSameChainAsync();
        Assert.Equal(["transaction_included", "transaction_orphaned"], await restarted.FactTypesAsync(deposit.Hash, Cancelled));
    }

    [Fact]
    public async Task Lagging_head_with_our_hashes_is_no_reorg()
    {
        _node.Mine(Deposit(1));
        _node.MineEmpty(5);
        await _index.SettleAsync(Cancelled);
        _node.Rewind(4);
        await _index.SettleAsync(Cancelled);

        Assert.Equal(6, (await _index.StatusAsync(Cancelled)).Indexed!.Value.Number);
        Assert.Empty(await _index.Queries.ReorgsAsync(IndexHarness.Chain, 10, Cancelled));
    }

    [Fact]
    public async Task Shorter_head_with_another_hash_is_a_reorg()
    {
        _node.Mine(Deposit(1));
        _node.MineEmpty(5);
        await _index.SettleAsync(Cancelled);
        _node.Rewind(4);
        _node.MineEmpty(1);
        await _index.SettleAsync(Cancelled);

        await AssertSameChainAsync();
    }

    [Fact]
    public async Task Any_schedule_of_forks_ends_in_the_tables_of_the_straight_chain()
    {
        int seed = 20261121;
        var random = new Random(seed);
        var branches = new List<IReadOnlyList<ScriptedBlock>>();
        for (int step = 0; step < 60; step++)
        {
            int floor = (int)_node.Finalized;
            int removable = _node.Chain.Count - 1 - floor;
            if (random.Next(3) == 0 && removable > 0)
            {
                branches.Add(_node.Chain);
                _node.Rewind(random.Next(1, removable + 1));
            }
            else if (random.Next(8) == 0
                && branches.FindLast(kept => kept.Count > floor && kept[floor] == _node.Chain[floor]) is { } branch)
            {
                _node.Switch(branch);
            }

            _node.Mine(random.Next(2) == 0 ? [Deposit(step + 1)] : []);
            if (random.Next(4) == 0)
                await _index.IndexAsync(Cancelled);
            if (random.Next(10) == 0)
            {
                _node.Finalized = Math.Max(_node.Finalized, _node.Head.Number - 6);
                await _index.IndexAsync(Cancelled);
            }
        }

        await _index.SettleAsync(Cancelled);
        await AssertSameChainAsync();
        IReadOnlyList<string> tentativeOrFinal = await _index.LinesAsync(
            "select encode(tx_hash, 'hex') from attribution.v_movement where kind = 'token' and phase <> 'orphaned' order by 1", Cancelled);
        IEnumerable<string> expected = _node.Chain.SelectMany(block => block.Transactions)
            .Select(transaction => transaction.Hash.ToString()[2..])
            .Order(StringComparer.Ordinal);
        Assert.True(expected.SequenceEqual(tentativeOrFinal), $"seed {seed}");
        Assert.Equal(0, await _index.CountAsync("select count(*) from facts.v_parked", Cancelled));
    }

    private static ScriptedTransaction Deposit(int amount) =>
        A.Transaction(Outside, Token, A.Transfer(Token, Outside, Ours, amount));

    private async Task SetUpAsync(HarnessOptions options)
    {
        _index = await IndexHarness.CreateAsync(_node.Uri, options, Cancelled);
        await _index.RegisterAccountAsync(Ours, Cancelled);
        await _index.ListAsync("tusd", Token, Cancelled);
    }

    private async Task AssertSameChainAsync(int from = 0) =>
        Assert.Equal(
            _node.Chain.Skip(from).Select(block => $"{block.Number} {block.Hash.ToString()[2..]}"),
            await _index.LinesAsync(
                "select number, encode(hash, 'hex') from indexing.v_block where is_canonical order by number", Cancelled));
}
