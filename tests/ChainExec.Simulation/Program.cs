using System.Globalization;
using ChainExec.Simulation;

// Usage: --seeds 1..20 [--plant SecondNonce]. Exit 0: every promise held; 1: one was broken, its seed is named; 2: wrong usage, or a
// persistence boundary that no seed passed.
string[] columns =
[
    "payments", "confirmed", "cancelled", "expired", "failed", "blocks", "reorgs", "faults", "crashes", "restores", "foreign", "explained",
];
string Option(string name, string otherwise) =>
    Array.IndexOf(args, name) is >= 0 and var at && at + 1 < args.Length ? args[at + 1] : otherwise;
string[] bounds = Option("--seeds", "1..20").Split("..");
if (bounds.Length is 0 or > 2
    || !int.TryParse(bounds[0], NumberStyles.None, CultureInfo.InvariantCulture, out int first)
    || !int.TryParse(bounds[^1], NumberStyles.None, CultureInfo.InvariantCulture, out int last)
    || !Enum.TryParse(Option("--plant", nameof(PlantedBug.None)), out PlantedBug bug))
{
    await Console.Error.WriteLineAsync("Usage: --seeds 1..20 [--plant SecondNonce|ReleasedSignedSlot]");
    return 2;
}

var passed = new HashSet<string>();
Console.WriteLine($"{"seed",5} {string.Join(' ', columns.Select(column => $"{column,9}"))} {"hash",12}");
for (int seed = first; seed <= last; seed++)
{
    RunReport report = await Campaign.RunAsync(seed, Campaign.StepsDefault, bug, CancellationToken.None);
    passed.UnionWith(report.Boundaries.Keys);
    Console.WriteLine($"{seed,5} {string.Join(' ', columns.Select(column => $"{report[column],9}"))} {report.Hash,12}");
    foreach ((string why, int times) in report.Counts.Where(count => count.Key.StartsWith("failed:", StringComparison.Ordinal)))
        Console.WriteLine($"      {why}: {times}");
    if (report.Violations.Count == 0)
        continue;
    foreach (string line in report.Evidence.Concat(report.Violations))
        Console.WriteLine($"      {line}");
    Console.WriteLine($"Seed {seed} broke {report.Violations.Count} promises. Again: --seeds {seed}..{seed}");
    return 1;
}

string[] missed = [.. Campaign.AllBoundaries.Except(passed)];
string never = string.Join(", ", missed.DefaultIfEmpty("none"));
Console.WriteLine($"Boundaries passed: {passed.Count} of {Campaign.AllBoundaries.Count}. Never: {never}.");
return missed.Length == 0 ? 0 : 2;
