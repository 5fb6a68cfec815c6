using System.Globalization;
using System.Numerics;
using System.Text.Json;
using ChainExec.Engine.Tests.Indexing;
using ChainExec.Ethereum;
using ChainExec.Facts.Contracts;
using ChainExec.Indexing;
using ChainExec.TestKit;
using Xunit;

namespace ChainExec.IntegrationTests.Indexing;

/// <summary>The index on a real node: development accounts 5 and above are outside wallets, account 1 plays one of ours.</summary>
public sealed class IndexOnAnvilTests : IAsyncLifetime
{
    private const int OurDev = 1;
    private const int OutsideDev = 5;
    private static readonly string Ours = AnvilNode.DevAccounts[OurDev];
    private static readonly bool IsFull = Environment.GetEnvironmentVariable("CHAINEXEC_TEST_FULL") == "1";

    private AnvilNode _node = null!;
    private TestTokens _tokens = null!;
    private IndexHarness _index = null!;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _node = await AnvilNode.StartAsync(new AnvilOptions(), Cancelled);
        _tokens = await _node.DeployTokensAsync(Cancelled);
        await _node.MintAsync(_tokens.Tusd, AnvilNode.DevAccounts[OutsideDev], new BigInteger(1_000_000_000), Cancelled);
        await _node.MintAsync(_tokens.False, AnvilNode.DevAccounts[OutsideDev], new BigInteger(1_000_000_000), Cancelled);
        _index = await IndexHarness.CreateAsync(_node.HttpUri, options: null, Cancelled);
        await _index.RegisterAccountAsync(Address.Parse(Ours), Cancelled);
        await _index.ListAsync("tusd", Address.Parse(_tokens.Tusd), Cancelled);
        await _index.ListAsync("eth", contract: null, Cancelled);
    }

    public async ValueTask DisposeAsync()
    {
        await _index.DisposeAsync();
        await _node.DisposeAsync();
    }

    [Fact]
    public async Task Deposit_is_tentative_when_included_and_confirmed_when_its_block_is_final()
    {
        Hash32 deposit = await DepositAsync(_tokens.Tusd, 250_000_000);
        await _node.MineAsync(1, Cancelled);
        await _index.SettleAsync(Cancelled);
        IReadOnlyList<string> tentative = await _index.FactTypesAsync(deposit, Cancelled);
        await _node.MineAsync(3, Cancelled);
        await _index.SettleAsync(Cancelled);

        Assert.Equal(["transaction_included"], tentative);
        Assert.Equal(
            ["transaction_included", "transaction_finalized", "movement_confirmed"], await _index.FactTypesAsync(deposit, Cancelled));
        Assert.Equal(["token tusd 250000000"], await ConfirmedAsync(deposit));
    }

    [Fact]
    public async Task Transactions_of_ours_are_seen_without_logs_and_when_they_revert()
    {
        Hash32 quiet = Hash32.Parse(await _node.SendFromDevAsync(OurDev, AnvilNode.DevAccounts[7], 0, "0x", Cancelled));
        Hash32 reverted = Hash32.Parse(
            await _node.TransferFromDevAsync(OurDev, _tokens.Tusd, AnvilNode.DevAccounts[7], BigInteger.Pow(10, 30), Cancelled));
        await _node.MineAsync(4, Cancelled);
        await _index.SettleAsync(Cancelled);

        Assert.Equal(
            ["transaction_included", "transaction_finalized", "movement_confirmed"], await _index.FactTypesAsync(quiet, Cancelled));
        Assert.StartsWith("gas eth ", Assert.Single(await ConfirmedAsync(reverted)), StringComparison.Ordinal);
        IndexedTransaction stored = Assert.Single(await _index.Queries.TransactionAsync(IndexHarness.Chain, reverted, Cancelled));
        Assert.Equal((false, "final", 0), (stored.Transaction.Succeeded, stored.Status, stored.Logs.Count));
    }

    [Fact]
    public async Task Deposit_of_an_unlisted_token_is_counted_and_nothing_else()
    {
        Hash32 deposit = await DepositAsync(_tokens.False, 5);
        await _node.MineAsync(4, Cancelled);
        await _index.SettleAsync(Cancelled);

        Assert.Empty(await _index.FactTypesAsync(deposit, Cancelled));
        Assert.Equal(1, await _index.CountAsync("select sum(count) from indexing.v_unlisted_movement", Cancelled));
    }

    [Fact]
    public async Task Reorg_that_drops_a_deposit_which_is_mined_again_confirms_it_once()
    {
        Hash32 deposit = await DepositAsync(_tokens.Tusd, 7);
        await _node.MineAsync(1, Cancelled);
        string raw = await _node.RawTransactionAsync(deposit.ToString(), Cancelled);
        await _index.SettleAsync(Cancelled);
        await _node.ReorgAsync(1, [], Cancelled);
        await _index.SettleAsync(Cancelled);
        await _node.RpcAsync("eth_sendRawTransaction", [raw], Cancelled);
        await _node.MineAsync(5, Cancelled);
        await _index.SettleAsync(Cancelled);

        Assert.Equal(
            ["transaction_included", "transaction_orphaned", "transaction_included", "transaction_finalized", "movement_confirmed"],
            await _index.FactTypesAsync(deposit, Cancelled));
        Assert.Equal(["orphaned", "confirmed"], await PhasesAsync(deposit));
    }

    [Fact]
    public async Task Reorg_that_moves_a_deposit_to_another_height_follows_it()
    {
        await _node.MineAsync(1, Cancelled);
        Hash32 deposit = await DepositAsync(_tokens.Tusd, 7);
        await _node.MineAsync(1, Cancelled);
        string raw = await _node.RawTransactionAsync(deposit.ToString(), Cancelled);
        await _index.SettleAsync(Cancelled);
        await _node.ReorgAsync(1, [(raw, 0)], Cancelled);
        await _node.MineAsync(3, Cancelled);
        await _index.SettleAsync(Cancelled);

        Assert.Equal(["orphaned", "confirmed"], await PhasesAsync(deposit));
    }

    [Fact]
    public async Task Orphaned_deposit_is_never_confirmed()
    {
        Hash32 deposit = await DepositAsync(_tokens.Tusd, 7);
        await _node.MineAsync(1, Cancelled);
        await _index.SettleAsync(Cancelled);
        await _node.ReorgAsync(1, [], Cancelled);
        await _node.MineAsync(6, Cancelled);
        await _index.SettleAsync(Cancelled);

        Assert.Equal(["orphaned"], await PhasesAsync(deposit));
        Assert.Empty(await ConfirmedAsync(deposit));
    }

    [Fact]
    public async Task Reorgs_of_every_depth_end_in_the_nodes_chain_with_the_same_and_other_transactions_also_while_down()
    {
        // Depth counts from the head, and nothing is final: the index finds the ancestor by hashes alone.
        int deepest = IsFull ? 30 : 10;
        HarnessOptions options = new() { Depth = 1000 };
        await using IndexHarness unfinal = await IndexHarness.CreateAsync(_node.HttpUri, options, Cancelled);
        await unfinal.RegisterAccountAsync(Address.Parse(Ours), Cancelled);
        await unfinal.ListAsync("tusd", Address.Parse(_tokens.Tusd), Cancelled);
        for (int depth = 1; depth <= deepest; depth++)
        {
            Hash32 deposit = await DepositAsync(_tokens.Tusd, depth);
            await _node.MineAsync(depth + 1, Cancelled);
            string raw = await _node.RawTransactionAsync(deposit.ToString(), Cancelled);
            await unfinal.SettleAsync(Cancelled);
            // By turns: what was read goes on, or its process ends and another one finds what happened meanwhile.
            bool down = depth % 2 == 0;
            if (down)
                await unfinal.Follower.DisposeAsync();
            await using IndexHarness? another = down ? unfinal.Another([_node.HttpUri], options) : null;
            IndexHarness index = another ?? unfinal;

            // Anvil makes the very same empty block again when its time is the same: those stay, and only the rest is a reorg. Another
            // miner makes others.
            IReadOnlyList<string> before = await NodeHashesAsync();
            await _node.RpcAsync("anvil_setCoinbase", [AnvilNode.DevAccounts[depth % 4]], Cancelled);
            await _node.ReorgAsync(depth, [], Cancelled);
            IReadOnlyList<string> after = await NodeHashesAsync();
            await index.SettleAsync(Cancelled);
            int replaced = before.Count - before.Zip(after).TakeWhile(pair => pair.First == pair.Second).Count();
            Assert.InRange(replaced, 1, depth);
            Assert.Equal(replaced, (await index.Queries.ReorgsAsync(IndexHarness.Chain, 1, Cancelled))[0].Depth);
            await AssertSameChainAsync(index);

            // Twice in a row: the deposit's own block goes and the deposit with it, then it is in another one.
            await _node.ReorgAsync(depth + 2, [], Cancelled);
            await index.SettleAsync(Cancelled);
            await AssertSameChainAsync(index);
            await _node.ReorgAsync(depth + 1, [(raw, depth / 2)], Cancelled);
            await index.SettleAsync(Cancelled);
            await AssertSameChainAsync(index);
            Assert.Equal(
                1,
                await index.CountAsync(
                    $"select count(*) from indexing.v_transaction where is_canonical and tx_hash = '\\x{deposit.ToString()[2..]}'",
                    Cancelled));
            if (another is not null)
                await another.Follower.DisposeAsync();
        }

        Assert.Equal(
            Enumerable.Range(1, deepest).Sum(),
            await unfinal.CountAsync(
                "select sum(m.amount) from attribution.v_movement m where m.kind = 'token' and m.phase = 'included'", Cancelled));
    }

    [Fact]
    public async Task Rollback_of_the_node_waits_and_its_other_blocks_are_a_reorg()
    {
        await using IndexHarness unfinal = await IndexHarness.CreateAsync(_node.HttpUri, new HarnessOptions { Depth = 1000 }, Cancelled);
        await _node.MineAsync(5, Cancelled);
        await unfinal.SettleAsync(Cancelled);
        long tip = (await unfinal.StatusAsync(Cancelled)).Indexed!.Value.Number;
        await _node.RpcAsync("anvil_rollback", [3], Cancelled);
        await unfinal.SettleAsync(Cancelled);
        long whileBehind = (await unfinal.StatusAsync(Cancelled)).Indexed!.Value.Number;
        await DepositAsync(_tokens.Tusd, 3);
        await _node.MineAsync(4, Cancelled);
        await unfinal.SettleAsync(Cancelled);

        Assert.Equal(tip, whileBehind);
        await AssertSameChainAsync(unfinal);
    }

    [Fact]
    public async Task Reorg_below_the_final_block_halts_the_chain()
    {
        await _node.MineAsync(6, Cancelled);
        await _index.SettleAsync(Cancelled);
        await _node.ReorgAsync(5, [], Cancelled);
        await _index.SettleAsync(Cancelled);

        Assert.NotNull((await _index.StatusAsync(Cancelled)).HaltedAt);
    }

    [Fact]
    public async Task Node_killed_and_started_again_from_its_state_is_followed_on()
    {
        string state = Path.Combine(Directory.CreateTempSubdirectory("ce-index-").FullName, "state.json");
        await using AnvilNode kept = await AnvilNode.StartAsync(new AnvilOptions { StateFile = state }, Cancelled);
        await using IndexHarness index = await IndexHarness.CreateAsync(kept.HttpUri, options: null, Cancelled);
        await kept.MineAsync(4, Cancelled);
        await index.SettleAsync(Cancelled);
        await kept.StopAsync();
        Assert.Equal(0, await index.IndexAsync(Cancelled));
        await kept.RestartAsync(Cancelled);
        await kept.MineAsync(2, Cancelled);
        await index.StartAsync(Cancelled);
        await index.SettleAsync(Cancelled);
        Directory.Delete(Path.GetDirectoryName(state)!, recursive: true);

        Assert.Equal(6, (await index.StatusAsync(Cancelled)).Indexed!.Value.Number);
    }

    private async Task<Hash32> DepositAsync(string token, long amount) =>
        Hash32.Parse(await _node.TransferFromDevAsync(OutsideDev, token, Ours, amount, Cancelled));

    private Task<IReadOnlyList<string>> ConfirmedAsync(Hash32 transaction) => _index.LinesAsync(
        $"""
        select payload->'movement'->>'kind', payload->'movement'->>'asset', payload->'movement'->>'amount'
        from   facts.v_stream
        where  type = '{MovementConfirmed.Type}' and payload->'transaction'->>'tx_hash' = '{transaction}'
        order  by 1
        """,
        Cancelled);

    private Task<IReadOnlyList<string>> PhasesAsync(Hash32 transaction) => _index.LinesAsync(
        $"select phase from attribution.v_movement where kind = 'token' and tx_hash = '\\x{transaction.ToString()[2..]}' order by id",
        Cancelled);

    private async Task AssertSameChainAsync(IndexHarness index) => Assert.Equal(
        await NodeHashesAsync(),
        await index.LinesAsync("select encode(hash, 'hex') from indexing.v_block where is_canonical order by number", Cancelled));

    private async Task<IReadOnlyList<string>> NodeHashesAsync()
    {
        long head = await _node.BlockNumberAsync("latest", Cancelled);
        var hashes = new List<string>();
        for (long number = 0; number <= head; number++)
        {
            string quantity = "0x" + number.ToString("x", CultureInfo.InvariantCulture);
            JsonElement block = await _node.RpcAsync("eth_getBlockByNumber", [quantity, false], Cancelled);
            hashes.Add(block.GetProperty("hash").GetString()![2..]);
        }

        return hashes;
    }
}
