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
    private const int RowsShown = 3;
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(4);

    // What says the same however often the process began anew: rows of text without times and numbers of ours, and of the chain's row only
    // how far it is.
    private static readonly (string What, string Rows)[] Contents =
    [
        ("blocks",
            "select concat_ws(':', number, hash, parent_hash, block_time, status, proof, header_proof, incarnation) from indexing.block"),
        ("transactions", "select t::text from indexing.transaction t"),
        ("logs", "select l::text from indexing.log l"),
        // What a range tells at once, a follower tells in two facts, between those of other blocks: which of them reads a block is a matter
        // of when a process began. Each transaction's own facts are the same, in their order.
        ("facts of the index",
            """
            select concat_ws(':', key, tx, told)
            from   (select key, payload ->> 'transaction' as tx,
                           string_agg(case when payload ->> 'at_once' = 'true' then 'transaction_included,' else '' end
                                      || split_part(type, '.', 2), ',' order by pending_id) as told
                    from   facts.stream
                    where  type like 'indexing.%' and payload ? 'transaction'
                    group  by 1, 2) fact
            """),
        ("facts of others, whole", "select concat_ws(':', type, key, payload) from facts.stream where type not like 'indexing.%'"),
        ("attributions",
            "select concat_ws(':', tx_hash, block_hash, incarnation, state, reason, basis, ended) from attribution.v_transaction"),
        ("movements",
            """
            select concat_ws(':', tx_hash, block_hash, incarnation, log_index, kind, asset_id, "from", "to", amount, processor, phase)
            from   attribution.v_movement
            """),
        ("records",
            "select concat_ws(':', tx_hash, block_hash, incarnation, log_index, ordinal, processor, version, kind, body, phase) "
            + "from attribution.v_record"),
        ("how far", "select concat_ws(':', tip_number, tip_hash, final_number, final_hash) from indexing.chain"),
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
                await DoneAsync(database);
            }

            bool areSame = true;
            foreach ((string what, string rows) in Contents)
                areSame &= await AreSameAsync(calm, killed, what, rows);
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

    // What attribution and processors make of facts are facts again: everything is done when nobody has anything left, in one look.
    private static Task DoneAsync(PostgresDatabase database) => Eventually.TrueAsync(
        async () => await IndexingBenchmark.CountAsync(
            database,
            """
            select (select count(*) from facts.pending)
                 + (select count(*) from facts.v_lag c join facts.v_stream s on s.position > c.position
                    where  c.consumer = 'attribution' and s.type like 'indexing.transaction%')
                 + (select coalesce(sum(behind), 0)::bigint from attribution.v_processor)
                 + (select count(*) from facts.parked where resolved_at is null)
                 + (select count(*) from attribution.parked_block where resolved_at is null)
            """) == 0,
        Deadline, "attribution and processors are done, and nothing is parked", CancellationToken.None);

    private static async Task<bool> AreSameAsync(PostgresDatabase calm, PostgresDatabase killed, string what, string rows)
    {
        string[] left = await RowsAsync(calm, rows);
        string[] right = await RowsAsync(killed, rows);
        bool areSame = left.SequenceEqual(right);
        Console.WriteLine($"{(areSame ? "same" : "DIFFERENT")}: {what}, {left.Length} rows");
        if (areSame)
            return true;
        foreach ((string of, IEnumerable<string> only) in new[] { ("undisturbed", left.Except(right)), ("killed", right.Except(left)) })
        {
            string[] all = [.. only];
            Console.WriteLine($"    only {of}: {all.Length}");
            foreach (string row in all.Take(RowsShown))
                Console.WriteLine($"        {row}");
        }

        return false;
    }

    private static async Task<string[]> RowsAsync(PostgresDatabase database, string sql)
    {
        await using var connection = new NpgsqlConnection(database.OwnerConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync();
        var rows = new List<string>();
        while (await reader.ReadAsync())
            rows.Add(reader.GetString(0));
        rows.Sort(StringComparer.Ordinal);
        return [.. rows];
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
