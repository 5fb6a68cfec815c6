namespace ChainExec.Simulation;

/// <summary>
/// The time of a run. It moves when the scheduler says so, and by a millisecond with each reading, so that no two ids of one run share
/// their time and sort by chance. Its timers are real: they bound requests to the signer and never decide anything.
/// </summary>
internal sealed class VirtualClock : TimeProvider
{
    public static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private long _elapsed;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <summary>Since the start, without moving on.</summary>
    public TimeSpan Elapsed => new(Interlocked.Read(ref _elapsed));

    public override DateTimeOffset GetUtcNow() => Start + new TimeSpan(Interlocked.Add(ref _elapsed, TimeSpan.TicksPerMillisecond));

    public override long GetTimestamp() => Interlocked.Read(ref _elapsed);

    public void Advance(TimeSpan by) => Interlocked.Add(ref _elapsed, by.Ticks);
}
