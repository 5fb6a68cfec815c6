namespace ChainExec.Calls;

/// <summary>
/// The assets of one chain with when each was listed. What is said of the past is said by what was listed then: a token that is listed
/// later changes nothing of it.
/// </summary>
internal sealed class AssetHistory
{
    private readonly IReadOnlyList<(Asset Asset, DateTimeOffset ListedAt)> _listed;
    private readonly Dictionary<int, AssetSnapshot> _snapshots = [];

    /// <param name="listed">The assets, the one that was listed first first.</param>
    public AssetHistory(IReadOnlyList<(Asset Asset, DateTimeOffset ListedAt)> listed) => _listed = listed;

    /// <summary>What was listed by a time.</summary>
    public AssetSnapshot At(DateTimeOffset time)
    {
        int count = _listed.TakeWhile(one => one.ListedAt <= time).Count();
        if (!_snapshots.TryGetValue(count, out AssetSnapshot? snapshot))
            _snapshots.Add(count, snapshot = new AssetSnapshot([.. _listed.Take(count).Select(one => one.Asset)]));
        return snapshot;
    }
}
