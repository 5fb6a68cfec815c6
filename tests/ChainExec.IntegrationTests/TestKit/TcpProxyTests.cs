using ChainExec.TestKit;
using Npgsql;
using Xunit;

namespace ChainExec.IntegrationTests.TestKit;

public sealed class TcpProxyTests
{
    [Fact]
    public async Task Commit_cut_after_it_was_done_fails_for_the_client_and_holds_on_the_server()
    {
        await using Fixture fixture = await Fixture.CreateAsync();
        fixture.Proxy.CutAfterCommit();

        await Assert.ThrowsAnyAsync<NpgsqlException>(fixture.InsertInTransactionAsync);

        Assert.Equal(1L, await fixture.CountRowsAsync());
    }

    [Fact]
    public async Task Commit_cut_before_it_arrived_fails_for_the_client_and_leaves_nothing()
    {
        await using Fixture fixture = await Fixture.CreateAsync();
        fixture.Proxy.CutBeforeCommit();

        await Assert.ThrowsAnyAsync<NpgsqlException>(fixture.InsertInTransactionAsync);

        Assert.Equal(0L, await fixture.CountRowsAsync());
    }

    [Fact]
    public async Task Cut_happens_once_and_not_for_a_commit_before_it_was_armed()
    {
        await using Fixture fixture = await Fixture.CreateAsync();
        await fixture.InsertInTransactionAsync();
        fixture.Proxy.CutAfterCommit();
        long rowsBeforeTheCut = await fixture.CountRowsThroughProxyAsync();
        await Assert.ThrowsAnyAsync<NpgsqlException>(fixture.InsertInTransactionAsync);

        await fixture.InsertInTransactionAsync();

        Assert.Equal((1L, 3L, 1), (rowsBeforeTheCut, await fixture.CountRowsAsync(), fixture.Proxy.Cuts));
    }

    [Fact]
    public async Task Refused_clients_come_through_again_after_accept()
    {
        await using Fixture fixture = await Fixture.CreateAsync();
        fixture.Proxy.Refuse();
        await Assert.ThrowsAnyAsync<NpgsqlException>(fixture.InsertInTransactionAsync);

        fixture.Proxy.Accept();
        await fixture.InsertInTransactionAsync();

        Assert.Equal(1L, await fixture.CountRowsAsync());
    }

    [Fact]
    public async Task Stalled_bytes_arrive_after_resume()
    {
        await using Fixture fixture = await Fixture.CreateAsync();
        fixture.Proxy.Stall();
        Task insert = fixture.InsertInTransactionAsync();
        await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System, TestContext.Current.CancellationToken);
        bool waited = !insert.IsCompleted;

        fixture.Proxy.Resume();
        await insert;

        Assert.True(waited);
    }

    private sealed class Fixture : IAsyncDisposable
    {
        private readonly PostgresDatabase _database;
        private readonly NpgsqlDataSource _direct;
        private readonly NpgsqlDataSource _proxied;

        private Fixture(PostgresDatabase database)
        {
            _database = database;
            Proxy = TcpProxy.Start(database.Server.Port);
            _direct = NpgsqlDataSource.Create(database.OwnerConnectionString);
            _proxied = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(database.OwnerConnectionString) { Port = Proxy.Port });
        }

        public TcpProxy Proxy { get; }

        public static async Task<Fixture> CreateAsync()
        {
            Fixture fixture = new(await PostgresDatabase.CreateAsync(TestContext.Current.CancellationToken));
            await using NpgsqlCommand command = fixture._direct.CreateCommand("create table proxied (n int)");
            await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
            return fixture;
        }

        public async Task InsertInTransactionAsync()
        {
            await using NpgsqlConnection connection = await _proxied.OpenConnectionAsync(TestContext.Current.CancellationToken);
            await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync(TestContext.Current.CancellationToken);
            await using NpgsqlCommand command = new("insert into proxied values (1)", connection, transaction);
            await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
            await transaction.CommitAsync(TestContext.Current.CancellationToken);
        }

        public Task<long> CountRowsAsync() => CountAsync(_direct);

        public Task<long> CountRowsThroughProxyAsync() => CountAsync(_proxied);

        public async ValueTask DisposeAsync()
        {
            await _proxied.DisposeAsync();
            await _direct.DisposeAsync();
            await Proxy.DisposeAsync();
            await _database.DisposeAsync();
        }

        private static async Task<long> CountAsync(NpgsqlDataSource source)
        {
            await using NpgsqlCommand command = source.CreateCommand("select count(*) from proxied");
            return (long)(await command.ExecuteScalarAsync(TestContext.Current.CancellationToken))!;
        }
    }
}
