using System.Diagnostics;

namespace ChainExec.Benchmarks.Running;

/// <summary>
/// Measures our code and the baseline in pairs of short slices, one right after the other in the same process and thread. What the
/// machine does to one slice it mostly does to its neighbour too, so the median of the pairs' ratios holds still where the times do not.
/// </summary>
internal static class PairRunner
{
    private const int Pairs = 301;

    // Short, so that most slices run without another thread in between, whose traces in the caches would be counted.
    private const double SliceNanoseconds = 1e6;

    // Tiered compilation replaces a method some 100 ms after its 30th call; both sides have run for long when that is over.
    private static readonly TimeSpan WarmUp = TimeSpan.FromMilliseconds(500);

    public static SpeedResult Run(SpeedRow row)
    {
        row.Prepare();
        int ours = Calibrate(row.Measure);
        int baseline = Calibrate(row.Baseline);

        double[] ourTimes = new double[Pairs];
        double[] baselineTimes = new double[Pairs];
        double[] ratios = new double[Pairs];
        for (int i = 0; i < Pairs; i++)
        {
            // Whoever comes second finds a warmer processor and a dirtier cache, so they take turns.
            if (i % 2 == 0)
            {
                ourTimes[i] = Time(row.Measure, ours);
                baselineTimes[i] = Time(row.Baseline, baseline);
            }
            else
            {
                baselineTimes[i] = Time(row.Baseline, baseline);
                ourTimes[i] = Time(row.Measure, ours);
            }

            ratios[i] = baselineTimes[i] / ourTimes[i];
        }

        return new SpeedResult(
            row, Median(ourTimes), Median(baselineTimes), Median(ratios), Bytes(row.Measure, ours), Bytes(row.Baseline, baseline));
    }

    // Answers how many operations fill a slice, after the compiler has settled.
    private static int Calibrate(Action<int> work)
    {
        long start = Stopwatch.GetTimestamp();
        for (int calls = 0; calls < 100 || Stopwatch.GetElapsedTime(start) < WarmUp; calls++)
        {
            work(1);
            if (Stopwatch.GetElapsedTime(start) > WarmUp * 4)
                break;
        }

        int operations = 1;
        while (true)
        {
            double took = Time(work, operations) * operations;
            if (took >= SliceNanoseconds / 2 || operations > int.MaxValue / 4)
                return Math.Max(1, (int)(operations * (SliceNanoseconds / took)));
            operations *= 2;
        }
    }

    private static double Time(Action<int> work, int operations)
    {
        long start = ThreadClock.Nanoseconds;
        work(operations);
        return (double)(ThreadClock.Nanoseconds - start) / operations;
    }

    private static double Bytes(Action<int> work, int operations)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        work(operations);
        return (double)(GC.GetAllocatedBytesForCurrentThread() - before) / operations;
    }

    private static double Median(double[] values)
    {
        double[] sorted = [.. values.Order()];
        return sorted[sorted.Length / 2];
    }
}
