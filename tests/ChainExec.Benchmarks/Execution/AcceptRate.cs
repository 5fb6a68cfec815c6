using System.Globalization;

namespace ChainExec.Benchmarks.Execution;

/// <summary>Intents accepted over HTTP by 32 clients against the same rows inserted by 32 connections that do nothing else.</summary>
internal static class AcceptRate
{
    private const int Clients = 32;
    private const int Rounds = 5;
    private const double Asked = 0.4;
    private static readonly TimeSpan Slice = TimeSpan.FromSeconds(2);

    public static async Task<Figure> MeasureAsync(
        string name, ExecutionStack stack, IReadOnlyList<BenchSender> senders, CancellationToken cancellationToken)
    {
        using var client = new IntentClient(stack);
        await using var bare = await BareInserts.StartAsync(stack, senders, Clients, cancellationToken);
        var pairs = new List<(double Ours, double Bare)>();
        for (int round = 0; round <= Rounds; round++)
        {
            double ours = await RateAsync(number => client.SubmitAsync(senders[number % senders.Count], cancellationToken));
            double plain = await RateAsync(number => bare.InsertAsync(number, cancellationToken));
            // The first round warms both up.
            if (round > 0)
                pairs.Add((ours, plain));
        }

        (double Ours, double Bare) median = pairs.OrderBy(pair => pair.Ours / pair.Bare).ElementAt(pairs.Count / 2);
        return new Figure(
            name, Rate(median.Ours), $"{Rate(median.Bare)} of bare inserts", median.Ours / median.Bare, Asked, IsLeast: true);
    }

    public static string Rate(double perSecond) => string.Create(CultureInfo.InvariantCulture, $"{perSecond:0.#}/s");

    private static async Task<double> RateAsync(Func<int, Task> once)
    {
        long began = TimeProvider.System.GetTimestamp();
        int done = 0;
        await Task.WhenAll(Enumerable.Range(0, Clients).Select(number => Task.Run(async () =>
        {
            while (TimeProvider.System.GetElapsedTime(began) < Slice)
            {
                await once(number);
                Interlocked.Increment(ref done);
            }
        })));
        return done / TimeProvider.System.GetElapsedTime(began).TotalSeconds;
    }
}
