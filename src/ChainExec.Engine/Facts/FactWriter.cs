using System.Buffers;
using System.Text.Json;
using ChainExec.Storage;
using NpgsqlTypes;

namespace ChainExec.Facts;

/// <summary>
/// Appends facts inside the writer's own transaction. Call it <b>after</b> the guarded update of the entity the fact speaks about: the row
/// lock then makes ids causal per entity, and with them the positions.
/// </summary>
internal sealed class FactWriter
{
    /// <summary>Facts in one statement at most.</summary>
    private const int ChunkSizeMax = 500;

    public Task AppendAsync<T>(DbSession session, string key, Guid? owner, T payload, CancellationToken cancellationToken)
        where T : IFactPayload => AppendAsync(session, T.Type, key, owner, payload, cancellationToken);

    /// <summary>For families of facts that share a payload and differ in type, as the states of one machine.</summary>
    public async Task AppendAsync<T>(
        DbSession session, string type, string key, Guid? owner, T payload, CancellationToken cancellationToken)
    {
        const string sql = "insert into facts.pending (type, key, owner_id, payload) values (@type, @key, @owner, @payload)";
        await session.MakeRoomAsync(cancellationToken);
        session.Sql(sql)
            .With("type", type)
            .With("key", key)
            .With("owner", owner)
            .WithJson("payload", JsonSerializer.Serialize(payload, FactJson.Options))
            .RunLater();
        session.WakeWorkersAfterCommit();
    }

    /// <summary>Appends facts that nobody owns, in this order.</summary>
    public Task AppendManyAsync<T>(DbSession session, IReadOnlyList<(string Key, T Payload)> facts, CancellationToken cancellationToken)
        where T : IFactPayload =>
        AppendManyAsync(session, [.. facts.Select(fact => PendingFact.Of(fact.Key, owner: null, fact.Payload))], cancellationToken);

    /// <summary>Appends facts in this order, with a number of statements that does not grow with each fact.</summary>
    public async Task AppendManyAsync(DbSession session, IReadOnlyList<PendingFact> facts, CancellationToken cancellationToken)
    {
        // Ids are drawn after the sort, so they are in the order given.
        const string sql = """
            insert into facts.pending (type, key, owner_id, payload)
            select f.type, f.key, f.owner::uuid, f.payload
            from   unnest(@types, @keys, @owners, @payloads) with ordinality as f(type, key, owner, payload, place)
            order  by f.place
            """;
        foreach (PendingFact[] chunk in facts.Chunk(ChunkSizeMax))
        {
            await session.Sql(sql)
                .WithArray("types", [.. chunk.Select(fact => fact.Type)], NpgsqlDbType.Text)
                .WithArray("keys", [.. chunk.Select(fact => fact.Key)], NpgsqlDbType.Text)
                .WithArray("owners", [.. chunk.Select(fact => fact.Owner?.ToString())], NpgsqlDbType.Text)
                .WithArray("payloads", [.. chunk.Select(fact => fact.Json)], NpgsqlDbType.Jsonb)
                .ExecuteAsync(cancellationToken);
        }

        if (facts.Count > 0)
            session.WakeWorkersAfterCommit();
    }

    /// <summary>Appends very many facts that nobody owns, in this order, by COPY.</summary>
    public async Task CopyManyAsync<T>(DbSession session, IEnumerable<(string Key, T Payload)> facts, CancellationToken cancellationToken)
        where T : IFactPayload
    {
        // Ids are drawn row by row; the time is asked for once, because asking costs more than all the rest of a row.
        const string sql = "copy facts.pending (type, key, payload, occurred_at) from stdin (format binary)";
        DateTimeOffset now = (await session.Sql("select storage.clock() as now")
            .ReadAsync(reader => reader.Time("now"), cancellationToken))[0];
        var json = new ArrayBufferWriter<byte>(1024);
        await using var writer = new Utf8JsonWriter(json);
        int count = await session.CopyAsync(sql, facts, Add, cancellationToken);
        if (count > 0)
            session.WakeWorkersAfterCommit();

        void Add(CopyRows rows, (string Key, T Payload) fact)
        {
            json.ResetWrittenCount();
            writer.Reset();
            JsonSerializer.Serialize(writer, fact.Payload, FactJson.Options);
            rows.Row(4);
            rows.Add(T.Type);
            rows.Add(fact.Key);
            rows.AddJson(json.WrittenSpan);
            rows.Add(now);
        }
    }
}
