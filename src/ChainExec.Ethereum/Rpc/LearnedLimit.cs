namespace ChainExec.Ethereum.Rpc;

/// <summary>
/// How much a provider serves at once, learned by additive increase and multiplicative decrease: it begins at the most that is ever asked,
/// a refusal halves it or takes the size the provider named, and each success at the limit adds a step. What was refused is not tried again
/// for <see cref="RelearnAfter"/>.
/// </summary>
internal sealed class LearnedLimit
{
    /// <summary>How long a refused size is not tried again.</summary>
    internal static readonly TimeSpan RelearnAfter = TimeSpan.FromMinutes(10);

    private readonly int _most;
    private readonly int _step;
    private readonly TimeProvider _time;
    private readonly Lock _gate = new();
    private int _current;
    private int _refused = int.MaxValue;
    private DateTimeOffset _refusedAt = DateTimeOffset.MinValue;

    /// <summary>A limit that begins at the most that is ever asked and grows back towards it in steps.</summary>
    internal LearnedLimit(int most, int step, TimeProvider time)
    {
        _most = most;
        _step = step;
        _time = time;
        _current = most;
    }

    /// <summary>The largest size to ask for, at least 1.</summary>
    internal int Current
    {
        get
        {
            lock (_gate)
            {
                return _current;
            }
        }
    }

    /// <summary>A size was served. Only one at the limit teaches anything.</summary>
    internal void Accepted(int size)
    {
        lock (_gate)
        {
            if (size < _current)
            {
                return;
            }

            int next = (int)Math.Min((long)_current + _step, _most);
            if (next >= _refused && _time.GetUtcNow() - _refusedAt < RelearnAfter)
            {
                next = Math.Max(_current, _refused - 1);
            }

            _current = next;
        }
    }

    /// <summary>A size was refused; <paramref name="named"/> is the size that the provider said it serves, if it did.</summary>
    internal void Refused(int size, int? named = null)
    {
        lock (_gate)
        {
            int next = named is { } said && said >= 1 && said < size ? said : size / 2;
            _current = Math.Max(1, Math.Min(_current, next));
            (_refused, _refusedAt) = (size, _time.GetUtcNow());
        }
    }

    /// <summary>Takes over what was learned before, within 1 and the most that is ever asked.</summary>
    internal void Remember(int size)
    {
        lock (_gate)
        {
            _current = Math.Clamp(size, 1, _most);
        }
    }
}
