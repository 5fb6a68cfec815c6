namespace ChainExec.Storage;

/// <summary>Something that pulls work. Tests call <see cref="RunTurnAsync"/> directly; the loop around it is trivial.</summary>
internal interface IWorker
{
    /// <summary>Lower-case name for logs and metrics.</summary>
    string Name { get; }

    /// <summary>
    /// The least time between two turns, however often workers are woken: what comes meanwhile is done in one turn. Zero when each turn is
    /// worth it.
    /// </summary>
    TimeSpan Pace => TimeSpan.Zero;

    /// <summary>Does one bounded batch and returns how many items moved; zero means idle.</summary>
    Task<int> RunTurnAsync(CancellationToken cancellationToken);
}
