using System.Globalization;

namespace ChainExec.Benchmarks.Execution;

/// <summary>From the acceptance of an intent to the node's answer that it took the signed bytes, at a steady rate.</summary>
internal static class BroadcastLatency
{
    private const int PerSecond = 50;
    private const double AskedMilliseconds = 250;
    private const double WarmUpSeconds = 5;
    private const double Seconds = 20;

    public static async Task<Figure> MeasureAsync(
        string name, ExecutionStack stack, IReadOnlyList<BenchSender> senders, CancellationToken cancellationToken)
    {
        using var client = new IntentClient(stack);
        using var ticks = new PeriodicTimer(TimeSpan.FromSeconds(1.0 / PerSecond));
        var sent = new List<Task>();
        int warm = (int)(WarmUpSeconds * PerSecond);
        int all = (int)((WarmUpSeconds + Seconds) * PerSecond);
        Guid after = Guid.Empty;
        for (int number = 0; number < all && await ticks.WaitForNextTickAsync(cancellationToken); number++)
        {
            if (number == warm)
                after = Guid.CreateVersion7(TimeProvider.System.GetUtcNow());
            sent.Add(client.SubmitAsync(senders[number % senders.Count], cancellationToken));
        }

        await Task.WhenAll(sent);
        await Task.Delay(TimeSpan.FromSeconds(3), TimeProvider.System, cancellationToken);
        double[] milliseconds = await stack.ScalarAsync<double[]>(
            """
            select array[count(*) filter (where took is not null), count(*) filter (where took is null),
                         percentile_cont(0.5) within group (order by coalesce(took, 1e9)),
                         percentile_cont(0.99) within group (order by coalesce(took, 1e9)), max(coalesce(took, 1e9))]::float8[]
            from  (select extract(epoch from min(n.answered_at) - i.created_at) * 1000 as took
                   from   execution.intent i
                   left   join execution.carrier_member m on m.intent_id = i.id
                   left   join execution.prepared_call p on p.carrier_id = m.carrier_id
                   left   join execution.execution e on e.prepared_call_id = p.id
                   left   join execution.node n on n.execution_id = e.id and n.state = 'accepted'
                   where  i.id > $1
                   group  by i.id, i.created_at) as each
            """,
            cancellationToken, after);
        string ours = string.Create(
            CultureInfo.InvariantCulture,
            $"p50 {milliseconds[2]:0} ms, p99 {milliseconds[3]:0} ms, longest {milliseconds[4]:0} ms, {milliseconds[1]:0} not sent");
        return new Figure(name, ours, "-", milliseconds[3], AskedMilliseconds, IsLeast: false);
    }
}
