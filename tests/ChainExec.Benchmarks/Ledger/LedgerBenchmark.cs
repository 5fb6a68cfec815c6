using System.Diagnostics;
using System.Globalization;
using System.Numerics;
using ChainExec.Ledger;
using ChainExec.Storage;
using ChainExec.TestKit;
using Microsoft.Extensions.Options;
using Npgsql;
using NpgsqlTypes;

namespace ChainExec.Benchmarks.Ledger;

/// <summary>
/// <c>-- ledger [--large]</c>: postings per second beside a row-by-row function (R) and bare set-based SQL (C) on one PostgreSQL in the
/// same run, its commits flushed. <c>--large</c> loads ten million entries first, half of them in one account.
/// </summary>
internal sealed class LedgerBenchmark : IAsyncDisposable
{
    private const int Accounts = 1000;
    private const int Outstanding = 32;
    private const int BulkSize = 500;
    private const int BulkClients = 4;
    private const int SetSize = 50;
    private const long LargeEntries = 10_000_000;

    private static readonly TimeSpan Slice = TimeSpan.FromSeconds(4);

    private readonly PostgresServer _server;
    private readonly PostgresDatabase _postgres;
    private readonly Database _database;
    private readonly UnitOfWork _unitOfWork;
    private readonly LedgerStore _store = new();
    private readonly AccountSpec[] _customers = [.. Enumerable.Range(0, Accounts).Select(n => Customer(n))];
    private readonly AccountSpec[] _wallets = [.. Enumerable.Range(0, Accounts).Select(n => Book.Wallet($"w{n}", "usd", owner: null))];

    private LedgerBenchmark(PostgresServer server, PostgresDatabase postgres)
    {
        (_server, _postgres) = (server, postgres);
        _database = new Database(Options.Create(new StorageOptions { ConnectionString = postgres.AppConnectionString }));
        _unitOfWork = new UnitOfWork(_database, new WakeUp(), TimeProvider.System);
    }

    /// <summary>Measures and prints; 1 when a limit is not kept.</summary>
    public static async Task<int> RunAsync(bool large)
    {
        PostgresServer server = await PostgresServer.StartAsync(new PostgresServerOptions(), CancellationToken.None);
        await using var bench = new LedgerBenchmark(server, await server.CreateDatabaseAsync(CancellationToken.None));
        await bench.PrepareAsync();
        if (large)
            await bench.LoadAsync();
        return await bench.MeasureAsync(large);
    }

    public async ValueTask DisposeAsync()
    {
        await _database.DisposeAsync();
        await _postgres.DisposeAsync();
        await _server.DisposeAsync();
    }

    private async Task<int> MeasureAsync(bool large)
    {
        Console.WriteLine($"fsync of 8 KiB: median {MedianFsync():0.00} ms");
        double rowHot = await RateAsync("R, one hot account", Outstanding, 1, (random, token) => RowAsync(random, hot: true, token));
        double setHot = await RateAsync("C, one hot account", BulkClients, SetSize, (random, token) => SetAsync(random, hot: true, token));
        double rowSpread = await RateAsync("R, over 1,000", Outstanding, 1, (random, token) => RowAsync(random, hot: false, token));
        double setSpread = await RateAsync("C, over 1,000", BulkClients, SetSize, (random, token) => SetAsync(random, hot: false, token));
        var poster = new Poster(_store, _unitOfWork);
        double hot = await RateAsync(
            "ours, singles, one hot account", Outstanding, 1, (random, token) => poster.PostAsync(Payment(random, hot: true), token));
        double spread = await RateAsync(
            "ours, singles, over 1,000", Outstanding, 1, (random, token) => poster.PostAsync(Payment(random, hot: false), token));
        double bulkHot = await RateAsync(
            "ours, bulk, one hot account", BulkClients, BulkSize, (random, token) => BulkAsync(random, hot: true, token));
        double bulkSpread = await RateAsync(
            "ours, bulk, over 1,000", BulkClients, BulkSize, (random, token) => BulkAsync(random, hot: false, token));
        double commit = await CommitP99Async();
        double p99 = await PosterP99Async(poster, hot / 2);
        if (large)
            await ReadsAsync();
        int missed = 0;
        missed += Judge("singles on one hot account / R", hot / rowHot, 6);
        missed += Judge("singles over 1,000 / R", spread / rowSpread, 1);
        missed += Judge("bulk on one hot account / C", bulkHot / setHot, 0.5);
        missed += Judge("bulk over 1,000 / C", bulkSpread / setSpread, 0.5);
        missed += Judge("10 x p99 of a commit / p99 at half load", 10 * commit / p99, 1);
        IReadOnlyList<VerificationFinding> findings = large ? [] : await new LedgerVerifier(_unitOfWork).VerifyAsync(default);
        Console.WriteLine($"verification afterwards: {findings.Count} findings");
        return missed == 0 && findings.Count == 0 ? 0 : 1;
    }

