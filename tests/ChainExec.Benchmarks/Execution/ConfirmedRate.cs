using Npgsql;

namespace ChainExec.Benchmarks.Execution;

/// <summary>Intents confirmed per second while clients keep a bounded number of them waiting: acceptance over HTTP is part of it.</summary>
internal static class ConfirmedRate
{
    // 16 in flight, as many in each of three blocks that are not final, and twice as many that wait.
    private const int OutstandingMax = 96;
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(100);

    /// <summary>The rate, and the statements that the database ran for each confirmed intent.</summary>
    public static async Task<(double PerSecond, double StatementsEach)> MeasureAsync(
        ExecutionStack stack, IReadOnlyList<BenchSender> senders, TimeSpan warmUp, TimeSpan measured, CancellationToken cancellationToken)
    {
        using var client = new IntentClient(stack);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Guid after = Guid.CreateVersion7(TimeProvider.System.GetUtcNow());
        Task feeding = FeedAsync(stack, client, senders, after, stop.Token);
        await Task.WhenAny(feeding, Task.Delay(warmUp, TimeProvider.System, cancellationToken));
        // As autovacuum does within a minute; a database that is minutes old has plans for tables that were empty.
        await stack.ExecuteAsync("analyze", cancellationToken);
        long before = await ConfirmedAsync(stack, after, cancellationToken);
        long callsBefore = await CallsAsync(stack, cancellationToken);
        long began = TimeProvider.System.GetTimestamp();
        await Task.WhenAny(feeding, Task.Delay(measured, TimeProvider.System, cancellationToken));
        long confirmed = await ConfirmedAsync(stack, after, cancellationToken) - before;
        double seconds = TimeProvider.System.GetElapsedTime(began).TotalSeconds;
        long calls = await CallsAsync(stack, cancellationToken) - callsBefore;
        await stop.CancelAsync();
        await feeding;
        return (confirmed / seconds, (double)calls / confirmed);
    }

    private static async Task FeedAsync(
        ExecutionStack stack, IntentClient client, IReadOnlyList<BenchSender> senders, Guid after, CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                Dictionary<Guid, long> outstanding = await OutstandingAsync(stack, after, cancellationToken);
                await Task.WhenAll(senders.Select(async sender =>
                {
                    for (long has = outstanding.GetValueOrDefault(sender.Account); has < OutstandingMax; has++)
                        await client.SubmitAsync(sender, cancellationToken);
                }));
                await Task.Delay(Poll, TimeProvider.System, cancellationToken);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Measured enough.
        }
    }

    private static async Task<Dictionary<Guid, long>> OutstandingAsync(
        ExecutionStack stack, Guid after, CancellationToken cancellationToken)
    {
        await using var connection = new NpgsqlConnection(stack.Database.OwnerConnectionString);
        await connection.OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand(
            """
            select account_id, count(*) from execution.intent
            where  id > $1 and state in ('created', 'waiting', 'preparing', 'signing', 'executing', 'included')
            group  by account_id
            """, connection);
        command.Parameters.Add(new NpgsqlParameter { Value = after });
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken);
        var counts = new Dictionary<Guid, long>();
        while (await reader.ReadAsync(cancellationToken))
            counts[reader.GetGuid(0)] = reader.GetInt64(1);
        return counts;
    }

    private static Task<long> ConfirmedAsync(ExecutionStack stack, Guid after, CancellationToken cancellationToken) =>
        stack.ScalarAsync<long>(
            "select count(*) from execution.intent where id > $1 and state = 'confirmed'", cancellationToken, after);

    private static Task<long> CallsAsync(ExecutionStack stack, CancellationToken cancellationToken) =>
        stack.ScalarAsync<long>(
            "select coalesce(sum(calls), 0)::bigint from pg_stat_statements where userid = 'ce_app'::regrole", cancellationToken);
}
