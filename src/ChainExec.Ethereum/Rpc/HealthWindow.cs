namespace ChainExec.Ethereum.Rpc;

/// <summary>
/// Whether a provider is worth asking, by its last answers. It falls ill quickly and recovers slowly, so that a provider at the edge does
/// not flap: <see cref="SickInARow"/> failures in a row, or failures for half of at least half a window, make it sick; then it is tried
/// once in a growing while, and only <see cref="WellInARow"/> answers in a row make it well.
/// </summary>
internal sealed class HealthWindow(TimeProvider time)
{
    /// <summary>How many outcomes are looked back at.</summary>
    internal const int Size = 20;

    /// <summary>How many failures in a row make a provider sick.</summary>
    internal const int SickInARow = 3;

    /// <summary>How many answers in a row make a sick provider well.</summary>
    internal const int WellInARow = 3;

    /// <summary>The first wait between two trials of a sick provider; it doubles with each failure until <see cref="TrialMax"/>.</summary>
    internal static readonly TimeSpan TrialFirst = TimeSpan.FromSeconds(1);

    /// <summary>The longest wait between two trials.</summary>
    internal static readonly TimeSpan TrialMax = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private readonly Queue<bool> _outcomes = new();
    private bool _sick;
    private int _inARow;
    private TimeSpan _trialWait = TrialFirst;
    private DateTimeOffset _nextTrial;

    /// <summary>True while the provider is well.</summary>
    internal bool IsWell
    {
        get
        {
            lock (_gate)
            {
                return !_sick;
            }
        }
    }

    /// <summary>True when the provider may be asked: it is well, or its next trial is due, which is then taken.</summary>
    internal bool MayAsk()
    {
        lock (_gate)
        {
            if (!_sick)
            {
                return true;
            }

            DateTimeOffset now = time.GetUtcNow();
            if (now < _nextTrial)
            {
                return false;
            }

            _nextTrial = now + _trialWait;
            return true;
        }
    }

    /// <summary>The provider answered.</summary>
    internal void Answered() => Note(true);

    /// <summary>The provider did not answer, or answered nonsense.</summary>
    internal void Failed() => Note(false);

    private void Note(bool answered)
    {
        lock (_gate)
        {
            _inARow = _inARow > 0 == answered ? _inARow + (answered ? 1 : -1) : answered ? 1 : -1;
            if (_sick)
            {
                NoteTrial(answered);
                return;
            }

            _outcomes.Enqueue(answered);
            if (_outcomes.Count > Size)
            {
                _outcomes.Dequeue();
            }

            int failures = _outcomes.Count(outcome => !outcome);
            if (_inARow <= -SickInARow || (_outcomes.Count >= Size / 2 && failures * 2 >= _outcomes.Count))
            {
                _sick = true;
                _trialWait = TrialFirst;
                _nextTrial = time.GetUtcNow() + _trialWait;
            }
        }
    }

    private void NoteTrial(bool answered)
    {
        if (answered && _inARow >= WellInARow)
        {
            _sick = false;
            _outcomes.Clear();
        }
        else if (!answered)
        {
            _trialWait = _trialWait * 2 < TrialMax ? _trialWait * 2 : TrialMax;
            _nextTrial = time.GetUtcNow() + _trialWait;
        }
    }
}
