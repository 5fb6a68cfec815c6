using System.Globalization;
using System.Reflection;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;

namespace ChainExec.Benchmarks.Running;

/// <summary>
/// <c>dotnet run -c Release --project tests/ChainExec.Benchmarks -- [filter]</c>: measures every row whose name contains the filter and
/// ends with 1 when a limit is not kept. <c>--bdn [filter]</c> measures the same rows by BenchmarkDotNet, <c>--list</c> names them.
/// </summary>
internal static class BenchmarkProgram
{
    private const int Kept = 0;
    private const int Missed = 1;
    private const int NothingToDo = 2;

    public static int Run(string[] arguments)
    {
        string? option = arguments.FirstOrDefault(argument => argument.StartsWith("--", StringComparison.Ordinal));
        string filter = string.Join(' ', arguments.Where(argument => argument != option));
        List<SpeedRow> rows = [.. Rows(filter)];
        if (rows.Count == 0)
        {
            Console.Error.WriteLine($"No row's name contains '{filter}'.");
            return NothingToDo;
        }

        switch (option)
        {
            case null:
                return Measure(rows);
            case "--list":
                rows.ForEach(row => Console.WriteLine($"{row.Name}  (against {row.BaselineName}; {row.Limit})"));
                return Kept;
            case "--bdn":
                MicroBenchmarks.Filter = filter;
                // In this process: a generated project would be built by the rules of this house, which it does not keep.
                BenchmarkRunner.Run<MicroBenchmarks>(
                    DefaultConfig.Instance
                        .AddJob(Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance))
                        .WithArtifactsPath(Path.Combine(AppContext.BaseDirectory, "BenchmarkDotNet.Artifacts")));
                return Kept;
            default:
                Console.Error.WriteLine($"Unknown option {option}; there are --list and --bdn.");
                return NothingToDo;
        }
    }

    /// <summary>Every row whose name contains <paramref name="filter"/>, by name.</summary>
    internal static IEnumerable<SpeedRow> Rows(string filter) => Assembly.GetExecutingAssembly().GetTypes()
        .Where(type => type.IsSubclassOf(typeof(SpeedRow)) && !type.IsAbstract)
        .Select(type => (SpeedRow)Activator.CreateInstance(type)!)
        .Where(row => row.Name.Contains(filter, StringComparison.OrdinalIgnoreCase))
        .OrderBy(row => row.Name, StringComparer.Ordinal);

    private static int Measure(List<SpeedRow> rows)
    {
        Console.WriteLine("| row | ours | baseline | ratio | allocated (ours / baseline) | limit | kept |");
        Console.WriteLine("|---|---|---|---|---|---|---|");
        int missed = 0;
        foreach (SpeedRow row in rows)
        {
            SpeedResult result = PairRunner.Run(row);
            missed += result.KeepsLimit ? 0 : 1;
            Console.WriteLine(Format(result));
        }

        Console.WriteLine();
        Console.WriteLine($"{rows.Count - missed} rows keep their limit, {missed} do not.");
        return missed == 0 ? Kept : Missed;
    }

    private static string Format(SpeedResult result)
    {
        SpeedLimit limit = result.Row.Limit;
        string verdict = limit == SpeedLimit.None ? "-" : result.KeepsLimit ? "yes" : "**NO**";
        string ratio = result.Ratio >= 1 && limit.TimesSlowerMax is null
            ? string.Create(CultureInfo.InvariantCulture, $"{result.Ratio:0.00}x faster")
            : string.Create(CultureInfo.InvariantCulture, $"{1 / result.Ratio:0.00}x its time");
        return string.Create(
            CultureInfo.InvariantCulture,
            $"| {result.Row.Name} | {Time(result.OursNanoseconds)} | {Time(result.BaselineNanoseconds)} {result.Row.BaselineName} "
            + $"| {ratio} | {result.OursBytes:0.#} B / {result.BaselineBytes:0.#} B | {limit} | {verdict} |");
    }

    private static string Time(double nanoseconds) => nanoseconds switch
    {
        < 1e4 => string.Create(CultureInfo.InvariantCulture, $"{nanoseconds:0.00} ns"),
        < 1e7 => string.Create(CultureInfo.InvariantCulture, $"{nanoseconds / 1e3:0.00} us"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{nanoseconds / 1e6:0.00} ms"),
    };
}
