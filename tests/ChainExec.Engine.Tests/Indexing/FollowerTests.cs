using System.Text.Json.Nodes;
using ChainExec.Ethereum;
using ChainExec.Execution;
using ChainExec.Facts;
using ChainExec.Indexing;
using ChainExec.Storage;
using ChainExec.TestKit;
using Xunit;

namespace ChainExec.Engine.Tests.Indexing;

public sealed class FollowerTests : IAsyncLifetime
{
    private static readonly Address Ours = A.Address(1);
    private static readonly Address Outside = A.Address(2);
    private static readonly Address Token = A.Address(3);

    private ScriptedNode _node = null!;
    private IndexHarness _index = null!;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _node = await ScriptedNode.StartAsync(Cancelled);
        await SetUpAsync([_node.Uri], new HarnessOptions());
    }

    public async ValueTask DisposeAsync()
    {
        await _index.DisposeAsync();
        await _node.DisposeAsync();
    }

    [Fact]
    public async Task Gap_is_filled_in_bounded_turns()
    {
        await _index.DisposeAsync();
        await SetUpAsync([_node.Uri], new HarnessOptions { BlocksPerTurnMax = 5 });
        _node.MineEmpty(11);

        Assert.Equal(5 + 1, await _index.Follower.RunTurnAsync(Cancelled));
        await _index.IndexAsync(Cancelled);
        Assert.Equal(11, (await _index.StatusAsync(Cancelled)).Indexed!.Value.Number);
    }

    [Fact]
    public async Task Indexing_begins_at_the_start_block()
    {
        await _index.DisposeAsync();
        _node.MineEmpty(6);
        await SetUpAsync([_node.Uri], new HarnessOptions { StartBlock = 4 });
        await _index.IndexAsync(Cancelled);

        Assert.Equal(["4", "5", "6"], await _index.LinesAsync("select number from indexing.v_block order by number", Cancelled));
    }

    [Theory]
    [InlineData(Boundary.BlockOpen)]
    [InlineData(Boundary.BlockCommitted)]
    public async Task Crash_at_a_block_boundary_neither_loses_nor_repeats_the_block(string boundary)
    {
        ScriptedTransaction deposit = Deposit();
        _node.Mine(deposit);
        _node.MineEmpty(2);
        int passed = 0;
        using (Boundary.Observe(name => Crash(name == boundary && ++passed == 2)))
            await Assert.ThrowsAsync<CrashException>(() => _index.Follower.RunTurnAsync(Cancelled));
        await _index.Follower.DisposeAsync();

        await using IndexHarness restarted = _index.Another([_node.Uri], new HarnessOptions());
        await restarted.SettleAsync(Cancelled);
        Assert.Equal(["transaction_included"], await restarted.FactTypesAsync(deposit.Hash, Cancelled));
        Assert.Equal(4, await restarted.CountAsync("select count(*) from indexing.block", Cancelled));
    }

    [Fact]
    public async Task Of_two_followers_one_has_the_lease()
    {
        await using IndexHarness other = _index.Another([_node.Uri], new HarnessOptions());
        _node.MineEmpty(2);

        Assert.True(await _index.Follower.RunTurnAsync(Cancelled) > 0);
        _node.MineEmpty(2);
        Assert.Equal(0, await other.IndexAsync(Cancelled));
        await _index.Follower.DisposeAsync();
        Assert.True(await other.IndexAsync(Cancelled) > 0);
    }

    [Fact]
    public async Task Follower_that_lost_its_lease_writes_nothing()
    {
        await _index.IndexAsync(Cancelled);
        _node.Mine(Deposit());
        await using IndexHarness other = _index.Another([_node.Uri], new HarnessOptions());
        // The other process takes the chain while this one is between reading the block and committing it.
        _node.Lie = (method, _, honest) =>
        {
            if (method == "eth_getBlockReceipts")
                _index.ExecuteAsync("update indexing.chain set lease_epoch = lease_epoch + 1", Cancelled).GetAwaiter().GetResult();
            return honest;
        };

        Assert.Equal(0, await _index.Follower.RunTurnAsync(Cancelled));
        Assert.Equal(1, await _index.CountAsync("select count(*) from indexing.block", Cancelled));
    }

    [Fact]
    public async Task Process_that_slept_through_its_lease_finds_the_chain_taken()
    {
        var brief = new HarnessOptions { LeaseDuration = TimeSpan.FromMilliseconds(200) };
        await _index.DisposeAsync();
        await SetUpAsync([_node.Uri], brief);
        await _index.IndexAsync(Cancelled);
        await using IndexHarness other = _index.Another([_node.Uri], new HarnessOptions());
        _node.Mine(Deposit());
        await Eventually.TrueAsync(
            async () => await other.IndexAsync(Cancelled) > 0, TimeSpan.FromSeconds(10), "the lease ran out and was taken", Cancelled);
        _node.Mine(Deposit());

        Assert.Equal(0, await _index.IndexAsync(Cancelled));
        Assert.Equal(2, await _index.CountAsync("select count(*) from indexing.block", Cancelled));
    }

    [Fact]
    public async Task Chain_of_a_process_that_died_is_free_at_once_and_what_it_writes_late_is_refused()
    {
        await _index.IndexAsync(Cancelled);
        await using IndexHarness other = _index.Another([_node.Uri], new HarnessOptions());
        _node.MineEmpty(2);
        int whileItLived = await other.IndexAsync(Cancelled);
        // Its session dies with a process; its lease has half a minute left.
        await _index.ExecuteAsync(
            "select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' "
            + "and database = (select oid from pg_database where datname = current_database())", Cancelled);
        await Eventually.TrueAsync(
            async () => await other.IndexAsync(Cancelled) > 0, TimeSpan.FromSeconds(5), "the other process has the chain", Cancelled);
        _node.MineEmpty(1);

        Assert.Equal(0, whileItLived);
        int late = -1;
        await Eventually.TrueAsync(
            async () =>
            {
                try
                {
                    late = await _index.IndexAsync(Cancelled);
                    return true;
                }
                catch (Npgsql.NpgsqlException)
                {
                    // Of the connections that were ended, each fails once; the worker's next turn asks again.
                    return false;
                }
            },
            TimeSpan.FromSeconds(5), "the late process had a turn", Cancelled);
        Assert.Equal(0, late);
        Assert.Equal(1, await other.IndexAsync(Cancelled));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Connection_cut_around_the_commit_of_a_block_neither_loses_nor_repeats_it(bool committed)
    {
        ScriptedTransaction deposit = Deposit();
        await using TcpProxy proxy = TcpProxy.Start(_index.DatabasePort);
        await using IndexHarness cut = _index.Another([_node.Uri], new HarnessOptions { DatabasePort = proxy.Port });
        await cut.IndexAsync(Cancelled);
        _node.Mine(deposit);
        using (Boundary.Observe(name => CutAt(proxy, name, committed)))
            await Assert.ThrowsAsync<CommitUnknownException>(() => cut.Follower.RunTurnAsync(Cancelled));
        await cut.SettleAsync(Cancelled);

        Assert.Equal(["transaction_included"], await cut.FactTypesAsync(deposit.Hash, Cancelled));
    }

    [Fact]
    public async Task Node_that_serves_another_chain_while_we_run_is_refused()
    {
        _node.MineEmpty(2);
        await _index.IndexAsync(Cancelled);
        await using ScriptedNode another = await ScriptedNode.StartAsync(Cancelled);
        another.MineEmpty(5);
        _node.Switch(another.Chain);

        await Assert.ThrowsAsync<ChainMismatchException>(() => _index.Follower.RunTurnAsync(Cancelled));
        ChainStatus status = await _index.StatusAsync(Cancelled);
        Assert.Equal((2, null), (status.Indexed!.Value.Number, status.HaltedAt));
    }

    [Fact]
    public async Task Contradicted_final_block_halts_the_chain_for_good()
    {
        _node.Mine(Deposit());
        _node.MineEmpty(4);
        _node.Finalized = 3;
        await _index.SettleAsync(Cancelled);
        _node.Rewind(3);
        _node.MineEmpty(6);
        await _index.SettleAsync(Cancelled);
        ChainStatus halted = await _index.StatusAsync(Cancelled);
        _node.MineEmpty(3);
        await _index.SettleAsync(Cancelled);

        Assert.NotNull(halted.HaltedAt);
        Assert.Equal(1, await _index.CountAsync("select count(*) from facts.v_stream where type = 'indexing.chain_halted'", Cancelled));
        ChainStatus later = await _index.StatusAsync(Cancelled);
        Assert.Equal((5, 3), (later.Indexed!.Value.Number, later.Final!.Value.Number));
    }

    [Fact]
    public async Task Final_head_that_goes_back_is_clamped()
    {
        _node.MineEmpty(5);
        _node.Finalized = 4;
        await _index.IndexAsync(Cancelled);
        _node.Finalized = 2;
        _node.MineEmpty(1);
        await _index.IndexAsync(Cancelled);

        Assert.Equal(4, (await _index.StatusAsync(Cancelled)).Final!.Value.Number);
    }

    [Fact]
    public async Task Finality_by_depth_is_that_many_blocks_below_the_head()
    {
        await _index.DisposeAsync();
        await SetUpAsync([_node.Uri], new HarnessOptions { Depth = 3 });
        _node.MineEmpty(10);
        await _index.IndexAsync(Cancelled);

        Assert.Equal(7, (await _index.StatusAsync(Cancelled)).Final!.Value.Number);
    }

    [Fact]
    public async Task Node_that_is_down_for_a_while_delays_and_loses_nothing()
    {
        ScriptedTransaction deposit = Deposit();
        await _index.IndexAsync(Cancelled);
        _node.IsDown = true;
        Assert.Equal(0, await _index.IndexAsync(Cancelled));
        ChainStatus down = await _index.StatusAsync(Cancelled);
        _node.Mine(deposit);
        _node.IsDown = false;
        await _index.SettleAsync(Cancelled);

        Assert.Equal("unavailable", down.Providers[0].State);
        Assert.Equal(["transaction_included"], await _index.FactTypesAsync(deposit.Hash, Cancelled));
    }

    [Theory]
    [InlineData("receipt missing")]
    [InlineData("receipt of another block")]
    [InlineData("receipts in another order")]
    [InlineData("no receipts")]
    public async Task Node_that_contradicts_itself_is_not_believed(string fault)
    {
        ScriptedTransaction deposit = Deposit();
        _node.Mine(deposit, Deposit());
        _node.Lie = (method, _, honest) =>
            method == "eth_getBlockReceipts" && honest is JsonArray { Count: 2 } receipts ? Tamper(receipts, fault) : honest;
        await _index.SettleAsync(Cancelled);
        long before = await _index.CountAsync("select count(*) from indexing.block where number > 0", Cancelled);
        _node.Lie = null;
        await _index.SettleAsync(Cancelled);

        Assert.Equal(0, before);
        Assert.Equal(["transaction_included"], await _index.FactTypesAsync(deposit.Hash, Cancelled));
    }

    [Fact]
    public async Task One_of_two_providers_can_neither_advance_nor_halt()
    {
        await _index.DisposeAsync();
        await using ScriptedNode second = await ScriptedNode.StartAsync(Cancelled, _node.Chain[0]);
        await SetUpAsync([_node.Uri, second.Uri], new HarnessOptions { Quorum = 2 });
        _node.MineEmpty(4);
        second.Switch(_node.Chain);
        (_node.Finalized, second.Finalized) = (3, 3);
        await _index.IndexAsync(Cancelled);
        // The first goes on alone, on a fork that contradicts the final block.
        _node.Rewind(3);
        _node.MineEmpty(8);
        await _index.IndexAsync(Cancelled);

        ChainStatus status = await _index.StatusAsync(Cancelled);
        Assert.Equal((4, 3, null), (status.Indexed!.Value.Number, status.Final!.Value.Number, status.HaltedAt));
    }

    [Fact]
    public async Task Block_that_only_one_of_two_providers_can_show_is_not_appended()
    {
        await _index.DisposeAsync();
        await using ScriptedNode second = await ScriptedNode.StartAsync(Cancelled, _node.Chain[0]);
        await SetUpAsync([_node.Uri, second.Uri], new HarnessOptions { Quorum = 2 });
        _node.MineEmpty(3);
        second.Switch(_node.Chain);
        second.Lie = (method, parameters, honest) =>
            method == "eth_getBlockByNumber" && parameters[0]!.GetValue<string>() == "0x2" ? null : honest;
        await _index.IndexAsync(Cancelled);

        Assert.Equal(1, (await _index.StatusAsync(Cancelled)).Indexed!.Value.Number);
    }

    [Fact]
    public async Task Two_providers_that_agree_halt_a_contradicted_chain()
    {
        await _index.DisposeAsync();
        await using ScriptedNode second = await ScriptedNode.StartAsync(Cancelled, _node.Chain[0]);
        await SetUpAsync([_node.Uri, second.Uri], new HarnessOptions { Quorum = 2 });
        _node.MineEmpty(4);
        second.Switch(_node.Chain);
        (_node.Finalized, second.Finalized) = (3, 3);
        await _index.IndexAsync(Cancelled);
        _node.Rewind(3);
        _node.MineEmpty(8);
        second.Switch(_node.Chain);
        await _index.IndexAsync(Cancelled);

        Assert.NotNull((await _index.StatusAsync(Cancelled)).HaltedAt);
    }

    [Fact]
    public async Task Another_genesis_block_refuses_the_start()
    {
        await _index.IndexAsync(Cancelled);
        await using ScriptedNode another = await ScriptedNode.StartAsync(Cancelled);
        await using IndexHarness restarted = _index.Another([another.Uri], new HarnessOptions());

        ChainMismatchException refusal = await Assert.ThrowsAsync<ChainMismatchException>(() => restarted.StartAsync(Cancelled));
        Assert.Contains(_node.Chain[0].Hash.ToString(), refusal.Message, StringComparison.Ordinal);
        Assert.Contains(another.Chain[0].Hash.ToString(), refusal.Message, StringComparison.Ordinal);
        Assert.Contains("--reset", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_block_at_our_final_height_found_at_start_halts_the_chain_until_it_is_re_anchored()
    {
        HarnessOptions options = new() { Services = services => services.AddFactConsumer<ChainIncidents>() };
        _node.MineEmpty(6);
        _node.Finalized = 5;
        await _index.IndexAsync(Cancelled);
        await _index.Follower.DisposeAsync();
        Hash32 anchor = _node.Chain[2].Hash;
        _node.Rewind(3);
        _node.MineEmpty(8);
        await using IndexHarness restarted = _index.Another([_node.Uri], options);
        await restarted.StartAsync(Cancelled);
        await restarted.SettleAsync(Cancelled);
        DateTimeOffset? halted = (await restarted.StatusAsync(Cancelled)).HaltedAt;
        IReadOnlyList<string> incidents = await restarted.LinesAsync("select kind, closed_at from execution.incident", Cancelled);
        ReAnchorResult result = await restarted.ReAnchorAsync(anchor, asAdministrator: true, Cancelled);
        await restarted.SettleAsync(Cancelled);

        Assert.NotNull(halted);
        Assert.Equal([$"{ChainIncidents.Halted} -"], incidents);
        Assert.IsType<ReAnchorResult.Done>(result);
        Assert.Equal(_node.Head.Hash, (await restarted.StatusAsync(Cancelled)).Indexed!.Value.Hash);
        Assert.Equal(0, await restarted.CountAsync("select count(*) from execution.incident where closed_at is null", Cancelled));
    }

    [Fact]
    public async Task Provider_of_another_chain_does_not_stop_a_chain_that_enough_others_serve()
    {
        await using ScriptedNode second = await ScriptedNode.StartAsync(Cancelled, _node.Chain[0]);
        await using ScriptedNode stranger = await ScriptedNode.StartAsync(Cancelled);
        stranger.ChainId = 1;
        _node.MineEmpty(3);
        second.Switch(_node.Chain);
        await using IndexHarness three = await IndexHarness.CreateAsync(
            [_node.Uri, second.Uri, stranger.Uri], new HarnessOptions { Quorum = 2 }, Cancelled);
        await three.StartAsync(Cancelled);
        await three.IndexAsync(Cancelled);

        Assert.Equal(3, (await three.StatusAsync(Cancelled)).Indexed!.Value.Number);
    }

    [Fact]
    public async Task Node_with_another_chain_id_refuses_the_start()
    {
        _node.ChainId = 1;

        await Assert.ThrowsAsync<ChainMismatchException>(() => _index.StartAsync(Cancelled));
    }

    [Fact]
    public async Task Node_that_is_down_does_not_refuse_the_start()
    {
        _node.IsDown = true;

        await _index.StartAsync(Cancelled);
    }

    [Fact]
    public async Task Service_role_cannot_take_back_a_final_block_nor_rewrite_history()
    {
        _node.MineEmpty(3);
        _node.Finalized = 2;
        await _index.IndexAsync(Cancelled);

        foreach (string sql in (string[])
        [
            "update indexing.chain set final_number = 1",
            "update indexing.block set status = 'orphaned' where status = 'final'",
            "delete from indexing.block",
            "update indexing.block set number = 9",
        ])
        {
            await Assert.ThrowsAsync<Npgsql.PostgresException>(
                () => _index.UnitOfWork.RunAsync((session, token) => session.Sql(sql).ExecuteAsync(token), Cancelled));
        }
    }

    [Theory]
    [InlineData("""
        insert into indexing.transaction (chain_id, block_hash, incarnation, block_number, tx_hash, tx_index, "from", nonce, value,
                                          succeeded, input_hash, gas_used, effective_gas_price)
        select chain_id, hash, incarnation + 1, number, hash, 0, substr(hash, 1, 20), 0, 0, true, hash, 0, 0 from indexing.block
        """)]
    [InlineData("""
        insert into indexing.log (chain_id, block_hash, incarnation, log_index, tx_hash, address, topics, data)
        select chain_id, block_hash, incarnation, 1000, sha256(tx_hash), address, topics, data from indexing.log
        """)]
    [InlineData("truncate indexing.block cascade")]
    [InlineData("delete from indexing.block")]
    public async Task Row_without_the_row_it_belongs_to_is_refused(string sql)
    {
        _node.Mine(Deposit());
        await _index.IndexAsync(Cancelled);

        Npgsql.PostgresException refused = await Assert.ThrowsAsync<Npgsql.PostgresException>(() => _index.ExecuteAsync(sql, Cancelled));

        Assert.Contains(
            refused.SqlState,
            (string[])[Npgsql.PostgresErrorCodes.ForeignKeyViolation, Npgsql.PostgresErrorCodes.RestrictViolation]);
    }

    private static ScriptedTransaction Deposit() => A.Transaction(Outside, Token, A.Transfer(Token, Outside, Ours, 5));

    private static JsonNode? Tamper(JsonArray receipts, string fault)
    {
        switch (fault)
        {
            case "receipt missing":
                receipts.RemoveAt(1);
                return receipts;
            case "receipt of another block":
                receipts[0]!["blockHash"] = Hash32.Zero.ToString();
                return receipts;
            case "receipts in another order":
                JsonNode first = receipts[0]!;
                receipts.RemoveAt(0);
                receipts.Add(first);
                return receipts;
            default:
                return null;
        }
    }

    private static void CutAt(TcpProxy proxy, string boundary, bool committed)
    {
        if (boundary != Boundary.BlockOpen)
            return;
        if (committed)
            proxy.CutAfterCommit();
        else
            proxy.CutBeforeCommit();
    }

    private static void Crash(bool now)
    {
        if (now)
            throw new CrashException();
    }

    private async Task SetUpAsync(IReadOnlyList<Uri> providers, HarnessOptions options)
    {
        _index = await IndexHarness.CreateAsync(providers, options, Cancelled);
        await _index.RegisterAccountAsync(Ours, Cancelled);
        await _index.ListAsync("tusd", Token, Cancelled);
    }

    private sealed class CrashException : Exception;
}
