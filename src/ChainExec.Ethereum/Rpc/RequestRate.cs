namespace ChainExec.Ethereum.Rpc;

/// <summary>
/// How fast a provider may be asked. Without a refusal there is no limit, so that a node of our own is never slowed. A refusal sets the
/// limit to half of what was sent in the second before and pauses for the wait the provider names, or else for a doubling one; each
/// <see cref="IncreaseEvery"/> without a refusal adds one request a second.
/// </summary>
internal sealed class RequestRate(TimeProvider time)
{
    /// <summary>How long without a refusal until the limit grows by one.</summary>
    internal static readonly TimeSpan IncreaseEvery = TimeSpan.FromSeconds(10);

    /// <summary>The first pause when the provider names none; it doubles with each refusal in a row.</summary>
    internal static readonly TimeSpan PauseFirst = TimeSpan.FromSeconds(1);

    /// <summary>The longest pause when the provider names none.</summary>
    internal static readonly TimeSpan PauseMax = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly Queue<DateTimeOffset> _sent = new();
    private int? _perSecond;
    private DateTimeOffset _nextSlot;
    private DateTimeOffset _pausedUntil;
    private DateTimeOffset _changedAt;
    private TimeSpan _pause = PauseFirst;

    /// <summary>The limit in requests a second; null when there is none.</summary>
    internal int? PerSecond
    {
        get
        {
            lock (_gate)
            {
                return _perSecond;
            }
        }
    }

    /// <summary>Until when nothing is to be sent; in the past when nothing is in the way.</summary>
    internal DateTimeOffset PausedUntil
    {
        get
        {
            lock (_gate)
            {
                return _pausedUntil;
            }
        }
    }

    /// <summary>Zero when a request may be sent now, which counts it as sent; else how long to wait before asking again.</summary>
    internal TimeSpan Take()
    {
        lock (_gate)
        {
            DateTimeOffset now = time.GetUtcNow();
            if (_pausedUntil > now)
            {
                return _pausedUntil - now;
            }

            if (_perSecond is { } limit)
            {
                if (now - _changedAt >= IncreaseEvery)
                {
                    (_perSecond, _changedAt) = (++limit, now);
                }

                // Slots of equal length, of which one second's worth may be taken at once.
                TimeSpan slot = Second / limit;
                DateTimeOffset next = _nextSlot > now ? _nextSlot : now;
                TimeSpan ahead = next - now;
                if (ahead > Second - slot)
                {
                    return ahead - (Second - slot);
                }

                _nextSlot = next + slot;
            }

            Forget(now);
            _sent.Enqueue(now);
            return TimeSpan.Zero;
        }
    }

    /// <summary>The provider served a request.</summary>
    internal void Accepted()
    {
        lock (_gate)
        {
            _pause = PauseFirst;
        }
    }

    /// <summary>The provider refused a request for its rate; <paramref name="wait"/> is the wait it asked for, if it did.</summary>
    internal void Refused(TimeSpan? wait)
    {
        lock (_gate)
        {
            DateTimeOffset now = time.GetUtcNow();
            bool again = _pausedUntil > now;
            DateTimeOffset until = now + (wait ?? (again ? TimeSpan.Zero : _pause));
            _pausedUntil = until > _pausedUntil ? until : _pausedUntil;
            if (again)
            {
                // Requests that were under way when the first was refused teach nothing new but a wait.
                return;
            }

            _pause = wait is null ? Min(_pause * 2, PauseMax) : _pause;
            Forget(now);
            int observed = Math.Max(1, _sent.Count);
            (_perSecond, _changedAt) = (Math.Max(1, Math.Min(_perSecond ?? observed, observed) / 2), now);
        }
    }

    /// <summary>Takes over what was learned before.</summary>
    internal void Remember(int? perSecond)
    {
        lock (_gate)
        {
            (_perSecond, _changedAt) = (perSecond is { } limit ? Math.Max(1, limit) : null, time.GetUtcNow());
        }
    }

    private void Forget(DateTimeOffset now)
    {
        while (_sent.TryPeek(out DateTimeOffset oldest) && now - oldest >= Second)
        {
            _sent.Dequeue();
        }
    }

    private static TimeSpan Min(TimeSpan left, TimeSpan right) => left < right ? left : right;
}
