using System.Globalization;
using System.Text.Json.Nodes;
using ChainExec.Ethereum;
using ChainExec.Indexing;
using ChainExec.Storage;
using ChainExec.TestKit;
using Xunit;

namespace ChainExec.Engine.Tests.Indexing;

/// <summary>Final blocks far below the head, in ranges: the same rows as block by block, once each, and nothing a node can hide.</summary>
public sealed class BackfillTests : IAsyncLifetime
{
    private const int Blocks = 140;
    private const int FinalAt = 120;

    private static readonly Address Ours = A.Address(1);
    private static readonly Address Outside = A.Address(2);
    private static readonly Address Token = A.Address(3);
    private static readonly Address Unlisted = A.Address(4);
    private static readonly HarnessOptions InRanges = new() { BackfillFrom = 8, BackfillSpanMax = 16 };

    private ScriptedNode _node = null!;
    private IndexHarness _index = null!;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _node = await ScriptedNode.StartAsync(Cancelled);
        Populate(_node, Blocks, seed: 20261126);
        _node.Finalized = FinalAt;
        _index = await SetUpAsync(InRanges);
    }

    public async ValueTask DisposeAsync()
    {
        await _index.DisposeAsync();
        await _node.DisposeAsync();
    }

    [Fact]
    public async Task Ranges_end_in_the_rows_and_facts_of_following_block_by_block()
    {
        await using IndexHarness followed = await SetUpAsync(new HarnessOptions { BackfillFrom = 1_000_000 });
        await _index.SettleAsync(Cancelled);
        await followed.SettleAsync(Cancelled);

        Assert.NotEqual(0, await _index.CountAsync("select count(*) from indexing.backfill_range", Cancelled));
        Assert.Equal(0, await followed.CountAsync("select count(*) from indexing.backfill_range", Cancelled));
        await AssertSameRowsAsync(followed, _index);
        Assert.True(
            await _index.CountAsync("select count(*) from indexing.block", Cancelled) < Blocks - 20, "blocks without anything have no row");
        Assert.Equal(
            0, await _index.CountAsync("select count(*) from indexing.v_transaction t join indexing.v_block b on b.hash = t.block_hash "
                + "where b.proof <> 'receipts'", Cancelled));
    }

    [Fact]
    public async Task Following_goes_on_where_the_ranges_end_and_later_ranges_where_it_ended()
    {
        await _index.SettleAsync(Cancelled);
        long ranges = await _index.CountAsync("select count(*) from indexing.backfill_range", Cancelled);
        Populate(_node, 5, seed: 7);
        _node.Rewind(10);
        Populate(_node, 12, seed: 8);
        await _index.SettleAsync(Cancelled);
        await _index.Follower.DisposeAsync();
        Populate(_node, 60, seed: 9);
        _node.Finalized = _node.Head.Number - 3;
        await using IndexHarness restarted = _index.Another([_node.Uri], InRanges);
        await restarted.SettleAsync(Cancelled);

        Assert.True(await _index.CountAsync("select count(*) from indexing.backfill_range", Cancelled) > ranges, "there were later ranges");
        Assert.Equal(_node.Head.Hash, (await restarted.StatusAsync(Cancelled)).Indexed!.Value.Hash);
        await AssertEachOnceAsync(restarted);
    }

    [Theory]
    [InlineData(Boundary.BlockOpen, 2)]
    [InlineData(Boundary.BlockCommitted, 1)]
    [InlineData(Boundary.BlockCommitted, 3)]
    public async Task Crash_at_a_write_of_a_range_neither_loses_nor_repeats_anything(string boundary, int time)
    {
        await _index.DisposeAsync();
        HarnessOptions small = InRanges with { BackfillRowsPerWriteMax = 6 };
        _index = await SetUpAsync(small);
        int passed = 0;
        using (Boundary.Observe(name => Crash(name == boundary && ++passed == time)))
            await Assert.ThrowsAsync<CrashException>(() => _index.Follower.RunTurnAsync(Cancelled));
        await _index.Follower.DisposeAsync();

        await using IndexHarness restarted = _index.Another([_node.Uri], small);
        await restarted.SettleAsync(Cancelled);
        await AssertEachOnceAsync(restarted);
    }

    [Fact]
    public async Task Logs_that_a_node_leaves_out_are_found_by_the_header_and_its_receipts()
    {
        _node.Lie = (method, _, honest) => method == "eth_getLogs" ? new JsonArray() : honest;
        await _index.SettleAsync(Cancelled);

        await AssertEachOnceAsync(_index);
    }

    [Fact]
    public async Task Log_of_ours_left_out_among_those_of_others_is_found_also_with_more_accounts_than_are_named()
    {
        await _index.ExecuteAsync(
            """
            insert into custody.account (id, owner_id, chain_id, address, kind)
            select gen_random_uuid(), a.owner_id, a.chain_id, decode(lpad(to_hex(n), 40, '0'), 'hex'), 'eoa'
            from   custody.account a cross join generate_series(1000000, 1000300) as n
            """,
            Cancelled);
        for (int block = 0; block < 20; block++)
        {
            _node.Mine(
                A.Transaction(Outside, Token, A.Transfer(Token, Outside, A.Address(100 + block), 9)),
                A.Transaction(Outside, Token, A.Transfer(Token, Outside, Ours, 1 + block)));
        }

        _node.MineEmpty(2);
        _node.Finalized = _node.Head.Number;
        _node.Lie = (method, _, honest) => method == "eth_getLogs" ? WithoutOurs(honest) : honest;
        await _index.SettleAsync(Cancelled);

        await AssertEachOnceAsync(_index);
    }

    [Fact]
    public async Task Where_most_blocks_have_something_their_receipts_are_read_and_logs_are_asked_for_no_more()
    {
        for (int block = 0; block < 200; block++)
            _node.Mine(A.Transaction(Outside, Token, A.Transfer(Token, Outside, Ours, 1 + block)));
        _node.Finalized = _node.Head.Number;
        long last = 0;
        _node.Lie = (method, parameters, honest) =>
        {
            if (method == "eth_getLogs")
                last = Math.Max(last, Convert.ToInt64(parameters[0]!["toBlock"]!.GetValue<string>(), 16));
            return honest;
        };
        await _index.SettleAsync(Cancelled);

        Assert.InRange(last, 1, Blocks + 100);
        Assert.NotEqual(0, await _index.CountAsync("select count(*) from indexing.backfill_range where proof = 'receipts'", Cancelled));
        await AssertEachOnceAsync(_index);
    }

    [Fact]
    public async Task Block_that_is_given_without_its_transactions_is_refused()
    {
        _node.Lie = (method, parameters, honest) =>
        {
            if (method != "eth_getBlockByNumber" || !parameters[1]!.GetValue<bool>())
                return honest;
            JsonNode? emptied = honest?.DeepClone();
            emptied?["transactions"] = new JsonArray();
            return emptied;
        };
        await _index.SettleAsync(Cancelled);
        long believed = (await _index.StatusAsync(Cancelled)).Indexed?.Number ?? -1;

        Assert.True(believed < 20, $"believed up to {believed}");
    }

    [Fact]
    public async Task Receipts_that_are_not_all_are_refused_where_the_header_proves_it()
    {
        _node.Lie = (method, _, honest) => method == "eth_getBlockReceipts" ? WithoutLogs(honest) : honest;
        await _index.SettleAsync(Cancelled);
        long believed = (await _index.StatusAsync(Cancelled)).Indexed?.Number ?? -1;
        string? detail = (await _index.StatusAsync(Cancelled)).Providers[0].Detail;
        _node.Lie = null;
        await Eventually.TrueAsync(
            async () =>
            {
                await _index.SettleAsync(Cancelled);
                return (await _index.StatusAsync(Cancelled)).Indexed?.Number == Blocks;
            },
            TimeSpan.FromSeconds(20), "the honest node is believed again", Cancelled);

        Assert.True(believed < 20, $"believed up to {believed}");
        Assert.Contains("root", detail, StringComparison.Ordinal);
        await AssertEachOnceAsync(_index);
    }

    [Fact]
    public async Task Account_that_is_registered_while_a_range_is_read_is_not_missed()
    {
        Address late = A.Address(77);
        ScriptedNode node = _node;
        node.Mine(A.Transaction(Outside, Token, A.Transfer(Token, Outside, late, 5)));
        node.MineEmpty(3);
        node.Finalized = node.Head.Number;
        int asked = 0;
        node.Lie = (method, _, honest) =>
        {
            // Ranges are read ahead, so all of them are under way or done when the account comes.
            if (method == "eth_getBlockReceipts" && Interlocked.Increment(ref asked) == 3)
                _index.RegisterAccountAsync(late, Cancelled).GetAwaiter().GetResult();
            return honest;
        };
        await _index.SettleAsync(Cancelled);

        Assert.Equal(1, await _index.CountAsync(
            "select count(*) from facts.v_stream where type = 'attribution.movement_confirmed' "
            + $"and payload::text ilike '%{late.ToHex()[2..]}%'", Cancelled));
        await AssertEachOnceAsync(_index, [Ours, late]);
    }

    [Fact]
    public async Task Without_accounts_nothing_is_read_but_the_ends_of_ranges()
    {
        await using IndexHarness empty = await IndexHarness.CreateAsync(_node.Uri, InRanges, Cancelled);
        int before = _node.Questions;
        await empty.IndexAsync(Cancelled);

        Assert.Equal(Blocks, (await empty.StatusAsync(Cancelled)).Indexed!.Value.Number);
        Assert.True(_node.Questions - before < 110, $"{_node.Questions - before} questions");
    }

    [Fact]
    public async Task Logs_alone_are_read_where_the_profile_says_so_and_show_every_token_transfer()
    {
        await using IndexHarness logs = await SetUpAsync(InRanges with { Backfill = "logs" });
        var methods = new HashSet<string>();
        _node.Lie = (method, parameters, honest) =>
        {
            lock (methods)
                methods.Add(method == "eth_getBlockByNumber" && parameters[1]!.GetValue<bool>() ? "whole blocks by number" : method);
            return honest;
        };
        await logs.SettleAsync(Cancelled);

        // Blocks that the logs name are read by hash, and those by number are the ones above the final head.
        Assert.DoesNotContain("whole blocks by number", methods);
        Assert.Equal(
            TokenTransfers(FinalAt),
            await logs.LinesAsync(
                "select encode(m.tx_hash, 'hex') from attribution.v_movement m join indexing.v_transaction t using (chain_id, tx_hash) "
                + $"where m.kind = 'token' and t.block_number <= {FinalAt} and m.phase <> 'orphaned' order by 1", Cancelled));
    }

    [Fact]
    public async Task Progress_is_shown_with_a_rate_while_ranges_are_read()
    {
        await _index.DisposeAsync();
        _index = await SetUpAsync(InRanges with { BackfillTurn = TimeSpan.FromTicks(1), BackfillRowsPerWriteMax = 6 });
        await _index.Follower.RunTurnAsync(Cancelled);
        await _index.Follower.RunTurnAsync(Cancelled);
        await _index.Follower.RunTurnAsync(Cancelled);
        ChainStatus status = await _index.StatusAsync(Cancelled);
        await _index.IndexAsync(Cancelled);

        BackfillStatus progress = Assert.IsType<BackfillStatus>(status.Backfill);
        Assert.Equal(FinalAt - status.Indexed!.Value.Number, progress.RemainingBlocks);
        Assert.True(progress.BlocksPerSecond > 0 && progress.Eta > TimeSpan.Zero, $"{progress}");
        Assert.Null((await _index.StatusAsync(Cancelled)).Backfill);
        Assert.Equal(100, (await _index.StatusAsync(Cancelled)).Providers[0].BatchSize);
    }

    [Fact]
    public async Task Nothing_is_written_while_providers_disagree_on_a_final_block()
    {
        await using ScriptedNode other = await ScriptedNode.StartAsync(Cancelled, _node.Chain[0]);
        other.MineEmpty(Blocks);
        other.Finalized = FinalAt;
        await using IndexHarness two = await IndexHarness.CreateAsync([_node.Uri, other.Uri], InRanges with { Quorum = 2 }, Cancelled);
        await two.RegisterAccountAsync(Ours, Cancelled);
        await two.IndexAsync(Cancelled);

        Assert.True((await two.StatusAsync(Cancelled)).Indexed is null, "no block was believed");
    }

    private static void Crash(bool now)
    {
        if (now)
            throw new CrashException();
    }

    // Deposits, payments of ours with and without logs, reverts, strangers, watched events, unlisted tokens, and empty blocks.
    private static void Populate(ScriptedNode node, int blocks, int seed)
    {
        var random = new Random(seed);
        for (int block = 0; block < blocks; block++)
        {
            var transactions = new List<ScriptedTransaction>();
            for (int left = random.Next(3); left > 0; left--)
            {
                transactions.Add(random.Next(8) switch
                {
                    0 => A.Transaction(Outside, Token, A.Transfer(Token, Outside, Ours, random.Next(1, 1000))),
                    1 => A.Transaction(Ours, Token, A.Transfer(Token, Ours, Outside, 3), A.Transfer(Unlisted, Ours, Outside, 4)),
                    2 => A.Payment(Outside, Ours, 5),
                    3 => A.Payment(Ours, Outside, 6),
                    4 => new ScriptedTransaction(Ours, Token, 0, Nonce: 1, Succeeded: false, []),
                    5 => A.Transaction(Outside, Token, A.Transfer(Token, Outside, A.Address(random.Next(100, 200)), 9)),
                    6 => A.Transaction(Outside, Token, A.Paused(Token)),
                    _ => A.Payment(Outside, A.Address(random.Next(100, 200)), 8),
                });
            }

            node.Mine(transactions);
        }
    }

    private static JsonArray WithoutOurs(JsonNode? logs) =>
    [
        .. logs!.AsArray().Where(log => !log!["topics"]!.AsArray().Any(topic => topic!.GetValue<string>() == A.Topic(Ours).ToString()))
            .Select(log => log!.DeepClone()),
    ];

    private static JsonNode? WithoutLogs(JsonNode? receipts)
    {
        JsonNode? changed = receipts?.DeepClone();
        foreach (JsonNode? receipt in changed?.AsArray() ?? [])
            receipt!["logs"] = new JsonArray();
        return changed;
    }

    private static async Task AssertSameRowsAsync(IndexHarness expected, IndexHarness actual)
    {
        foreach (string sql in (string[])
        [
            "select encode(tx_hash, 'hex'), encode(block_hash, 'hex'), block_number, tx_index, nonce, value, succeeded, status, gas_used "
                + "from indexing.v_transaction order by block_number, tx_index",
            "select encode(block_hash, 'hex'), log_index, encode(tx_hash, 'hex'), encode(address, 'hex'), topics::text, "
                + "encode(data, 'hex') from indexing.v_log order by 1, 2",
            "select encode(tx_hash, 'hex'), kind, log_index, amount, phase from attribution.v_movement order by 1, 2, 3, 5",
            // What is final at once has no fact of its inclusion.
            "select type, payload->'transaction'->>'tx_hash', payload->'movement'->>'kind' from facts.v_stream "
                + "where type <> 'indexing.transaction_included' order by 1, 2, 3",
        ])
        {
            Assert.Equal(await expected.LinesAsync(sql, Cancelled), await actual.LinesAsync(sql, Cancelled));
        }
    }

    // What the final chain holds of the accounts is in the tables, once, and nothing else is.
    private async Task AssertEachOnceAsync(IndexHarness index, IReadOnlyList<Address>? accounts = null)
    {
        HashSet<string> ours = [.. (accounts ?? [Ours]).Select(account => A.Topic(account).ToString())];
        HashSet<Address> addresses = [.. accounts ?? [Ours]];
        IEnumerable<string> expected = _node.Chain.SelectMany(block => block.Transactions, (block, transaction) => (block, transaction))
            .Where(entry => addresses.Contains(entry.transaction.From)
                || (entry.transaction is { To: { } to, Succeeded: true } && !entry.transaction.Value.IsZero && addresses.Contains(to))
                || entry.transaction.Logs.Any(log => log.Emitter == Token
                    && (log.Topics[0] == A.PauseTopic || log.Topics.Skip(1).Any(topic => ours.Contains(topic.ToString())))))
            .Select(entry => string.Create(
                CultureInfo.InvariantCulture, $"{entry.transaction.Hash.ToString()[2..]} {entry.block.Number}"))
            .Order(StringComparer.Ordinal);
        Assert.Equal(
            expected,
            (await index.LinesAsync(
                "select encode(tx_hash, 'hex'), block_number from indexing.v_transaction where is_canonical", Cancelled))
                .Order(StringComparer.Ordinal));
        Assert.Equal(0, await index.CountAsync(
            """
            select count(*) from (
                select 1 from facts.v_stream where type in ('indexing.transaction_finalized', 'attribution.movement_confirmed')
                group by type, payload->'transaction'->>'tx_hash', payload->'transaction'->>'block_hash', payload->>'movement'
                having count(*) > 1) as twice
            """,
            Cancelled));
        Assert.Equal(0, await index.CountAsync("select count(*) from facts.v_parked", Cancelled));
    }

    private List<string> TokenTransfers(int upTo) =>
    [
        .. _node.Chain.Where(block => block.Number <= upTo).SelectMany(block => block.Transactions)
            .Where(transaction => transaction.Logs.Any(log => log.Emitter == Token
                && log.Topics.Skip(1).Contains(A.Topic(Ours))))
            .Select(transaction => transaction.Hash.ToString()[2..]).Order(StringComparer.Ordinal),
    ];

    private async Task<IndexHarness> SetUpAsync(HarnessOptions options)
    {
        IndexHarness index = await IndexHarness.CreateAsync(_node.Uri, options, Cancelled);
        await index.RegisterAccountAsync(Ours, Cancelled);
        await index.ListAsync("tusd", Token, Cancelled);
        await index.ListAsync("eth", contract: null, Cancelled);
        return index;
    }

    private sealed class CrashException : Exception;
}
