using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.Json;
using ChainExec.Attribution;
using ChainExec.Attribution.Processors;
using ChainExec.Calls;
using ChainExec.Custody;
using ChainExec.Ethereum;
using ChainExec.Execution;
using ChainExec.Facts;
using ChainExec.Governance;
using ChainExec.Indexing;
using ChainExec.Indexing.Gaps;
using ChainExec.Storage;
using ChainExec.TestKit;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;

namespace ChainExec.Engine.Tests.Indexing;

/// <summary>How a harness is set up.</summary>
internal sealed record HarnessOptions
{
    public int Quorum { get; init; } = 1;

    public long StartBlock { get; init; }

    /// <summary>Finality by depth; by the <c>finalized</c> tag when nothing is said.</summary>
    public int? Depth { get; init; }

    public int BlocksPerTurnMax { get; init; } = 32;

    public int BlocksPerMoveMax { get; init; } = 64;

    public int UnlistedContractsMax { get; init; } = 1000;

    /// <summary>From how many final blocks behind on they are read in ranges.</summary>
    public int BackfillFrom { get; init; } = 256;

    public int BackfillSpanMax { get; init; } = 256;

    public int BackfillRowsPerWriteMax { get; init; } = 4000;

    public TimeSpan BackfillTurn { get; init; } = TimeSpan.FromSeconds(1);

    public string Completeness { get; init; } = "receipts";

    /// <summary>What is done with headers that do not make up their hashes.</summary>
    public string HeaderProof { get; init; } = "recorded";

    public string Backfill { get; init; } = "transactions";

    public bool ScanBack { get; init; }