    private static int Judge(string what, double ratio, double asked)
    {
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{what}: {ratio:0.00}x, asked {asked:0.0}x, kept: {(ratio >= asked ? "yes" : "NO")}"));
        return ratio >= asked ? 0 : 1;
    }

    private static AccountSpec Customer(int number) => Book.Customer(new Guid(number, 0, 0, new byte[8]), "usd");

    private async Task PrepareAsync()
    {
        string sql = await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "baselines.sql"));
        await ExecuteAsync($"""
            {sql}
            insert into base.account select n from generate_series(1, {Accounts * 2}) n;
            grant all on schema base to ce_app; grant all on all tables in schema base to ce_app;
            """);
        // Strict accounts with a limit that is judged at every posting.
        for (int n = 0; n < Accounts; n++)
        {
            int number = n;
            await _unitOfWork.RunAsync(
                async (session, token) =>
                {
                    await _store.OpenAccountAsync(session, _wallets[number], token);
                    await _store.OpenAccountAsync(session, _customers[number], token);
                    var limit = new AccountChange(_customers[number].Code, "bench", "bench")
                    {
                        DebitsMustNotExceedCredits = true,
                        Overdraft = new TokenAmount(BigInteger.Pow(10, 18)),
                    };
                    await _store.ChangeAccountAsync(session, limit, token);
                },
                default);
        }

        await ExecuteAsync("vacuum analyze");
    }

    private async Task<double> RateAsync(string what, int clients, int each, Func<Random, CancellationToken, Task> call)
    {
        using var stop = new CancellationTokenSource();
        long done = 0;
        long began = Stopwatch.GetTimestamp();
        Task[] running =
        [
            .. Enumerable.Range(0, clients).Select(client => Task.Run(async () =>
            {
                var random = new Random(client);
                while (Stopwatch.GetElapsedTime(began) < Slice)
                {
                    await call(random, stop.Token);
                    Interlocked.Add(ref done, each);
                }
            })),
        ];
        await Task.WhenAll(running);
        double rate = done / Stopwatch.GetElapsedTime(began).TotalSeconds;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{what}: {rate:0} postings/s"));
        return rate;
    }

    private Posting Payment(Random random, bool hot)
    {
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        var amount = new TokenAmount(1 + random.Next(100));
        return new Posting
        {
            Id = new LedgerTransactionId(Guid.CreateVersion7(now)),
            Key = $"bench:{Guid.CreateVersion7(now):n}",
            Kind = "bench.payment",
            EffectiveAt = now,
            Lines =
            [
                PostingLine.Debit(_customers[random.Next(Accounts)], amount),
                PostingLine.Credit(hot ? _wallets[0] : _wallets[random.Next(Accounts)], amount),
            ],
        };
    }

    private Task BulkAsync(Random random, bool hot, CancellationToken cancellationToken)
    {
        Posting[] postings = [.. Enumerable.Range(0, BulkSize).Select(_ => Payment(random, hot))];
        return _unitOfWork.RunAsync(
            (session, token) => _store.PostInTransactionAsync(session, postings, freeze: true, token), cancellationToken);
    }

    private Task RowAsync(Random random, bool hot, CancellationToken cancellationToken) => _database.ReadAsync(
        "select base.post_one(@key, @debit, @credit, @amount)",
        statement => statement.With("key", Guid.CreateVersion7(TimeProvider.System.GetUtcNow()))
            .With("debit", (long)random.Next(1, Accounts + 1)).With("credit", Accounts + (hot ? 1L : random.Next(1, Accounts + 1)))
            .With("amount", new TokenAmount(1 + random.Next(100))),
        reader => reader.GetInt64(0), cancellationToken);

    private Task SetAsync(Random random, bool hot, CancellationToken cancellationToken)
    {
        int[] all = [.. Enumerable.Range(0, SetSize)];
        return _database.ReadAsync(
            "select base.post_many(@keys, @debits, @credits, @amounts)",
            statement => statement
                .WithArray("keys", [.. all.Select(_ => Guid.CreateVersion7(TimeProvider.System.GetUtcNow()))], NpgsqlDbType.Uuid)
                .WithArray("debits", [.. all.Select(_ => (long)random.Next(1, Accounts + 1))], NpgsqlDbType.Bigint)
                .WithArray("credits", [.. all.Select(_ => Accounts + (hot ? 1L : random.Next(1, Accounts + 1)))], NpgsqlDbType.Bigint)
                .WithArray("amounts", [.. all.Select(_ => new TokenAmount(1 + random.Next(100)))], NpgsqlDbType.Numeric),
            reader => reader.GetInt64(0), cancellationToken);
    }

    private async Task<double> CommitP99Async()
    {
        var times = new List<double>();
        await RateAsync("single-row commits, 32 clients", Outstanding, 1, async (random, token) =>
        {
            long began = Stopwatch.GetTimestamp();
            await _database.ReadAsync(
                "insert into base.plain (key, amount) values (@key, 1) returning id",
                statement => statement.With("key", Guid.CreateVersion7(TimeProvider.System.GetUtcNow())), reader => reader.GetInt64(0),
                token);
            lock (times)
                times.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
        });
        return P99("p99 of a single-row commit", times);
    }

    // Open loop: postings come at their times, whether or not earlier ones are answered.
    private async Task<double> PosterP99Async(Poster poster, double rate)
    {
        var random = new Random(7);
        var times = new List<double>();
        var running = new List<Task>();
        long began = Stopwatch.GetTimestamp();
        for (int n = 0; Stopwatch.GetElapsedTime(began) < Slice; n++)
        {
            while (Stopwatch.GetElapsedTime(began).TotalSeconds * rate < n)
                await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, CancellationToken.None);
            running.Add(OneAsync(Payment(random, hot: true)));
        }

        await Task.WhenAll(running);
        return P99("p99 of singles on one hot account at half of the rate", times);

        async Task OneAsync(Posting posting)
        {
            long started = Stopwatch.GetTimestamp();
            await poster.PostAsync(posting, default);
            lock (times)
                times.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
        }
    }

    private static double P99(string what, List<double> times)
    {
        times.Sort();
        double p99 = times[(int)(times.Count * 0.99)];
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{what}: {p99:0.0} ms (median {times[times.Count / 2]:0.0} ms, {times.Count} samples)"));
        return p99;
    }

    // Straight into the tables, as the owner and without the triggers: consistent rows, half of them in the hot account.
    private async Task LoadAsync()
    {
        Console.WriteLine($"loading {LargeEntries} entries");
        await ExecuteAsync($"""
            set synchronous_commit = off;
            alter table ledger.entry disable trigger user;
            alter table ledger.transaction disable trigger user;
            create temp table place as select row_number() over (order by id) - 1 as n, id from ledger.account where code like 'customer:%';
            insert into ledger.transaction (id, idempotency_key, fingerprint, kind, context, entry_count, effective_at, recorded_at,
              accounts, versions, content_hash)
            select gen_random_uuid(), 'load:' || n, sha256('x'), 'load', json_build_object(), 2, '2026-01-01Z',
              timestamptz '2026-01-01Z' + n * interval '1 ms',
              array[(select id from ledger.account where code = '{_wallets[0].Code}'), p.id], array[n + 1, n / {Accounts} + 1], sha256('x')
            from generate_series(0, {(LargeEntries / 2) - 1}) n join place p on p.n = n % {Accounts};
            insert into ledger.entry
            select t.accounts[s], t.versions[s], t.id, s, case s when 1 then 'debit' else 'credit' end, 1, 'usd', t.versions[s]
            from ledger.transaction t cross join generate_series(1, 2) s where t.kind = 'load';
            update ledger.account a set version = x.n, posted_debit = case when a.kind = 'asset' then x.n else 0 end,
              posted_credit = case when a.kind = 'asset' then 0 else x.n end, recorded_at = '2026-02-28Z'
            from (select account_id, count(*) as n from ledger.entry group by account_id) x where x.account_id = a.id;
            alter table ledger.entry enable trigger user;
            alter table ledger.transaction enable trigger user;
            """);
        await ExecuteAsync("vacuum analyze");
    }

    private async Task ReadsAsync()
    {
        var queries = new LedgerQueries(_database);
        LedgerAccount account = (await queries.FindAccountAsync(_wallets[0].Code, default))!;
        var statements = new StatementQueries(_unitOfWork, queries);
        var from = new DateTimeOffset(2026, 1, 1, 0, 20, 0, TimeSpan.Zero);
        await MedianAsync("balance of an account with 5 M entries", () => queries.FindAccountAsync(account.Code, default));
        await MedianAsync(
            "page of 100 of its statement",
            () => statements.StatementAsync(account.Id, from, from.AddMinutes(30), null, 100, default));
    }

    private static async Task MedianAsync(string what, Func<Task> read)
    {
        var times = new List<double>();
        for (int n = 0; n < 200; n++)
        {
            long began = Stopwatch.GetTimestamp();
            await read();
            times.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
        }

        P99(what, times);
    }

    private static double MedianFsync()
    {
        string file = Path.GetTempFileName();
        var times = new List<double>();
        using (FileStream stream = File.OpenWrite(file))
        {
            byte[] page = new byte[8192];
            for (int n = 0; n < 200; n++)
            {
                long began = Stopwatch.GetTimestamp();
                stream.Write(page);
                stream.Flush(flushToDisk: true);
                times.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
            }
        }

        File.Delete(file);
        times.Sort();
        return times[times.Count / 2];
    }

    private async Task ExecuteAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(_postgres.OwnerConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 1800 };
        await command.ExecuteNonQueryAsync();
    }
}
