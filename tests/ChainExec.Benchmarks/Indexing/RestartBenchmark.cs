using System.Diagnostics;
using System.Globalization;
using ChainExec.TestKit;
using Npgsql;

namespace ChainExec.Benchmarks.Indexing;

/// <summary>
/// <c>-- indexing restart [blocks]</c>: a server process that indexes is ended by <c>kill -9</c> at several places and started again, on a
/// PostgreSQL that flushes each commit; then its tables are compared with those of a server that nobody disturbed.
/// </summary>
internal static class RestartBenchmark
{
    private const int Transactions = 100;
    private const int Accounts = 1000;
    private const int TipKills = 5;
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(4);

    // What says the same however often the process began anew: no times of ours, and of the chain's row only how far it is.
    private static readonly string[] Contents =
    [
        "select md5(string_agg(concat_ws(':', hash, number, parent_hash, block_time, status, proof, header_proof, incarnation), ',' "
            + "order by number)) from indexing.block",
        "select md5(string_agg(t::text, ',' order by block_number, tx_index)) from indexing.transaction t",
        "select md5(string_agg(l::text, ',' order by block_hash, log_index)) from indexing.log l",
        // What a range tells at once, a follower tells in two facts, between those of other blocks: which of them reads a block is a matter
        // of when a process began. Each transaction's own facts are the same.
        "select md5(string_agg(concat_ws(':', key, tx, told), ',' order by tx)) from (select key, payload ->> 'transaction' as tx, "
            + "string_agg(case when payload ->> 'at_once' = 'true' then 'included,' else '' end || split_part(type, '_', 2), ',' "
            + "order by pending_id) as told from facts.stream where payload ? 'transaction' group by 1, 2) as fact",
        "select concat_ws(':', tip_number, tip_hash) from indexing.chain",
    ];

    public static async Task<int> RunAsync(string[] arguments)
    {
        int blocks = arguments.Length > 0 ? int.Parse(arguments[0], CultureInfo.InvariantCulture) : 1000;
        var shape = new ChainShape(blocks, Transactions, 1, Accounts);
        await using PostgresServer postgres = await PostgresServer.StartAsync(new PostgresServerOptions(), CancellationToken.None);
        using Process node = IndexingBenchmark.Serve(shape);
        var uri = new Uri((await node.StandardOutput.ReadLineAsync())!);
        using var http = new HttpMessageInvoker(new SocketsHttpHandler());
        try
        {
            PostgresDatabase calm = await DatabaseAsync(postgres);
            await using (IndexServer server = await IndexServer.StartAsync(calm, uri, http))
                await TipAsync(calm, blocks - 1);

            PostgresDatabase killed = await DatabaseAsync(postgres);
            foreach (int percent in (int[])[0, 20, 50, 80])
            {
                await using IndexServer server = await IndexServer.StartAsync(killed, uri, http);
                await TipAsync(killed, (blocks - 1) * percent / 100);
                await server.KillAsync();
            }

            await using (IndexServer server = await IndexServer.StartAsync(killed, uri, http))
                await TipAsync(killed, blocks - 1);
            var ready = new List<double>();
            var whole = new List<double>();
            for (int round = 0; round < TipKills; round++)
            {
                long tip = await IndexingBenchmark.AskAsync(http, HttpMethod.Post, new Uri(uri, "grow?transactions=100&logs=1"));
                var watch = Stopwatch.StartNew();
                await using IndexServer server = await IndexServer.StartAsync(killed, uri, http);
                double live = watch.Elapsed.TotalSeconds;
                await TipAsync(killed, tip);
                whole.Add(watch.Elapsed.TotalSeconds);
                ready.Add(Math.Max(0, watch.Elapsed.TotalSeconds - live));
                await server.KillAsync();
            }

            Console.WriteLine(
                $"killed with a new block waiting, {TipKills} times: at the tip at most {ready.Max():0.00} s after the process answers, "
                + $"{whole.Max():0.00} s after it was started (median {whole.Order().ElementAt(TipKills / 2):0.00} s)");
            foreach (PostgresDatabase database in (PostgresDatabase[])[calm, killed])
            {
                await using IndexServer server = await IndexServer.StartAsync(database, uri, http);
                await TipAsync(database, blocks - 1 + TipKills);
                await FinalAsync(database, blocks - 1);
                await SequencedAsync(database);
            }

            bool areSame = true;
            foreach (string sql in Contents)
            {
                bool isSame = await TextAsync(calm, sql) == await TextAsync(killed, sql);
                areSame &= isSame;
                string table = sql[(sql.LastIndexOf("from ", StringComparison.Ordinal) + 5)..].Split(' ')[0];
                Console.WriteLine($"{(isSame ? "same" : "DIFFERENT")}: {table}");
            }

            return areSame ? 0 : 1;
        }
        finally
        {
            node.StandardInput.Close();
            if (!node.WaitForExit(TimeSpan.FromSeconds(5)))
                node.Kill();
        }
    }

