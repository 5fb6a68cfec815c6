using ChainExec.Storage;

namespace ChainExec.Execution;

/// <summary>
/// Holds a worker back until the signer's journal was compared with this database once: after a restored backup, what looks foreign on
/// chain may be our own.
/// </summary>
internal sealed class GatedWorker(IWorker inner, JournalSync journal) : IWorker
{
    public string Name => inner.Name;

    public TimeSpan Pace => inner.Pace;

    public async Task<int> RunTurnAsync(CancellationToken cancellationToken) =>
        await journal.EnsureAllCheckedAsync(cancellationToken) ? await inner.RunTurnAsync(cancellationToken) : 0;
}
