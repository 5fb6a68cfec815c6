using ChainExec.Facts;
using ChainExec.Storage;
using ChainExec.TestKit;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Npgsql;
using Xunit;

namespace ChainExec.Engine.Tests.Facts;

/// <summary>A database with the fact stream, written as <c>ce_app</c>, and tables on which writers and consumers leave traces.</summary>
internal sealed class FactsHarness : IAsyncDisposable
{
    private const string Tables = """
        create schema test;
        grant usage on schema test to ce_app;
        create table test.entity (key text primary key, version bigint not null default 0);
        create table test.effect (
          id bigint generated always as identity, consumer text not null, position bigint not null, key text not null);
        create table test.parent (id bigint primary key);
        create table test.child (parent bigint not null references test.parent deferrable initially deferred);
        grant select, insert, update on all tables in schema test to ce_app;
        """;

    private readonly List<Database> _databases = [];

    private FactsHarness(PostgresDatabase postgres) => Postgres = postgres;

    public static CancellationToken Token => TestContext.Current.CancellationToken;

    public PostgresDatabase Postgres { get; }

    public FactWriter Writer { get; } = new();

    public ConsumerStore Store { get; private set; } = null!;

    public UnitOfWork UnitOfWork { get; private set; } = null!;

    public static async Task<FactsHarness> CreateAsync()
    {
        PostgresDatabase postgres = await PostgresDatabase.CreateAsync(Token);
        var harness = new FactsHarness(postgres);
        await harness.AsOwnerAsync(Tables);
        harness.UnitOfWork = harness.NewProcess();
        harness.Store = new ConsumerStore(harness._databases[0]);
        return harness;
    }

    /// <summary>A unit of work with a pool of its own, as another server process has it.</summary>
    public UnitOfWork NewProcess(TimeSpan? lockTimeout = null, int? port = null)
    {
        var connection = new NpgsqlConnectionStringBuilder(Postgres.AppConnectionString);
        if (port is { } other)
            connection.Port = other;
        var options = new StorageOptions { ConnectionString = connection.ConnectionString };
        if (lockTimeout is { } timeout)
            options.LockTimeout = timeout;
        var database = new Database(Options.Create(options));
        _databases.Add(database);
        return new UnitOfWork(database, new WakeUp(), TimeProvider.System);
    }

    public SequencerWorker Sequencer(UnitOfWork? process = null) => new(process ?? UnitOfWork);

    public ConsumerWorker Worker(TestConsumer consumer, UnitOfWork? process = null) =>
        new(consumer, Store, process ?? UnitOfWork, NullLogger<ConsumerWorker>.Instance);

