using ChainExec.Storage;
using ChainExec.TestKit;
using Npgsql;
using Xunit;

namespace ChainExec.Engine.Tests.Storage;

public sealed class MigratorTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_second_run_applies_nothing()
    {
        await using PostgresDatabase postgres = await EmptyAsync();

        IReadOnlyList<string> first = await Migrator.MigrateAsync(postgres.OwnerConnectionString, Token);
        IReadOnlyList<string> second = await Migrator.MigrateAsync(postgres.OwnerConnectionString, Token);

        Assert.Equal(Migrator.All.Select(migration => migration.Name), first);
        Assert.Empty(second);
    }

    [Fact]
    public async Task Five_migrators_at_once_apply_each_migration_once()
    {
        await using PostgresDatabase postgres = await EmptyAsync();

        IReadOnlyList<string>[] applied = await Task.WhenAll(Enumerable.Range(0, 5)
            .Select(_ => Task.Run(() => Migrator.MigrateAsync(postgres.OwnerConnectionString, Token), Token)));

        Assert.Equal(Migrator.All.Select(migration => migration.Name), applied.SelectMany(names => names));
    }

    [Fact]
    public async Task Migrators_of_two_databases_at_once_share_the_servers_roles()
    {
        await using PostgresServer server = await PostgresServer.StartAsync(new PostgresServerOptions(), Token);
        await using PostgresDatabase one = await server.CreateEmptyDatabaseAsync(Token);
        await using PostgresDatabase two = await server.CreateEmptyDatabaseAsync(Token);

        IReadOnlyList<string>[] applied = await Task.WhenAll(
            Task.Run(() => Migrator.MigrateAsync(one.OwnerConnectionString, Token), Token),
            Task.Run(() => Migrator.MigrateAsync(two.OwnerConnectionString, Token), Token));

        Assert.All(applied, names => Assert.Equal(Migrator.All.Count, names.Count));
    }

    [Fact]
    public async Task An_applied_migration_with_another_text_is_refused()
    {
        await using PostgresDatabase postgres = await EmptyAsync();
        await Migrator.MigrateAsync(postgres.OwnerConnectionString, Token);
        await ExecuteAsync(postgres, "update storage.migration set sha256 = sha256('edited') where number = 2");

        MigrationException refused =
            await Assert.ThrowsAsync<MigrationException>(() => Migrator.MigrateAsync(postgres.OwnerConnectionString, Token));

        Assert.Contains("0002_facts", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_migration_that_fails_leaves_nothing_of_itself()
    {
        await using PostgresDatabase postgres = await EmptyAsync();
        // Something is in the way of the second migration.
        await ExecuteAsync(postgres, "create schema facts");

        await Assert.ThrowsAsync<PostgresException>(() => Migrator.MigrateAsync(postgres.OwnerConnectionString, Token));
        await ExecuteAsync(postgres, "drop schema facts");
        IReadOnlyList<string> rest = await Migrator.MigrateAsync(postgres.OwnerConnectionString, Token);

        Assert.Equal(Migrator.All.Skip(1).Select(migration => migration.Name), rest);
    }

    [Fact]
    public async Task The_schema_belongs_to_its_owner_role_and_not_to_who_migrated()
    {
        await using PostgresDatabase postgres = await EmptyAsync();
        await Migrator.MigrateAsync(postgres.OwnerConnectionString, Token);

        object? owners = await ExecuteAsync(
            postgres, "select string_agg(distinct tableowner::text, ',') from pg_tables where schemaname in ('storage', 'facts')");

        Assert.Equal("ce_owner", owners);
    }

    [Fact]
    public async Task Who_may_create_roles_and_owns_the_database_can_migrate_without_being_superuser()
    {
        await using PostgresServer server = await PostgresServer.StartAsync(new PostgresServerOptions(), Token);
        await using PostgresDatabase postgres = await server.CreateEmptyDatabaseAsync(Token);
        await ExecuteAsync(postgres, $"create role plain_admin login createrole; alter database {postgres.Name} owner to plain_admin");

        IReadOnlyList<string> applied = await Migrator.MigrateAsync(server.ConnectionString(postgres.Name, "plain_admin"), Token);

        Assert.Equal(Migrator.All.Count, applied.Count);
    }

    private static async Task<PostgresDatabase> EmptyAsync() =>
        await (await PostgresServer.SharedAsync(Token)).CreateEmptyDatabaseAsync(Token);

    private static async Task<object?> ExecuteAsync(PostgresDatabase postgres, string sql)
    {
        await using var connection = new NpgsqlConnection(postgres.OwnerConnectionString);
        await connection.OpenAsync(Token);
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync(Token);
    }
}
