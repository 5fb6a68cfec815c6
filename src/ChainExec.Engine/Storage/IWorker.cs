namespace ChainExec.Storage;

/// <summary>Something that pulls work. Tests call <see cref="RunTurnAsync"/> directly; the loop around it is trivial.</summary>
internal interface IWorker
{
    /// <summary>Lower-case name for logs and metrics.</summary>
    string Name { get; }

    /// <summary>Does one bounded batch and returns how many items moved; zero means idle.</summary>
    Task<int> RunTurnAsync(CancellationToken cancellationToken);
}