    private static async Task<PostgresDatabase> DatabaseAsync(PostgresServer postgres)
    {
        PostgresDatabase database = await postgres.CreateDatabaseAsync(CancellationToken.None);
        await IndexingBenchmark.FillAsync(database, Accounts);
        return database;
    }

    private static Task TipAsync(PostgresDatabase database, long height) => Eventually.TrueAsync(
        async () => await IndexingBenchmark.CountAsync(
            database, "select coalesce(max(tip_number), -1) from indexing.chain") >= height,
        Deadline, $"block {height} is indexed", CancellationToken.None);

    private static Task FinalAsync(PostgresDatabase database, long height) => Eventually.TrueAsync(
        async () => await IndexingBenchmark.CountAsync(
            database, "select coalesce(max(final_number), -1) from indexing.chain") >= height,
        Deadline, $"block {height} is final", CancellationToken.None);

    private static Task SequencedAsync(PostgresDatabase database) => Eventually.TrueAsync(
        async () => await IndexingBenchmark.CountAsync(database, "select count(*) from facts.pending") == 0,
        Deadline, "every fact has its place", CancellationToken.None);

    private static async Task<string?> TextAsync(PostgresDatabase database, string sql)
    {
        await using var connection = new NpgsqlConnection(database.OwnerConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync() as string;
    }

    private sealed class IndexServer(ChildProcess process) : IAsyncDisposable
    {
        public static async Task<IndexServer> StartAsync(PostgresDatabase database, Uri node, HttpMessageInvoker http)
        {
            int port = FreePort.Take();
            var environment = IndexingBenchmark.Settings(database, node).ToDictionary(
                setting => "CHAINEXEC_" + setting.Key.Replace(":", "__", StringComparison.Ordinal), setting => setting.Value);
            environment["CHAINEXEC_Roles"] = "index";
            environment["CHAINEXEC_Chains__0__PollInterval"] = "00:00:00.100";
            environment["CHAINEXEC_Signer__SocketPath"] = "/nowhere/signer.sock";
            environment["CHAINEXEC_Signer__TokenFile"] = "/nowhere/token";
            ChildProcess process = ChildProcess.StartDotnet(
                Path.Combine(AppContext.BaseDirectory, "ChainExec.Server.dll"), ["--urls", $"http://127.0.0.1:{port}"], environment);
            var live = new Uri($"http://127.0.0.1:{port}/health/live");
            await Eventually.TrueAsync(
                async () => process.HasExited || await IsLiveAsync(http, live), Deadline, $"the server answers; {process.Tail()}",
                CancellationToken.None);
            if (process.HasExited)
                throw new InvalidOperationException(process.Tail());
            return new IndexServer(process);
        }

        public Task KillAsync() => process.KillAsync();

        public ValueTask DisposeAsync() => process.DisposeAsync();

        private static async Task<bool> IsLiveAsync(HttpMessageInvoker http, Uri live)
        {
            try
            {
                using var request = new HttpRequestMessage(HttpMethod.Get, live);
                using HttpResponseMessage response = await http.SendAsync(request, CancellationToken.None);
                return response.IsSuccessStatusCode;
            }
            catch (HttpRequestException)
            {
                return false;
            }
        }
    }
}
