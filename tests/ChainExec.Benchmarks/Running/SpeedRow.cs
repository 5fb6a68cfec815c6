namespace ChainExec.Benchmarks.Running;

/// <summary>
/// One row of the table: our code and a plain baseline for the same work, with the limit that their ratio must keep. A row is a class
/// with a public constructor without arguments in a file of its own (or beside its siblings); the runner finds it by reflection.
/// </summary>
/// <remarks>
/// Both methods do the work <c>operations</c> times in a loop of their own, so that a call through this class costs nothing. What the
/// work gives goes through <see cref="Keep"/> or a field, lest the compiler drop it.
/// </remarks>
public abstract class SpeedRow
{
    private long _kept;

    /// <summary>Group and subject, <c>UInt256 multiply 256x256</c>; a filter matches any part of it.</summary>
    public abstract string Name { get; }

    /// <summary>What the baseline is, in a few words.</summary>
    public abstract string BaselineName { get; }

    /// <summary>What the row must keep.</summary>
    public abstract SpeedLimit Limit { get; }

    /// <summary>Compiles, allocates and fills what the row needs; also the place to check that both sides give the same answer.</summary>
    public virtual void Prepare()
    {
    }

    /// <summary>Does our work.</summary>
    public abstract void Measure(int operations);

    /// <summary>Does the same work the plain way.</summary>
    public abstract void Baseline(int operations);

    public override string ToString() => Name;

    /// <summary>Uses a value, so that the work that made it cannot be left out.</summary>
    protected void Keep(long value) => _kept ^= value;
}
