using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using ChainExec.Execution;
using ChainExec.Storage;
using NpgsqlTypes;

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
        return session.Sql("select pg_advisory_xact_lock(@lock)").With("lock", LockOf(owner, key)).ExecuteAsync(cancellationToken);
    }

    private static long LockOf(Guid owner, string key) =>
        BinaryPrimitives.ReadInt64BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes($"{owner:n}\n{key}")));

    public Task<AdmittedRequest?> FindAsync(DbSession session, Guid owner, string key, CancellationToken cancellationToken) =>
        session.Sql("select request_hash, intent_id, response from admission.request where owner_id = @owner and key = @key")
            .With("owner", owner).With("key", key)
            .ReadSingleAsync(
                reader =>
                    new AdmittedRequest(reader.Bytes("request_hash"), new IntentId(reader.Uuid("intent_id")), reader.Text("response")),
                cancellationToken);

    private static readonly AppendTable Table = new(
        "admission.request",
        [
            ("owner_id", NpgsqlDbType.Uuid), ("key", NpgsqlDbType.Text), ("request_hash", NpgsqlDbType.Bytea),
            ("intent_id", NpgsqlDbType.Uuid), ("response", NpgsqlDbType.Text),
        ]);

    /// <summary>Written before the commit.</summary>
    public void Insert(DbSession session, Guid owner, string key, byte[] requestHash, IntentId intent, string response) =>
        session.Append(Table, owner, key, requestHash, intent, response);

    /// <summary>Locks several keys, in one order, and answers with those that were used before.</summary>
    public async Task<IReadOnlySet<(Guid Owner, string Key)>> LockKeysAsync(
        DbSession session, IReadOnlyList<(Guid Owner, string Key)> keys, CancellationToken cancellationToken)
    {
        await session.Sql("select pg_advisory_xact_lock(k.lock) from unnest(@locks) with ordinality as k (lock, place) order by k.place")
            .WithArray("locks", [.. keys.Select(each => LockOf(each.Owner, each.Key)).Order()], NpgsqlDbType.Bigint)
            .ExecuteAsync(cancellationToken);
        IReadOnlyList<(Guid, string)> used = await session.Sql("""
            select r.owner_id, r.key
            from   unnest(@owners, @keys) as k (owner_id, key)
            join   admission.request r on r.owner_id = k.owner_id and r.key = k.key
            """)
            .WithArray("owners", [.. keys.Select(each => each.Owner)], NpgsqlDbType.Uuid)
            .WithArray("keys", [.. keys.Select(each => each.Key)], NpgsqlDbType.Text)
            .ReadAsync(reader => (reader.Uuid("owner_id"), reader.Text("key")), cancellationToken);
        return used.ToHashSet();
    }

    /// <summary>The root intents among these that belong to the owner.</summary>
    public Task<IReadOnlyList<Guid>> OwnedAsync(
        DbSession session, Guid owner, IReadOnlyList<Guid> intents, CancellationToken cancellationToken) =>
        session.Sql("select intent_id from execution.v_intent where owner_id = @owner and parent_id is null and intent_id = any (@intents)")
            .With("owner", owner).WithArray("intents", intents, NpgsqlDbType.Uuid)
            .ReadAsync(reader => reader.GetGuid(0), cancellationToken);

    public async Task<IntentId> FindByFamilyAsync(
        DbSession session, Guid owner, string clientReference, CancellationToken cancellationToken) =>
        new(await session
            .Sql("select intent_id from execution.v_intent where owner_id = @owner and client_reference = @reference and parent_id is null")
            .With("owner", owner).With("reference", clientReference).ScalarAsync<Guid>(cancellationToken));
}
