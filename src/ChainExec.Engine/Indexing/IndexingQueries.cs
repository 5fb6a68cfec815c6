using ChainExec.Calls;
using ChainExec.Ethereum;
using ChainExec.Facts.Contracts;
using ChainExec.Storage;
using Npgsql;

namespace ChainExec.Indexing;

/// <summary>A chain as people see it. Lags are against the head that enough providers reported; nothing before the first contact.</summary>
internal sealed record ChainStatus(
    long Chain,
    string Name,
    long? Head,
    DateTimeOffset? HeadSeenAt,
    BlockRef? Indexed,
    DateTimeOffset? IndexedBlockTime,
    BlockRef? Final,
    long? LagBlocks,
    DateTimeOffset? HaltedAt,
    string? HaltReason,
    IReadOnlyList<ProviderStatus> Providers)
{
    /// <summary>The highest block that enough providers call safe; nothing where the chain has no such tag.</summary>
    public long? Safe { get; init; }

    /// <summary>The time of the head less that of the newest indexed block.</summary>
    public TimeSpan? Lag { get; init; }

    /// <summary>Set while final blocks are read in ranges.</summary>
    public BackfillStatus? Backfill { get; init; }
}

/// <summary>How far the reading of final blocks in ranges is.</summary>
/// <param name="Target">The final height it reads up to.</param>
/// <param name="BlocksPerSecond">Over the last minute, rounded down; nothing before the second write.</param>
/// <param name="EventsPerSecond">Logs of ours, likewise.</param>
/// <param name="Eta">When it will be there at that rate.</param>
internal sealed record BackfillStatus(
    long Target, long RemainingBlocks, long? BlocksPerSecond, long? EventsPerSecond, TimeSpan? Eta);

/// <summary>A provider's last answer, and what was learned of it while it was read in ranges.</summary>
/// <param name="BlockRange">Blocks in one eth_getLogs.</param>
/// <param name="BatchSize">Calls in one batch.</param>
/// <param name="RequestsPerSecond">How fast it may be asked; nothing when it refused none.</param>
/// <param name="IsWell">False while it is left out for failing.</param>
internal sealed record ProviderStatus(
    string Name, string State, long? Head, string? Detail, DateTimeOffset SeenAt, int? BlockRange, int? BatchSize, int? RequestsPerSecond,
    bool? IsWell);

/// <summary>A transaction in one incarnation of one block, with its logs.</summary>
/// <param name="Status"><c>canonical</c>, <c>orphaned</c> or <c>final</c>.</param>
internal sealed record IndexedTransaction(
    ChainTransaction Transaction, string Status, DateTimeOffset ObservedAt, IReadOnlyList<ObservedLog> Logs);

/// <summary>A reorg that was rolled back.</summary>
/// <param name="Ancestor">The block that stayed; nothing when none did.</param>
/// <param name="Transactions">How many relevant transactions it orphaned.</param>
internal sealed record ReorgRecord(long Id, BlockRef From, BlockRef? Ancestor, int Depth, int Transactions, DateTimeOffset At);

/// <summary>Reads of the index for the API and for operators.</summary>
internal sealed class IndexingQueries(Database database, ChainDirectory chains)
{
    private const int IncarnationsMax = 100;
    private const int RangesMax = 500;

    /// <summary>Every configured chain, also one that was never reached.</summary>
    public async Task<IReadOnlyList<ChainStatus>> ChainsAsync(CancellationToken cancellationToken)
    {
        const string providersSql =
            "select chain_id, name, case when quarantined_at is null then state else 'quarantined' end as state, head_number, "
            + "coalesce(contradicted, detail) as detail, seen_at, block_range, batch_size, requests_per_second, is_well "
            + "from indexing.provider order by chain_id, name";
        var providers = (await database.ReadAsync(
                providersSql,
                static _ => { },
                reader => (Chain: reader.Long("chain_id"), Status: new ProviderStatus(
                    reader.Text("name"), reader.Text("state"), reader.LongOrNull("head_number"), reader.TextOrNull("detail"),
                    reader.Time("seen_at"), reader.IntOrNull("block_range"), reader.IntOrNull("batch_size"),
                    reader.IntOrNull("requests_per_second"), reader.BoolOrNull("is_well"))),
                cancellationToken))
            .ToLookup(row => row.Chain, row => row.Status);

        const string chainsSql = """
            select c.chain_id, c.head_number, c.head_seen_at, c.tip_number, c.tip_hash, c.final_number, c.final_hash,
                   c.halted_at, c.halt_reason, c.safe_number, c.head_time, c.backfill_target,
                   b.block_time, f.blocks, f.logs, f.milliseconds
            from   indexing.v_chain c
            left   join indexing.v_block b on b.chain_id = c.chain_id and b.hash = c.tip_hash and b.is_canonical
            left   join lateral (
                   -- What came before the first of them took an unknown time, so that one is only the beginning.
                   select (sum(to_number - from_number + 1) filter (where id > first))::bigint as blocks,
                          (sum(logs) filter (where id > first))::bigint as logs,
                          (extract(epoch from max(at) - min(at)) * 1000)::bigint as milliseconds
                   from   (select *, min(id) over () as first
                           from   (select * from indexing.v_backfill_range
                                   where chain_id = c.chain_id order by id desc limit @ranges) as newest
                           where  at > storage.clock() - interval '1 minute') as recent) as f on c.backfill_target is not null
            """;
        Dictionary<long, ChainStatus> seen = (await database.ReadAsync(
                chainsSql,
                statement => statement.With("ranges", RangesMax),
                reader =>
                {
                    long chain = reader.Long("chain_id");
                    long? head = reader.LongOrNull("head_number");
                    BlockRef? tip = reader.HashOrNull("tip_hash") is { } tipHash ? new BlockRef(reader.Long("tip_number"), tipHash) : null;
                    BlockRef? final = reader.HashOrNull("final_hash") is { } hash ? new BlockRef(reader.Long("final_number"), hash) : null;
                    long? lag = head is null || tip is null ? null : Math.Max(0, head.Value - tip.Value.Number);
                    return new ChainStatus(
                        chain, "", head, reader.TimeOrNull("head_seen_at"), tip, reader.TimeOrNull("block_time"), final, lag,
                        reader.TimeOrNull("halted_at"), reader.TextOrNull("halt_reason"), [.. providers[chain]])
                    {
                        Safe = reader.LongOrNull("safe_number"),
                        Lag = Positive(reader.TimeOrNull("head_time") - reader.TimeOrNull("block_time")),
                        Backfill = ReadBackfill(reader, tip),
                    };
                },
                cancellationToken))
            .ToDictionary(status => status.Chain);
        return [.. chains.All.OrderBy(profile => profile.Id).Select(profile => seen.TryGetValue(profile.Id, out ChainStatus? status)
            ? status with { Name = profile.Name, Providers = Configured(status.Providers, profile) }
            : new ChainStatus(profile.Id, profile.Name, null, null, null, null, null, null, null, null, []))];
    }

