using ChainExec.Ethereum;
using ChainExec.Ethereum.Trie;
using ChainExec.Storage;

namespace ChainExec.Indexing.Backfill;

/// <summary>
/// The addresses of one chain that are ours, exactly, in memory (about 32 bytes each). Refreshed under the lock of the chain's row; whoever
/// read by it before compares <see cref="Version"/> and reads again when it changed, so that no account is missed in between. Safe for use
/// by several threads.
/// </summary>
internal sealed class WatchSet(long chain)
{
    private const int PageSize = 20_000;

    // Of so many addresses a bloom filter that holds anything seems to hold some.
    private const int LookedUpMax = 50_000;

    // An account becomes visible at its commit, a little after its created_at: so far back is looked again.
    private static readonly TimeSpan Overlap = TimeSpan.FromMinutes(10);

    private readonly Lock _gate = new();
    private readonly HashSet<Address> _addresses = [];
    private readonly List<BloomItem> _items = [];
    private readonly List<DateTimeOffset> _recent = [];
    private DateTimeOffset? _newest;

    /// <summary>A set of these addresses alone.</summary>
    public static WatchSet Of(long chain, IEnumerable<Address> addresses)
    {
        var set = new WatchSet(chain);
        foreach (Address address in addresses)
            set.Add(address);
        return set;
    }

    /// <summary>Grows with every refresh that found something new.</summary>
    public int Version { get; private set; }

    public int Count
    {
        get
        {
            lock (_gate)
                return _addresses.Count;
        }
    }

    /// <summary>Whether an address is ours.</summary>
    public bool Contains(Address address)
    {
        lock (_gate)
            return _addresses.Contains(address);
    }

    /// <summary>Whether a bloom filter may hold one of them as a topic. With very many of them the answer is always yes.</summary>
    public bool MayBeIn(LogBloom bloom)
    {
        lock (_gate)
        {
            if (_addresses.Count > LookedUpMax)
                return true;
            foreach (BloomItem item in _items)
            {
                if (bloom.MayContain(item))
                    return true;
            }
        }

        return false;
    }

    /// <summary>All of them, when they are at most so many.</summary>
    public IReadOnlyList<Address>? AllWhenAtMost(int count)
    {
        lock (_gate)
            return _addresses.Count <= count ? [.. _addresses] : null;
    }

    /// <summary>Takes up what was registered since the last time.</summary>
    public async Task RefreshAsync(DbSession session, CancellationToken cancellationToken)
    {
        const string sql = """
            select address, created_at
            from   custody.v_account
            where  chain_id = @chain and (created_at, address) > (@time, @address)
            order  by created_at, address
            limit  @limit
            """;
        (DateTimeOffset Time, Address Address) after = (_newest - Overlap ?? DateTimeOffset.UnixEpoch, Address.Zero);
        if (_newest is not null && await CountAsync(session, after.Time, cancellationToken) == Recent(after.Time))
            return;
        IReadOnlyList<(Address Address, DateTimeOffset Time)> page;
        bool isNew = false;
        do
        {
            page = await session.Sql(sql)
                .With("chain", chain).With("time", after.Time).With("address", after.Address).With("limit", PageSize)
                .ReadAsync(reader => (reader.Address("address"), reader.Time("created_at")), cancellationToken);
            lock (_gate)
            {
                foreach ((Address address, DateTimeOffset time) in page)
                {
                    if (Add(address))
                    {
                        isNew = true;
                        _recent.Add(time);
                    }

                    after = (time, address);
                }
            }
        }
        while (page.Count == PageSize);

        _newest = after.Time > (_newest ?? DateTimeOffset.MinValue) ? after.Time : _newest;
        if (isNew)
            Version++;
    }

    // Very many may have come within the overlap: that there are as many as are known costs less than to read them again.
    private Task<long> CountAsync(DbSession session, DateTimeOffset since, CancellationToken cancellationToken) =>
        session.Sql("select count(*) from custody.v_account where chain_id = @chain and created_at >= @since")
            .With("chain", chain).With("since", since).ScalarAsync<long>(cancellationToken);

    private int Recent(DateTimeOffset since)
    {
        lock (_gate)
        {
            _recent.RemoveAll(time => time < since);
            return _recent.Count;
        }
    }

    private bool Add(Address address)
    {
        if (!_addresses.Add(address))
            return false;
        if (_items.Count < LookedUpMax)
            _items.Add(BloomItem.Of(LogQuestion.AsTopic(address)));
        return true;
    }
}
