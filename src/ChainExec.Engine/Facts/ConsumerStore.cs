using System.Text;
using System.Text.Json;
using ChainExec.Storage;
using Npgsql;
using NpgsqlTypes;

namespace ChainExec.Facts;

/// <summary>Cursors, the memory of handled facts, and parking.</summary>
internal sealed class ConsumerStore(Database database)
{
    // A cursor moves with what is done, or by so many positions at once: no commit for each fact that nobody wants.
    private const int UnwantedMax = 200;

    // A stack trace is for the log; the row carries what an operator reads.
    private const int ErrorLengthMax = 4000;

    /// <exception cref="InvalidOperationException">The cursors are of another number of shards: going on would skip facts.</exception>
    public async Task EnsureCursorAsync(DbSession session, FactConsumer consumer, CancellationToken cancellationToken)
    {
        const string sql = """
            insert into facts.cursor (consumer, shard, shards)
            select @consumer, shard, @shards from generate_series(0, @shards - 1) as shard
            on conflict do nothing
            """;
        await session.Sql(sql).With("consumer", consumer.Name).With("shards", consumer.Shards).ExecuteAsync(cancellationToken);

        bool differs = await session.Sql("select exists (select from facts.cursor where consumer = @consumer and shards <> @shards)")
            .With("consumer", consumer.Name).With("shards", consumer.Shards).ScalarAsync<bool>(cancellationToken);
        if (differs)
            throw new InvalidOperationException($"{consumer.Name} has cursors for another number of shards than {consumer.Shards}.");
    }

    /// <summary>Whether a shard has anything to do; outside of any transaction, because mostly it has not.</summary>
    public async Task<bool> IsAnyDueAsync(FactConsumer consumer, int shard, CancellationToken cancellationToken)
    {
        const string sql = """
            select c.position is null or h.position - c.position >= @unwanted
                   or exists (select from facts.stream s
                              where s.position > c.position and s.position <= h.position and s.type = any (@types)
                              and   s.shard_hash % @shards = @shard)
                   or exists (select from facts.parked p
                              where p.consumer = @consumer and p.retry_requested and p.resolved_at is null) as is_due
            from   facts.head h left join facts.cursor c on c.consumer = @consumer and c.shard = @shard
            """;
        return (await database.ReadAsync(
            sql,
            statement => statement.With("consumer", consumer.Name).With("shard", shard).With("shards", consumer.Shards)
                .With("unwanted", UnwantedMax).WithArray("types", [.. consumer.Types], NpgsqlDbType.Text),
            reader => reader.Bool("is_due"), cancellationToken))[0];
    }

    /// <summary>Locks the cursor for this transaction; nothing when another process holds it.</summary>
    public Task<LockedCursor?> LockCursorAsync(DbSession session, string consumer, int shard, CancellationToken cancellationToken)
    {
        const string sql = """
            select c.position, h.position as head,
                   exists (select from facts.parked p
                           where p.consumer = @consumer and p.retry_requested and p.resolved_at is null) as has_retries
            from   facts.cursor c cross join facts.head h
            where  c.consumer = @consumer and c.shard = @shard
            for    update of c skip locked
            """;
        return session.Sql(sql).With("consumer", consumer).With("shard", shard)
            .ReadSingleAsync(
                reader => new LockedCursor(reader.Long("position"), reader.Long("head"), reader.Bool("has_retries")), cancellationToken);
    }

