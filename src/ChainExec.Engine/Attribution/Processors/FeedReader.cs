using ChainExec.Calls;
using ChainExec.Ethereum;
using ChainExec.Ethereum.Traces;
using ChainExec.Facts.Contracts;
using ChainExec.Indexing;
using ChainExec.Storage;
using Microsoft.Extensions.Options;
using Npgsql;
using NpgsqlTypes;

namespace ChainExec.Attribution.Processors;

/// <summary>
/// Reads what is known of included transactions: logs with their frames and calls, what moved inside, what was ours and what was listed.
/// </summary>
internal sealed class FeedReader(AssetStore assets, IOptions<AttributionOptions> options)
{
    /// <summary>Logs of one transaction that a transaction processor sees.</summary>
    public const int MergedLogsMax = 10_000;

    // An address in a word has twelve zero bytes before it. Words of data beyond this are not looked at.
    private const int DataWordsMax = 32;

    private const string WithTimes =
        "unnest(@chains, @blocks, @incarnations, @hashes, @times) with ordinality "
        + "as k(chain_id, block_hash, incarnation, tx_hash, at, place)";

    private const string TransfersOfOurs = """
        from   attribution.v_internal_transfer f
        where  f.chain_id = k.chain_id and f.block_hash = k.block_hash and f.incarnation = k.incarnation and f.tx_hash = k.tx_hash
        and    exists (select from custody.v_account a
                       where a.chain_id = k.chain_id and a.address in (f."from", f."to") and a.created_at <= k.at)
        """;

    /// <param name="withTransfers">Whether native value that calls moved is read too.</param>
    public async Task<IReadOnlyList<FedTransaction>> ReadAsync(
        DbSession session, IReadOnlyList<FeedPart> parts, bool withTransfers, CancellationToken cancellationToken)
    {
        IReadOnlyList<FeedItem> items = [.. parts.Select(part => part.Item)];
        ILookup<int, CallContext> calls = (await CallsAsync(session, items, cancellationToken)).ToLookup(row => row.Place, row => row.Call);
        ILookup<int, CarriedIntents> intents = (await IntentsAsync(session, items, cancellationToken)).ToLookup(
            row => row.Place, row => row.Carried);
        Dictionary<Guid, CallContext> byId = calls.SelectMany(group => group).DistinctBy(call => call.Call)
            .ToDictionary(call => call.Call);
        ILookup<int, EmittedLog> logs = (await LogsAsync(session, parts, byId, cancellationToken)).ToLookup(
            row => row.Place, row => row.Log);
        ILookup<int, InternalTransfer> transfers = withTransfers
            ? (await TransfersAsync(session, items, cancellationToken)).ToLookup(row => row.Place, row => row.Transfer)
            : Enumerable.Empty<InternalTransfer>().ToLookup(_ => 0);
        var scopes = new ProcessorScope[items.Count];
        foreach (IGrouping<long, int> chain in Enumerable.Range(0, items.Count).GroupBy(place => items[place].Transaction.Chain))
        {
            HashSet<Address> named = [.. chain.SelectMany(place => Named(items[place].Transaction, logs[place + 1]))];
            IReadOnlyDictionary<Address, DateTimeOffset> registered = await RegisteredAsync(session, chain.Key, named, cancellationToken);
            AssetHistory listed = await assets.HistoryAsync(session, chain.Key, cancellationToken);
            foreach (int place in chain)
                scopes[place] = new ProcessorScope(registered, items[place].At, listed.At(items[place].At));
        }

        return
        [
            .. parts.Select((part, place) => new FedTransaction(
                part, [.. logs[place + 1]], [.. calls[place + 1]],
                [.. calls[place + 1].Select(call => call.Intent).Concat(intents[place + 1].Select(carried => carried.First))
                    .Distinct()],
                intents[place + 1].FirstOrDefault(), [.. transfers[place + 1]],
                scopes[place])),
        ];
    }

    /// <summary>Which addresses are accounts of ours, and since when.</summary>
    public static async Task<IReadOnlyDictionary<Address, DateTimeOffset>> RegisteredAsync(
        DbSession session, long chain, IReadOnlyCollection<Address> named, CancellationToken cancellationToken) =>
        named.Count == 0
            ? new Dictionary<Address, DateTimeOffset>()
            : (await session.Sql("select address, created_at from custody.v_account where chain_id = @chain and address = any (@named)")
                .With("chain", chain).WithArray("named", [.. named], NpgsqlDbType.Bytea)
                .ReadAsync(reader => (Address: reader.Address("address"), Since: reader.Time("created_at")), cancellationToken))
            .ToDictionary(row => row.Address, row => row.Since);

