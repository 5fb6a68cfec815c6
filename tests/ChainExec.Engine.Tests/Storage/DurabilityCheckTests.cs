using ChainExec.Storage;
using ChainExec.TestKit;
using Microsoft.Extensions.Options;
using Npgsql;
using Xunit;

namespace ChainExec.Engine.Tests.Storage;

public sealed class DurabilityCheckTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_durable_database_reached_as_the_services_role_has_no_findings()
    {
        await using PostgresDatabase postgres = await PostgresDatabase.CreateAsync(Token);

        Assert.Empty(await FindingsAsync(postgres.AppConnectionString));
    }

    [Fact]
    public async Task A_superuser_is_found()
    {
        await using PostgresDatabase postgres = await PostgresDatabase.CreateAsync(Token);

        Assert.Equal(
            ["The service connects as superuser postgres; it must connect as ce_app."],
            await FindingsAsync(postgres.OwnerConnectionString));
    }

    [Fact]
    public async Task A_member_of_the_owner_role_is_found()
    {
        await using PostgresDatabase postgres = await PostgresDatabase.CreateAsync(Token);
        await ExecuteAsync(postgres, """
            do $$ begin create role ce_test_member login in role ce_owner; exception when duplicate_object then null; end $$
            """);

        IReadOnlyList<string> findings = await FindingsAsync(postgres.Server.ConnectionString(postgres.Name, "ce_test_member"));

        Assert.Equal(["The service connects as ce_test_member, a member of ce_owner; it must connect as ce_app."], findings);
    }

    [Fact]
    public async Task Settings_that_can_lose_a_commit_are_found()
    {
        await using PostgresServer server = await PostgresServer.StartAsync(new PostgresServerOptions { Fsync = false }, Token);
        await using PostgresDatabase postgres = await server.CreateDatabaseAsync(Token);
        await ExecuteAsync(postgres, $"alter database {postgres.Name} set synchronous_commit = off");

        Assert.Equal(
            [
                "fsync is off: a committed transaction could be lost, and money with it.",
                "synchronous_commit is off: a committed transaction could be lost, and money with it.",
            ],
            await FindingsAsync(postgres.AppConnectionString));
    }

    [Fact]
    public async Task A_database_that_was_never_migrated_is_a_finding_and_no_crash()
    {
        await using PostgresDatabase migrated = await PostgresDatabase.CreateAsync(Token);
        await using PostgresDatabase empty = await migrated.Server.CreateEmptyDatabaseAsync(Token);

        string finding = Assert.Single(await FindingsAsync(empty.AppConnectionString));

        Assert.Contains("at migration 0", finding, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("delete from storage.migration where number >= 2", "run chainexec migrate")]
    [InlineData("insert into storage.migration (number, name, sha256) values (9999, '9999_later', sha256('later'))", "run a newer build")]
    public async Task A_schema_of_another_version_is_found(string change, string advice)
    {
        await using PostgresDatabase postgres = await PostgresDatabase.CreateAsync(Token);
        await ExecuteAsync(postgres, change);

        string finding = Assert.Single(await FindingsAsync(postgres.AppConnectionString));

        Assert.EndsWith(advice + ".", finding, StringComparison.Ordinal);
    }

    private static async Task<IReadOnlyList<string>> FindingsAsync(string connectionString)
    {
        await using var database = new Database(Options.Create(new StorageOptions { ConnectionString = connectionString }));
        return await new DurabilityCheck(database).FindingsAsync(Token);
    }

    private static async Task ExecuteAsync(PostgresDatabase postgres, string sql)
    {
        await using var connection = new NpgsqlConnection(postgres.OwnerConnectionString);
        await connection.OpenAsync(Token);
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(Token);
    }
}
