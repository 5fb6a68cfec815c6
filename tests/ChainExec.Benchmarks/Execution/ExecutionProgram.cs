using System.Globalization;

namespace ChainExec.Benchmarks.Execution;

/// <summary>
/// <c>dotnet run -c Release --project tests/ChainExec.Benchmarks -- execution [part]</c>: the service as a whole, measured at its API, its
/// database and its node. The parts are accept, latency, one and twenty.
/// </summary>
internal static class ExecutionProgram
{
    private const int Senders = 20;
    private const int Clients = 32;
    private const double AskedOfBareLoop = 0.8;
    private const double AskedOfTwenty = 150;
    private static readonly string[] Parts = ["accept", "latency", "one", "twenty"];
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(8);
    private static readonly TimeSpan Measured = TimeSpan.FromSeconds(20);

    public static async Task<int> RunAsync(IReadOnlyList<string> arguments)
    {
        IReadOnlyList<string> parts = arguments.Count == 0 ? Parts : [.. arguments.Where(Parts.Contains)];
        using var stop = new CancellationTokenSource(TimeSpan.FromMinutes(15), TimeProvider.System);
        await using ExecutionStack stack = await ExecutionStack.StartAsync(Clients + 3 * Senders + 4, stop.Token);
        Console.WriteLine(Figure.Head);
        List<Figure> figures = [];
        if (parts.Contains("latency") || parts.Contains("twenty"))
        {
            IReadOnlyList<BenchSender> twenty = await stack.AddSendersAsync("twenty", Senders, ofOneOwner: true, nonce: 0, stop.Token);
            if (parts.Contains("latency"))
                Show(await BroadcastLatency.MeasureAsync("accepted to broadcast, p99 in ms", stack, twenty, stop.Token));
            if (parts.Contains("twenty"))
                Show(await TwentyAsync("20 senders, confirmed per second", stack, twenty, stop.Token));
        }

        if (parts.Contains("one"))
        {
            IReadOnlyList<BenchSender> one = await stack.AddSendersAsync("one", 1, ofOneOwner: true, nonce: 0, stop.Token);
            Show(await OneAsync("one sender, of a bare loop", stack, one, stop.Token));
        }

        if (parts.Contains("accept"))
        {
            IReadOnlyList<BenchSender> clients = await stack.AddSendersAsync("client", Clients, ofOneOwner: false, nonce: 0, stop.Token);
            Show(await AcceptRate.MeasureAsync("accepted, of bare inserts", stack, clients, stop.Token));
        }

        if (Environment.GetEnvironmentVariable("CHAINEXEC_BENCH_STATEMENTS") is not null)
            Console.WriteLine(await StatementsAsync(stack, stop.Token));
        Console.WriteLine();
        int missed = figures.Count(figure => !figure.IsKept);
        Console.WriteLine($"{figures.Count - missed} figures keep their limit, {missed} do not.");
        return missed == 0 ? 0 : 1;

        void Show(Figure figure)
        {
            figures.Add(figure);
            Console.WriteLine(figure);
        }
    }

    private static async Task<Figure> TwentyAsync(
        string name, ExecutionStack stack, IReadOnlyList<BenchSender> senders, CancellationToken cancellationToken)
    {
        (double rate, double each) = await ConfirmedRate.MeasureAsync(stack, senders, WarmUp, Measured, cancellationToken);
        string ours = string.Create(CultureInfo.InvariantCulture, $"{AcceptRate.Rate(rate)}, {each:0.0} statements each");
        return new Figure(name, ours, "-", rate, AskedOfTwenty, IsLeast: true);
    }

    private static async Task<Figure> OneAsync(
        string name, ExecutionStack stack, IReadOnlyList<BenchSender> senders, CancellationToken cancellationToken)
    {
        double bare = await BareLoop.RateAsync(stack, WarmUp, Measured, cancellationToken);
        (double rate, double each) = await ConfirmedRate.MeasureAsync(stack, senders, WarmUp, Measured, cancellationToken);
        string ours = string.Create(CultureInfo.InvariantCulture, $"{AcceptRate.Rate(rate)}, {each:0.0} statements each");
        return new Figure(name, ours, $"{AcceptRate.Rate(bare)} of a bare loop", rate / bare, AskedOfBareLoop, IsLeast: true);
    }

    private static Task<string> StatementsAsync(ExecutionStack stack, CancellationToken cancellationToken) =>
        stack.ScalarAsync<string>(
            """
            select string_agg(line, E'\n') from (
              select format('%10s calls %10s ms %8s us each %8s buffers  %s', calls, round(total_exec_time + total_plan_time),
                            round(1000 * (total_exec_time + total_plan_time) / calls), (shared_blks_hit + shared_blks_read) / calls,
                            left(regexp_replace(query, '\s+', ' ', 'g'), 150)) as line
              from   pg_stat_statements where userid = 'ce_app'::regrole order by calls desc limit 70) as top
            """,
            cancellationToken);
}
