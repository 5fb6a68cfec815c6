using ChainExec.Ethereum;
using ChainExec.Indexing;
using Npgsql;
using Xunit;

namespace ChainExec.Engine.Tests.Indexing;

/// <summary>Old final blocks without anything of ours may go; nothing else may, whoever asks.</summary>
public sealed class RetentionTests : IAsyncLifetime
{
    private const int Blocks = 60;
    private const int Final = 50;

    private static readonly Address Ours = A.Address(1);
    private static readonly Address Late = A.Address(2);
    private static readonly Address Outside = A.Address(3);
    private static readonly Address Later = A.Address(4);

    private ScriptedNode _node = null!;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _node = await ScriptedNode.StartAsync(Cancelled);
        for (int block = 1; block <= Blocks; block++)
        {
            _node.Mine(block switch
            {
                7 => [A.Payment(Outside, Ours, block)],
                30 => [A.Payment(Outside, Ours, block), A.Payment(Outside, Later, 1000)],
                20 => [A.Payment(Outside, Late, block)],
                _ => [],
            });
        }

        _node.Finalized = Final;
    }

    public async ValueTask DisposeAsync() => await _node.DisposeAsync();

    [Fact]
    public async Task Old_blocks_that_hold_nothing_of_ours_go_and_a_range_says_how_they_were_read()
    {
        await using IndexHarness index = await SettledAsync("1.00:00:00");
        // Registered when block 20 was read already: what it received there is not missing, also when the block's row is gone.
        await index.RegisterAccountAsync(Late, Cancelled);
        long before = await BlocksAsync(index);
        await LaterAsync(index, "2 days");
        await index.SettleAsync(Cancelled);
        await SweepAsync(index, Final + 1);

        Assert.Equal(Blocks + 1, before);
        Assert.Equal(
            [.. (int[])[0, 7, 30], .. Enumerable.Range(Final, Blocks - Final + 1)],
            (await index.LinesAsync("select number from indexing.v_block order by number", Cancelled)).Select(int.Parse));
        Assert.Equal(
            [$"1 {Final - 1} receipts"], await index.LinesAsync(
                "select from_number, to_number, proof from indexing.v_backfill_range", Cancelled));
        Assert.Equal(
            ["7 confirmed", "30 confirmed"],
            await index.LinesAsync("select amount, phase from attribution.v_movement where kind = 'native' order by amount", Cancelled));
        Assert.Equal(0, await index.CountAsync("select coalesce(sum(added), 0) from indexing.v_sweep", Cancelled));
        Assert.Equal(
            0, await index.CountAsync(
                "select count(*) from indexing.block_history h where not exists "
                + "(select from indexing.block b where b.hash = h.hash and b.incarnation = h.incarnation)", Cancelled));
    }

    [Fact]
    public async Task Chain_goes_on_and_reorganises_above_what_went_and_the_next_blocks_go_in_their_time()
    {
        await using IndexHarness index = await SettledAsync("1.00:00:00");
        await LaterAsync(index, "2 days");
        await index.SettleAsync(Cancelled);
        _node.Rewind(5);
        _node.Mine(A.Payment(Outside, Ours, 99));
        _node.MineEmpty(19);
        _node.Finalized = Blocks + 10;
        await index.SettleAsync(Cancelled);
        long young = await BlocksAsync(index);
        await LaterAsync(index, "2 days");
        await index.SettleAsync(Cancelled);

        // 50 to 55 were old when they became deeper than the final block; five orphaned blocks and twenty new ones are young. In the end
        // the orphaned ones went too, and the first one, those with payments, the final one and what follows it stayed.
        Assert.Equal(3 + 5 + 20, young);
        Assert.Equal(3 + 1 + 6, await BlocksAsync(index));
        Assert.Equal(Blocks + 10, (await index.StatusAsync(Cancelled)).Final!.Value.Number);
    }

    [Fact]
    public async Task Account_that_came_in_the_middle_of_what_went_is_not_hidden_from_the_sweep()
    {
        await using IndexHarness index = await SettledAsync("1.00:00:00");
        // The one was there when block 20 was read, and what it received there was missed; the other came after block 30.
        await RegisterAsync(index, Late, whenRead: 10);
        await RegisterAsync(index, Later, whenRead: 40);
        await LaterAsync(index, "2 days");
        await index.SettleAsync(Cancelled);
        await SweepAsync(index, Final + 1);

        Assert.Equal(
            ["7 confirmed", "20 confirmed", "30 confirmed"],
            await index.LinesAsync("select amount, phase from attribution.v_movement where kind = 'native' order by amount", Cancelled));
    }

    [Fact]
    public async Task What_was_read_as_logs_is_not_said_to_be_read_with_its_transactions_when_its_rows_go()
    {
        await using IndexHarness index = await SettledAsync(
            "1.00:00:00", new HarnessOptions { Backfill = "logs", BackfillFrom = 8, BackfillSpanMax = 16 });
        IReadOnlyList<string> read = await RangesAsync(index);
        for (int more = 0; more < 2; more++)
        {
            _node.MineEmpty(10);
            _node.Finalized = _node.Head.Number - 6;
            await index.SettleAsync(Cancelled);
        }

        await LaterAsync(index, "2 days");
        await index.SettleAsync(Cancelled);

        Assert.True(read.Count > 2, "there is an end of a range that may go");
        Assert.All(read, range => Assert.EndsWith("logs", range, StringComparison.Ordinal));
        Assert.Equal([.. read, $"{Final + 1} {_node.Finalized - 1} transactions"], await RangesAsync(index));
        Assert.Equal(1 + (_node.Head.Number - _node.Finalized + 1), await BlocksAsync(index));
    }

    [Fact]
    public async Task What_comes_again_after_a_re_anchor_goes_in_its_time_and_is_swept_by_its_own()
    {
        await using IndexHarness index = await SettledAsync("1.00:00:00");
        await LaterAsync(index, "2 days");
        await index.SettleAsync(Cancelled);
        IReadOnlyList<string> before = await RangesAsync(index);
        Hash32 anchor = _node.Chain[30].Hash;
        _node.Rewind(Blocks - 30);
        _node.MineEmpty(4);
        _node.Mine(A.Payment(Outside, Late, 20));
        _node.MineEmpty(40);
        await index.SettleAsync(Cancelled);
        Assert.IsType<ReAnchorResult.Done>(await index.ReAnchorAsync(anchor, true, Cancelled));
        await index.SettleAsync(Cancelled);
        await RegisterAsync(index, Late, whenRead: 33);
        await SweepAsync(index, Final + 1);
        IReadOnlyList<string> swept = await index.LinesAsync(
            "select amount from attribution.v_movement where kind = 'native' order by amount", Cancelled);
        await LaterAsync(index, "2 days");
        await index.SettleAsync(Cancelled);

        Assert.Equal([$"1 {Final - 1} transactions"], before);
        Assert.Equal(["7", "20", "30"], swept);
        Assert.Equal([.. before, $"31 {Final - 1} transactions"], await RangesAsync(index));
        Assert.Equal(
            ["0", "7", "30", "35", $"{Final}"],
            await index.LinesAsync(
                $"select number from indexing.v_block where is_canonical and number <= {Final} order by number", Cancelled));
    }

    [Theory]
    [InlineData("00:00:00", "100 years")]
    [InlineData("3.00:00:00", "2 days")]
    public async Task Nothing_goes_before_its_time_and_by_default_for_ever(string kept, string later)
    {
        await using IndexHarness index = await SettledAsync(kept);
        await LaterAsync(index, later);
        await index.SettleAsync(Cancelled);

        Assert.Equal(Blocks + 1, await BlocksAsync(index));
    }

    [Theory]
    [InlineData("delete from indexing.block where number = 7")]
    [InlineData("delete from indexing.block where number = 55")]
    [InlineData("delete from indexing.block where number = 50")]
    [InlineData("delete from indexing.block_history where hash in (select hash from indexing.block where number = 8)")]
    [InlineData("delete from indexing.transaction")]
    public async Task Whoever_owns_the_tables_deletes_nothing_that_is_needed(string sql)
    {
        await using IndexHarness index = await SettledAsync("1.00:00:00");

        PostgresException refused = await Assert.ThrowsAsync<PostgresException>(() => index.ExecuteAsync(sql, Cancelled));
        Assert.Equal(PostgresErrorCodes.RestrictViolation, refused.SqlState);
    }

    private static Task<long> BlocksAsync(IndexHarness index) => index.CountAsync("select count(*) from indexing.v_block", Cancelled);

    private static Task LaterAsync(IndexHarness index, string interval) =>
        index.ExecuteAsync($"update storage.clock_offset set shift = shift + interval '{interval}'", Cancelled);

    // As if it had been registered when that block was just read.
    private static async Task RegisterAsync(IndexHarness index, Address account, int whenRead)
    {
        await index.RegisterAccountAsync(account, Cancelled);
        await index.ExecuteAsync(
            $"""
            set session_replication_role = replica;
            update custody.account
            set    created_at = (select observed_at from indexing.block where number = {whenRead} and status in ('canonical', 'final'))
            where  address = '\x{account.ToHex()[2..]}'
            """,
            Cancelled);
    }

    private static async Task SweepAsync(IndexHarness index, int turns)
    {
        for (int turn = 0; turn < turns; turn++)
            await index.Sweeper.RunTurnAsync(Cancelled);
        await index.SettleAsync(Cancelled);
    }

    private static Task<IReadOnlyList<string>> RangesAsync(IndexHarness index) =>
        index.LinesAsync("select from_number, to_number, reads from indexing.v_backfill_range order by id", Cancelled);

    private async Task<IndexHarness> SettledAsync(string kept, HarnessOptions? options = null)
    {
        IndexHarness index = await IndexHarness.CreateAsync(
            _node.Uri,
            (options ?? new HarnessOptions()) with
            {
                SweepInterval = TimeSpan.Zero, Settings = new Dictionary<string, string?> { ["Indexing:KeepEmptyBlocks"] = kept },
            },
            Cancelled);
        await index.ListAsync("eth", contract: null, Cancelled);
        await index.RegisterAccountAsync(Ours, Cancelled);
        await index.SettleAsync(Cancelled);
        return index;
    }
}
