using BenchmarkDotNet.Attributes;

namespace ChainExec.Benchmarks.Running;

/// <summary>The same rows under BenchmarkDotNet, for its statistics and allocation figures.</summary>
[MemoryDiagnoser]
public class MicroBenchmarks
{
    private const int Operations = 256;

    internal static string Filter { get; set; } = "";

    public static IEnumerable<SpeedRow> Rows => BenchmarkProgram.Rows(Filter);

    [ParamsSource(nameof(Rows))]
    public required SpeedRow Row { get; set; }

    [GlobalSetup]
    public void Prepare() => Row.Prepare();

    [Benchmark(OperationsPerInvoke = Operations)]
    public void Ours() => Row.Measure(Operations);

    [Benchmark(Baseline = true, OperationsPerInvoke = Operations)]
    public void Baseline() => Row.Baseline(Operations);
}
