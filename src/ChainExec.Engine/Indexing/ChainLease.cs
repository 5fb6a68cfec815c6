using ChainExec.Storage;

namespace ChainExec.Indexing;

/// <summary>
/// One process's hold on a chain. The epoch that comes with it is checked by every later write, so that a process that slept through its
/// lease writes nothing when it wakes. It is taken when the session lock is free, which it is as soon as its holder is dead, or when the
/// lease ran out, which frees the chain of a holder that lives and does nothing.
/// </summary>
internal sealed class ChainLease(Database database, ChainStore store, long chain, TimeSpan duration, TimeProvider clock)
{
    private readonly string _holder = $"{Environment.MachineName}:{Environment.ProcessId}:{Guid.CreateVersion7(clock.GetUtcNow()):n}";
    private readonly ChainLock _lock = new(database, chain);
    private long? _epoch;
    private long _renewedAt;
    private long? _lostAt;

    /// <summary>The chain's state while this process holds it; nothing while another one does.</summary>
    public async Task<ChainState?> HoldAsync(CancellationToken cancellationToken)
    {
        if (_epoch is { } epoch)
        {
            bool isFresh = clock.GetElapsedTime(_renewedAt) < duration / 3;
            long renewing = clock.GetTimestamp();
            // A session that broke, or a lock that a sleeping process still has, is tried again; the lease holds meanwhile.
            if (!isFresh)
                await _lock.TryTakeAsync(cancellationToken);
            ChainState? held = isFresh
                ? await store.ReadAsync(chain, epoch, cancellationToken)
                : await store.RenewAsync(chain, epoch, duration, cancellationToken);
            if (held is not null)
            {
                _renewedAt = isFresh ? _renewedAt : renewing;
                return held;
            }

            _epoch = null;
            _lostAt = clock.GetTimestamp();
            await _lock.ReleaseAsync();
        }

        _renewedAt = clock.GetTimestamp();
        // Whoever took the chain while we slept has the lease, and takes the lock at its next renewal: that lock is not ours to have first.
        bool isLost = _lostAt is { } lost && clock.GetElapsedTime(lost) < duration;
        bool isFree = !isLost && await _lock.TryTakeAsync(cancellationToken);
        ChainState? taken = await store.TryLeaseAsync(chain, _holder, duration, isFree, cancellationToken);
        _epoch = taken?.Epoch;
        return taken;
    }

    /// <summary>Frees the chain for the next process.</summary>
    public async Task ReleaseAsync(CancellationToken cancellationToken)
    {
        if (_epoch is { } epoch)
        {
            _epoch = null;
            await store.ReleaseAsync(chain, epoch, cancellationToken);
        }

        await _lock.ReleaseAsync();
    }
}
