using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using ChainExec.Execution;
using ChainExec.TestKit;
using Npgsql;
using Xunit;

namespace ChainExec.IntegrationTests.Execution;

/// <summary>
/// What the database does for a payment, by its own account (auto_explain): how many statements, and how much each reads among a few rows
/// and among a long history.
/// </summary>
public sealed partial class StatementTests
{
    /// <summary>Statements of one payment from admission to its books, without what workers ask when there is nothing to do.</summary>
    private const int StatementsMax = 300;

    // A copy of a row more here and there, and a level more of an index, cost a few buffers; reading a history costs thousands.
    private const long BuffersMore = 24;

    private static readonly bool IsFull = Environment.GetEnvironmentVariable("CHAINEXEC_TEST_FULL") == "1";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Statements_of_a_payment_are_bounded_and_what_each_reads_does_not_grow_with_the_history()
    {
        await using PostgresServer server = await PostgresServer.StartAsync(
            new PostgresServerOptions
            {
                Fsync = false,
                Settings =
                [
                    "shared_preload_libraries=auto_explain", "auto_explain.log_min_duration=0", "auto_explain.log_analyze=on",
                    "auto_explain.log_buffers=on", "auto_explain.log_timing=off", "auto_explain.log_format=json",
                    "logging_collector=on", "log_destination=jsonlog", "log_filename=explained", "log_rotation_size=0",
                ],
            },
            Token);
        int old = IsFull ? 200_000 : 5_000;
        await using EngineBench bench = await EngineBench.StartAsync(500_000_000, server: server, usedNonces: old + 1);
        await PayAsync(bench);
        await bench.SettleAsync();
        var log = new ExplainLog(bench.Database);
        HashSet<string> idle = [.. (await log.OfAsync(() => bench.SettleAsync(quietTurns: 6))).Select(each => each.Sql)];

        // The plans that a connection has got used to among a few rows are not those of a new one.
        IReadOnlyList<Explained> young = await log.OfAsync(() => PayAsync(bench));
        await OldIntents.CopyAsync(bench.Database, old, Token);
        await bench.RestartAsync();
        await PayAsync(bench);
        IReadOnlyList<Explained> aged = await log.OfAsync(() => PayAsync(bench));

        int statements = aged.Count(each => !idle.Contains(each.Sql));
        TestContext.Current.TestOutputHelper!.WriteLine($"{statements} statements for a payment among {old} old ones");
        Assert.InRange(statements, 40, StatementsMax);
        Dictionary<string, long> few = Medians(young);
        string[] grown =
        [
            .. Medians(aged).Where(each => few.TryGetValue(each.Key, out long before) && each.Value > 2 * before + BuffersMore)
                .Select(each => $"{few[each.Key]} -> {each.Value} buffers: {each.Key}"),
        ];
        Assert.Empty(grown);
    }

    private static Dictionary<string, long> Medians(IReadOnlyList<Explained> explained) => explained.GroupBy(each => each.Sql)
        .ToDictionary(group => group.Key, group => group.Select(each => each.Buffers).Order().ElementAt(group.Count() / 2));

    private static async Task PayAsync(EngineBench bench)
    {
        IntentId payment = await bench.PayAsync(1_000_000);
        await bench.RunUntilAsync(payment, "confirmed");
        await bench.SettleAsync();
    }

    /// <summary>One statement that was run.</summary>
    private sealed record Explained(string Sql, long Buffers);

    /// <summary>Reads the server's log of plans.</summary>
    private sealed partial class ExplainLog(PostgresDatabase database)
    {
        /// <summary>The statements of the service that ran during some work.</summary>
        public async Task<IReadOnlyList<Explained>> OfAsync(Func<Task> work)
        {
            long before = await SizeAsync();
            await work();
            string lines = await ReadAsync(before);
            return [.. lines.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(Parse).OfType<Explained>()];
        }

        private static Explained? Parse(string line)
        {
            using JsonDocument entry = JsonDocument.Parse(line);
            string message = entry.RootElement.GetProperty("message").GetString()!;
            int plan = message.IndexOf("plan:\n", StringComparison.Ordinal);
            if (plan < 0 || entry.RootElement.GetProperty("user").GetString() != "ce_app")
                return null;
            using JsonDocument explained = JsonDocument.Parse(message[(plan + "plan:\n".Length)..]);
            JsonElement top = explained.RootElement.GetProperty("Plan");
            return new Explained(
                Spaces().Replace(explained.RootElement.GetProperty("Query Text").GetString()!, " "),
                top.GetProperty("Shared Hit Blocks").GetInt64() + top.GetProperty("Shared Read Blocks").GetInt64());
        }

        private Task<long> SizeAsync() => ScalarAsync<long>("select size from pg_stat_file('log/explained.json')");

        private Task<string> ReadAsync(long from) => ScalarAsync<string>(string.Create(
            CultureInfo.InvariantCulture,
            $"select pg_read_file('log/explained.json', {from}, 500000000)"));

        private async Task<T> ScalarAsync<T>(string sql)
        {
            await using var connection = new NpgsqlConnection(database.OwnerConnectionString);
            await connection.OpenAsync(Token);
            await using var command = new NpgsqlCommand(sql, connection);
            return (T)(await command.ExecuteScalarAsync(Token))!;
        }

        [GeneratedRegex(@"\s+")]
        private static partial Regex Spaces();
    }
}
