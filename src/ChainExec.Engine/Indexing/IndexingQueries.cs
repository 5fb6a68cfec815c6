using ChainExec.Calls;
using ChainExec.Ethereum;
using ChainExec.Facts.Contracts;
using ChainExec.Storage;

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
    IReadOnlyList<ProviderStatus> Providers);

/// <summary>A provider's last answer.</summary>
internal sealed record ProviderStatus(string Name, string State, long? Head, string? Detail, DateTimeOffset SeenAt);

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

    /// <summary>Every configured chain, also one that was never reached.</summary>
    public async Task<IReadOnlyList<ChainStatus>> ChainsAsync(CancellationToken cancellationToken)
    {
        const string providersSql =
            "select chain_id, name, state, head_number, detail, seen_at from indexing.provider order by chain_id, name";
        var providers = (await database.ReadAsync(
                providersSql,
                static _ => { },
                reader => (Chain: reader.Long("chain_id"), Status: new ProviderStatus(
                    reader.Text("name"), reader.Text("state"), reader.LongOrNull("head_number"), reader.TextOrNull("detail"),
                    reader.Time("seen_at"))),
                cancellationToken))
            .ToLookup(row => row.Chain, row => row.Status);

        const string chainsSql = """
            select c.chain_id, c.head_number, c.head_seen_at, c.tip_number, c.tip_hash, c.final_number, c.final_hash,
                   c.halted_at, c.halt_reason,
                   b.block_time
            from   indexing.v_chain c
            left   join indexing.v_block b on b.chain_id = c.chain_id and b.hash = c.tip_hash and b.is_canonical
            """;
        Dictionary<long, ChainStatus> seen = (await database.ReadAsync(
                chainsSql,
                static _ => { },
                reader =>
                {
                    long chain = reader.Long("chain_id");
                    long? head = reader.LongOrNull("head_number");
                    BlockRef? tip = reader.HashOrNull("tip_hash") is { } tipHash ? new BlockRef(reader.Long("tip_number"), tipHash) : null;
                    BlockRef? final = reader.HashOrNull("final_hash") is { } hash ? new BlockRef(reader.Long("final_number"), hash) : null;
                    long? lag = head is null || tip is null ? null : Math.Max(0, head.Value - tip.Value.Number);
                    return new ChainStatus(
                        chain, "", head, reader.TimeOrNull("head_seen_at"), tip, reader.TimeOrNull("block_time"), final, lag,
                        reader.TimeOrNull("halted_at"), reader.TextOrNull("halt_reason"), [.. providers[chain]]);
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

    // A provider that was taken out of the configuration keeps its row; nobody wants to see it any more.
    private static IReadOnlyList<ProviderStatus> Configured(IReadOnlyList<ProviderStatus> statuses, ChainProfile profile) =>
        [.. statuses.Where(status => profile.Providers.Any(provider => provider.Name == status.Name))];
}
