using ChainExec.Indexing;
using ChainExec.Storage;
using ChainExec.TestKit;
using Microsoft.Extensions.Options;
using Npgsql;
using Xunit;

namespace ChainExec.Engine.Tests.Indexing;

public sealed class ChainLockTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Lock_that_is_given_back_is_free_for_another_process_while_its_own_lives()
    {
        await using PostgresDatabase postgres = await PostgresDatabase.CreateAsync(Token);
        await using Database one = Of(postgres);
        await using Database other = Of(postgres);
        var held = new ChainLock(one, 31337);
        var wanted = new ChainLock(other, 31337);

        Assert.True(await held.TryTakeAsync(Token));
        Assert.False(await wanted.TryTakeAsync(Token));
        await held.ReleaseAsync();
        Assert.True(await wanted.TryTakeAsync(Token));
        Assert.False(await held.TryTakeAsync(Token));
        await wanted.ReleaseAsync();
        Assert.True(await held.TryTakeAsync(Token));
        await held.ReleaseAsync();
    }

    [Fact]
    public async Task Lock_whose_session_died_is_lost_and_can_be_taken_again()
    {
        await using PostgresDatabase postgres = await PostgresDatabase.CreateAsync(Token);
        await using Database one = Of(postgres);
        await using Database other = Of(postgres);
        var held = new ChainLock(one, 31337);

        Assert.True(await held.TryTakeAsync(Token));
        await using (NpgsqlConnection connection = await other.OpenAsync(Token))
        {
            await new Statement(
                "select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and pid <> pg_backend_pid()",
                connection, transaction: null).ReadAsync(reader => reader.GetBoolean(0), Token);
        }

        Assert.False(await held.TryTakeAsync(Token));
        Assert.True(await held.TryTakeAsync(Token));
        await held.ReleaseAsync();
    }

    private static Database Of(PostgresDatabase postgres) =>
        new(Options.Create(new StorageOptions { ConnectionString = postgres.AppConnectionString }));
}
