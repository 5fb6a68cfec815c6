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

    /// <summary>How often the run was killed at each of them.</summary>
    public SortedDictionary<string, int> Kills { get; } = new(StringComparer.Ordinal);

    /// <summary>What was planted; nothing when that was not asked for, or there was never anything to plant it into.</summary>
    public List<Planted> Planted { get; } = [];

    /// <summary>The sentence that tells the planted bug, if there is one.</summary>
    public string? Caught => Violations.Find(violation => Planted.Exists(planted => planted.IsTold(violation)));

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

    /// <summary>Where this run and another of the same seed went apart, as a sentence.</summary>
    public string DifferenceTo(RunReport other)
    {
        ArgumentNullException.ThrowIfNull(other);
        int at = Events.Zip(other.Events).TakeWhile(pair => pair.First == pair.Second).Count();
        return $"The run does not repeat: {Hash}, then {other.Hash}. Event {at}: "
            + $"{Events.ElementAtOrDefault(at) ?? "none"}; then: {other.Events.ElementAtOrDefault(at) ?? "none"}.";
    }

    internal void Passed(string boundary) => Boundaries[boundary] = Boundaries.GetValueOrDefault(boundary) + 1;

    internal void Killed(string boundary) => Kills[boundary] = Kills.GetValueOrDefault(boundary) + 1;

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