    /// <summary>The call of a row, when there is one.</summary>
    public static CallContext? ReadCall(NpgsqlDataReader reader) => reader.UuidOrNull("call_id") is not { } id
        ? null
        : new CallContext(
            id, reader.Uuid("intent_id"), reader.Text("type"), reader.Bool("succeeded"),
            CallLabels.Read(reader));

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
        return ProcessorFeed.WithKeys(session.Sql(sql), items.Select(item => item.Key)).ReadAsync(
            reader => (reader.Int("place"), ReadCall(reader)!), cancellationToken);
    }

    // Also of a transaction that waits for its trace, or that nobody traces: what it moved is of its intent all the same.
    private static Task<IReadOnlyList<(int Place, CarriedIntents Carried)>> IntentsAsync(
        DbSession session, IReadOnlyList<FeedItem> items, CancellationToken cancellationToken)
    {
        const string sql = """
            select distinct k.place::int as place, i.intent_id, i.is_whole
            from   unnest(@chains, @hashes) with ordinality as k(chain_id, tx_hash, place)
            join   execution.v_transaction_intent i using (chain_id, tx_hash)
            order  by place, i.intent_id
            """;
        return session.Sql(sql)
            .WithArray("chains", [.. items.Select(item => item.Transaction.Chain)], NpgsqlDbType.Bigint)
            .WithArray("hashes", [.. items.Select(item => item.Transaction.TxHash)], NpgsqlDbType.Bytea)
            .ReadAsync(
                reader => (reader.Int("place"), new CarriedIntents(reader.Uuid("intent_id"), reader.Bool("is_whole"))), cancellationToken);
    }

    private static Task<IReadOnlyList<(int Place, EmittedLog Log)>> LogsAsync(
        DbSession session, IReadOnlyList<FeedPart> parts, Dictionary<Guid, CallContext> calls, CancellationToken cancellationToken)
    {
        const string sql = """
            select k.place::int as place, l.log_index, l.address, l.topics, l.data, a.call_id, f.frame, f.parent, f.depth, f.type, f."from",
                   f."to"
            from   unnest(@chains, @blocks, @incarnations, @hashes, @firsts, @nexts) with ordinality
                   as k(chain_id, block_hash, incarnation, tx_hash, first_log, next_log, place)
            cross  join lateral (
                select l.log_index, l.address, l.topics, l.data from indexing.v_log l
                where  l.chain_id = k.chain_id and l.tx_hash = k.tx_hash and l.block_hash = k.block_hash
                and    l.incarnation = k.incarnation and l.log_index >= k.first_log and l.log_index < k.next_log
                order  by l.log_index
                limit  @logs_max) l
            left   join attribution.v_log a on a.chain_id = k.chain_id and a.block_hash = k.block_hash and a.incarnation = k.incarnation
                   and a.tx_hash = k.tx_hash and a.log_index = l.log_index
            left   join attribution.v_frame f on f.transaction_id = a.transaction_id and f.frame = a.frame
            order  by k.place, l.log_index
            """;
        return ProcessorFeed.WithKeys(session.Sql(sql), parts.Select(part => part.Item.Key)).With("logs_max", MergedLogsMax)
            .WithArray("firsts", [.. parts.Select(part => part.FirstLog)], NpgsqlDbType.Integer)
            .WithArray("nexts", [.. parts.Select(part => part.NextLog ?? int.MaxValue)], NpgsqlDbType.Integer)
            .ReadAsync(
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

    // A DELEGATECALL names the value of the call around it and moves nothing. The turn was bounded by what was there when it was counted:
    // what a trace added since is never left out, the turn is taken again instead.
    private async Task<IReadOnlyList<(int Place, InternalTransfer Transfer)>> TransfersAsync(
        DbSession session, IReadOnlyList<FeedItem> items, CancellationToken cancellationToken)
    {
        const string sql = $"""
            select k.place::int as place, f.frame, f."from", f."to", f.value
            from   {WithTimes} cross join lateral (
                select f.frame, f."from", f."to", f.value {TransfersOfOurs}) f
            order  by k.place, f.frame
            limit  @limit
            """;
        int limit = options.Value.TransfersPerTurnMax + CallFrame.FramesMax;
        IReadOnlyList<(int Place, InternalTransfer Transfer)> read = await Bind(session.Sql(sql), items).With("limit", limit + 1)
            .ReadAsync(
                reader => (
                    reader.Int("place"),
                    new InternalTransfer(
                        reader.Int("frame"), reader.Address("from"), reader.Address("to"), reader.Amount("value"))),
                cancellationToken);
        return read.Count <= limit
            ? read
            : throw new InvalidOperationException($"More than {limit} native transfers in one turn: some came while they were counted.");
    }

    /// <summary>How many native transfers of ours transactions have inside, those that have any; it stops counting beyond some.</summary>
    public static Task<IReadOnlyList<(int Place, int Transfers)>> TransferCountsAsync(
        DbSession session, IReadOnlyList<FeedItem> items, int countMax, CancellationToken cancellationToken)
    {
        const string sql = $"""
            select k.place::int as place, c.transfers::int as transfers
            from   {WithTimes} cross join lateral (
                select count(*) as transfers from (select {TransfersOfOurs} limit @count_max) counted) c
            where  c.transfers > 0
            """;
        return Bind(session.Sql(sql), items).With("count_max", countMax)
            .ReadAsync(reader => (reader.Int("place"), reader.Int("transfers")), cancellationToken);
    }

    private static Statement Bind(Statement statement, IReadOnlyList<FeedItem> items) =>
        ProcessorFeed.WithKeys(statement, items.Select(item => item.Key))
            .WithArray("times", [.. items.Select(item => item.At)], NpgsqlDbType.TimestampTz);

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
