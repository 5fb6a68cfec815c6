namespace ChainExec.Storage;

/// <summary>
/// Notices that the database's write-ahead log is behind where this process has seen it: the disk was set back under a server that kept
/// its name and timeline, and commits are gone. Reads that overlap prove nothing, whatever their order.
/// </summary>
internal sealed class LogPositions
{
    private readonly Lock _gate = new();
    private long _moment;
    private long _highest;
    private long _highestAt;
    private int _falls;

    /// <summary>To be asked before a position is read.</summary>
    public long Begin()
    {
        lock (_gate)
            return ++_moment;
    }

    /// <summary>How often the log fell back, this position included.</summary>
    /// <param name="began">What <see cref="Begin"/> gave before it was read.</param>
    /// <param name="position">Where the log is, in bytes.</param>
    public int End(long began, long position)
    {
        lock (_gate)
        {
            bool hasFallen = position < _highest && began > _highestAt;
            if (hasFallen)
                _falls++;
            if (hasFallen || position > _highest)
                (_highest, _highestAt) = (position, ++_moment);
            return _falls;
        }
    }
}
