using System.Text.Json;
using ChainExec.Storage;

namespace ChainExec.Governance;

/// <summary>Owners, their API keys, and the audit of who made them.</summary>
internal sealed class OwnerStore(Database database, TimeProvider clock)
{
    /// <summary>Creates an owner, or returns the one of that name.</summary>
    public async Task<OwnerId> EnsureOwnerAsync(DbSession session, string name, string actor, CancellationToken cancellationToken)
    {
        var id = new OwnerId(Guid.CreateVersion7(clock.GetUtcNow()));
        int created = await session.Sql("insert into governance.owner (id, name) values (@id, @name) on conflict (name) do nothing")
            .With("id", id).With("name", name).ExecuteAsync(cancellationToken);
        if (created == 1)
        {
            await AuditAsync(session, actor, "owner.create", id.ToString(), new { name }, cancellationToken);
            return id;
        }

        return new OwnerId(await session.Sql("select id from governance.owner where name = @name").With("name", name)
            .ScalarAsync<Guid>(cancellationToken));
    }

    /// <summary>Creates a key. The secret is in the answer and nowhere else.</summary>
    public async Task<ApiKeySecret> CreateKeyAsync(
        DbSession session, OwnerId owner, string name, string actor, CancellationToken cancellationToken)
    {
        ApiKeySecret secret = ApiKeySecret.Create();
        Guid id = Guid.CreateVersion7(clock.GetUtcNow());
        const string sql = """
            insert into governance.api_key (id, owner_id, name, prefix, secret_hash) values (@id, @owner, @name, @prefix, @hash)
            """;
        await session.Sql(sql).With("id", id).With("owner", owner).With("name", name).With("prefix", secret.Shown)
            .With("hash", ApiKeySecret.HashOf(secret.Text)).ExecuteAsync(cancellationToken);
        await AuditAsync(session, actor, "api_key.create", $"key:{id:n}", new { owner = owner.ToString(), name }, cancellationToken);
        return secret;
    }

    /// <summary>Who presents this key, if it is one of ours and not revoked.</summary>
    public async Task<Caller?> FindCallerAsync(string presentedKey, CancellationToken cancellationToken)
    {
        const string sql = "select id, owner_id, name from governance.api_key where secret_hash = @hash and revoked_at is null";
        IReadOnlyList<Caller> rows = await database.ReadAsync(
            sql,
            statement => statement.With("hash", ApiKeySecret.HashOf(presentedKey)),
            reader => new Caller(new OwnerId(reader.Uuid("owner_id")), reader.Uuid("id"), reader.Text("name")),
            cancellationToken);
        return rows.Count == 0 ? null : rows[0];
    }

    public async Task<Owner?> FindOwnerAsync(string name, CancellationToken cancellationToken)
    {
        IReadOnlyList<Owner> rows = await database.ReadAsync(
            "select id, name, created_at from governance.owner where name = @name",
            statement => statement.With("name", name),
            reader => new Owner(new OwnerId(reader.Uuid("id")), reader.Text("name"), reader.Time("created_at")),
            cancellationToken);
        return rows.Count == 0 ? null : rows[0];
    }

    public Task AuditAsync(
        DbSession session, string actor, string action, string subject, object details, CancellationToken cancellationToken) =>
        session.Sql("insert into governance.audit (actor, action, subject, details) values (@actor, @action, @subject, @details)")
            .With("actor", actor).With("action", action).With("subject", subject)
            .WithJson("details", JsonSerializer.Serialize(details)).ExecuteAsync(cancellationToken);
}