    /// <summary>
    /// The wanted facts in the next window of positions, and where the window ends. After a rewind, what was handled or is parked already
    /// is passed over: a rewind only fills gaps.
    /// </summary>
    public async Task<(IReadOnlyList<Fact> Facts, long End)> ReadWindowAsync(
        DbSession session, FactConsumer consumer, int shard, LockedCursor cursor, int limit, CancellationToken cancellationToken)
    {
        long end = Math.Max(Math.Min(cursor.Head, cursor.Position + (limit * 10L)), cursor.Position);
        if (end == cursor.Position)
            return ([], end);

        const string sql = """
            select s.position, s.type, s.key, s.owner_id, s.payload, s.occurred_at
            from   facts.stream s
            where  s.position > @after and s.position <= @end
            and    s.type = any (@types)
            and    s.shard_hash % @shards = @shard
            and    not exists (select from facts.handled h where h.consumer = @consumer and h.position = s.position)
            and    not exists (select from facts.parked p where p.consumer = @consumer and p.position = s.position)
            order  by s.position
            limit  @limit
            """;
        IReadOnlyList<Fact> facts = await session.Sql(sql)
            .With("consumer", consumer.Name)
            .With("after", cursor.Position).With("end", end).With("shards", consumer.Shards).With("shard", shard).With("limit", limit)
            .WithArray("types", [.. consumer.Types], NpgsqlDbType.Text)
            .ReadAsync(ReadFact, cancellationToken);
        return (facts, facts.Count == limit ? facts[^1].Position : end);
    }

    public void MoveCursor(DbSession session, string consumer, int shard, long position) =>
        session.Sql(
            "update facts.cursor set position = @position, updated_at = storage.clock() where consumer = @consumer and shard = @shard")
            .With("consumer", consumer).With("shard", shard).With("position", position).RunLater();

    /// <summary>Remembers for ever that the consumer handled the fact; false when it already had.</summary>
    public async Task<bool> MarkHandledAsync(DbSession session, string consumer, long position, CancellationToken cancellationToken)
    {
        const string sql = "insert into facts.handled (consumer, position) values (@consumer, @position) on conflict do nothing";
        return await session.Sql(sql).With("consumer", consumer).With("position", position).ExecuteAsync(cancellationToken) == 1;
    }

    /// <summary>Remembers for ever that the consumer handled these facts. The database refuses one that it had handled before.</summary>
    public void MarkHandled(DbSession session, string consumer, IReadOnlyList<long> positions) =>
        session.Sql("insert into facts.handled (consumer, position) select @consumer, * from unnest(@positions)")
            .With("consumer", consumer).WithArray("positions", positions, NpgsqlDbType.Bigint).RunLater();

    /// <summary>Those of the keys of which a fact is parked.</summary>
    public async Task<IReadOnlySet<string>> ParkedKeysAsync(
        DbSession session, string consumer, IReadOnlyList<string> keys, CancellationToken cancellationToken)
    {
        const string sql = "select key from facts.parked where consumer = @consumer and key = any (@keys) and resolved_at is null";
        IReadOnlyList<string> parked = await session.Sql(sql).With("consumer", consumer).WithArray("keys", keys, NpgsqlDbType.Text)
            .ReadAsync(reader => reader.Text("key"), cancellationToken);
        return parked.ToHashSet(StringComparer.Ordinal);
    }

    /// <summary>Parks a fact that threw; from now on its key waits for an operator.</summary>
    public Task<int> ParkAsync(DbSession session, string consumer, Fact fact, Exception thrown, CancellationToken cancellationToken)
    {
        const string sql = """
            insert into facts.parked (consumer, position, key, reason, error)
            values (@consumer, @position, @key, 'threw', @error)
            on conflict (consumer, position) do update
            set    reason = excluded.reason, error = excluded.error, attempts = facts.parked.attempts + 1, retry_requested = false
            """;
        return session.Sql(sql)
            .With("consumer", consumer).With("position", fact.Position).With("key", fact.Key)
            .With("error", Storable($"{thrown.GetType().Name}: {thrown.Message}"))
            .ExecuteAsync(cancellationToken);
    }

