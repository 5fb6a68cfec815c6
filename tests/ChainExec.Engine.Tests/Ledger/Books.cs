using ChainExec.Ledger;
using ChainExec.Storage;
using ChainExec.TestKit;
using Microsoft.Extensions.Options;
using Npgsql;
using Xunit;

namespace ChainExec.Engine.Tests.Ledger;

/// <summary>Books on a real database, written as <c>ce_app</c>. Tests of a class share them, each with owners of its own.</summary>
public sealed class Books : IAsyncLifetime
{
    internal static readonly DateTimeOffset Noon = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);
    private Database? _database;

    public Books()
    {
    }

    /// <summary>Books in a database that stays the caller's.</summary>
    internal Books(PostgresDatabase postgres) => Open(postgres);

    internal PostgresDatabase Postgres { get; private set; } = null!;

    internal Poster Poster { get; private set; } = null!;

    internal TransactionQueries Transactions { get; private set; } = null!;

    internal LedgerVerifier Verifier { get; private set; } = null!;

    internal UnitOfWork UnitOfWork { get; private set; } = null!;

    internal LedgerStore Store { get; } = new();

    internal LedgerQueries Queries { get; private set; } = null!;

    private Database Database => _database!;

    public async ValueTask InitializeAsync()
    {
        Open(await PostgresDatabase.CreateAsync(TestContext.Current.CancellationToken));
    }

    public async ValueTask DisposeAsync()
    {
        await Database.DisposeAsync();
        await Postgres.DisposeAsync();
    }

    private void Open(PostgresDatabase postgres)
    {
        Postgres = postgres;
        _database = new Database(Options.Create(new StorageOptions { ConnectionString = Postgres.AppConnectionString }));
        Queries = new LedgerQueries(Database);
        Transactions = new TransactionQueries(Database);
        UnitOfWork = new UnitOfWork(Database, new WakeUp(), TimeProvider.System);
        Poster = new Poster(Store, UnitOfWork);
        Verifier = new LedgerVerifier(UnitOfWork);
    }

    internal static Guid NewId() => Guid.CreateVersion7(TimeProvider.System.GetUtcNow());

    internal static TokenAmount Units(long amount) => new(amount);

    /// <summary>A posting under a key of its own.</summary>
    internal static Posting Posting(params PostingLine[] lines) => new()
    {
        Id = new LedgerTransactionId(NewId()),
        Key = $"test:{NewId():n}",
        Kind = "test.posting",
        EffectiveAt = Noon,
        Lines = lines,
    };

    /// <summary>What a deposit books.</summary>
    internal static Posting Deposit(Guid owner, long amount, string asset = "usd") => Posting(
        PostingLine.Debit(Book.Wallet("w1", asset, owner: null), Units(amount)),
        PostingLine.Credit(Book.Customer(owner, asset), Units(amount)));

    /// <summary>What a payout books.</summary>
    internal static Posting Payout(Guid owner, long amount, string asset = "usd") => Posting(
        PostingLine.Debit(Book.Customer(owner, asset), Units(amount)),
        PostingLine.Credit(Book.Wallet("w1", asset, owner: null), Units(amount)));

    /// <summary>The posting function called by hand: one account on both sides.</summary>
    internal static string RawPosting(string code, string kind, string debit, string credit) =>
        $$"""
        select codes[1] from ledger.post_batch(
          array['{{NewId()}}'::uuid], array['{{NewId()}}'], array[pg_catalog.sha256('x')], array['test'], array['{}'],
          array['2026-01-01Z'::timestamptz], null, null, null, null, null, null, null, null, null, null, null, null, null,
          '{ {{code}} }', '{ {{kind}} }', '{usd}', array[null::uuid], '{strict}', '{1,1}', '{1,1}', '{debit,credit}',
          '{ {{debit}},{{credit}} }', false)
        """;

    /// <summary>One transaction without the unit of work's retries, so that a deadlock is seen.</summary>
    internal async Task<T> OnceAsync<T>(Func<DbSession, Task<T>> work, CancellationToken cancellationToken)
    {
        await using NpgsqlConnection connection = await Database.OpenAsync(cancellationToken);
        await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync(cancellationToken);
        T result = await work(new DbSession(connection, transaction));
        await transaction.CommitAsync(cancellationToken);
        return result;
    }

    internal Task<PostResult> PostAsync(Posting posting, CancellationToken cancellationToken) =>
        OnceAsync(session => Store.PostAsync(session, posting, cancellationToken), cancellationToken);

    internal Task<HoldResult> HoldAsync(AccountSpec account, long amount, string boundTo, CancellationToken cancellationToken) =>
        OnceAsync(
            session => Store.PlaceHoldAsync(session, new HoldId(NewId()), account, Units(amount), boundTo, cancellationToken),
            cancellationToken);

    /// <summary>Funds an owner and holds a part of it.</summary>
    internal async Task<HoldId> FundedHoldAsync(Guid owner, long funds, long held, CancellationToken cancellationToken)
    {
        await PostAsync(Deposit(owner, funds), cancellationToken);
        HoldResult result = await HoldAsync(Book.Customer(owner, "usd"), held, $"intent:{NewId():n}", cancellationToken);
        return Assert.IsType<HoldResult.Held>(result).Hold;
    }

    internal Task<ReleaseResult> ReleaseAsync(HoldId hold, CancellationToken cancellationToken) =>
        OnceAsync(
            async session => await Store.ReleaseHoldAsync(
                session, hold, (await Store.FindHoldAsync(session, hold, cancellationToken))?.BoundTo, "test", cancellationToken),
            cancellationToken);

    internal async Task<LedgerAccount> AccountAsync(AccountSpec account, CancellationToken cancellationToken) =>
        await Queries.FindAccountAsync(account.Code, cancellationToken)
            ?? throw new InvalidOperationException($"{account.Code} is not open.");

    internal static async Task<LedgerCode> RefusalAsync(Func<Task> act) =>
        (await Assert.ThrowsAsync<LedgerRefusedException>(act)).Reason;

    /// <summary>The stream's, the roll-up's and the seal's turns until there is nothing left to do.</summary>
    internal async Task SettleAsync(CancellationToken cancellationToken)
    {
        IWorker[] workers =
        [
            new ChainExec.Facts.SequencerWorker(UnitOfWork), new RollUpWorker(UnitOfWork), new SealWorker(UnitOfWork),
        ];
        foreach (IWorker worker in workers)
        {
            while (await worker.RunTurnAsync(cancellationToken) > 0)
            {
                // Again, until nothing moves.
            }
        }
    }

    /// <summary>Raw SQL as ce_app, or as ce_owner, in one transaction.</summary>
    internal Task<object?> SqlAsync(string sql, CancellationToken cancellationToken) =>
        SqlAsync(Postgres.AppConnectionString, sql, cancellationToken);

    internal Task<object?> OwnerSqlAsync(string sql, CancellationToken cancellationToken) =>
        SqlAsync(Postgres.OwnerConnectionString, $"set local role ce_owner; {sql}", cancellationToken);

    internal static async Task<object?> SqlAsync(string connectionString, string sql, CancellationToken cancellationToken)
    {
        // Unpooled: what a test does to its session must not leak into another.
        await using var connection = new NpgsqlConnection(connectionString + ";Pooling=false");
        await connection.OpenAsync(cancellationToken);
        await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync(cancellationToken);
        object? answer;
        await using (var command = new NpgsqlCommand(sql, connection, transaction))
            answer = await command.ExecuteScalarAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return answer;
    }

    internal static async Task<string> SqlStateAsync(Func<Task> act) => (await Assert.ThrowsAsync<PostgresException>(act)).SqlState;
}
