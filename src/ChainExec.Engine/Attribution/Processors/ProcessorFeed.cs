using System.Text.Json;
using ChainExec.Calls;
using ChainExec.Ethereum;
using ChainExec.Facts;
using ChainExec.Facts.Contracts;
using ChainExec.Indexing;
using ChainExec.Storage;
using Npgsql;
using NpgsqlTypes;

namespace ChainExec.Attribution.Processors;

/// <summary>Reads what processors are fed with: the decided transactions in the order of the stream, and what is known of each.</summary>
internal sealed class ProcessorFeed(AssetStore assets)
{
    private const int WindowMax = 200;
    private const int PositionsMax = WindowMax * 10;

    // An address in a word has twelve zero bytes before it. Words of data beyond this are not looked at.
    private const int DataWordsMax = 32;

    private static readonly string[] Types = [TransactionDecided.Type, TransactionConfirmed.Type, TransactionReversed.Type];

    /// <summary>The items behind a position, and where the window ends.</summary>
    public async Task<(IReadOnlyList<FeedItem> Items, long End)> ReadAsync(
        DbSession session, long after, long head, CancellationToken cancellationToken)
    {
        const string sql = """
            select position, type, payload from facts.v_stream
            where  position > @after and position <= @end and type = any (@types)
            order  by position
            limit  @limit
            """;
        long end = Math.Min(head, after + PositionsMax);
        IReadOnlyList<FeedItem> items = await session.Sql(sql).With("after", after).With("end", end).With("limit", WindowMax)
            .WithArray("types", Types, NpgsqlDbType.Text)
            .ReadAsync(
                reader => new FeedItem(
                    reader.Long("position"), PhaseOf(reader.Text("type")),
                    JsonSerializer.Deserialize<TransactionDecided>(reader.Text("payload"), FactJson.Options)!.Transaction),
                cancellationToken);
        return (items, items.Count == WindowMax ? items[^1].Position : end);
    }

    /// <summary>The decided transactions of one block, for a processor that had parked it; each with how it ended.</summary>
    public async Task<IReadOnlyList<FeedItem>> OfBlockAsync(
        DbSession session, BlockKey block, long position, CancellationToken cancellationToken)
    {
        const string sql = """
            select t.chain_id, t.block_number, t.block_hash, t.incarnation, t.block_time, t.tx_hash, t.tx_index, t."from", t."to", t.nonce,
                   t.value, t.succeeded, t.gas_used, t.effective_gas_price, t.data_fee, a.ended
            from   attribution.transaction a
            join   indexing.v_transaction t using (chain_id, block_hash, incarnation, tx_hash)
            where  a.chain_id = @chain and a.block_hash = @block and a.incarnation = @incarnation and a.state not in ('waiting', 'dropped')
            order  by t.tx_index
            """;
        IReadOnlyList<(ChainTransaction Transaction, string? Ended)> rows = await session.Sql(sql)
            .With("chain", block.Chain).With("block", block.Block).With("incarnation", block.Incarnation)
            .ReadAsync(reader => (BlockStore.ReadTransaction(reader), reader.TextOrNull("ended")), cancellationToken);
        return
        [
            .. rows.Select(row => new FeedItem(position, FeedPhase.Included, row.Transaction)),
            .. rows.Where(row => row.Ended is not null)
                .Select(row => new FeedItem(position, EnumText.Parse<FeedPhase>(row.Ended!), row.Transaction)),
        ];
    }

