using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace ChainExec.Simulation;

/// <summary>What one seed did and what was found.</summary>
public sealed partial class RunReport(int seed)
{
    private readonly Dictionary<string, int> _intents = new(StringComparer.Ordinal);

    private readonly List<int> _journalled = [];

    /// <summary>How many lines the chain's journal has now; nothing where no run is held against its repetition.</summary>
    internal Func<int>? ChainLines { get; init; }

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
    public string Hash { get; private set; } = "";

    /// <summary>How often something happened.</summary>
    public int this[string what] => Counts.GetValueOrDefault(what);

    /// <summary>
    /// What the simulated chain did, line by line; what it did within one event of the scheduler in the order of the alphabet. The engine
    /// sends the first bytes of several senders side by side (<c>LaneSigner</c>), and which of them a provider sees first is the machine's.
    /// </summary>
    public IReadOnlyList<string> Journal { get; private set; } = [];

    /// <summary>Where this run and another of the same seed went apart, as a sentence.</summary>
    public string DifferenceTo(RunReport other)
    {
        ArgumentNullException.ThrowIfNull(other);
        (string what, IReadOnlyList<string> mine, IReadOnlyList<string> theirs) = Events.SequenceEqual(other.Events)
            ? ("Line", Journal, other.Journal)
            : ("Event", Events, other.Events);
        int at = mine.Zip(theirs).TakeWhile(pair => pair.First == pair.Second).Count();
        return $"The run does not repeat: {Hash}, then {other.Hash}. {what} {at}: {mine.ElementAtOrDefault(at) ?? "none"}; "
            + $"then: {theirs.ElementAtOrDefault(at) ?? "none"}.";
    }

    internal void Passed(string boundary) => Boundaries[boundary] = Boundaries.GetValueOrDefault(boundary) + 1;

    internal void Killed(string boundary) => Kills[boundary] = Kills.GetValueOrDefault(boundary) + 1;

    internal void Count(string what, int times = 1) => Counts[what] = Counts.GetValueOrDefault(what) + times;

    /// <summary>Ends the log: what the chain has done since it began, and the hash of both.</summary>
    internal void Close(IReadOnlyList<string> journal)
    {
        List<string> ordered = [];
        foreach (int end in _journalled.Append(journal.Count))
            ordered.AddRange(journal.Skip(ordered.Count).Take(end - ordered.Count).Order(StringComparer.Ordinal));
        Journal = ordered;
        Hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', Events.Concat(Journal)))))[..12];
    }

    // What an id says besides its time is chance, which no seed repeats: the log names an intent by when it was first spoken of.
    internal void Note(string line)
    {
        Events.Add(IntentIds().Replace(line, id =>
        {
            if (!_intents.TryGetValue(id.Value, out int number))
                _intents.Add(id.Value, number = _intents.Count + 1);
            return $"int_#{number}";
        }));
        if (ChainLines is { } lines)
            _journalled.Add(lines());
    }

    [GeneratedRegex("int_[0-9a-f]{32}")]
    private static partial Regex IntentIds();
}
