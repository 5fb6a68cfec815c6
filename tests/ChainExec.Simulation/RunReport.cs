using System.Text.RegularExpressions;

namespace ChainExec.Simulation;

/// <summary>What one seed did and what was found.</summary>
public sealed partial class RunReport(int seed)
{
    private readonly Dictionary<string, int> _intents = new(StringComparer.Ordinal);

    /// <summary>The seed.</summary>
    public int Seed => seed;

    /// <summary>How often what happened: blocks, reorganisations, faults, crashes and the like.</summary>
    public SortedDictionary<string, int> Counts { get; } = new(StringComparer.Ordinal);

    /// <summary>How often each persistence boundary was passed.</summary>
    public SortedDictionary<string, int> Boundaries { get; } = new(StringComparer.Ordinal);

    /// <summary>Every promise that was broken, as a sentence. Empty is a run that held.</summary>
    public List<string> Violations { get; } = [];

    /// <summary>What the scheduler did, line by line.</summary>
    public List<string> Events { get; } = [];

    /// <summary>The moves of the entities that a violation speaks of, and the events of the run.</summary>
    public List<string> Evidence { get; } = [];

    /// <summary>The hash of the scheduler's events and of the chain's own journal.</summary>
    public string Hash { get; set; } = "";

    /// <summary>How often something happened.</summary>
    public int this[string what] => Counts.GetValueOrDefault(what);

    internal void Count(string what, int times = 1) => Counts[what] = Counts.GetValueOrDefault(what) + times;

    // What an id says besides its time is chance, which no seed repeats: the log names an intent by when it was first spoken of.
    internal void Note(string line) => Events.Add(IntentIds().Replace(line, id =>
    {
        if (!_intents.TryGetValue(id.Value, out int number))
            _intents.Add(id.Value, number = _intents.Count + 1);
        return $"int_#{number}";
    }));

    [GeneratedRegex("int_[0-9a-f]{32}")]
    private static partial Regex IntentIds();
}
