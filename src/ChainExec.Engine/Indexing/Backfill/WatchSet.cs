using ChainExec.Ethereum;
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

    // An account becomes visible at its commit, a little after its created_at: so far back is looked again.
    private static readonly TimeSpan Overlap = TimeSpan.FromMinutes(2);

    private readonly Lock _gate = new();
    private readonly HashSet<Address> _addresses = [];
    private DateTimeOffset? _newest;

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

    /// <summary>Those of the candidates that are ours.</summary>
    public IReadOnlySet<Address> Among(IReadOnlySet<Address> candidates)
    {
        var ours = new HashSet<Address>();
        lock (_gate)
        {
            foreach (Address candidate in candidates)
            {
                if (_addresses.Contains(candidate))
                    ours.Add(candidate);
            }
        }

        return ours;
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
                    isNew |= _addresses.Add(address);
                    after = (time, address);
                }
            }
        }
        while (page.Count == PageSize);

        _newest = after.Time > (_newest ?? DateTimeOffset.MinValue) ? after.Time : _newest;
        if (isNew)
            Version++;
    }
}
