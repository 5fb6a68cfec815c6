using System.Text.Json.Nodes;
using ChainExec.Ethereum;
using ChainExec.TestKit;
using Xunit;

namespace ChainExec.Engine.Tests.Indexing;

/// <summary>What is missing of final blocks: found again by reading samples, and by looking back for accounts that come late.</summary>
public sealed class GapTests : IAsyncLifetime
{
    private const int Blocks = 40;

    private static readonly Address Ours = A.Address(1);
    private static readonly Address Outside = A.Address(2);
    private static readonly Address Token = A.Address(3);
    private static readonly Address Late = A.Address(77);

    private ScriptedNode _node = null!;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _node = await ScriptedNode.StartAsync(Cancelled);
        for (int block = 1; block <= Blocks; block++)
        {
            _node.Mine(block switch
            {
                5 =>
                [
                    A.Transaction(Outside, Token, A.Transfer(Token, Outside, Ours, 11)),
                    A.Transaction(Outside, Token, A.Transfer(Token, Outside, Late, 12)),
                ],
                12 => [A.Transaction(Outside, Token, A.Transfer(Token, Outside, Late, 13))],
                20 => [A.Payment(Outside, Late, 14)],
                _ => [],
            });
        }

        _node.Finalized = Blocks - 4;
    }

    public async ValueTask DisposeAsync() => await _node.DisposeAsync();

    [Fact]
    public async Task Transaction_that_a_range_missed_is_added_by_the_sweep_and_told_once()
    {
        var unproved = new HarnessOptions
        {
            BackfillFrom = 8, BackfillSpanMax = 16, Completeness = "none", Backfill = "logs", SweepInterval = TimeSpan.Zero,
        };
        await using IndexHarness index = await SetUpAsync(unproved);
        _node.Lie = (method, _, honest) => method == "eth_getLogs" ? new JsonArray() : honest;
        await index.IndexAsync(Cancelled);
        long before = await index.CountAsync("select count(*) from indexing.v_transaction", Cancelled);
        _node.Lie = null;
        // What it received before is not missing: nobody looked for it then.
        await index.RegisterAccountAsync(Late, Cancelled);
        for (int turn = 0; turn < Blocks * 2; turn++)
            await index.Sweeper.RunTurnAsync(Cancelled);
        await index.SettleAsync(Cancelled);

        Assert.Equal(0, before);
        Assert.Equal(["11 confirmed"], await MovementsAsync(index));
        Assert.Equal(Blocks - 4 + 1, await index.CountAsync("select count(distinct number) from indexing.v_sweep", Cancelled));
        Assert.Equal(1, await index.CountAsync("select sum(added) from indexing.v_sweep", Cancelled));
    }

    [Fact]
    public async Task Account_that_holds_something_when_it_is_registered_is_looked_for_in_the_blocks_before()
    {
        await using IndexHarness index = await SetUpAsync(new HarnessOptions { ScanBack = true });
        await index.SettleAsync(Cancelled);
        IReadOnlyList<string> before = await MovementsAsync(index);
        await index.RegisterAccountAsync(Late, Cancelled);
        await index.RegisterAccountAsync(A.Address(78), Cancelled);
        await index.SettleAsync(Cancelled);
        int questions = _node.Questions;
        await index.SettleAsync(Cancelled);
        // The balances are read where every block that was not looked at with it is final.
        IReadOnlyList<string> waiting = await MovementsAsync(index);
        _node.MineEmpty(6);
        _node.Finalized = Blocks + 2;
        await index.SettleAsync(Cancelled);

        Assert.Equal(["11 confirmed"], before);
        Assert.Equal(before, waiting);
        Assert.Equal(["11 confirmed", "12 confirmed", "13 confirmed", "14 confirmed"], await MovementsAsync(index));
        Assert.Equal(
            ["t", "f"],
            (await index.LinesAsync(
                "select holds from indexing.v_account_scan where holds is not null and done_at is not null order by registered_at",
                Cancelled)).Select(line => line[..1].ToLowerInvariant()));
        Assert.Equal(0, await index.CountAsync("select count(*) from facts.v_parked", Cancelled));
        Assert.True(_node.Questions - questions < 200, $"{_node.Questions - questions} questions");
    }

    [Theory]
    [InlineData(1_000_000)]
    [InlineData(8)]
    public async Task Block_that_somebody_filled_with_logs_is_read_all_the_same(int backfillFrom)
    {
        string filled = _node.Chain[5].Hash.ToString();
        _node.Lie = (method, parameters, honest) =>
        {
            if (method != "eth_getBlockReceipts" || parameters[0]!.GetValue<string>() != filled
                || honest?.DeepClone() is not JsonArray large)
                return honest;
            // More than the 64 MiB that an answer usually may have, in a member that nobody reads.
            large[0]!["padding"] = new string('0', 65 * 1024 * 1024);
            return large;
        };
        await using IndexHarness index = await SetUpAsync(new HarnessOptions { BackfillFrom = backfillFrom, BackfillSpanMax = 16 });
        // A busy machine may need more than the ten seconds that a node has for an answer.
        await Eventually.TrueAsync(
            async () =>
            {
                await index.SettleAsync(Cancelled);
                return (await index.StatusAsync(Cancelled)).Indexed?.Number == Blocks;
            },
            TimeSpan.FromMinutes(2),
            "the block is read",
            Cancelled);

        Assert.Equal(["11 confirmed"], await MovementsAsync(index));
        Assert.Equal(Blocks, (await index.StatusAsync(Cancelled)).Indexed!.Value.Number);
    }

    [Fact]
    public async Task Token_that_tells_no_balance_counts_as_held()
    {
        Address nobody = A.Address(78);
        _node.Lie = (method, _, honest) => method == "eth_call" ? JsonValue.Create("0") : honest;
        await using IndexHarness index = await SetUpAsync(new HarnessOptions { ScanBack = true });
        await index.SettleAsync(Cancelled);
        await index.RegisterAccountAsync(nobody, Cancelled);
        await index.SettleAsync(Cancelled);
        _node.MineEmpty(6);
        _node.Finalized = Blocks + 2;
        await index.SettleAsync(Cancelled);

        Assert.Equal(
            1,
            await index.CountAsync(
                $"""
                select count(*) from indexing.v_account_scan
                where  address = '\x{nobody.ToHex()[2..]}' and holds and done_at is not null
                """,
                Cancelled));
    }

    private static Task<IReadOnlyList<string>> MovementsAsync(IndexHarness index) => index.LinesAsync(
        "select amount, phase from attribution.v_movement where kind in ('token', 'native') order by amount", Cancelled);

    private async Task<IndexHarness> SetUpAsync(HarnessOptions options)
    {
        IndexHarness index = await IndexHarness.CreateAsync(_node.Uri, options, Cancelled);
        await index.RegisterAccountAsync(Ours, Cancelled);
        await index.ListAsync("tusd", Token, Cancelled);
        await index.ListAsync("eth", contract: null, Cancelled);
        return index;
    }
}
