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
    public Task AppendAsync<T>(
        DbSession session, string type, string key, Guid? owner, T payload, CancellationToken cancellationToken)
    {
        const string sql = "insert into facts.pending (type, key, owner_id, payload) values (@type, @key, @owner, @payload)";
        session.Sql(sql)
            .With("type", type)
            .With("key", key)
            .With("owner", owner)
            .WithJson("payload", JsonSerializer.Serialize(payload, FactJson.Options))
            .RunLater();
        session.WakeWorkersAfterCommit();
        return Task.CompletedTask;
    }

    /// <summary>Appends facts that nobody owns, in this order, with a number of statements that does not grow with each fact.</summary>
    public async Task AppendManyAsync<T>(
        DbSession session, IReadOnlyList<(string Key, T Payload)> facts, CancellationToken cancellationToken)
        where T : IFactPayload
    {
        // Ids are drawn after the sort, so they are in the order given.
        const string sql = """
            insert into facts.pending (type, key, payload)
            select @type, f.key, f.payload
            from   unnest(@keys, @payloads) with ordinality as f(key, payload, place)
            order  by f.place
            """;
        foreach ((string Key, T Payload)[] chunk in facts.Chunk(ChunkSizeMax))
        {
            await session.Sql(sql)
                .With("type", T.Type)
                .WithArray("keys", [.. chunk.Select(fact => fact.Key)], NpgsqlDbType.Text)
                .WithArray(
                    "payloads", [.. chunk.Select(fact => JsonSerializer.Serialize(fact.Payload, FactJson.Options))], NpgsqlDbType.Jsonb)
                .ExecuteAsync(cancellationToken);
        }

        if (facts.Count > 0)
            session.WakeWorkersAfterCommit();
    }
}
