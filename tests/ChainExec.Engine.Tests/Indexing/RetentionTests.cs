using ChainExec.Ethereum;
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

    private ScriptedNode _node = null!;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _node = await ScriptedNode.StartAsync(Cancelled);
        for (int block = 1; block <= Blocks; block++)
        {
            _node.Mine(block switch
            {
                7 or 30 => [A.Payment(Outside, Ours, block)],
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
        for (int turn = 0; turn <= Final; turn++)
            await index.Sweeper.RunTurnAsync(Cancelled);
        await index.SettleAsync(Cancelled);

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

    private async Task<IndexHarness> SettledAsync(string kept)
    {
        IndexHarness index = await IndexHarness.CreateAsync(
            _node.Uri,
            new HarnessOptions
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
