using System.Text.Json;
using ChainExec.Facts;
using ChainExec.Facts.Contracts;
using ChainExec.Indexing;
using ChainExec.Storage;
using Microsoft.Extensions.Options;
using Npgsql;
using NpgsqlTypes;

namespace ChainExec.Attribution.Processors;

/// <summary>
/// Reads what processors are fed with: the transactions in the order of the stream, in windows that are bounded by facts, by logs and by
/// native transfers inside.
/// </summary>
internal sealed class ProcessorFeed(IOptions<AttributionOptions> options)
{
    /// <summary>Facts of one window at most.</summary>
    public const int WindowMax = 1000;

    private const int PositionsMax = WindowMax * 10;

    /// <summary>The facts that concern processors.</summary>
    public static readonly string[] Types = [TransactionDecided.Type, TransactionConfirmed.Type, TransactionReversed.Type];

    /// <summary>The items behind a position, and where the window ends.</summary>
    /// <param name="until">The last position that may be read.</param>
    public async Task<FeedWindow> ReadAsync(
        DbSession session, ProcessorGroup group, FeedPosition after, long until, CancellationToken cancellationToken)
    {
        // What waits for a trace is nothing yet but what moved; what a later trace shows is nothing new but what moved inside.
        const string sql = """
            select position, type, payload, occurred_at from facts.v_stream
            where  position > @after and position <= @end and type = any (@types)
            and    (@all or (payload->>'state' not in ('waiting', 'dropped') and not payload ? 'again'))
            order  by position
            limit  @limit
            """;
        long end = Math.Min(until, after.Position + PositionsMax);
        IReadOnlyList<FeedItem> items = await session.Sql(sql).With("after", after.Position).With("end", end).With("limit", WindowMax)
            .WithArray("types", Types, NpgsqlDbType.Text).With("all", group == ProcessorGroup.Movements)
            .ReadAsync(
                reader => new FeedItem(
                    reader.Long("position"), PhaseOf(reader.Text("type")),
                    JsonSerializer.Deserialize<TransactionDecided>(reader.Text("payload"), FactJson.Options)!.Transaction,
                    reader.Time("occurred_at")),
                cancellationToken);
        IReadOnlyList<FeedPart> parts = await BoundAsync(
            session, group, [.. items.Select((item, place) => (item, place == 0 ? after.NextLog : 0))], cancellationToken);
        FeedPosition reached = parts.Count > 0 && parts[^1] is { NextLog: { } next, Item: var cut }
            ? new FeedPosition(cut.Position - 1, next)
            : parts.Count < items.Count || items.Count == WindowMax ? new FeedPosition(parts[^1].Item.Position, 0)
            : new FeedPosition(end, 0);
        return new FeedWindow(parts, reached);
    }

    /// <summary>The transactions of one block that a processor is not through with, for one that had parked it.</summary>
    public async Task<FeedWindow> OfBlockAsync(
        DbSession session, Registered processor, BlockKey block, FeedPosition at, CancellationToken cancellationToken)
    {
        const string sql = """
            select t.chain_id, t.block_number, t.block_hash, t.incarnation, t.block_time, t.tx_hash, t.tx_index, t."from", t."to", t.nonce,
                   t.value, t.succeeded, t.gas_used, t.effective_gas_price, t.data_fee, coalesce(p.next_log, 0) as next_log,
                   (select min(h.at) from attribution.transaction_history h
                    where  h.transaction_id = a.id and (@all or h.to_state <> 'waiting')) as told_at
            from   attribution.transaction a
            join   indexing.v_transaction t using (chain_id, block_hash, incarnation, tx_hash)
            left   join attribution.partial p on p.processor = @name and p.chain_id = a.chain_id and p.block_hash = a.block_hash
                   and p.incarnation = a.incarnation and p.tx_hash = a.tx_hash
            where  a.chain_id = @chain and a.block_hash = @block and a.incarnation = @incarnation
            and    (@all or a.state not in ('waiting', 'dropped'))
            and    not exists (select from attribution.processed d
                               where  d.chain_id = a.chain_id and d.block_hash = a.block_hash and d.incarnation = a.incarnation
                               and    d.tx_hash = a.tx_hash and d.processor = @name and d.version = @version and d.phase = 'included')
            order  by t.tx_index
            limit  @limit
            """;
        IReadOnlyList<(FeedItem Item, int NextLog)> rows = await OfBlock(session, sql, processor, block)
            .With("all", processor.Group == ProcessorGroup.Movements)
            .ReadAsync(reader => (
                new FeedItem(at.Position, FeedPhase.Included, BlockStore.ReadTransaction(reader), reader.Time("told_at")),
                reader.Int("next_log")),
            cancellationToken);
        return new FeedWindow(await BoundAsync(session, processor.Group, rows, cancellationToken), at);
    }

