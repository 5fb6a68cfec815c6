using ChainExec.Storage;
using ChainExec.TestKit;
using Microsoft.Extensions.Options;
using Npgsql;
using Xunit;

namespace ChainExec.Engine.Tests.Storage;

/// <summary>One database with a table of keyed jobs, reached as <c>ce_app</c> through a proxy that can cut the connection.</summary>
internal sealed class StorageHarness : IAsyncDisposable
{
    /// <summary>The COMMIT of a transaction that wrote to <c>test.slow</c> waits for this advisory lock.</summary>
    private const long CommitGate = 4242;

    /// <summary>The sessions on this database, for <see cref="CountAsync"/>.</summary>
    public const string Sessions = "pg_stat_activity where datname = current_database()";

    private const string Tables = """
        create schema test;
        grant usage on schema test to ce_app;
        create table test.job (key text primary key, runs bigint not null);
        create table test.account (name text primary key, balance bigint not null);
        insert into test.account values ('a', 0), ('b', 0);
        create table test.slow (key text not null);
        create function test.wait_at_commit() returns trigger language plpgsql as
          $$ begin perform pg_advisory_xact_lock_shared(4242); return null; end $$;
        create constraint trigger waits_at_commit after insert on test.slow
          deferrable initially deferred for each row execute function test.wait_at_commit();
        create table test.parent (id bigint primary key);
        create table test.child (parent bigint not null references test.parent deferrable initially deferred);
        grant select, insert, update on all tables in schema test to ce_app;
        """;

    private StorageHarness(PostgresDatabase postgres, TcpProxy proxy)
    {
        Postgres = postgres;
        Proxy = proxy;
        var connection = new NpgsqlConnectionStringBuilder(postgres.AppConnectionString) { Port = proxy.Port };
        Database = new Database(Options.Create(new StorageOptions { ConnectionString = connection.ConnectionString }));
        UnitOfWork = new UnitOfWork(Database, WakeUp, TimeProvider.System);
    }

    public static CancellationToken Token => TestContext.Current.CancellationToken;

    public PostgresDatabase Postgres { get; }

    public TcpProxy Proxy { get; }

    public Database Database { get; }

    public WakeUp WakeUp { get; } = new();

    public UnitOfWork UnitOfWork { get; }

    public static async Task<StorageHarness> CreateAsync()
    {
        PostgresDatabase postgres = await PostgresDatabase.CreateAsync(Token);
        var harness = new StorageHarness(postgres, TcpProxy.Start(postgres.Server.Port));
        await harness.AsOwnerAsync(Tables);
        return harness;
    }

    public static async Task InsertAsync(DbSession session, string key, CancellationToken cancellationToken) =>
        await session.Sql("insert into test.job (key, runs) values (@key, 1)").With("key", key).ExecuteAsync(cancellationToken);

    public static async Task<(bool Found, string? Outcome)> FindAsync(DbSession session, string key, CancellationToken cancellationToken)
    {
        string? found = await session.Sql("select key from test.job where key = @key").With("key", key)
            .ReadSingleAsync(reader => reader.Text("key"), cancellationToken);
        return (found is not null, found is null ? null : "found");
    }

    public async Task AsOwnerAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(Postgres.OwnerConnectionString);
        await connection.OpenAsync(Token);
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(Token);
    }

    public async Task<long> CountAsync(string from)
    {
        await using var connection = new NpgsqlConnection(Postgres.OwnerConnectionString);
        await connection.OpenAsync(Token);
        await using var command = new NpgsqlCommand($"select count(*) from {from}", connection);
        return (long)(await command.ExecuteScalarAsync(Token))!;
    }

    /// <summary>Makes the COMMIT of transactions that wrote to <c>test.slow</c> wait until the result is disposed.</summary>
    public async Task<NpgsqlConnection> HoldCommitsAsync()
    {
        var connection = new NpgsqlConnection(Postgres.OwnerConnectionString + ";Pooling=false");
        await connection.OpenAsync(Token);
        await using var command = new NpgsqlCommand($"select pg_advisory_lock({CommitGate})", connection);
        await command.ExecuteNonQueryAsync(Token);
        return connection;
    }

    /// <summary>Waits until a COMMIT is under way on the server and stands at the gate.</summary>
    public Task CommitIsUnderWayAsync() => Eventually.TrueAsync(
        async () => await CountAsync($"{Sessions} and query = 'COMMIT' and wait_event = 'advisory'") == 1,
        TimeSpan.FromSeconds(10), "a COMMIT waits at the gate", Token);

    public async ValueTask DisposeAsync()
    {
        await Database.DisposeAsync();
        await Proxy.DisposeAsync();
        await Postgres.DisposeAsync();
    }
}
