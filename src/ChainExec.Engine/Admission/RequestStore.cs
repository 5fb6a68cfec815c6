using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using ChainExec.Execution;
using ChainExec.Storage;

namespace ChainExec.Admission;

/// <summary>A request that was admitted before.</summary>
internal sealed record AdmittedRequest(byte[] RequestHash, IntentId Intent, string Response);

/// <summary>The memory of idempotency keys.</summary>
internal sealed class RequestStore
{
    /// <summary>
    /// Serialises requests of one key: the second waits for the first's commit and then finds its answer. It also makes the probe after a
    /// lost COMMIT wait until the server has decided.
    /// </summary>
    public Task<int> LockKeyAsync(DbSession session, Guid owner, string key, CancellationToken cancellationToken)
    {
        byte[] hash = SHA256.HashData(Encoding.UTF8.GetBytes($"{owner:n}\n{key}"));
        return session.Sql("select pg_advisory_xact_lock(@lock)").With("lock", BinaryPrimitives.ReadInt64BigEndian(hash))
            .ExecuteAsync(cancellationToken);
    }

    public Task<AdmittedRequest?> FindAsync(DbSession session, Guid owner, string key, CancellationToken cancellationToken) =>
        session.Sql("select request_hash, intent_id, response from admission.request where owner_id = @owner and key = @key")
            .With("owner", owner).With("key", key)
            .ReadSingleAsync(
                reader =>
                    new AdmittedRequest(reader.Bytes("request_hash"), new IntentId(reader.Uuid("intent_id")), reader.Text("response")),
                cancellationToken);

    public void Insert(DbSession session, Guid owner, string key, byte[] requestHash, IntentId intent, string response) =>
        session.Sql("""
            insert into admission.request (owner_id, key, request_hash, intent_id, response)
            values (@owner, @key, @hash, @intent, @response)
            """)
            .With("owner", owner).With("key", key).With("hash", requestHash).With("intent", intent).With("response", response)
            .RunLater();

    /// <summary>The root intents among these that belong to the owner.</summary>
    public Task<IReadOnlyList<Guid>> OwnedAsync(
        DbSession session, Guid owner, IReadOnlyList<Guid> intents, CancellationToken cancellationToken) =>
        session.Sql("select intent_id from execution.v_intent where owner_id = @owner and parent_id is null and intent_id = any (@intents)")
            .With("owner", owner).WithArray("intents", intents, NpgsqlTypes.NpgsqlDbType.Uuid)
            .ReadAsync(reader => reader.GetGuid(0), cancellationToken);

    public async Task<IntentId> FindByFamilyAsync(
        DbSession session, Guid owner, string clientReference, CancellationToken cancellationToken) =>
        new(await session
            .Sql("select intent_id from execution.v_intent where owner_id = @owner and client_reference = @reference and parent_id is null")
            .With("owner", owner).With("reference", clientReference).ScalarAsync<Guid>(cancellationToken));
}
