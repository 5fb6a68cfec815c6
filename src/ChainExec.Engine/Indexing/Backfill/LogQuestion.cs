using ChainExec.Calls;
using ChainExec.Ethereum;
using ChainExec.Ethereum.Rpc;
using ChainExec.Ethereum.Trie;

namespace ChainExec.Indexing.Backfill;

/// <summary>
/// Which transfers of listed tokens are asked for: those that name one of few addresses, or all of them when there are many addresses.
/// </summary>
internal sealed class LogQuestion
{
    private readonly HashSet<Address> _tokens;
    private readonly IReadOnlyList<Hash32>? _named;

    private LogQuestion(IReadOnlyList<Address> tokens, IReadOnlyList<Hash32>? named)
    {
        _tokens = [.. tokens];
        _named = named;
        if (tokens.Count == 0)
            return;
        var all = new RpcLogFilter { Addresses = tokens, Topics = [[ObservedMovements.TransferTopic]] };
        Filters = named is null
            ? [all]
            :
            [
                all with { Topics = [[ObservedMovements.TransferTopic], named] },
                all with { Topics = [[ObservedMovements.TransferTopic], [], named] },
            ];
    }

    /// <summary>The questions to a node; a log may answer more than one.</summary>
    public IReadOnlyList<RpcLogFilter> Filters { get; } = [];

    /// <param name="tokens">The listed tokens.</param>
    /// <param name="named">The addresses to name; nothing when they are too many.</param>
    public static LogQuestion Of(IReadOnlyList<Address> tokens, IReadOnlyList<Address>? named) => new(
        tokens, named is null ? null : [.. named.Select(AsTopic)]);

    /// <summary>Whether a log is one of those asked for.</summary>
    public bool Matches(ObservedLog log) =>
        _tokens.Contains(log.Emitter) && log.Topics.Count > 0 && log.Topics[0] == ObservedMovements.TransferTopic
        && (_named is null || (log.Topics.Count > 1 && _named.Contains(log.Topics[1]))
            || (log.Topics.Count > 2 && _named.Contains(log.Topics[2])));

    /// <summary>Whether a header's bloom filter speaks of such a log. It may do so by coincidence.</summary>
    public bool MayBeIn(ReadOnlyMemory<byte> logsBloom)
    {
        if (_tokens.Count == 0 || !logsBloom.Span.ContainsAnyExcept((byte)0))
            return false;
        var bloom = new LogBloom(logsBloom);
        return bloom.MayContain(ObservedMovements.TransferTopic.ToArray())
            && _tokens.Any(token => bloom.MayContain(token.ToArray()))
            && (_named is null || _named.Any(address => bloom.MayContain(address.ToArray())));
    }

    private static Hash32 AsTopic(Address address)
    {
        Span<byte> word = stackalloc byte[Hash32.Size];
        word.Clear();
        address.CopyTo(word[(Hash32.Size - Address.Size)..]);
        return Hash32.FromBytes(word);
    }
}