    /// <summary>How the transactions of one block ended that a processor has included and not ended.</summary>
    public async Task<FeedWindow> EndsOfBlockAsync(
        DbSession session, Registered processor, BlockKey block, FeedPosition at, CancellationToken cancellationToken)
    {
        const string sql = """
            select t.chain_id, t.block_number, t.block_hash, t.incarnation, t.block_time, t.tx_hash, t.tx_index, t."from", t."to", t.nonce,
                   t.value, t.succeeded, t.gas_used, t.effective_gas_price, t.data_fee, a.ended,
                   (select max(h.at) from attribution.transaction_history h
                    where  h.transaction_id = a.id and h.event in ('confirmed', 'block_orphaned')) as told_at
            from   attribution.transaction a
            join   indexing.v_transaction t using (chain_id, block_hash, incarnation, tx_hash)
            join   attribution.processed d on d.chain_id = a.chain_id and d.block_hash = a.block_hash and d.incarnation = a.incarnation
                   and d.tx_hash = a.tx_hash and d.processor = @name and d.version = @version and d.phase = 'included'
            where  a.chain_id = @chain and a.block_hash = @block and a.incarnation = @incarnation
            and    a.ended is not null
            and    not exists (select from attribution.processed e
                               where  e.chain_id = a.chain_id and e.block_hash = a.block_hash and e.incarnation = a.incarnation
                               and    e.tx_hash = a.tx_hash and e.processor = @name and e.version = @version
                               and    e.phase in ('confirmed', 'orphaned'))
            order  by t.tx_index
            limit  @limit
            """;
        IReadOnlyList<FeedItem> items = await OfBlock(session, sql, processor, block).ReadAsync(
            reader => new FeedItem(
                at.Position, EnumText.Parse<FeedPhase>(reader.Text("ended")), BlockStore.ReadTransaction(reader), reader.Time("told_at")),
            cancellationToken);
        return new FeedWindow([.. items.Select(item => new FeedPart(item, 0, null))], at);
    }

    /// <summary>Binds transactions as arrays of their keys.</summary>
    public static Statement WithKeys(Statement statement, IEnumerable<TransactionKey> keys)
    {
        IReadOnlyList<TransactionKey> all = [.. keys];
        return statement
            .WithArray("chains", [.. all.Select(key => key.Block.Chain)], NpgsqlDbType.Bigint)
            .WithArray("blocks", [.. all.Select(key => key.Block.Block)], NpgsqlDbType.Bytea)
            .WithArray("incarnations", [.. all.Select(key => key.Block.Incarnation)], NpgsqlDbType.Integer)
            .WithArray("hashes", [.. all.Select(key => key.Hash)], NpgsqlDbType.Bytea);
    }

    /// <summary>A transaction's key in a row.</summary>
    public static TransactionKey KeyOf(NpgsqlDataReader reader) => new(
        new BlockKey(reader.Long("chain_id"), reader.Hash("block_hash"), reader.Int("incarnation")), reader.Hash("tx_hash"));

    private static Statement OfBlock(DbSession session, string sql, Registered processor, BlockKey block) => session.Sql(sql)
        .With("chain", block.Chain).With("block", block.Block).With("incarnation", block.Incarnation).With("name", processor.Name)
        .With("version", processor.Version).With("limit", WindowMax);

