using System.Diagnostics;
using System.Globalization;
using ChainExec.Calls;
using ChainExec.Facts;
using ChainExec.Indexing;
using ChainExec.Indexing.Backfill;
using ChainExec.Storage;
using ChainExec.TestKit;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Npgsql;

namespace ChainExec.Benchmarks.Indexing;

/// <summary>
/// <c>-- indexing [blocks transactions logs]</c>: the follower as a server runs it, on a database of its own and a scripted node in a
/// process of its own: cold backfill, the same rows by bare COPY, latency of single blocks at the head.
/// Wall time of everything on this machine.
/// </summary>
internal static class IndexingBenchmark
{
    internal const long Chain = 31337;
    private const int Accounts = 10_000;
    private const int HeadRounds = 150;
    private const int HeadWarmUp = 20;
    private const int PieceBlocks = 64;

    public static async Task<int> RunAsync(string[] arguments)
    {
        int[] numbers = [.. arguments.Select(argument => int.Parse(argument, CultureInfo.InvariantCulture))];
        ChainShape shape = numbers.Length == 3
            ? new ChainShape(numbers[0], numbers[1], numbers[2], Accounts)
            : new ChainShape(1500, 100, 1, Accounts);
        using Process node = Serve(shape);
        var uri = new Uri((await node.StandardOutput.ReadLineAsync())!);
        using var http = new HttpMessageInvoker(new SocketsHttpHandler());
        CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        try
        {
            Say($"{shape.Blocks} blocks of {shape.Transactions} transactions with {shape.Logs} transfers, {Accounts} accounts");
            // Twice, because the first time everybody, the node too, is still compiled while it runs.
            await using (PostgresDatabase first = await PostgresDatabase.CreateAsync(CancellationToken.None))
            {
                await FillAsync(first);
                await using ServiceProvider services = Services(first, uri);
                await BackfillAsync("first after the start", first, services, http, uri, shape);
            }

            await using PostgresDatabase database = await PostgresDatabase.CreateAsync(CancellationToken.None);
            await FillAsync(database);
            await using ServiceProvider warm = Services(database, uri);
            long events = await BackfillAsync("cold backfill", database, warm, http, uri, shape);
            double apply = await ApplyAsync(uri, shape);
            Say($"applying alone, what was read already: {apply:0.0} s, {events / apply:0} events/s");
            double bare = await BareCopyAsync(database);
            Say($"bare COPY of the same blocks, transactions and logs: {bare:0.0} s, {events / bare:0} events/s");
            await HeadAsync(warm.GetRequiredKeyedService<BlockFollower>(Chain), database, http, uri);
            return 0;
        }
        finally
        {
            node.StandardInput.Close();
            if (!node.WaitForExit(TimeSpan.FromSeconds(5)))
                node.Kill();
        }
    }

    private static async Task<long> BackfillAsync(
        string what, PostgresDatabase database, ServiceProvider services, HttpMessageInvoker http, Uri node, ChainShape shape)
    {
        BlockFollower follower = services.GetRequiredKeyedService<BlockFollower>(Chain);
        ProcessorTimes before = await TimesAsync(database, http, node);
        long allocatedBefore = GC.GetTotalAllocatedBytes();
        long requestsBefore = await AskAsync(http, HttpMethod.Get, new Uri(node, "count"));
        TimeSpan pausedBefore = GC.GetTotalPauseDuration();
        var watch = Stopwatch.StartNew();
        // The highest working set in each quarter of the way.
        long[] peaks = new long[4];
        for (long tip = -1; tip < shape.Blocks - 1;)
        {
            await follower.RunTurnAsync(CancellationToken.None);
            tip = await CountAsync(database, "select coalesce(max(tip_number), -1) from indexing.chain");
            ref long quarter = ref peaks[Math.Max(0, tip) * 4 / shape.Blocks];
            quarter = Math.Max(quarter, Environment.WorkingSet);
        }

        double seconds = watch.Elapsed.TotalSeconds;
        long allocated = GC.GetTotalAllocatedBytes() - allocatedBefore;
        ProcessorTimes after = await TimesAsync(database, http, node);
        long requests = await AskAsync(http, HttpMethod.Get, new Uri(node, "count")) - requestsBefore;
        long events = await CountAsync(database, "select count(*) from indexing.log");
        (double engine, double postgres, double server) = (after.Engine - before.Engine, after.Postgres - before.Postgres,
            after.Node - before.Node);
        Say($"{what}: {events} events in {seconds:0.0} s: {events / seconds:0} events/s; at most "
            + $"{string.Join('/', peaks.Select(peak => peak / 1048576))} MB in each quarter, "
            + $"{(GC.GetTotalPauseDuration() - pausedBefore).TotalSeconds:0.0} s of pauses, {allocated / events} bytes allocated an event");
        Say($"    processor time for an event: engine {engine * 1e6 / events:0} us, PostgreSQL {postgres * 1e6 / events:0} us, node "
            + $"{server * 1e6 / events:0} us; two cores to themselves would do {2 * events / (engine + postgres + server):0} events/s");
        Say($"    requests: {requests}, {requests * 1000.0 / events:0.0} for 1,000 events");
        return events;
    }

