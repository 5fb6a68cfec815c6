using ChainExec.TestKit;
using Npgsql;
using Xunit;

namespace ChainExec.IntegrationTests.TestKit;

public sealed class PostgresServerTests
{
    [Fact]
    public async Task Databases_of_one_server_do_not_see_each_other()
    {
        CancellationToken token = TestContext.Current.CancellationToken;
        await using PostgresDatabase first = await PostgresDatabase.CreateAsync(token);
        await using PostgresDatabase second = await PostgresDatabase.CreateAsync(token);

        await ExecuteAsync(first, "create table only_here (n int)", token);

        Assert.Equal(false, await ScalarAsync(second, "select to_regclass('only_here') is not null", token));
    }

    [Fact]
    public async Task Restored_database_has_the_content_of_the_clone()
    {
        CancellationToken token = TestContext.Current.CancellationToken;
        await using PostgresDatabase database = await PostgresDatabase.CreateAsync(token);
        await ExecuteAsync(database, "create table rows_kept (n int); insert into rows_kept values (1)", token);
        await using PostgresDatabase clone = await database.CloneAsync(token);
        await ExecuteAsync(database, "insert into rows_kept values (2)", token);

        await database.RestoreAsync(clone, token);

        Assert.Equal(1L, await ScalarAsync(database, "select count(*) from rows_kept", token));
    }

    [Fact]
    public async Task Killed_server_comes_back_with_what_was_committed()
    {
        CancellationToken token = TestContext.Current.CancellationToken;
        await using PostgresServer server = await PostgresServer.StartAsync(new PostgresServerOptions(), token);
        await using PostgresDatabase database = await server.CreateEmptyDatabaseAsync(token);
        await ExecuteAsync(database, "create table rows_kept (n int); insert into rows_kept values (1)", token);

        await server.KillAsync();
        await server.RestartAsync(token);

        Assert.Equal(1L, await ScalarAsync(database, "select count(*) from rows_kept", token));
    }

    private static async Task ExecuteAsync(PostgresDatabase database, string sql, CancellationToken cancellationToken)
    {
        await using NpgsqlDataSource source = NpgsqlDataSource.Create(database.OwnerConnectionString);
        await using NpgsqlCommand command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static async Task<object?> ScalarAsync(PostgresDatabase database, string sql, CancellationToken cancellationToken)
    {
        await using NpgsqlDataSource source = NpgsqlDataSource.Create(database.OwnerConnectionString);
        await using NpgsqlCommand command = source.CreateCommand(sql);
        return await command.ExecuteScalarAsync(cancellationToken);
    }
}