    // As many whole transactions as the bounds have room for; of the first one, when it alone has too many logs, a part.
    private async Task<IReadOnlyList<FeedPart>> BoundAsync(
        DbSession session, ProcessorGroup group, IReadOnlyList<(FeedItem Item, int FirstLog)> items, CancellationToken cancellationToken)
    {
        int left = options.Value.LogsPerTurnMax;
        int transfersLeft = options.Value.TransfersPerTurnMax;
        IReadOnlyList<(FeedItem Item, int FirstLog)> included = [.. items.Where(one => one.Item.Phase == FeedPhase.Included)];
        var counts = new Dictionary<FeedItem, int>(ReferenceEqualityComparer.Instance);
        if (included.Count > 0)
        {
            foreach ((int place, int logs) in await CountsAsync(session, included, left + 1, cancellationToken))
                counts[included[place - 1].Item] = logs;
        }

        var transfers = new Dictionary<FeedItem, int>(ReferenceEqualityComparer.Instance);
        if (included.Count > 0 && group == ProcessorGroup.Movements)
        {
            IReadOnlyList<FeedItem> counted = [.. included.Select(one => one.Item)];
            foreach ((int place, int moved) in await FeedReader.TransferCountsAsync(
                session, counted, transfersLeft + 1, cancellationToken))
                transfers[counted[place - 1]] = moved;
        }

        var parts = new List<FeedPart>();
        foreach ((FeedItem item, int first) in items)
        {
            transfersLeft -= transfers.GetValueOrDefault(item);
            if (parts.Count > 0 && transfersLeft < 0)
                break;
            int logs = counts.GetValueOrDefault(item);
            if (logs > left)
            {
                if (parts.Count == 0)
                    parts.Add(new FeedPart(item, first, await NextLogAsync(session, item, first, left, cancellationToken)));
                break;
            }

            parts.Add(new FeedPart(item, first, null));
            left -= logs;
        }

        return parts;
    }

    private static Task<IReadOnlyList<(int Place, int Logs)>> CountsAsync(
        DbSession session, IReadOnlyList<(FeedItem Item, int FirstLog)> items, int countMax, CancellationToken cancellationToken)
    {
        const string sql = """
            select k.place::int as place, c.logs::int as logs
            from   unnest(@chains, @blocks, @incarnations, @hashes, @firsts) with ordinality
                   as k(chain_id, block_hash, incarnation, tx_hash, first_log, place)
            cross  join lateral (
                select count(*) as logs
                from   (select from indexing.v_log l
                        where  l.chain_id = k.chain_id and l.tx_hash = k.tx_hash and l.block_hash = k.block_hash
                        and    l.incarnation = k.incarnation and l.log_index >= k.first_log
                        limit  @count_max) counted) c
            """;
        return WithKeys(session.Sql(sql), items.Select(one => one.Item.Key)).With("count_max", countMax)
            .WithArray("firsts", [.. items.Select(one => one.FirstLog)], NpgsqlDbType.Integer)
            .ReadAsync(reader => (reader.Int("place"), reader.Int("logs")), cancellationToken);
    }

    private static Task<int> NextLogAsync(DbSession session, FeedItem item, int firstLog, int logs, CancellationToken cancellationToken)
    {
        const string sql = """
            select log_index from indexing.v_log
            where  chain_id = @chain and tx_hash = @hash and block_hash = @block and incarnation = @incarnation and log_index >= @first
            order  by log_index offset @logs limit 1
            """;
        ChainTransaction transaction = item.Transaction;
        return session.Sql(sql).With("chain", transaction.Chain).With("hash", transaction.TxHash).With("block", transaction.BlockHash)
            .With("incarnation", transaction.Incarnation).With("first", firstLog).With("logs", logs)
            .ScalarAsync<int>(cancellationToken);
    }

    private static FeedPhase PhaseOf(string type) =>
        type == TransactionDecided.Type ? FeedPhase.Included
        : type == TransactionConfirmed.Type ? FeedPhase.Confirmed
        : FeedPhase.Orphaned;
}