    private static async Task<ProcessorTimes> TimesAsync(PostgresDatabase database, HttpMessageInvoker http, Uri node) => new(
        Process.GetCurrentProcess().TotalProcessorTime.TotalSeconds,
        PostgresTime(database),
        await AskAsync(http, HttpMethod.Get, new Uri(node, "time")) / 1000.0);

    private static void Say(string line) => Console.WriteLine(line);

    internal static async Task<long> AskAsync(HttpMessageInvoker http, HttpMethod method, Uri address)
    {
        using var request = new HttpRequestMessage(method, address);
        using HttpResponseMessage answer = await http.SendAsync(request, CancellationToken.None);
        return long.Parse(await answer.Content.ReadAsStringAsync(), CultureInfo.InvariantCulture);
    }

    // Its sessions say in their titles which database they serve; other servers on this machine are not ours.
    private static double PostgresTime(PostgresDatabase database)
    {
        double sum = 0;
        foreach (Process process in Process.GetProcesses())
        {
            using (process)
            {
                if (process.ProcessName.Contains($" {database.Name} ", StringComparison.Ordinal))
                    sum += process.TotalProcessorTime.TotalSeconds;
            }
        }

        return sum;
    }

    internal static Process Serve(ChainShape shape) => Process.Start(new ProcessStartInfo(
        Environment.ProcessPath!,
        ["--serve-chain", $"{shape.Blocks}", $"{shape.Transactions}", $"{shape.Logs}", $"{shape.Accounts}"])
    {
        RedirectStandardInput = true,
        RedirectStandardOutput = true,
    })!;

    internal static async Task FillAsync(PostgresDatabase database, int accounts = Accounts)
    {
        await using NpgsqlConnection connection = await OpenAsync(database.OwnerConnectionString);
        await ExecuteAsync(connection, $"""
            insert into calls.asset (id, chain_id, contract, symbol, decimals)
            values ('usd', {Chain}, '\x{ScriptedChain.Token.ToHex()[2..]}', 'USD', 6)
            """);
        await using NpgsqlCommand command = new("""
            insert into governance.owner (id, name) values ('00000000-0000-7000-8000-000000000001', 'bench');
            insert into custody.account (id, owner_id, chain_id, address, kind)
            select gen_random_uuid(), '00000000-0000-7000-8000-000000000001', @chain, a, 'eoa' from unnest(@addresses) as a
            """, connection);
        command.Parameters.AddWithValue("chain", Chain);
        command.Parameters.AddWithValue("addresses", Enumerable.Range(0, accounts).Select(
            number => ScriptedChain.AccountOf(number).ToArray()).ToArray());
        await command.ExecuteNonQueryAsync();
    }

    // Everything is read first, then written to another database as the follower writes it.
    private static async Task<double> ApplyAsync(Uri node, ChainShape shape)
    {
        await using PostgresDatabase other = await PostgresDatabase.CreateAsync(CancellationToken.None);
        await FillAsync(other);
        await using ServiceProvider services = Services(other, node);
        ProviderTrust trust = services.GetRequiredService<ProviderTrust>();
        ChainNodes nodes = services.GetRequiredKeyedService<ChainNodes>(Chain);
        var endpoints = new ChainEndpoints(nodes.Profile, trust, services.GetRequiredService<ChainStore>(), TimeProvider.System);
        var watch = new WatchSet(Chain);
        BackfillStore store = services.GetRequiredService<BackfillStore>();
        var reader = new BackfillReader(
            nodes, endpoints, watch, services.GetRequiredService<AssetStore>(), services.GetRequiredService<OpenSlots>(),
            services.GetRequiredService<WatchedEvents>(), NullLogger<BackfillReader>.Instance);
        await store.RefreshAsync(watch, CancellationToken.None);
        var pieces = new List<BackfillPiece>();
        for (long from = 0; from < shape.Blocks; from += PieceBlocks)
            pieces.Add(await reader.ReadAsync(from, Math.Min(from + PieceBlocks, shape.Blocks) - 1, CancellationToken.None));

        ChainStore chains = services.GetRequiredService<ChainStore>();
        AgreedBlock genesis = (await nodes.AgreedNowAsync(0, CancellationToken.None))!;
        await chains.RegisterAsync(Chain, genesis.Ref.Hash, start: 0, CancellationToken.None);
        ChainState state = (await chains.TryLeaseAsync(
            Chain, "benchmark", TimeSpan.FromHours(1), isFree: true, CancellationToken.None))!;
        int rows = services.GetRequiredService<IOptions<IndexingOptions>>().Value.BackfillRowsPerWriteMax;
        var stopwatch = Stopwatch.StartNew();
        foreach (BackfillPiece piece in pieces.SelectMany(piece => piece.Cut(rows)))
            state = (await store.ApplyAsync(state, piece, watch, shape.Blocks - 1, CancellationToken.None))!;
        return stopwatch.Elapsed.TotalSeconds;
    }

