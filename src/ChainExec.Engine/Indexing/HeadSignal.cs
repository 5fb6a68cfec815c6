using ChainExec.Storage;

namespace ChainExec.Indexing;

/// <summary>
/// Says when the head of one chain is worth asking for: at once after a notification, else by the poll interval. While a subscription is
/// alive polling is ten times rarer, because nodes lose notifications (a rollback sends none); when it dies polling works alone.
/// </summary>
internal sealed class HeadSignal(TimeProvider clock, WakeUp wakeUp, TimeSpan pollInterval)
{
    private const int SubscribedPollFactor = 10;

    private int _pulsed = 1;
    private int _subscriptions;
    private long _lastTaken = clock.GetTimestamp();

    /// <summary>A head was announced: wakes the follower.</summary>
    public void Pulse()
    {
        MoreToDo();
        wakeUp.Pulse();
    }

    /// <summary>The follower knows that its next turn has work, whether or not a head is announced.</summary>
    public void MoreToDo() => Volatile.Write(ref _pulsed, 1);

    public void SubscriptionStarted() => Interlocked.Increment(ref _subscriptions);

    /// <summary>Also a pulse: whatever was announced while the socket died was lost.</summary>
    public void SubscriptionEnded()
    {
        Interlocked.Decrement(ref _subscriptions);
        Pulse();
    }

    /// <summary>Whether a turn should ask the nodes now. Taking it resets both reasons. Only the chain's follower calls this.</summary>
    public bool TryTake()
    {
        TimeSpan interval = Volatile.Read(ref _subscriptions) > 0 ? pollInterval * SubscribedPollFactor : pollInterval;
        bool pulsed = Interlocked.Exchange(ref _pulsed, 0) == 1;
        if (!pulsed && clock.GetElapsedTime(_lastTaken) < interval)
            return false;
        _lastTaken = clock.GetTimestamp();
        return true;
    }
}