    public TimeSpan StalledAfter { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>How often a final block is read again; in tests only when they ask for it.</summary>
    public TimeSpan SweepInterval { get; init; } = TimeSpan.FromHours(1);

    /// <summary>How often native balances are compared; in tests only when they ask for it.</summary>
    public TimeSpan NativeCheckInterval { get; init; } = TimeSpan.Zero;

    public TimeSpan LeaseDuration { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Zero: every turn asks, which is what tests that call turns want.</summary>
    public TimeSpan PollInterval { get; init; } = TimeSpan.Zero;

    /// <summary>How long a transaction waits after an attempt without a trace.</summary>
    public TimeSpan TraceRetryDelay { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>What is registered beside the engine, such as processors.</summary>
    public Action<IServiceCollection>? Services { get; init; }

    /// <summary>Where PostgreSQL is reached instead of at its own port, such as a proxy that cuts connections.</summary>
    public int? DatabasePort { get; init; }

    /// <summary>The first provider's notifications.</summary>
    public Uri? WebSocket { get; init; }

    /// <summary>Further settings, by their keys.</summary>
    public IReadOnlyDictionary<string, string?> Settings { get; init; } = new Dictionary<string, string?>();
}

/// <summary>A business call that a test says was sent.</summary>
internal sealed record SentCall(Address To, BigInteger Value, byte[] Data, IReadOnlyList<ExpectedMovement> Expected, string Category)
{
    public static readonly Guid Owner = new(9, 0, 0, new byte[8]);

    /// <summary>Whose the intent is.</summary>
    public Guid By { get; init; } = Owner;

    public Guid Id { get; init; } = Guid.CreateVersion7(TimeProvider.System.GetUtcNow());

    public Guid Intent { get; init; } = Guid.CreateVersion7(TimeProvider.System.GetUtcNow());
}

/// <summary>The engine's real composition on a real database, with its turns called by hand.</summary>
internal sealed class IndexHarness : IAsyncDisposable
{
    public const long Chain = 31337;
    private const int TurnsMax = 2000;

    private readonly ServiceProvider _services;
    private readonly PostgresDatabase _database;
    private readonly bool _ownsDatabase;

    private IndexHarness(PostgresDatabase database, bool ownsDatabase, IReadOnlyList<Uri> providers, HarnessOptions options)
    {
        _database = database;
        _ownsDatabase = ownsDatabase;
        var settings = new Dictionary<string, string?>
        {
            ["Storage:ConnectionString"] = ConnectionString(database, options),
            ["Chains:0:Id"] = $"{Chain}",
            ["Chains:0:Name"] = "test",
            ["Chains:0:StartBlock"] = $"{options.StartBlock}",
            ["Chains:0:PollInterval"] = options.PollInterval.ToString("c", CultureInfo.InvariantCulture),
            ["Chains:0:Providers:0:WebSocket"] = options.WebSocket?.OriginalString,
            ["Chains:0:Finality:Mode"] = options.Depth is null ? "tag" : "depth",
            ["Chains:0:Finality:Depth"] = $"{options.Depth ?? 0}",
            ["Chains:0:Finality:Quorum"] = $"{options.Quorum}",
            ["Indexing:BlocksPerTurnMax"] = $"{options.BlocksPerTurnMax}",
            ["Indexing:BlocksPerMoveMax"] = $"{options.BlocksPerMoveMax}",
            ["Chains:0:Completeness"] = options.Completeness,
            ["Chains:0:HeaderProof"] = options.HeaderProof,
            ["Chains:0:Backfill"] = options.Backfill,
            ["Chains:0:ScanBack"] = $"{options.ScanBack}",
            ["Indexing:StalledAfter"] = options.StalledAfter.ToString("c", CultureInfo.InvariantCulture),
            ["Indexing:AccountCheckInterval"] = "00:00:00",
            ["Indexing:NativeCheckInterval"] = options.NativeCheckInterval.ToString("c", CultureInfo.InvariantCulture),
            ["Indexing:SweepInterval"] = options.SweepInterval.ToString("c", CultureInfo.InvariantCulture),
            ["Indexing:BackfillFrom"] = $"{options.BackfillFrom}",
            ["Indexing:BackfillSpanMax"] = $"{options.BackfillSpanMax}",
            ["Indexing:BackfillRowsPerWriteMax"] = $"{options.BackfillRowsPerWriteMax}",
            ["Indexing:BackfillTurn"] = options.BackfillTurn.ToString("c", CultureInfo.InvariantCulture),
            ["Indexing:UnlistedContractsMax"] = $"{options.UnlistedContractsMax}",
            ["Attribution:RetryDelay"] = options.TraceRetryDelay.ToString("c", CultureInfo.InvariantCulture),
            ["Indexing:LeaseDuration"] = options.LeaseDuration.ToString("c", CultureInfo.InvariantCulture),
        };
        foreach ((string key, string? value) in options.Settings)
            settings[key] = value;
        for (int index = 0; index < providers.Count; index++)
        {
            settings[$"Chains:0:Providers:{index}:Name"] = $"node{index}";
            settings[$"Chains:0:Providers:{index}:Http"] = providers[index].AbsoluteUri;
        }

        IConfiguration configuration = new ConfigurationBuilder().AddInMemoryCollection(settings).Build();
        IServiceCollection services = new ServiceCollection()
            .AddLogging(logging => logging.AddProvider(new TestOutputLogger()))
            .AddSingleton(TimeProvider.System)
            .AddStorage(configuration)
            .AddFacts()
            .AddCalls(configuration)
            .AddIndexing(configuration)
            .AddIndexingHost()
            .AddAttribution(configuration)
            .AddGovernance()
            .AddSingleton<AccountStore>()
            .AddSingleton<IncidentStore>();
        options.Services?.Invoke(services);
        _services = services.BuildServiceProvider();
        Follower = _services.GetRequiredKeyedService<BlockFollower>(Chain);
    }

    public BlockFollower Follower { get; }

    public Sweeper Sweeper => _services.GetServices<IWorker>().OfType<Sweeper>().Single();

    public IReadOnlyList<IWorker> Workers => [.. _services.GetServices<IWorker>()];

    public int DatabasePort => _database.Server.Port;

    public ProviderTrust Trust => _services.GetRequiredService<ProviderTrust>();

    public ChainProfile Profile => _services.GetRequiredService<ChainDirectory>().Get(Chain);

    public UnitOfWork UnitOfWork => _services.GetRequiredService<UnitOfWork>();

    public TransactionTreeQueries Trees => _services.GetRequiredService<TransactionTreeQueries>();

    public IndexingQueries Queries => _services.GetRequiredService<IndexingQueries>();

    /// <summary>Re-anchors the chain as an administrator, or as the service's role.</summary>
    public async Task<ReAnchorResult> ReAnchorAsync(
        Hash32 block, bool asAdministrator, CancellationToken cancellationToken, bool undoesSettled = false)
    {
        if (!asAdministrator)
            return await UnitOfWork.RunAsync(
                (session, token) => _services.GetRequiredService<ChainReAnchor>().RunAsync(session, Chain, block, undoesSettled, token),
                cancellationToken);
        IConfiguration configuration = new ConfigurationBuilder()
            .AddInMemoryCollection([new("Storage:ConnectionString", _database.OwnerConnectionString)]).Build();
        await using ServiceProvider administrator = new ServiceCollection().AddLogging().AddSingleton(TimeProvider.System)
            .AddStorage(configuration).AddFacts().AddSingleton<ChainReAnchor>().BuildServiceProvider();
        return await administrator.GetRequiredService<UnitOfWork>().RunAsync(
            (session, token) => administrator.GetRequiredService<ChainReAnchor>().RunAsync(session, Chain, block, undoesSettled, token),
            cancellationToken);
    }

    public static async Task<IndexHarness> CreateAsync(Uri provider, HarnessOptions? options, CancellationToken cancellationToken) =>
        await CreateAsync([provider], options ?? new HarnessOptions(), cancellationToken);

    public static async Task<IndexHarness> CreateAsync(
        IReadOnlyList<Uri> providers, HarnessOptions options, CancellationToken cancellationToken) =>
        new(await PostgresDatabase.CreateAsync(cancellationToken), ownsDatabase: true, providers, options);

    /// <summary>Another process on the same database.</summary>
    public IndexHarness Another(IReadOnlyList<Uri> providers, HarnessOptions options) =>
        new(_database, ownsDatabase: false, providers, options);

    /// <summary>The check that a host makes at start.</summary>
    public Task StartAsync(CancellationToken cancellationToken) =>
        _services.GetServices<IHostedService>().OfType<ChainIdentityCheck>().Single().StartAsync(cancellationToken);

    /// <summary>Runs the follower's loop and the head notifications as a host does, until disposed.</summary>
    public async Task<IAsyncDisposable> RunAsync(CancellationToken cancellationToken)
    {
        var loop = new WorkerLoop(
            Follower, _services.GetRequiredService<WakeUp>(), _services.GetRequiredService<IOptions<StorageOptions>>(), TimeProvider.System,
            _services.GetRequiredService<ILogger<WorkerLoop>>());
        IReadOnlyList<IHostedService> hosted = [.. _services.GetServices<IHostedService>(), loop];
        foreach (IHostedService service in hosted)
            await service.StartAsync(cancellationToken);
        return new Running(hosted);
    }

    /// <summary>Turns of the follower until nothing moves.</summary>
    public async Task<int> IndexAsync(CancellationToken cancellationToken)
    {
        int moved = 0;
        for (int turn = 0; turn < TurnsMax; turn++)
        {
            int now = await Follower.RunTurnAsync(cancellationToken);
            if (now == 0)
                return moved;
            moved += now;
        }

        throw new InvalidOperationException("The follower does not come to rest.");
    }

    /// <summary>Turns of everything until nothing moves: indexed, sequenced, attributed.</summary>
    public async Task SettleAsync(CancellationToken cancellationToken)
    {
        await IndexAsync(cancellationToken);
        for (int turn = 0; turn < TurnsMax; turn++)
        {
            int moved = 0;
            foreach (IWorker worker in _services.GetServices<IWorker>().Where(worker => worker is not BlockFollower))
                moved += await worker.RunTurnAsync(cancellationToken);
            if (moved == 0)
                return;
        }

        throw new InvalidOperationException("The workers do not come to rest.");
    }

    public Task RegisterAccountAsync(Address address, CancellationToken cancellationToken) =>
        UnitOfWork.RunAsync(
            async (session, token) =>
            {
                OwnerId owner = await _services.GetRequiredService<OwnerStore>().EnsureOwnerAsync(session, "alice", "test", token);
                await _services.GetRequiredService<AccountStore>().RegisterAsync(
                    session, owner.Value, Chain, address, nativeIsCustomerMoney: false, token);
            },
            cancellationToken);

    public Task ListAsync(string id, Address? contract, CancellationToken cancellationToken) =>
        UnitOfWork.RunAsync(
            (session, token) => _services.GetRequiredService<AssetStore>().ListAsync(
                session, new Asset(id, Chain, contract, id.ToUpperInvariant(), 6), token),
            cancellationToken);

    /// <summary>
    /// The index's and attribution's facts in the order of the stream, but for those that feed processors: type and transaction.
    /// </summary>
    public Task<IReadOnlyList<(string Type, Hash32 Transaction, int Incarnation)>> FactsAsync(CancellationToken cancellationToken)
    {
        const string sql = """
            select type, payload->'transaction'->>'tx_hash' as tx, (payload->'transaction'->>'incarnation')::int as incarnation
            from   facts.v_stream
            where  payload ? 'transaction' and type not like 'attribution.transaction%'
            order  by position
            """;
        return _services.GetRequiredService<Database>().ReadAsync(
            sql,
            static _ => { },
            reader => (reader.Text("type"), Hash32.Parse(reader.Text("tx")), reader.Int("incarnation")),
            cancellationToken);
    }

    public async Task<IReadOnlyList<string>> FactTypesAsync(Hash32 transaction, CancellationToken cancellationToken) =>
        [.. (await FactsAsync(cancellationToken)).Where(fact => fact.Transaction == transaction).Select(fact => fact.Type.Split('.')[1])];

    /// <summary>One number by SQL, as an administrator.</summary>
    public async Task<long> CountAsync(string sql, CancellationToken cancellationToken)
    {
        await using var connection = new NpgsqlConnection(_database.OwnerConnectionString);
        await connection.OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand(sql, connection);
        return Convert.ToInt64(await command.ExecuteScalarAsync(cancellationToken), CultureInfo.InvariantCulture);
    }

    /// <summary>Rows of text by SQL, as an administrator.</summary>
    public async Task<IReadOnlyList<string>> LinesAsync(string sql, CancellationToken cancellationToken)
    {
        await using var connection = new NpgsqlConnection(_database.OwnerConnectionString);
        await connection.OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand(sql, connection);
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken);
        var lines = new List<string>();
        while (await reader.ReadAsync(cancellationToken))
        {
            IEnumerable<int> columns = Enumerable.Range(0, reader.FieldCount);
            lines.Add(string.Join(' ', columns.Select(column => reader.IsDBNull(column) ? "-" : $"{reader[column]}")));
        }

        return lines;
    }

    /// <summary>Execution's record of who sent what, as far as these tests need it.</summary>
    public Task StandInForExecutionAsync(CancellationToken cancellationToken) => ExecuteAsync(
        """
        create table execution.sent_in_test (chain_id bigint, tx_hash bytea, intent_id uuid, call_id uuid);
        create or replace view execution.v_transaction_intent as
          select chain_id, tx_hash, intent_id, call_id, true as is_whole from execution.sent_in_test;
        grant select on execution.sent_in_test to ce_owner, ce_app;
        """,
        cancellationToken);

    /// <summary>
    /// An intent of an account with these calls was sent as this transaction. Written by hand, without what admission and execution would
    /// have made before it.
    /// </summary>
    public async Task SentAsync(Hash32 transaction, Address account, IReadOnlyList<SentCall> calls, CancellationToken cancellationToken)
    {
        Guid intent = calls[0].Intent;
        var sql = new StringBuilder("set session_replication_role = replica;");
        sql.Append(CultureInfo.InvariantCulture, $"""
            insert into execution.intent (id, root_id, owner_id, chain_id, account_id, sender, family_key, state, spends, max_total_fee,
                                          created_by, rungs_max)
            values ('{intent}', '{intent}', '{calls[0].By}', {Chain}, '{intent}', '\x{account.ToHex()[2..]}', 'test.{intent:n}',
                    'executing', false, 1, 'test', 1);
            """);
        foreach ((SentCall call, int ordinal) in calls.Select((call, ordinal) => (call, ordinal)))
        {
            sql.Append(CultureInfo.InvariantCulture, $"""
                insert into calls.call (id, intent_id, ordinal, chain_id, type, request, "to", value, data, expected, category, tags,
                                        context)
                values ('{call.Id}', '{intent}', {ordinal}, {Chain}, 'test.call', '{"{}"}', '\x{call.To.ToHex()[2..]}', {call.Value},
                        '\x{Convert.ToHexStringLower(call.Data)}', '{JsonSerializer.Serialize(call.Expected, FactJson.Options)}',
                        '{call.Category}', '["{call.Category}"]', '{"{}"}');
                insert into execution.sent_in_test
                values ({Chain}, '\x{transaction.ToString()[2..]}', '{intent}', '{call.Id}');
                """);
        }

        await ExecuteAsync(sql.Append("set session_replication_role = origin;").ToString(), cancellationToken);
    }

    /// <summary>Asks for attribution again, as the operator's command does.</summary>
    public Task<int> AskAgainAsync(Hash32? transaction, bool trace, CancellationToken cancellationToken) => UnitOfWork.RunAsync(
        (session, token) => _services.GetRequiredService<AttributionStore>().AskAgainAsync(session, Chain, transaction, trace, token),
        cancellationToken);

    /// <summary>Runs a processor again where it is parked, as the operator's command does.</summary>
    public Task<int> ReleaseAsync(string processor, CancellationToken cancellationToken) => UnitOfWork.RunAsync(
        (session, token) => _services.GetRequiredService<ProcessorStore>().ReleaseAsync(session, processor, block: null, token),
        cancellationToken);

    public Task ExecuteAsync(string sql, CancellationToken cancellationToken) => LinesAsync(sql, cancellationToken);

    public async Task<ChainStatus> StatusAsync(CancellationToken cancellationToken) => (await Queries.ChainsAsync(cancellationToken))[0];

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        if (_ownsDatabase)
            await _database.DisposeAsync();
    }

    private static string ConnectionString(PostgresDatabase database, HarnessOptions options)
    {
        var builder = new NpgsqlConnectionStringBuilder(database.AppConnectionString);
        if (options.DatabasePort is { } port)
            (builder.Host, builder.Port) = ("127.0.0.1", port);
        return builder.ConnectionString;
    }

    private sealed class Running(IReadOnlyList<IHostedService> hosted) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            foreach (IHostedService service in hosted)
                await service.StopAsync(CancellationToken.None);
        }
    }
}