    /// <summary>Keeps a fact in order behind the parked ones of its key.</summary>
    public Task<int> WaitBehindAsync(DbSession session, string consumer, Fact fact, CancellationToken cancellationToken)
    {
        const string sql = """
            insert into facts.parked (consumer, position, key, reason, error)
            values (@consumer, @position, @key, 'waits_behind', 'An earlier fact of this key is parked.')
            """;
        return session.Sql(sql)
            .With("consumer", consumer).With("position", fact.Position).With("key", fact.Key).ExecuteAsync(cancellationToken);
    }

    /// <summary>Closes a parked fact that was handled now, and makes the next one of its key due.</summary>
    public async Task ResolveAsync(DbSession session, string consumer, Fact fact, CancellationToken cancellationToken)
    {
        await session.Sql("update facts.parked set resolved_at = storage.clock() where consumer = @consumer and position = @position")
            .With("consumer", consumer).With("position", fact.Position).ExecuteAsync(cancellationToken);
        await MakeFirstDueAsync(session, consumer, fact.Key, cancellationToken);
    }

    /// <summary>
    /// The operator's verb: the first parked fact of the key is tried again in the consumer's next turn; each that succeeds makes the next
    /// one due, so that the key is worked off in order and stops where one throws again. Returns 0 when nothing of the key is parked.
    /// </summary>
    public Task<int> RequestRetryAsync(DbSession session, string consumer, string key, CancellationToken cancellationToken)
    {
        session.WakeWorkersAfterCommit();
        return MakeFirstDueAsync(session, consumer, key, cancellationToken);
    }

    /// <summary>Parked facts that are due again: of each key at most its first, so that no limit can bring a later one before it.</summary>
    public Task<IReadOnlyList<Fact>> RetriesAsync(
        DbSession session, FactConsumer consumer, int shard, int limit, CancellationToken cancellationToken)
    {
        const string sql = """
            select s.position, s.type, s.key, s.owner_id, s.payload, s.occurred_at
            from   facts.parked p join facts.stream s using (position)
            where  p.consumer = @consumer and p.retry_requested and p.resolved_at is null
            and    s.shard_hash % @shards = @shard
            order  by s.position
            limit  @limit
            """;
        return session.Sql(sql).With("consumer", consumer.Name).With("shards", consumer.Shards).With("shard", shard).With("limit", limit)
            .ReadAsync(ReadFact, cancellationToken);
    }

    internal static Fact ReadFact(NpgsqlDataReader reader) => new(
        reader.Long("position"),
        reader.Text("type"),
        reader.Text("key"),
        reader.UuidOrNull("owner_id"),
        JsonSerializer.Deserialize<JsonElement>(reader.Text("payload")),
        reader.Time("occurred_at"));

    private static Task<int> MakeFirstDueAsync(DbSession session, string consumer, string key, CancellationToken cancellationToken)
    {
        const string sql = """
            update facts.parked
            set    retry_requested = true
            where  consumer = @consumer and resolved_at is null
            and    position = (
                select min(position) from facts.parked where consumer = @consumer and key = @key and resolved_at is null)
            """;
        return session.Sql(sql).With("consumer", consumer).With("key", key).ExecuteAsync(cancellationToken);
    }

    // Exception messages carry words of contracts and nodes: a NUL or a broken surrogate pair would make PostgreSQL refuse the row, and
    // the fact that should be parked would stop every fact behind it instead.
    private static string Storable(string message)
    {
        var text = new StringBuilder(Math.Min(message.Length, ErrorLengthMax));
        foreach (Rune rune in message.EnumerateRunes())
        {
            if (text.Length + rune.Utf16SequenceLength > ErrorLengthMax)
                break;
            text.Append(rune.Value == 0 ? "\uFFFD" : rune.ToString());
        }

        return text.ToString();
    }
}

/// <summary>Where a consumer stands in a shard.</summary>
/// <param name="Position">Up to here all is handled or parked.</param>
/// <param name="Head">Up to here the stream reaches.</param>
/// <param name="HasRetries">Whether a parked fact of the consumer was released.</param>
internal sealed record LockedCursor(long Position, long Head, bool HasRetries);
