using ChainExec.Ethereum;

namespace ChainExec.Indexing;

/// <summary>
/// All events that are watched: one list tells what is asked for in ranges and what makes a transaction relevant.
/// </summary>
internal sealed class WatchedEvents
{
    private readonly ILookup<Hash32, WatchedEvent> _byTopic;

    public WatchedEvents(IEnumerable<IWatchedLogs> watched)
    {
        List<WatchedEvent> events = [.. watched.SelectMany(one => one.Events)];
        _byTopic = events.ToLookup(one => one.Topic0);
        OfTokens = [.. events.Where(one => one.Emitters is null).Select(one => one.Topic0).Distinct()];
        OfContracts = [.. events.Where(one => one.Emitters is not null).Select(one => one.Topic0).Distinct()];
        Contracts = [.. events.SelectMany(one => one.Emitters ?? new HashSet<Address>()).Distinct()];
    }

    /// <summary>First topics that are watched for at listed tokens.</summary>
    public IReadOnlyList<Hash32> OfTokens { get; }

    /// <summary>First topics that are watched for at contracts by their addresses.</summary>
    public IReadOnlyList<Hash32> OfContracts { get; }

    /// <summary>Those contracts.</summary>
    public IReadOnlyList<Address> Contracts { get; }

    /// <param name="emitter">Who emitted a log.</param>
    /// <param name="listed">Whether that is a token of the asset registry.</param>
    /// <param name="topic0">The log's first topic.</param>
    public bool Watches(Address emitter, bool listed, Hash32 topic0)
    {
        foreach (WatchedEvent one in _byTopic[topic0])
        {
            if (one.Emitters is null ? listed : one.Emitters.Contains(emitter))
                return true;
        }

        return false;
    }
}
