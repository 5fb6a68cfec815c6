using System.Globalization;
using ChainExec.TestKit;

namespace ChainExec.Benchmarks.Execution;

/// <summary>
/// <c>dotnet run -c Release --project tests/ChainExec.Benchmarks -- execution [part]</c>: the service as a whole, measured at its API, its
/// database and its node. The parts are accept, latency, one, twenty and history; history repeats what was measured before it among
/// 200,000 old intents.
/// </summary>
internal static class ExecutionProgram
{
    private const int Senders = 20;
    private const int Clients = 32;
    private const double AskedOfBareLoop = 0.8;
    private const double AskedOfTwenty = 150;
    private const double AskedAmongOld = 0.9;
    private const int OldOfEach = 10_000;
    private static readonly string[] Parts = ["accept", "latency", "one", "twenty", "history"];
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(8);
    private static readonly TimeSpan WarmUpOfTwenty = TimeSpan.FromSeconds(25);
    private static readonly TimeSpan Measured = TimeSpan.FromSeconds(20);

    public static async Task<int> RunAsync(IReadOnlyList<string> arguments)
    {
        IReadOnlyList<string> parts = arguments.Count == 0 ? Parts : [.. arguments.Where(Parts.Contains)];
        using var stop = new CancellationTokenSource(TimeSpan.FromMinutes(15), TimeProvider.System);
        await using ExecutionStack stack = await ExecutionStack.StartAsync(2 * (Clients + Senders) + 4, stop.Token);
        Console.WriteLine(Figure.Head);
        List<Figure> figures = [];
        Rates young = await MeasureAsync(stack, parts, "", Show, await SendersAsync(stack, parts, nonce: 0, stop.Token), stop.Token);
        if (parts.Contains("history"))
        {
            BenchSenders old = await SendersAsync(stack, parts, OldOfEach + 1, stop.Token);
            await AgeAsync(stack, old.Twenty, stop.Token);
            Rates aged = await MeasureAsync(stack, parts, $" among {Senders * OldOfEach} old", Show, old, stop.Token);
            foreach ((string name, double before) in young.ByName)
            {
                Show(new Figure(
                    $"{name} among old, of that before", AcceptRate.Rate(aged.ByName[name]), AcceptRate.Rate(before),
                    aged.ByName[name] / before, AskedAmongOld, IsLeast: true));
            }
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

    private static async Task<BenchSenders> SendersAsync(
        ExecutionStack stack, IReadOnlyList<string> parts, long nonce, CancellationToken cancellationToken)
    {
        string suffix = nonce == 0 ? "" : "-old";
        IReadOnlyList<BenchSender> twenty = await stack.AddSendersAsync(
            $"twenty{suffix}", Senders, ofOneOwner: true, nonce, cancellationToken);
        IReadOnlyList<BenchSender> clients = parts.Contains("accept")
            ? await stack.AddSendersAsync($"client{suffix}", Clients, ofOneOwner: false, nonce: 0, cancellationToken)
            : [];
        return new BenchSenders(twenty, clients);
    }

    private static async Task<Rates> MeasureAsync(
        ExecutionStack stack, IReadOnlyList<string> parts, string suffix, Action<Figure> show, BenchSenders senders,
        CancellationToken cancellationToken)
    {
        var rates = new Rates([]);
        if (parts.Contains("latency"))
        {
            show(await BroadcastLatency.MeasureAsync(
                $"accepted to broadcast, p99 in ms{suffix}", stack, senders.Twenty, cancellationToken));
        }

        if (parts.Contains("one"))
        {
            double bare = await BareLoop.RateAsync(stack, WarmUp, Measured, cancellationToken);
            (double rate, double each) = await ConfirmedRate.MeasureAsync(
                stack, [senders.Twenty[0]], WarmUp, Measured, cancellationToken);
            rates.ByName["one sender"] = rate;
            show(new Figure(
                $"one sender, of a bare loop{suffix}", Ours(rate, each), $"{AcceptRate.Rate(bare)} of a bare loop", rate / bare,
                AskedOfBareLoop, IsLeast: true));
        }

        if (parts.Contains("twenty"))
        {
            (double rate, double each) = await ConfirmedRate.MeasureAsync(
                stack, senders.Twenty, WarmUpOfTwenty, Measured, cancellationToken);
            rates.ByName["20 senders"] = rate;
            show(new Figure(
                $"20 senders, confirmed per second{suffix}", Ours(rate, each), "-", rate, AskedOfTwenty, IsLeast: true));
        }

        if (parts.Contains("accept"))
        {
            (Figure figure, double rate) = await AcceptRate.MeasureAsync(
                $"accepted, of bare inserts{suffix}", stack, senders.Clients, cancellationToken);
            rates.ByName["accepted"] = rate;
            show(figure);
        }

        return rates;
    }

    // One payment of each sender is real; the database copies what it left.
    private static async Task AgeAsync(ExecutionStack stack, IReadOnlyList<BenchSender> senders, CancellationToken cancellationToken)
    {
        using var client = new IntentClient(stack);
        foreach (BenchSender sender in senders)
            await client.SubmitAsync(sender, cancellationToken);
        await Eventually.TrueAsync(
            async () => await stack.ScalarAsync<long>(
                """
                select count(distinct a.id) from execution.nonce_slot s join custody.account a on a.address = s.account
                where  a.id = any ($1) and s.state = 'finalized' and s.signer_told and s.next_step_at is null
                """,
                cancellationToken, senders.Select(sender => sender.Account).ToArray()) == senders.Count,
            TimeSpan.FromMinutes(2), "each has paid once, and the signer was told", cancellationToken);
        await stack.StopServerAsync();
        await OldIntents.CopyAsync(stack.Database, OldOfEach, cancellationToken);
        await stack.StartServerAsync(cancellationToken);
    }

    private static string Ours(double rate, double each) =>
        string.Create(CultureInfo.InvariantCulture, $"{AcceptRate.Rate(rate)}, {each:0} statements each");

    private static Task<string> StatementsAsync(ExecutionStack stack, CancellationToken cancellationToken) =>
        stack.ScalarAsync<string>(
            """
            select string_agg(line, E'\n') from (
              select format('%10s calls %10s ms %8s us each %8s us planned %8s buffers  %s', calls,
                            round(total_exec_time + total_plan_time), round(1000 * (total_exec_time + total_plan_time) / calls),
                            round(1000 * total_plan_time / calls),
                            (shared_blks_hit + shared_blks_read) / calls,
                            left(regexp_replace(query, '\s+', ' ', 'g'), 150)) as line
              from   pg_stat_statements where userid = 'ce_app'::regrole order by total_exec_time + total_plan_time desc limit 70) as top
            """,
            cancellationToken);

    private sealed record BenchSenders(IReadOnlyList<BenchSender> Twenty, IReadOnlyList<BenchSender> Clients);

    private sealed record Rates(Dictionary<string, double> ByName);
}
