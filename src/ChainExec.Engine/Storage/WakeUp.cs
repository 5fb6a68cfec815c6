namespace ChainExec.Storage;

/// <summary>
/// Wakes this process's idle workers after a commit that gave them work. Coalesced and in-process: other processes find the work by their
/// short poll, and no transaction pays for a NOTIFY.
/// </summary>
internal sealed class WakeUp
{
    private TaskCompletionSource _pulse = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Pulse() =>
        Interlocked.Exchange(ref _pulse, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();

    /// <summary>
    /// The pulse to come. Take it before looking for work, wait for it after finding none: a pulse in between is not lost.
    /// </summary>
    public Task Next => Volatile.Read(ref _pulse).Task;
}
