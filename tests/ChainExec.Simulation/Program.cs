using System.Globalization;
using ChainExec.Simulation;

const int held = 0;
const int broken = 1;
const int incomplete = 2;
const int notPlanted = 3;
const string usage = """
    Usage: --seeds 1..20 [--mix Pool,Refills,Calls,Verbs|None] [--batches] [--side-by-side 3] [--steps 160] [--twice] [--plant BUG]
           --seeds 17 (one run, to see it again; its boundaries are not judged)
           --free --seeds 1..3 --seconds 10
    BUG: ReleasedSignedSlot, ChildOnNewNonce, NullReceiptDecides.
    Exit 0: every promise held, and the runs were killed at every boundary; with --plant: the bug was caught in each run.
    1: a promise was broken, a run failed, or did not repeat; with --plant: a bug was not caught. The seed is named.
    2: wrong usage, or a boundary that no run passed or at which none was killed.
    3: with --plant, a run in which there was nothing to plant the bug into.
    """;
string[] columns =
[
    "payments", "confirmed", "partial", "cancelled", "expired", "failed", "blocks", "reorgs", "faults", "crashes", "signer_crashes",
    "restores", "foreign", "drains", "refills", "freezes", "pauses", "retries", "fills", "adoptions", "explained",
];
string Option(string name, string otherwise) =>
    Array.IndexOf(args, name) is >= 0 and var at && at + 1 < args.Length ? args[at + 1] : otherwise;
bool Number(string text, out int number) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
CampaignMix mix = CampaignMix.None;
string[] bounds = Option("--seeds", "1..20").Split("..");
if (bounds.Length is 0 or > 2
    || !Number(bounds[0], out int first)
    || !Number(bounds[^1], out int last)
    || last < first
    || !Number(Option("--seconds", "10"), out int seconds)
    || !Number(Option("--steps", CampaignOptions.StepsDefault.ToString(CultureInfo.InvariantCulture)), out int stepsTotal)
    || !Number(Option("--side-by-side", "1"), out int sendersAtOnce)
    || (args.Contains("--mix") && !Enum.TryParse(Option("--mix", ""), out mix))
    || !Enum.TryParse(Option("--plant", nameof(PlantedBug.None)), out PlantedBug bug)
    || (args.Contains("--plant") && bug == PlantedBug.None))
{
    await Console.Error.WriteLineAsync(usage);
    return incomplete;
}

var options = new CampaignOptions
{
    Steps = stepsTotal, Bug = bug, Batches = args.Contains("--batches"), SendersAtOnce = sendersAtOnce,
    Mix = args.Contains("--mix") ? mix : null,
};
bool isFree = args.Contains("--free");
var reports = new List<RunReport>();
Console.WriteLine(string.Join(' ', columns.Prepend("seed").Append("hash")));
for (int seed = first; seed <= last; seed++)
{
    RunReport report;
    try
    {
        report = isFree
            ? await FreeRun.RunAsync(seed, TimeSpan.FromSeconds(seconds), CancellationToken.None)
            : await Campaign.RunAsync(seed, options, CancellationToken.None);
        if (args.Contains("--twice") && !isFree && await Campaign.RunAsync(seed, options, CancellationToken.None) is var again
            && again.Hash != report.Hash)
            report.Violations.Add(report.DifferenceTo(again));
    }
    catch (CampaignFaultException fault)
    {
        Console.WriteLine(fault.ToString());
        Console.WriteLine(fault.Message);
        return broken;
    }

    reports.Add(report);
    Tell(report);
    if (bug != PlantedBug.None)
    {
        if (Judge(report) is not held and var verdict)
            return verdict;
        continue;
    }

    if (report.Violations.Count == 0)
        continue;
    foreach (string line in report.Evidence.Concat(report.Violations))
        Console.WriteLine($"      {line}");
    string replay = isFree ? $"--free --seeds {seed} --seconds {seconds}" : options.Replay(seed);
    Console.WriteLine($"Seed {seed} broke {report.Violations.Count} promises. Again: {replay}");
    return broken;
}

if (isFree || bug != PlantedBug.None)
    return held;
foreach (string boundary in KillBoundaries.Reached)
{
    Console.WriteLine(
        $"{boundary,-34} passed {KillBoundaries.Passed(reports, boundary),6} times,"
        + $" killed {KillBoundaries.Killed(reports, boundary),4} times");
}

foreach ((string boundary, string why) in KillBoundaries.Unreached)
    Console.WriteLine($"{boundary,-34} not reached: {why}");
if (bounds.Length == 1)
    return held;
IReadOnlyList<string> missing = KillBoundaries.Missing(reports);
foreach (string sentence in missing.DefaultIfEmpty("Killed at every boundary."))
    Console.WriteLine(sentence);
return missing.Count == 0 ? held : incomplete;

void Tell(RunReport report)
{
    Console.WriteLine(string.Join(
        ' ', columns.Select(column => report[column].ToString(CultureInfo.InvariantCulture).PadLeft(column.Length))
            .Prepend($"{report.Seed,4}").Append(report.Hash)));
    Console.WriteLine($"      {report.Events.FirstOrDefault()}; " + string.Join(
        ", ",
        report.Counts.Where(count => count.Key.Contains(':', StringComparison.Ordinal)).Select(count => $"{count.Key} {count.Value}")));
}

int Judge(RunReport report)
{
    if (report.Planted.Count == 0)
    {
        Console.WriteLine($"{bug} was never planted into seed {report.Seed}: nothing was on its way. Again: {options.Replay(report.Seed)}");
        return notPlanted;
    }

    string steps = string.Join(", ", report.Planted.Select(planted => planted.Step));
    if (report.Caught is { } sentence)
    {
        Console.WriteLine($"      {bug} was planted at step {steps} and is caught: {sentence}");
        return held;
    }

    foreach (string line in report.Evidence.Concat(report.Violations))
        Console.WriteLine($"      {line}");
    Console.WriteLine(
        $"{bug} was planted into seed {report.Seed} at step {steps}, and no broken promise tells it."
        + $" Again: {options.Replay(report.Seed)}");
    return broken;
}
