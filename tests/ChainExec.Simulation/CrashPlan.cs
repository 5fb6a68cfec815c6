namespace ChainExec.Simulation;

/// <summary>
/// Where a run is killed. Half of the boundaries are planned for it, by its seed: the run is killed at each of them the next time that it
/// is passed, and two seeds that follow one another have all. What the run draws besides comes on top.
/// </summary>
public sealed class CrashPlan
{
    private readonly HashSet<string> _armed = new(StringComparer.Ordinal);
    private readonly Queue<(int Step, string Boundary)> _planned = new();

    /// <summary>The plan of a seed's run.</summary>
    public CrashPlan(int seed, int steps)
    {
        string[] own = [.. KillBoundaries.Reached.Where((_, index) => (index + seed) % 2 == 0)];
        new Random(seed).Shuffle(own);
        // In the first half: what is passed seldom has the second to be passed in.
        for (int index = 0; index < own.Length; index++)
            _planned.Enqueue(((index + 1) * steps / (2 * (own.Length + 1)), own[index]));
    }

    /// <summary>The boundary whose turn it is at a step.</summary>
    public string? Due(int step) => _planned.TryPeek(out (int Step, string Boundary) next) && next.Step <= step
        ? _planned.Dequeue().Boundary
        : null;

    /// <summary>The run is to be killed when it passes this the next time.</summary>
    public void Arm(string boundary) => _armed.Add(boundary);

    /// <summary>Whether the run is killed here. Once.</summary>
    public bool Strikes(string boundary) => _armed.Remove(boundary);

    /// <summary>Nothing kills it any more.</summary>
    public void Disarm()
    {
        _armed.Clear();
        _planned.Clear();
    }
}