    public async Task AsOwnerAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(Postgres.OwnerConnectionString);
        await connection.OpenAsync(Token);
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(Token);
    }

    public async Task<T> ValueAsync<T>(string sql)
    {
        await using var connection = new NpgsqlConnection(Postgres.OwnerConnectionString);
        await connection.OpenAsync(Token);
        await using var command = new NpgsqlCommand(sql, connection);
        return (T)(await command.ExecuteScalarAsync(Token))!;
    }

    /// <summary>A list of rows as "a|b|c" texts.</summary>
    public async Task<IReadOnlyList<string>> RowsAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(Postgres.OwnerConnectionString);
        await connection.OpenAsync(Token);
        await using var command = new NpgsqlCommand(sql, connection);
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(Token);
        var rows = new List<string>();
        while (await reader.ReadAsync(Token))
            rows.Add(string.Join('|', Enumerable.Range(0, reader.FieldCount).Select(field => reader.GetValue(field))));
        return rows;
    }

    /// <summary>One open connection as <c>ce_app</c> in a transaction that the test ends itself.</summary>
    public async Task<(NpgsqlConnection Connection, NpgsqlTransaction Transaction, DbSession Session)> OpenTransactionAsync()
    {
        var connection = new NpgsqlConnection(Postgres.AppConnectionString);
        await connection.OpenAsync(Token);
        NpgsqlTransaction transaction = await connection.BeginTransactionAsync(Token);
        return (connection, transaction, new DbSession(connection, transaction));
    }

    /// <summary>Appends facts in one transaction, in the order given.</summary>
    public Task AppendAsync(params string[] keys) => UnitOfWork.RunAsync(
        async (session, token) =>
        {
            foreach (string key in keys)
                await Writer.AppendAsync(session, key, owner: null, new Happened(0), token);
        },
        Token);

    /// <summary>Appends facts of one key in one statement.</summary>
    public Task AppendManyAsync(string key, int count) => AsOwnerAsync(
        $"insert into facts.pending (type, key, payload) select 'test.happened', '{key}', '{{}}' from generate_series(1, {count})");

    /// <summary>Appends and sequences.</summary>
    public async Task PublishAsync(params string[] keys)
    {
        await AppendAsync(keys);
        await SequenceAllAsync();
    }

    public async Task SequenceAllAsync()
    {
        SequencerWorker sequencer = Sequencer();
        while (await sequencer.RunTurnAsync(Token) > 0)
        {
        }
    }

    public static async Task DrainAsync(ConsumerWorker worker)
    {
        while (await worker.RunTurnAsync(Token) > 0)
        {
        }
    }

    public Task RetryAsync(TestConsumer consumer, string key) =>
        UnitOfWork.RunAsync((session, token) => Store.RequestRetryAsync(session, consumer.Name, key, token), Token);

    /// <summary>The positions a consumer had an effect for, in the order of the effects.</summary>
    public async Task<IReadOnlyList<long>> EffectsAsync(TestConsumer consumer, string? key = null)
    {
        string where = key is null ? "" : $" and key = '{key}'";
        IReadOnlyList<string> rows = await RowsAsync(
            $"select position from test.effect where consumer = '{consumer.Name}'{where} order by id");
        return [.. rows.Select(long.Parse)];
    }

    /// <summary>The stream has no gap, no double, and its head is its end.</summary>
    public async Task AssertGaplessAsync(long expected)
    {
        IReadOnlyList<string> found = await RowsAsync("""
            select count(*), coalesce(min(position), 0), coalesce(max(position), 0), (select position from facts.head),
                   count(distinct pending_id)
            from   facts.stream
            """);
        Assert.Equal($"{expected}|{Math.Min(expected, 1)}|{expected}|{expected}|{expected}", Assert.Single(found));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (Database database in _databases)
            await database.DisposeAsync();
        await Postgres.DisposeAsync();
    }
}

/// <summary>The fact of these tests.</summary>
internal sealed record Happened(long Version) : IFactPayload
{
    public static string Type => "test.happened";
}

/// <summary>Another fact of these tests.</summary>
internal sealed record AlsoHappened(long Version) : IFactPayload
{
    public static string Type => "test.also_happened";
}

/// <summary>Leaves one effect row per fact; what it does before and after that, a test decides.</summary>
internal sealed class TestConsumer(string name = "test", int shards = 1) : FactConsumer
{
    public override string Name => name;

    public override IReadOnlySet<string> Types => Wanted;

    public override int Shards => shards;

    public IReadOnlySet<string> Wanted { get; init; } = new HashSet<string> { Happened.Type };

    /// <summary>Runs before the effect.</summary>
    public Func<DbSession, Fact, Task>? Before { get; set; }

    /// <summary>Runs after the effect, in the same transaction.</summary>
    public Func<DbSession, Fact, Task>? After { get; set; }

    public override async Task HandleAsync(DbSession session, Fact fact, CancellationToken cancellationToken)
    {
        if (Before is not null)
            await Before(session, fact);
        await session.Sql("insert into test.effect (consumer, position, key) values (@consumer, @position, @key)")
            .With("consumer", Name).With("position", fact.Position).With("key", fact.Key).ExecuteAsync(cancellationToken);
        if (After is not null)
            await After(session, fact);
    }
}