    // The same rows into the same tables with their indexes and keys, in another database, as fast as COPY takes them from memory.
    private static async Task<double> BareCopyAsync(PostgresDatabase database)
    {
        await using PostgresDatabase other = await PostgresDatabase.CreateAsync(CancellationToken.None);
        await using NpgsqlConnection from = await OpenAsync(database.OwnerConnectionString);
        await using NpgsqlConnection to = await OpenAsync(other.OwnerConnectionString);
        var contents = new List<(string Table, byte[] Rows)>();
        foreach (string table in (string[])["indexing.chain", "indexing.block", "indexing.transaction", "indexing.log"])
        {
            using var rows = new MemoryStream();
            await using (Stream export = await from.BeginRawBinaryCopyAsync($"copy {table} to stdout (format binary)"))
                await export.CopyToAsync(rows);
            contents.Add((table, rows.ToArray()));
        }

        var watch = Stopwatch.StartNew();
        foreach ((string table, byte[] rows) in contents)
        {
            await using Stream import = await to.BeginRawBinaryCopyAsync($"copy {table} from stdin (format binary)");
            await import.WriteAsync(rows);
        }

        return watch.Elapsed.TotalSeconds;
    }

    private static async Task HeadAsync(BlockFollower follower, PostgresDatabase database, HttpMessageInvoker http, Uri node)
    {
        var times = new List<double>();
        for (int round = 0; round < HeadRounds + HeadWarmUp; round++)
        {
            long head = await AskAsync(http, HttpMethod.Post, new Uri(node, "grow?transactions=300&logs=1"));
            var watch = Stopwatch.StartNew();
            while (await follower.RunTurnAsync(CancellationToken.None) == 0)
                await Task.Yield();
            double took = watch.Elapsed.TotalMilliseconds;
            if (await CountAsync(database, "select tip_number from indexing.chain") != head)
                throw new InvalidOperationException($"The tip is not at {head}.");
            if (round >= HeadWarmUp)
                times.Add(took);
        }

        times.Sort();
        Say($"a block with 300 events at the head, from available to committed: median {times[times.Count / 2]:0} ms, "
            + $"p99 {times[(int)(times.Count * 0.99)]:0} ms of {times.Count}");
    }

    /// <summary>The settings of a server that indexes the scripted chain.</summary>
    internal static Dictionary<string, string?> Settings(PostgresDatabase database, Uri node) => new()
    {
        ["Storage:ConnectionString"] = database.AppConnectionString,
        ["Chains:0:Id"] = $"{Chain}",
        ["Chains:0:Name"] = "bench",
        ["Chains:0:PollInterval"] = "00:00:00",
        ["Chains:0:HeaderProof"] = "demanded",
        ["Chains:0:Finality:Mode"] = "tag",
        ["Chains:0:Finality:Quorum"] = "1",
        ["Chains:0:Providers:0:Name"] = "node",
        ["Chains:0:Providers:0:Http"] = node.AbsoluteUri,
    };

    internal static ServiceProvider Services(
        PostgresDatabase database, Uri node, Action<IServiceCollection, IConfiguration>? more = null)
    {
        IConfiguration configuration = new ConfigurationBuilder().AddInMemoryCollection(Settings(database, node)).Build();
        IServiceCollection services = new ServiceCollection().AddLogging().AddSingleton(TimeProvider.System).AddStorage(configuration)
            .AddFacts().AddCalls(configuration).AddIndexing(configuration);
        more?.Invoke(services, configuration);
        return services.BuildServiceProvider();
    }

    internal static async Task<long> CountAsync(PostgresDatabase database, string sql)
    {
        await using NpgsqlConnection connection = await OpenAsync(database.OwnerConnectionString);
        await using NpgsqlCommand command = new(sql, connection);
        return Convert.ToInt64(await command.ExecuteScalarAsync() ?? -1L, CultureInfo.InvariantCulture);
    }

    internal static async Task ExecuteAsync(PostgresDatabase database, string sql)
    {
        await using NpgsqlConnection connection = await OpenAsync(database.OwnerConnectionString);
        await ExecuteAsync(connection, sql);
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        await using NpgsqlCommand command = new(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    private static async Task<NpgsqlConnection> OpenAsync(string connectionString)
    {
        var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync();
        return connection;
    }

    private sealed record ProcessorTimes(double Engine, double Postgres, double Node);
}
