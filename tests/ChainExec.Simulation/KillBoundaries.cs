using ChainExec.Storage;

namespace ChainExec.Simulation;

/// <summary>The persistence boundaries, as the engine names them, and what a set of runs has shown of them.</summary>
public static class KillBoundaries
{
    /// <summary>Where the signer's process dies: what it signed is in its journal, and nobody was told.</summary>
    public const string SignerJournalled = "signer.journalled";

    /// <summary>Those that campaigns do not pass, with the reason and the tests that kill there.</summary>
    public static IReadOnlyDictionary<string, string> Unreached { get; } = new SortedDictionary<string, string>(StringComparer.Ordinal)
    {
        [Boundary.FlowEffectSending] = "payments ask nothing of providers; FlowEffectTests and FlowCampaignTests kill there",
        [Boundary.FlowEffectAnswered] =
            "payments ask nothing of providers; FlowEffectTests, EffectTruthTests and FlowCampaignTests kill there",
        [Boundary.TraceAnswered] = "receipts explain payments one by one, only batches are traced; CallAttributionTests kills there",
        [Boundary.TraceDecided] = "receipts explain payments one by one, only batches are traced; CallAttributionTests kills there",
    };

    /// <summary>Every boundary that the engine names and a campaign passes, and the signer's.</summary>
    public static IReadOnlyList<string> Reached { get; } =
    [
        .. typeof(Boundary).GetFields().Where(field => field.IsLiteral).Select(field => (string)field.GetRawConstantValue()!)
            .Where(boundary => !Unreached.ContainsKey(boundary)).Append(SignerJournalled).Order(StringComparer.Ordinal),
    ];

    /// <summary>What is missing in a set of runs, as sentences: a boundary that none passed, one at which none was killed, and one that was
    /// passed although it is said that it cannot be.</summary>
    public static IReadOnlyList<string> Missing(IReadOnlyCollection<RunReport> reports)
    {
        List<string> missing = [];
        foreach (string boundary in Reached)
        {
            if (Passed(reports, boundary) == 0)
                missing.Add($"No run passed {boundary}.");
            else if (Killed(reports, boundary) == 0)
                missing.Add($"No run was killed at {boundary}.");
        }

        RunReport[] alone = [.. reports.Where(report => report["batch: batches"] == 0)];
        missing.AddRange(Unreached.Keys.Where(boundary => Passed(alone, boundary) > 0)
            .Select(boundary => $"{boundary} was passed, but is listed as one that is not: plan kills there."));
        return missing;
    }

    /// <summary>How often the runs passed it.</summary>
    public static int Passed(IEnumerable<RunReport> reports, string boundary) =>
        reports.Sum(report => report.Boundaries.GetValueOrDefault(boundary));

    /// <summary>How often they were killed there.</summary>
    public static int Killed(IEnumerable<RunReport> reports, string boundary) =>
        reports.Sum(report => report.Kills.GetValueOrDefault(boundary));
}
