using ChainExec.Calls;
using ChainExec.Ethereum;
using ChainExec.Ethereum.Rpc;
using ChainExec.Ethereum.Trie;

namespace ChainExec.Indexing.Backfill;

/// <summary>
/// Which logs of a range are asked for: transfers of listed tokens that name one of few addresses, or all of them when there are many
/// addresses, and the events that are watched whomever they concern.
/// </summary>
internal sealed class LogQuestion
{
    private static readonly BloomItem Transfer = BloomItem.Of(ObservedMovements.TransferTopic);

    private readonly WatchedEvents _watched;
    private readonly HashSet<Address> _tokens;
    private readonly HashSet<Hash32>? _named;
    private readonly IReadOnlyList<BloomItem> _tokenItems;
    private readonly IReadOnlyList<BloomItem> _ofTokens;
    private readonly IReadOnlyList<BloomItem> _ofContracts;
    private readonly IReadOnlyList<BloomItem> _contracts;

    private LogQuestion(IReadOnlyList<Address> tokens, IReadOnlyList<Hash32>? named, WatchedEvents watched)
    {
        _watched = watched;
        _tokens = [.. tokens];
        _named = named?.ToHashSet();
        _tokenItems = [.. tokens.Select(BloomItem.Of)];
        _ofTokens = [.. watched.OfTokens.Select(BloomItem.Of)];
        _ofContracts = [.. watched.OfContracts.Select(BloomItem.Of)];
        _contracts = [.. watched.Contracts.Select(BloomItem.Of)];
        Filters = [.. FiltersOf(tokens, named, watched)];
    }

    /// <summary>The questions to a node; a log may answer more than one.</summary>
    public IReadOnlyList<RpcLogFilter> Filters { get; }

    /// <param name="tokens">The listed tokens.</param>
    /// <param name="named">The addresses to name; nothing when they are too many.</param>
    /// <param name="watched">Events that are wanted whomever they concern.</param>
    public static LogQuestion Of(IReadOnlyList<Address> tokens, IReadOnlyList<Address>? named, WatchedEvents watched) => new(
        tokens, named is null ? null : [.. named.Select(AsTopic)], watched);

    /// <summary>An address as the topic that names it.</summary>
    public static Hash32 AsTopic(Address address)
    {
        Span<byte> word = stackalloc byte[Hash32.Size];
        word.Clear();
        address.CopyTo(word[(Hash32.Size - Address.Size)..]);
        return Hash32.FromBytes(word);
    }

    /// <summary>Whether a log is one of those asked for.</summary>
    public bool Matches(ObservedLog log)
    {
        if (log.Topics is not [var topic, ..])
            return false;
        bool isToken = _tokens.Contains(log.Emitter);
        return (isToken && topic == ObservedMovements.TransferTopic && IsNamed(log)) || (isToken && _watched.OfTokens.Contains(topic))
            || (_watched.Contracts.Contains(log.Emitter) && _watched.OfContracts.Contains(topic));
    }

    /// <summary>
    /// Whether a header's bloom filter speaks of a log that would make the block relevant. It may do so by coincidence, and with many
    /// addresses it often does.
    /// </summary>
    public bool MayBeIn(ReadOnlyMemory<byte> logsBloom, WatchSet watch)
    {
        if (!logsBloom.Span.ContainsAnyExcept((byte)0))
            return false;
        var bloom = new LogBloom(logsBloom);
        return (AnyIn(bloom, _tokenItems) && (AnyIn(bloom, _ofTokens) || (bloom.MayContain(Transfer) && watch.MayBeIn(bloom))))
            || (AnyIn(bloom, _contracts) && AnyIn(bloom, _ofContracts));
    }

    private static IEnumerable<RpcLogFilter> FiltersOf(
        IReadOnlyList<Address> tokens, IReadOnlyList<Hash32>? named, WatchedEvents watched)
    {
        if (tokens.Count > 0)
        {
            var ofTokens = new RpcLogFilter { Addresses = tokens };
            if (named is null)
            {
                yield return ofTokens with { Topics = [[ObservedMovements.TransferTopic, .. watched.OfTokens]] };
            }
            else
            {
                if (named.Count > 0)
                {
                    yield return ofTokens with { Topics = [[ObservedMovements.TransferTopic], named] };
                    yield return ofTokens with { Topics = [[ObservedMovements.TransferTopic], [], named] };
                }

                if (watched.OfTokens.Count > 0)
                    yield return ofTokens with { Topics = [watched.OfTokens] };
            }
        }

        if (watched.Contracts.Count > 0)
            yield return new RpcLogFilter { Addresses = watched.Contracts, Topics = [watched.OfContracts] };
    }

    private static bool AnyIn(LogBloom bloom, IReadOnlyList<BloomItem> items)
    {
        foreach (BloomItem item in items)
        {
            if (bloom.MayContain(item))
                return true;
        }

        return false;
    }

    private bool IsNamed(ObservedLog log) => _named is null || (log.Topics.Count > 1 && _named.Contains(log.Topics[1]))
        || (log.Topics.Count > 2 && _named.Contains(log.Topics[2]));
}