    /// <summary>A transaction in every block that ever held it: the canonical one first, then the orphaned ones, newest first.</summary>
    public async Task<IReadOnlyList<IndexedTransaction>> TransactionAsync(long chain, Hash32 hash, CancellationToken cancellationToken)
    {
        const string sql = """
            select chain_id, block_number, block_hash, incarnation, block_time, tx_hash, tx_index, "from", "to", nonce, value,
                   succeeded, gas_used, effective_gas_price, data_fee, status, observed_at
            from   indexing.v_transaction
            where  chain_id = @chain and tx_hash = @hash
            order  by is_canonical desc, observed_at desc
            limit  @limit
            """;
        const string logsSql = """
            select block_hash, incarnation, log_index, address, topics, data
            from   indexing.v_log
            where  chain_id = @chain and tx_hash = @hash
            order  by log_index
            """;
        var logs = (await database.ReadAsync(
                logsSql,
                statement => statement.With("chain", chain).With("hash", hash),
                reader => (Block: reader.Hash("block_hash"), Incarnation: reader.Int("incarnation"), Log: LogRow.Read(reader)),
                cancellationToken))
            .ToLookup(row => (row.Block, row.Incarnation), row => row.Log);
        return await database.ReadAsync(
            sql,
            statement => statement.With("chain", chain).With("hash", hash).With("limit", IncarnationsMax),
            reader =>
            {
                ChainTransaction transaction = BlockStore.ReadTransaction(reader);
                return new IndexedTransaction(
                    transaction, reader.Text("status"), reader.Time("observed_at"),
                    [.. logs[(transaction.BlockHash, transaction.Incarnation)]]);
            },
            cancellationToken);
    }

    /// <summary>The latest reorgs of a chain, newest first.</summary>
    public Task<IReadOnlyList<ReorgRecord>> ReorgsAsync(long chain, int limit, CancellationToken cancellationToken)
    {
        const string sql = """
            select id, from_number, from_hash, ancestor_number, ancestor_hash, depth, transactions, at
            from   indexing.v_reorg
            where  chain_id = @chain
            order  by id desc
            limit  @limit
            """;
        return database.ReadAsync(
            sql,
            statement => statement.With("chain", chain).With("limit", limit),
            reader => new ReorgRecord(
                reader.Long("id"),
                new BlockRef(reader.Long("from_number"), reader.Hash("from_hash")),
                reader.HashOrNull("ancestor_hash") is { } hash ? new BlockRef(reader.Long("ancestor_number"), hash) : null,
                reader.Int("depth"),
                reader.Int("transactions"),
                reader.Time("at")),
            cancellationToken);
    }

    private static TimeSpan? Positive(TimeSpan? span) => span < TimeSpan.Zero ? TimeSpan.Zero : span;

    private static BackfillStatus? ReadBackfill(NpgsqlDataReader reader, BlockRef? tip)
    {
        if (reader.LongOrNull("backfill_target") is not { } target || tip is not { } reached || reached.Number >= target)
            return null;
        long remaining = target - reached.Number;
        long? milliseconds = reader.LongOrNull("milliseconds") is { } passed and > 0 ? passed : null;
        long? blocks = reader.LongOrNull("blocks");
        return new BackfillStatus(
            target, remaining, blocks * 1000 / milliseconds, reader.LongOrNull("logs") * 1000 / milliseconds,
            blocks > 0 && milliseconds is { } ms ? TimeSpan.FromMilliseconds(remaining * ms / blocks.Value) : null);
    }

    // A provider that was taken out of the configuration keeps its row; nobody wants to see it any more.
    private static IReadOnlyList<ProviderStatus> Configured(IReadOnlyList<ProviderStatus> statuses, ChainProfile profile) =>
        [.. statuses.Where(status => profile.Providers.Any(provider => provider.Name == status.Name))];
}
