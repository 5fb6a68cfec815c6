namespace ChainExec.Ethereum.Rpc;

/// <summary>
/// How much a provider serves at once, learned by additive increase and multiplicative decrease: it begins at the most that is ever asked,
/// a refusal halves it or takes the size the provider named, and <see cref="GrowAfter"/> successes in a row at the limit add a step. What
/// was refused, or is more than the provider named, is not tried again for <see cref="RelearnAfter"/>.
/// </summary>
internal sealed class LearnedLimit
{
    /// <summary>How many successes in a row at the limit add a step: each step may cost a refusal.</summary>
    internal const int GrowAfter = 8;

    /// <summary>How long a refused size is not tried again.</summary>
    internal static readonly TimeSpan RelearnAfter = TimeSpan.FromMinutes(10);

    private readonly int _most;
    private readonly int _step;
    private readonly TimeProvider _time;
    private readonly Lock _gate = new();
    private int _current;
    private int _inARow;
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
            if (size < _current || ++_inARow < GrowAfter)
            {
                return;
            }

            _inARow = 0;
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
            bool isNamed = named >= 1 && named < size;
            int next = isNamed ? named!.Value : size / 2;
            _current = Math.Max(1, Math.Min(_current, next));
            _inARow = 0;
            (_refused, _refusedAt) = (isNamed ? next + 1 : size, _time.GetUtcNow());
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
