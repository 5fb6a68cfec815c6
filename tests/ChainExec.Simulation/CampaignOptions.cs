using System.Globalization;

namespace ChainExec.Simulation;

/// <summary>What a campaign is besides its seed.</summary>
public sealed record CampaignOptions
{
    /// <summary>How many steps a run takes with its faults unless it is told otherwise.</summary>
    public const int StepsDefault = 160;

    /// <summary>How many steps it takes before the faults stop. Default 160.</summary>
    public int Steps { get; init; } = StepsDefault;

    /// <summary>The defect to plant. Default none.</summary>
    public PlantedBug Bug { get; init; }

    /// <summary>Whether the senders are delegated and carry several payments in one transaction. Default not.</summary>
    public bool Batches { get; init; }

    /// <summary>
    /// Senders whose steps one worker takes side by side. Above 1, the default, their order is the machine's, and the run does not repeat.
    /// </summary>
    public int SendersAtOnce { get; init; } = 1;

    /// <summary>What the run does beside transfers of tokens. Nothing, the default, is what belongs to its seed.</summary>
    public CampaignMix? Mix { get; init; }

    /// <summary>The mix of a seed's run.</summary>
    public CampaignMix MixOf(int seed) => Mix ?? CampaignMixes.Of(seed, Batches);

    /// <summary>The arguments of the program that repeat one run.</summary>
    public string Replay(int seed)
    {
        List<string> arguments = [$"--seeds {seed.ToString(CultureInfo.InvariantCulture)}"];
        if (Steps != StepsDefault)
            arguments.Add($"--steps {Steps.ToString(CultureInfo.InvariantCulture)}");
        if (Batches)
            arguments.Add("--batches");
        if (Mix is { } mix)
            arguments.Add($"--mix {mix.ToString().Replace(" ", "", StringComparison.Ordinal)}");
        if (SendersAtOnce != 1)
            arguments.Add($"--side-by-side {SendersAtOnce.ToString(CultureInfo.InvariantCulture)}");
        if (Bug != PlantedBug.None)
            arguments.Add($"--plant {Bug}");
        return string.Join(' ', arguments);
    }
}
