using ChainExec.Facts;
using ChainExec.Flows;
using ChainExec.Flows.Definitions;
using ChainExec.Ledger;
using ChainExec.Storage;
using ChainExec.TestKit;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Xunit;

namespace ChainExec.Engine.Tests.Flows;

/// <summary>The flow engine on a database of its own, as <c>ce_app</c>, with the flows of these tests; turns are run by hand.</summary>
internal sealed class FlowBench : IAsyncDisposable
{
    private static readonly string[] Tables =
        ["context", "rule", "node", "event", "correlation", "timer", "discrepancy"];

    private readonly ServiceProvider _services;

    private FlowBench(PostgresDatabase postgres, Action<IServiceCollection>? add, IReadOnlyDictionary<string, string?>? settings)
    {
        Postgres = postgres;
        IConfiguration configuration = new ConfigurationBuilder().AddInMemoryCollection(settings ?? new Dictionary<string, string?>())
            .AddInMemoryCollection([new("Storage:ConnectionString", postgres.AppConnectionString)]).Build();
        var services = new ServiceCollection();
        services.AddSingleton(TimeProvider.System);
        services.AddLogging();
        services.AddStorage(configuration);
        services.AddFacts();
        services.AddLedger();
        services.AddFlows(configuration);
        services.AddSingleton<IFlowProvider>(Exchange);
        if (add is null)
            services.AddFlow<RampFlow>().AddFlow<AdvanceFlow>();
        else
            add(services);
        _services = services.BuildServiceProvider();
    }

    public static CancellationToken Token => TestContext.Current.CancellationToken;

    public PostgresDatabase Postgres { get; }

    public TestExchange Exchange { get; } = new();

    public Guid Owner { get; } = Guid.CreateVersion7(TimeProvider.System.GetUtcNow());

    public UnitOfWork UnitOfWork => Get<UnitOfWork>();

    public static async Task<FlowBench> CreateAsync(
        Action<IServiceCollection>? add = null, IReadOnlyDictionary<string, string?>? settings = null) =>
        new(await PostgresDatabase.CreateAsync(Token), add, settings);

    public T Get<T>()
        where T : notnull => _services.GetRequiredService<T>();

    public Task HappensAsync<T>(T happened)
        where T : IFlowEvent => HappensAsync([happened]);

    /// <summary>Appends events in one transaction, in this order.</summary>
    public Task HappensAsync<T>(params T[] events)
        where T : IFlowEvent => UnitOfWork.RunAsync(
        async (session, token) =>
        {
            foreach (T happened in events)
                await Get<FactWriter>().AppendAsync(session, happened.CorrelationKey, owner: null, happened, token);
        },
        Token);

    public async Task SequenceAsync()
    {
        while (await Get<SequencerWorker>().RunTurnAsync(Token) > 0)
        {
        }
    }

    /// <summary>Turns of everything until nothing moves.</summary>
    public async Task SettleAsync()
    {
        int moved;
        do
        {
            moved = 0;
            foreach (IWorker worker in _services.GetServices<IWorker>())
                moved += await worker.RunTurnAsync(Token);
        }
        while (moved > 0);
    }

    /// <summary>Sequences and lets the rules fire; nobody is asked outside, and no timer is told.</summary>
    public async Task FireAsync()
    {
        await SequenceAsync();
        IWorker consumer = _services.GetServices<IWorker>().Single(worker => worker.Name == "facts.consumer.flow_rules");
        while (await consumer.RunTurnAsync(Token) > 0)
        {
        }
    }

    public async Task<long> BalanceAsync(AccountSpec account) =>
        (long)((await Get<LedgerQueries>().FindAccountAsync(account.Code, Token))?.Balance.BaseUnits ?? 0);

    public Task<long> CustomerAsync() => BalanceAsync(Book.Customer(Owner, "usd"));

    public Task<long> SuspenseAsync() => BalanceAsync(Book.Suspense("usd"));

    public Task<long> BankAsync() => BalanceAsync(RampFlow.Bank);

    public Task ShiftClockAsync(TimeSpan by) =>
        AsOwnerAsync($"update storage.clock_offset set shift = shift + interval '{(long)by.TotalSeconds} seconds'");

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

    public async Task<string> RowAsync(string sql) => Assert.Single(await RowsAsync(sql));

    public async Task AsOwnerAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(Postgres.OwnerConnectionString);
        await connection.OpenAsync(Token);
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(Token);
    }

    /// <summary>State and outcome of each context, by key.</summary>
    public Task<IReadOnlyList<string>> ContextsAsync() =>
        RowsAsync("select key, state, coalesce(outcome, '') from flows.context order by key");

    /// <summary>Open discrepancies by kind.</summary>
    public Task<IReadOnlyList<string>> DiscrepanciesAsync() =>
        RowsAsync("select kind from flows.discrepancy where resolved_position is null order by kind");

    /// <summary>Everything that follows from the facts, byte by byte: the flows, and what they posted.</summary>
    public async Task<string> StateAsync()
    {
        var state = new List<string>();
        foreach (string table in Tables)
        {
            string columns = table == "timer" ? "rule_id, context_id, key, due_at" : "t.*";
            state.AddRange((await RowsAsync($"select row({columns})::text from flows.{table} t")).Order(StringComparer.Ordinal)
                .Select(row => $"{table} {row}"));
        }

        state.AddRange(await RowsAsync(
            "select 'effect', id, context_id, key, provider, operation, request from flows.effect order by id"));
        // Entries of accounts without a lock are seen in their order once they are rolled up.
        IWorker rollUp = _services.GetServices<IWorker>().OfType<RollUpWorker>().Single();
        while (await rollUp.RunTurnAsync(Token) > 0)
        {
        }

        state.AddRange(await RowsAsync("""
            select 'entry', e.transaction_id, e.account_code, e.side, e.amount, e.source_position
            from   ledger.v_entry e order by e.source_position, e.transaction_id, e.account_code, e.side
            """));
        return string.Join('\n', state);
    }

    /// <summary>Nothing is parked and the books agree with themselves.</summary>
    public async Task AssertSoundAsync()
    {
        Assert.Empty(await Get<FactQueries>().ParkedAsync(10, Token));
        Assert.Empty(await Get<LedgerQueries>().DisagreementsAsync(Token));
    }

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        await Postgres.DisposeAsync();
    }
}
