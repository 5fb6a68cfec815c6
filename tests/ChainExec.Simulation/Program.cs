using System.Globalization;
using ChainExec.Simulation;

// Usage: --seeds 1..20 [--plant ChildOnNewNonce] [--side-by-side 3] [--batches], or --free --seeds 1..3 --seconds 10. Exit 0: every
// promise held; 1: one was broken, its seed is named; 2: wrong usage, or a persistence boundary that no seed passed.
string[] columns =
[
    "payments", "confirmed", "partial", "cancelled", "expired", "failed", "blocks", "reorgs", "faults", "crashes", "signer_crashes",
    "restores", "foreign", "freezes", "pauses", "explained",
];
string Option(string name, string otherwise) =>
    Array.IndexOf(args, name) is >= 0 and var at && at + 1 < args.Length ? args[at + 1] : otherwise;
string[] bounds = Option("--seeds", "1..20").Split("..");
if (bounds.Length is 0 or > 2
    || !int.TryParse(bounds[0], NumberStyles.None, CultureInfo.InvariantCulture, out int first)
    || !int.TryParse(bounds[^1], NumberStyles.None, CultureInfo.InvariantCulture, out int last)
    || !int.TryParse(Option("--seconds", "10"), NumberStyles.None, CultureInfo.InvariantCulture, out int seconds)
    || !int.TryParse(Option("--side-by-side", "1"), NumberStyles.None, CultureInfo.InvariantCulture, out int sendersAtOnce)
    || !Enum.TryParse(Option("--plant", nameof(PlantedBug.None)), out PlantedBug bug))
{
    await Console.Error.WriteLineAsync(
        $"Usage: --seeds 1..20 [--plant {string.Join('|', Enum.GetNames<PlantedBug>().Skip(1))}] [--side-by-side 3] [--batches]"
        + " | --free --seeds 1..3 --seconds 10");
    return 2;
}

bool isFree = args.Contains("--free");
var passed = new SortedDictionary<string, int>(StringComparer.Ordinal);
Console.WriteLine(string.Join(' ', columns.Prepend("seed").Append("hash")));
for (int seed = first; seed <= last; seed++)
{
    RunReport report = isFree
        ? await FreeRun.RunAsync(seed, TimeSpan.FromSeconds(seconds), CancellationToken.None)
        : await Campaign.RunAsync(seed, Campaign.StepsDefault, bug, CancellationToken.None, sendersAtOnce, args.Contains("--batches"));
    foreach ((string boundary, int times) in report.Boundaries)
        passed[boundary] = passed.GetValueOrDefault(boundary) + times;
    Console.WriteLine(string.Join(
        ' ', columns.Select(column => report[column].ToString(CultureInfo.InvariantCulture).PadLeft(column.Length))
            .Prepend($"{seed,4}").Append(report.Hash)));
    Console.WriteLine("      " + string.Join(
        ", ",
        report.Counts.Where(count => count.Key.Contains(':', StringComparison.Ordinal)).Select(count => $"{count.Key} {count.Value}")));
    if (report.Violations.Count == 0)
        continue;
    foreach (string line in report.Evidence.Concat(report.Violations))
        Console.WriteLine($"      {line}");
    Console.WriteLine($"Seed {seed} broke {report.Violations.Count} promises. Again: --seeds {seed}..{seed}");
    return 1;
}

if (isFree)
    return 0;
foreach (string boundary in Campaign.AllBoundaries)
    Console.WriteLine($"{boundary,-30} passed {passed.GetValueOrDefault(boundary),6} times");
string[] missed = [.. Campaign.AllBoundaries.Except(passed.Keys)];
Console.WriteLine($"Boundaries never passed: {string.Join(", ", missed.DefaultIfEmpty("none"))}.");
return missed.Length == 0 ? 0 : 2;
