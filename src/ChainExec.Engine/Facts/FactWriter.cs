using System.Buffers;
using System.Text.Json;
using ChainExec.Storage;
using NpgsqlTypes;

namespace ChainExec.Facts;

/// <summary>
/// Appends facts inside the writer's own transaction, which writes them at its end. Call it <b>after</b> the guarded update of the entity
/// the fact speaks about: the row lock then makes ids causal per entity, and with them the positions.
/// </summary>
internal sealed class FactWriter
{
    private static readonly AppendTable Pending = new(
        "facts.pending",
        [
            ("type", NpgsqlDbType.Text), ("key", NpgsqlDbType.Text), ("owner_id", NpgsqlDbType.Uuid), ("payload", NpgsqlDbType.Jsonb),
        ]);

    public Task AppendAsync<T>(DbSession session, string key, Guid? owner, T payload, CancellationToken cancellationToken)
        where T : IFactPayload => AppendAsync(session, T.Type, key, owner, payload, cancellationToken);

    /// <summary>For families of facts that share a payload and differ in type, as the states of one machine.</summary>
    public async Task AppendAsync<T>(
        DbSession session, string type, string key, Guid? owner, T payload, CancellationToken cancellationToken)
    {
        await session.MakeRoomAsync(cancellationToken);
        session.Append(Pending, type, key, owner, JsonSerializer.Serialize(payload, FactJson.Options));
        session.WakeWorkersAfterCommit();
    }

    /// <summary>Appends facts that nobody owns, in this order.</summary>
    public Task AppendManyAsync<T>(DbSession session, IReadOnlyList<(string Key, T Payload)> facts, CancellationToken cancellationToken)
        where T : IFactPayload =>
        AppendManyAsync(session, [.. facts.Select(fact => PendingFact.Of(fact.Key, owner: null, fact.Payload))], cancellationToken);

    /// <summary>Appends facts in this order.</summary>
    public async Task AppendManyAsync(DbSession session, IReadOnlyList<PendingFact> facts, CancellationToken cancellationToken)
    {
        foreach (PendingFact[] chunk in facts.Chunk(AppendTable.RowsMax))
        {
            await session.MakeRoomAsync(cancellationToken);
            foreach (PendingFact fact in chunk)
                session.Append(Pending, fact.Type, fact.Key, fact.Owner, fact.Json);
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
