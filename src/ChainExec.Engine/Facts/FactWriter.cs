using System.Text.Json;
using ChainExec.Storage;

namespace ChainExec.Facts;

/// <summary>
/// Appends facts inside the writer's own transaction. Call it <b>after</b> the guarded update of the entity the fact speaks about: the row
/// lock then makes ids causal per entity, and with them the positions.
/// </summary>
internal sealed class FactWriter
{
    public Task AppendAsync<T>(DbSession session, string key, Guid? owner, T payload, CancellationToken cancellationToken)
        where T : IFactPayload => AppendAsync(session, T.Type, key, owner, payload, cancellationToken);

    /// <summary>For families of facts that share a payload and differ in type, as the states of one machine.</summary>
    public async Task AppendAsync<T>(
        DbSession session, string type, string key, Guid? owner, T payload, CancellationToken cancellationToken)
    {
        const string sql = "insert into facts.pending (type, key, owner_id, payload) values (@type, @key, @owner, @payload)";
        await session.Sql(sql)
            .With("type", type)
            .With("key", key)
            .With("owner", owner)
            .WithJson("payload", JsonSerializer.Serialize(payload, FactJson.Options))
            .ExecuteAsync(cancellationToken);
        session.WakeWorkersAfterCommit();
    }
}