    /// <summary>What is known of included transactions: logs with their frames and calls, what is ours, what is listed.</summary>
    public async Task<IReadOnlyList<FedTransaction>> FeedAsync(
        DbSession session, IReadOnlyList<FeedItem> items, CancellationToken cancellationToken)
    {
        ILookup<int, (CallContext Call, Guid Intent)> calls = (await CallsAsync(session, items, cancellationToken)).ToLookup(
            row => row.Place, row => (row.Call, row.Call.Intent));
        Dictionary<Guid, CallContext> byId = calls.SelectMany(group => group).DistinctBy(row => row.Call.Call)
            .ToDictionary(row => row.Call.Call, row => row.Call);
        ILookup<int, EmittedLog> logs = (await LogsAsync(session, items, byId, cancellationToken)).ToLookup(
            row => row.Place, row => row.Log);
        var scopes = new Dictionary<long, ProcessorScope>();
        foreach (IGrouping<long, int> chain in Enumerable.Range(0, items.Count).GroupBy(place => items[place].Transaction.Chain))
        {
            HashSet<Address> named = [.. chain.SelectMany(place => Named(items[place].Transaction, logs[place + 1]))];
            scopes[chain.Key] = new ProcessorScope(
                await OurAccounts.AmongAsync(session, chain.Key, named, cancellationToken),
                await assets.SnapshotAsync(session, chain.Key, cancellationToken));
        }

        return
        [
            .. items.Select((item, place) => new FedTransaction(
                item, [.. logs[place + 1]], [.. calls[place + 1].Select(row => row.Call)],
                [.. calls[place + 1].Select(row => row.Intent).Distinct()], scopes[item.Transaction.Chain])),
        ];
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

    private static FeedPhase PhaseOf(string type) =>
        type == TransactionDecided.Type ? FeedPhase.Included
        : type == TransactionConfirmed.Type ? FeedPhase.Confirmed
        : FeedPhase.Orphaned;

    private static Task<IReadOnlyList<(int Place, CallContext Call)>> CallsAsync(
        DbSession session, IReadOnlyList<FeedItem> items, CancellationToken cancellationToken)
    {
        const string sql = """
            select k.place::int as place, r.call_id, r.intent_id, r.succeeded, c.type, c.category, c.tags, c.context
            from   unnest(@chains, @blocks, @incarnations, @hashes) with ordinality
                   as k(chain_id, block_hash, incarnation, tx_hash, place)
            join   attribution.v_call_result r using (chain_id, block_hash, incarnation, tx_hash)
            join   calls.v_call c on c.id = r.call_id
            order  by k.place, r.ordinal
            """;
        return WithKeys(session.Sql(sql), items.Select(item => item.Key)).ReadAsync(
            reader => (reader.Int("place"), ReadCall(reader)!), cancellationToken);
    }

    private static Task<IReadOnlyList<(int Place, EmittedLog Log)>> LogsAsync(
        DbSession session, IReadOnlyList<FeedItem> items, Dictionary<Guid, CallContext> calls, CancellationToken cancellationToken)
    {
        const string sql = """
            select k.place::int as place, l.log_index, l.address, l.topics, l.data, a.call_id, f.frame, f.parent, f.depth, f.type, f."from",
                   f."to"
            from   unnest(@chains, @blocks, @incarnations, @hashes) with ordinality
                   as k(chain_id, block_hash, incarnation, tx_hash, place)
            join   indexing.v_log l using (chain_id, block_hash, incarnation, tx_hash)
            left   join attribution.v_log a using (chain_id, block_hash, incarnation, tx_hash, log_index)
            left   join attribution.v_frame f on f.transaction_id = a.transaction_id and f.frame = a.frame
            order  by k.place, l.log_index
            """;
        return WithKeys(session.Sql(sql), items.Select(item => item.Key)).ReadAsync(
            reader =>
            {
                ObservedLog log = LogRow.Read(reader);
                FrameContext? frame = reader.IsDBNull(reader.GetOrdinal("frame"))
                    ? null
                    : new FrameContext(
                        reader.Int("frame"), reader.IntOrNull("parent"), reader.Int("depth"), reader.Text("type"),
                        reader.Address("from"), reader.AddressOrNull("to"));
                CallContext? call = reader.UuidOrNull("call_id") is { } id ? calls.GetValueOrDefault(id) : null;
                return (reader.Int("place"), new EmittedLog(log.LogIndex, log.Emitter, log.Topics, log.Data, frame, call));
            },
            cancellationToken);
    }

    /// <summary>The call of a row, when there is one.</summary>
    public static CallContext? ReadCall(NpgsqlDataReader reader) => reader.UuidOrNull("call_id") is not { } id
        ? null
        : new CallContext(
            id, reader.Uuid("intent_id"), reader.Text("type"), reader.Bool("succeeded"),
            CallLabels.Read(reader));

    private static IEnumerable<Address> Named(ChainTransaction transaction, IEnumerable<EmittedLog> logs)
    {
        yield return transaction.From;
        if (transaction.To is { } to)
            yield return to;
        foreach (EmittedLog log in logs)
        {
            yield return log.Emitter;
            foreach (Hash32 topic in log.Topics)
            {
                if (AddressIn(topic.ToArray()) is { } indexed)
                    yield return indexed;
            }

            for (int word = 0; word < DataWordsMax && (word + 1) * Hash32.Size <= log.Data.Length; word++)
            {
                if (AddressIn(log.Data.Span.Slice(word * Hash32.Size, Hash32.Size)) is { } stated)
                    yield return stated;
            }
        }
    }

    private static Address? AddressIn(ReadOnlySpan<byte> word) =>
        word[..(Hash32.Size - Address.Size)].ContainsAnyExcept((byte)0) ? null : Address.FromBytes(word[^Address.Size..]);
}
