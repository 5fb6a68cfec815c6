using System.Text.Json.Nodes;
using ChainExec.Ethereum;
using ChainExec.Execution;
using ChainExec.Facts;
using ChainExec.Indexing;
using ChainExec.TestKit;
using Npgsql;
using Xunit;

namespace ChainExec.Engine.Tests.Indexing;

/// <summary>A block's hash is a name: whatever one provider says under it, as many as finality demands must say the same.</summary>
public sealed class LyingProviderTests : IAsyncLifetime
{
    private static readonly Address Ours = A.Address(1);
    private static readonly Address Outside = A.Address(2);
    private static readonly Address Token = A.Address(3);

    private static readonly HarnessOptions Quarantining = new()
    {
        Quorum = 2, Services = services => services.AddFactConsumer<ChainIncidents>(),
        Settings = new Dictionary<string, string?> { ["Indexing:ReportInterval"] = "00:00:00" },
    };

    private ScriptedNode _liar = null!;
    private ScriptedNode _second = null!;
    private ScriptedNode _third = null!;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _liar = await ScriptedNode.StartAsync(Cancelled);
        _second = await ScriptedNode.StartAsync(Cancelled, _liar.Chain[0]);
        _third = await ScriptedNode.StartAsync(Cancelled, _liar.Chain[0]);
    }

    public async ValueTask DisposeAsync()
    {
        await _liar.DisposeAsync();
        await _second.DisposeAsync();
        await _third.DisposeAsync();
    }

    [Theory]
    [InlineData(1_000_000)]
    [InlineData(8)]
    public async Task What_a_transaction_pays_is_not_one_providers_to_say(int backfillFrom)
    {
        _liar.Mine(A.Payment(Outside, Ours, 1));
        _liar.MineEmpty(30);
        FollowAll(final: 25);
        _liar.Lie = (method, _, honest) =>
        {
            if (method is not ("eth_getBlockByHash" or "eth_getBlockByNumber") || honest?.DeepClone() is not JsonObject block)
                return honest;
            foreach (JsonNode? transaction in block["transactions"]!.AsArray())
            {
                if (transaction is JsonObject full)
                    full["value"] = "0xde0b6b3a7640000";
            }

            return block;
        };
        await using IndexHarness index = await IndexedAsync(backfillFrom);

        Assert.Equal(
            ["1 confirmed"], await index.LinesAsync("select amount, phase from attribution.v_movement where kind = 'native'", Cancelled));
    }

    [Theory]
    [InlineData(1_000_000)]
    [InlineData(8)]
    public async Task What_is_in_a_block_is_not_one_providers_to_say(int backfillFrom)
    {
        _liar.MineEmpty(30);
        FollowAll(final: 25);
        // Header, receipts and their root agree with one another; only the hash is another block's.
        List<ScriptedBlock> chain = [.. _liar.Chain];
        chain[3] = new ScriptedBlock(
            3, chain[3].Hash, chain[3].Parent, [A.Transaction(Outside, Token, A.Transfer(Token, Outside, Ours, 5_000_000))]);
        _liar.Switch(chain);
        await using IndexHarness index = await IndexedAsync(backfillFrom);

        Assert.Equal(30, (await index.StatusAsync(Cancelled)).Indexed!.Value.Number);
        Assert.Equal(0, await index.CountAsync("select count(*) from indexing.transaction", Cancelled));
    }

    [Fact]
    public async Task Chain_whose_providers_are_split_is_an_incident_until_it_moves()
    {
        _liar.MineEmpty(3);
        _second.MineEmpty(3);
        _third.MineEmpty(3);
        await using IndexHarness index = await IndexHarness.CreateAsync(
            [_liar.Uri, _second.Uri, _third.Uri],
            new HarnessOptions
            {
                Quorum = 2, StalledAfter = TimeSpan.FromMilliseconds(1), Services = services => services.AddFactConsumer<ChainIncidents>(),
            },
            Cancelled);
        for (int turn = 0; turn < 4; turn++)
            await index.SettleAsync(Cancelled);
        IReadOnlyList<string> split = await index.LinesAsync("select kind, closed_at from execution.incident", Cancelled);
        FollowAll(final: 1);
        await index.SettleAsync(Cancelled);
        await index.SettleAsync(Cancelled);

        Assert.Equal([$"{ChainIncidents.Stalled} -"], split);
        Assert.Equal(3, (await index.StatusAsync(Cancelled)).Indexed!.Value.Number);
        Assert.Equal(0, await index.CountAsync("select count(*) from execution.incident where closed_at is null", Cancelled));
    }

    [Fact]
    public async Task Provider_that_contradicts_a_final_block_is_an_incident_and_has_no_vote_until_it_agrees()
    {
        await using IndexHarness first = await QuarantinedAsync();
        IReadOnlyList<string> open = await OpenIncidentsAsync(first);
        await first.Follower.DisposeAsync();
        // Another process knows of it. With the liar's word the second highest of the final heads would be 8.
        await using IndexHarness index = Another(first);
        (_second.Finalized, _third.Finalized, _liar.Finalized) = (8, 6, 20);
        await index.SettleAsync(Cancelled);
        ChainStatus status = await index.StatusAsync(Cancelled);
        // Its time is over, but it does not agree; then it does.
        await index.ExecuteAsync("update storage.clock_offset set shift = shift + interval '11 minutes'", Cancelled);
        await index.SettleAsync(Cancelled);
        IReadOnlyList<string> still = await OpenIncidentsAsync(index);
        _liar.Switch(_second.Chain);
        await index.SettleAsync(Cancelled);
        await index.SettleAsync(Cancelled);

        Assert.Equal([$"{ChainIncidents.Quarantined} {IndexHarness.Chain}:node0"], open);
        Assert.Equal((6, "quarantined"), (status.Final!.Value.Number, status.Providers.Single(provider => provider.Name == "node0").State));
        Assert.Equal(open, still);
        Assert.Equal(8, (await index.StatusAsync(Cancelled)).Final!.Value.Number);
        Assert.Empty(await OpenIncidentsAsync(index));
    }

    [Fact]
    public async Task Quarantined_provider_that_agrees_again_has_no_vote_before_its_time_is_over()
    {
        await using IndexHarness index = await QuarantinedAsync();
        _liar.Switch(_second.Chain);
        await index.SettleAsync(Cancelled);

        Assert.Single(await OpenIncidentsAsync(index));
    }

    [Fact]
    public async Task Database_that_fails_once_gives_no_vote_back()
    {
        await using IndexHarness first = await QuarantinedAsync();
        await first.Follower.DisposeAsync();
        await using IndexHarness index = Another(first);
        await index.ExecuteAsync("revoke select on indexing.v_quarantined_provider from ce_app", Cancelled);
        (_second.Finalized, _third.Finalized, _liar.Finalized) = (8, 6, 20);
        PostgresException fault = await Assert.ThrowsAsync<PostgresException>(() => index.IndexAsync(Cancelled));
        await Assert.ThrowsAsync<PostgresException>(() => index.Trust.QuarantinedAsync(IndexHarness.Chain, Cancelled));
        await index.ExecuteAsync("grant select on indexing.v_quarantined_provider to ce_app", Cancelled);
        IReadOnlySet<string> known = await index.Trust.QuarantinedAsync(IndexHarness.Chain, Cancelled);
        await index.SettleAsync(Cancelled);

        Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, fault.SqlState);
        Assert.Equal(["node0"], known);
        Assert.Equal(6, (await index.StatusAsync(Cancelled)).Final!.Value.Number);
    }

    [Fact]
    public async Task Nobody_asks_a_quarantined_provider_for_anything_that_is_decided_upon()
    {
        var looking = Quarantining with
        {
            ScanBack = true, SweepInterval = TimeSpan.Zero, NativeCheckInterval = TimeSpan.FromMilliseconds(1), BackfillFrom = 4,
        };
        await using IndexHarness first = await IndexHarness.CreateAsync(
            [_liar.Uri, _second.Uri, _third.Uri], Quarantining, Cancelled);
        await first.ListAsync("eth", contract: null, Cancelled);
        await first.RegisterAccountAsync(Ours, Cancelled);
        await first.ExecuteAsync("update storage.clock_offset set shift = shift + interval '1 hour'", Cancelled);
        await ContradictAsync(first);
        await first.RegisterAccountAsync(Outside, Cancelled);
        // What it says now is what the second one says: with its vote they would be two.
        _liar.Switch(_second.Chain);
        _third.IsDown = true;
        (_second.Finalized, _liar.Finalized) = (20, 20);
        long swept = await first.CountAsync("select count(*) from indexing.v_sweep", Cancelled);
        await first.Follower.DisposeAsync();
        await using IndexHarness index = first.Another([_liar.Uri, _second.Uri, _third.Uri], looking);
        for (int turn = 0; turn < 3; turn++)
        {
            await index.SettleAsync(Cancelled);
            // As if its balances were due.
            await index.ExecuteAsync("update indexing.account_scan set tip_number = 3 where done_at is null", Cancelled);
        }

        int asked = _liar.Questions;
        IReadOnlyList<NonceAnswer> nonces = await new NonceWitness(index.Trust)
            .AskAsync(index.Profile, Ours, 5, _second.Chain[5].Hash, Cancelled);

        Assert.Equal(5, (await index.StatusAsync(Cancelled)).Final!.Value.Number);
        Assert.Equal(swept, await index.CountAsync("select count(*) from indexing.v_sweep", Cancelled));
        Assert.Equal(0, await index.CountAsync("select count(*) from indexing.v_native_balance", Cancelled));
        Assert.Equal(
            1, await index.CountAsync("select count(*) from indexing.v_account_scan where holds is null and done_at is null", Cancelled));
        Assert.Equal(["node1", "node2"], nonces.Select(answer => answer.Provider));
        Assert.Equal(asked, _liar.Questions);
    }

    [Fact]
    public async Task Quarantine_that_one_process_finds_is_known_to_the_others_soon()
    {
        await using IndexHarness index = await IndexHarness.CreateAsync(
            [_liar.Uri, _second.Uri, _third.Uri], Quarantining, Cancelled);
        await using IndexHarness other = Another(index);
        IReadOnlySet<string> before = await other.Trust.QuarantinedAsync(IndexHarness.Chain, Cancelled);
        await ContradictAsync(index);

        Assert.Empty(before);
        await Eventually.TrueAsync(
            async () => (await other.Trust.QuarantinedAsync(IndexHarness.Chain, Cancelled)).Contains("node0"),
            TimeSpan.FromSeconds(20), "the other process knows it", Cancelled);
    }

    [Fact]
    public async Task Contradiction_that_is_not_repeated_silences_nobody()
    {
        FollowAll(final: 0);
        await using IndexHarness index = await SetUpAsync(1_000_000, Quarantining);
        await index.IndexAsync(Cancelled);
        _liar.MineEmpty(20);
        FollowAll(final: 5);
        _liar.Lie = Once("finalized");
        await index.SettleAsync(Cancelled);
        await index.SettleAsync(Cancelled);

        Assert.Equal(5, (await index.StatusAsync(Cancelled)).Final!.Value.Number);
        Assert.Empty(await OpenIncidentsAsync(index));
    }

    [Fact]
    public async Task Contradiction_counts_when_it_is_repeated_after_a_silence()
    {
        await using IndexHarness index = await SetUpAsync(1_000_000, Quarantining);
        await index.IndexAsync(Cancelled);
        _liar.MineEmpty(20);
        FollowAll(final: 5);
        bool isSilent = true;
        _liar.Lie = (method, parameters, honest) => (method, $"{parameters[0]}") switch
        {
            ("eth_getBlockByNumber", "finalized") => Other(honest),
            ("eth_getBlockByNumber", "0x5") => isSilent ? null : Other(honest),
            _ => honest,
        };
        await index.SettleAsync(Cancelled);
        IReadOnlyList<string> silent = await OpenIncidentsAsync(index);
        isSilent = false;
        await index.SettleAsync(Cancelled);
        await index.SettleAsync(Cancelled);

        Assert.Empty(silent);
        Assert.Equal([$"{ChainIncidents.Quarantined} {IndexHarness.Chain}:node0"], await OpenIncidentsAsync(index));
    }

    [Fact]
    public async Task Quarantined_provider_that_is_slow_gets_its_vote_again()
    {
        using var never = new ManualResetEventSlim();
        await using IndexHarness index = await QuarantinedAsync();
        _liar.Switch(_second.Chain);
        _liar.Lie = (_, _, honest) =>
        {
            // Longer than the others are waited for when enough have answered.
            never.Wait(TimeSpan.FromSeconds(1.5), CancellationToken.None);
            return honest;
        };
        await index.ExecuteAsync("update storage.clock_offset set shift = shift + interval '11 minutes'", Cancelled);
        await Eventually.TrueAsync(
            async () =>
            {
                await index.SettleAsync(Cancelled);
                return (await OpenIncidentsAsync(index)).Count == 0;
            },
            TimeSpan.FromSeconds(60), "it votes again", Cancelled);
    }

    [Fact]
    public async Task Quarantined_provider_gets_its_vote_again_when_the_others_are_too_few_also_after_a_restart()
    {
        await using IndexHarness first = await QuarantinedAsync();
        await first.Follower.DisposeAsync();
        _second.IsDown = true;
        _liar.Switch(_third.Chain);
        (_liar.Finalized, _third.Finalized) = (9, 9);
        await first.ExecuteAsync("update storage.clock_offset set shift = shift + interval '11 minutes'", Cancelled);
        await using IndexHarness index = Another(first);
        await Eventually.TrueAsync(
            async () =>
            {
                await index.SettleAsync(Cancelled);
                return (await index.StatusAsync(Cancelled)).Final!.Value.Number == 9;
            },
            TimeSpan.FromSeconds(60), "the chain goes on", Cancelled);
        await index.SettleAsync(Cancelled);

        Assert.Empty(await OpenIncidentsAsync(index));
    }

    [Fact]
    public async Task Quarantined_provider_testifies_against_a_final_block()
    {
        await using IndexHarness index = await QuarantinedAsync();
        // Together with another one it contradicts what is final: whoever was right, nothing may be posted any more.
        _third.Switch(_liar.Chain);
        await index.IndexAsync(Cancelled);

        Assert.NotNull((await index.StatusAsync(Cancelled)).HaltedAt);
    }

    [Fact]
    public async Task Providers_without_a_vote_do_not_halt_a_chain_among_themselves()
    {
        await using ScriptedNode fourth = await ScriptedNode.StartAsync(Cancelled, _liar.Chain[0]);
        Uri[] nodes = [_liar.Uri, _second.Uri, _third.Uri, fourth.Uri];
        await using IndexHarness first = await IndexHarness.CreateAsync(nodes, Quarantining, Cancelled);
        await ContradictAsync(first);
        await QuarantineSecondAsync(first);
        // Those who have a vote have gone on, and do not say just now what they hold where the others contradict us.
        _second.Switch(_liar.Chain);
        _third.MineEmpty(1);
        fourth.Switch(_third.Chain);
        fourth.Finalized = 5;
        bool isSilent = true;
        _third.Lie = fourth.Lie = (method, parameters, honest) =>
            isSilent && method == "eth_getBlockByNumber" && $"{parameters[0]}" is "0x14" or "0x5" ? null : honest;
        await first.IndexAsync(Cancelled);
        ChainStatus among = await first.StatusAsync(Cancelled);
        isSilent = false;
        _third.Switch([.. _liar.Chain, new ScriptedBlock(21, Keccak256.Hash("21"u8), _liar.Head.Hash, [])]);
        fourth.IsDown = true;
        _second.Switch(_third.Chain);
        await first.ExecuteAsync("update indexing.provider set quarantined_at = null, contradicted = null where name = 'node1'", Cancelled);
        await Eventually.TrueAsync(
            async () =>
            {
                await first.IndexAsync(Cancelled);
                return (await first.StatusAsync(Cancelled)).HaltedAt is not null;
            },
            TimeSpan.FromSeconds(20), "those who have a vote halt it", Cancelled);

        Assert.Null(among.HaltedAt);
    }

    [Fact]
    public async Task Providers_without_a_vote_do_not_halt_a_chain_among_themselves_when_it_starts()
    {
        await using IndexHarness first = await QuarantinedAsync();
        await QuarantineSecondAsync(first);
        await first.Follower.DisposeAsync();
        _second.Switch(_liar.Chain);
        _third.IsDown = true;
        await using IndexHarness another = Another(first);
        await another.IndexAsync(Cancelled);
        ChainStatus among = await another.StatusAsync(Cancelled);
        await another.Follower.DisposeAsync();
        _third.IsDown = false;
        _third.Switch(_liar.Chain);
        await using IndexHarness later = Another(first);
        await later.IndexAsync(Cancelled);

        Assert.Null(among.HaltedAt);
        Assert.NotNull((await later.StatusAsync(Cancelled)).HaltedAt);
    }

    [Fact]
    public async Task Chain_that_is_re_anchored_gives_everybody_the_vote_again()
    {
        await using IndexHarness index = await QuarantinedAsync();
        _second.Switch(_liar.Chain);
        _third.Switch(_liar.Chain);
        await index.SettleAsync(Cancelled);
        IReadOnlyList<string> halted = await OpenIncidentsAsync(index);
        Assert.IsType<ReAnchorResult.Done>(await index.ReAnchorAsync(_liar.Chain[0].Hash, true, Cancelled));
        await index.SettleAsync(Cancelled);
        // What was called a lie is the chain, and needs the vote of whoever was quarantined.
        _third.IsDown = true;
        (_liar.Finalized, _second.Finalized) = (8, 8);
        await index.SettleAsync(Cancelled);

        Assert.Equal(2, halted.Count);
        Assert.Empty(await OpenIncidentsAsync(index));
        Assert.Equal(_liar.Chain[8].Hash, (await index.StatusAsync(Cancelled)).Final!.Value.Hash);
    }

    [Fact]
    public async Task Provider_that_hangs_does_not_hold_up_the_others()
    {
        await using IndexHarness index = await SetUpAsync(1_000_000);
        await index.IndexAsync(Cancelled);
        _liar.MineEmpty(1);
        FollowAll(final: 0);
        using var over = new ManualResetEventSlim();
        _liar.Lie = (_, _, honest) =>
        {
            over.Wait(TimeSpan.FromSeconds(30), CancellationToken.None);
            return honest;
        };
        long begun = TimeProvider.System.GetTimestamp();
        await index.IndexAsync(Cancelled);
        TimeSpan took = TimeProvider.System.GetElapsedTime(begun);
        over.Set();

        Assert.Equal(1, (await index.StatusAsync(Cancelled)).Indexed!.Value.Number);
        Assert.True(took < TimeSpan.FromSeconds(20), $"{took}");
    }

    [Fact]
    public async Task Provider_that_hangs_does_not_hold_up_a_start_and_is_told()
    {
        using var over = new ManualResetEventSlim();
        _liar.Lie = (_, _, honest) =>
        {
            over.Wait(TimeSpan.FromSeconds(30), CancellationToken.None);
            return honest;
        };
        await using IndexHarness index = await SetUpAsync(1_000_000);
        long begun = TimeProvider.System.GetTimestamp();
        await index.StartAsync(Cancelled);
        TimeSpan took = TimeProvider.System.GetElapsedTime(begun);
        await index.IndexAsync(Cancelled);
        over.Set();

        // One question to it would be ten seconds.
        Assert.True(took < TimeSpan.FromSeconds(8), $"{took}");
        Assert.Equal(0, (await index.StatusAsync(Cancelled)).Indexed!.Value.Number);
        Assert.Equal(["node0"], await index.LinesAsync("select name from indexing.provider where state = 'unavailable'", Cancelled));
    }

    // Two providers have a chain that is final up to 5, the first one has another.
    private async Task<IndexHarness> QuarantinedAsync()
    {
        IndexHarness index = await IndexHarness.CreateAsync([_liar.Uri, _second.Uri, _third.Uri], Quarantining, Cancelled);
        await ContradictAsync(index);
        return index;
    }

    private async Task ContradictAsync(IndexHarness index)
    {
        _second.MineEmpty(20);
        _third.Switch(_second.Chain);
        _liar.MineEmpty(20);
        (_second.Finalized, _third.Finalized, _liar.Finalized) = (5, 5, 5);
        await index.SettleAsync(Cancelled);
    }

    private static async Task QuarantineSecondAsync(IndexHarness index)
    {
        await index.ExecuteAsync(
            "update indexing.provider set quarantined_at = storage.clock(), contradicted = 'a test' where name = 'node1'", Cancelled);
        await Eventually.TrueAsync(
            async () => (await index.Trust.QuarantinedAsync(IndexHarness.Chain, Cancelled)).Count == 2,
            TimeSpan.FromSeconds(20), "both are known", Cancelled);
    }

    private IndexHarness Another(IndexHarness first) => first.Another([_liar.Uri, _second.Uri, _third.Uri], Quarantining);

    // The block, or another one in its place.
    private static Func<string, JsonNode, JsonNode?, JsonNode?> Once(string tag)
    {
        int told = 0;
        return (method, parameters, honest) =>
            method == "eth_getBlockByNumber" && $"{parameters[0]}" == tag && Interlocked.Increment(ref told) == 1 ? Other(honest) : honest;
    }

    private static JsonNode? Other(JsonNode? honest)
    {
        JsonNode? other = honest?.DeepClone();
        if (other is JsonObject block)
            block["hash"] = Keccak256.Hash("another"u8).ToString();
        return other;
    }

    private static Task<IReadOnlyList<string>> OpenIncidentsAsync(IndexHarness index) =>
        index.LinesAsync("select kind, subject from execution.incident where closed_at is null", Cancelled);

    private void FollowAll(long final)
    {
        _second.Switch(_liar.Chain);
        _third.Switch(_liar.Chain);
        (_liar.Finalized, _second.Finalized, _third.Finalized) = (final, final, final);
    }

    private async Task<IndexHarness> IndexedAsync(int backfillFrom)
    {
        IndexHarness index = await SetUpAsync(backfillFrom);
        await index.SettleAsync(Cancelled);
        return index;
    }

    private async Task<IndexHarness> SetUpAsync(int backfillFrom, HarnessOptions? options = null)
    {
        IndexHarness index = await IndexHarness.CreateAsync(
            [_liar.Uri, _second.Uri, _third.Uri],
            (options ?? new HarnessOptions { Quorum = 2 }) with { BackfillFrom = backfillFrom, BackfillSpanMax = 16 }, Cancelled);
        await index.ListAsync("tusd", Token, Cancelled);
        await index.ListAsync("eth", contract: null, Cancelled);
        await index.RegisterAccountAsync(Ours, Cancelled);
        return index;
    }
}
