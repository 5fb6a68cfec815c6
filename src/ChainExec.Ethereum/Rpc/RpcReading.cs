namespace ChainExec.Ethereum.Rpc;

/// <summary>
/// One question to a set of providers and what they said so far; it decides what follows from that. It has no clock and asks nobody, so
/// that what makes a thing absent is in one place.
/// </summary>
/// <param name="endpoints">All providers of the set, in its order.</param>
/// <param name="absenceQuorum">How many must have nothing before it is absent.</param>
/// <param name="comparer">When two said the same.</param>
internal sealed class RpcReading<T>(IReadOnlyList<string> endpoints, int absenceQuorum, IEqualityComparer<T> comparer)
{
    private readonly Said[] _said = new Said[endpoints.Count];

    /// <summary>The providers that have not said anything yet and still may.</summary>
    internal int Open { get; set; }

    /// <summary>Notes that a provider has the thing.</summary>
    internal void Value(int endpoint, RpcHead head, T value) => _said[endpoint] = new Said(RpcTestimony.Value, head, value, null);

    /// <summary>Notes that a provider has no such thing.</summary>
    internal void Nothing(int endpoint, RpcHead head) => _said[endpoint] = new Said(RpcTestimony.Absent, head, default, null);

    /// <summary>Notes that a provider is too far behind to be asked.</summary>
    internal void Behind(int endpoint, RpcHead head) => _said[endpoint] = new Said(RpcTestimony.Behind, head, default, null);

    /// <summary>Notes that a provider failed.</summary>
    internal void Failed(int endpoint, RpcHead? head, RpcException error) =>
        _said[endpoint] = new Said(RpcTestimony.Failed, head, default, error);

    /// <summary>
    /// What that many say alike, once nobody who is still to speak could make as many say otherwise; null when it is not found. What has
    /// nothing below <paramref name="required"/> does not deny it; while some are still to speak that height is not known, and 0 is safe.
    /// </summary>
    internal RpcFound<T>? FoundBy(int quorum, ulong required)
    {
        List<List<int>> groups = Groups();
        int rival = groups.Count > 1 ? groups[1].Count : 0;
        int denied = _said.Count(said => said.What == RpcTestimony.Absent && said.Head!.Number >= required);
        bool found = groups.Count > 0 && groups[0].Count >= quorum && rival + Open < quorum && denied + Open < absenceQuorum;
        return found ? Found(groups[0]) : null;
    }

    /// <summary>What one provider has, whatever others say.</summary>
    internal RpcFound<T> FoundAt(int endpoint) => Found([endpoint]);

    /// <summary>
    /// When all have spoken and it was not found: absent if enough have nothing at a head of <paramref name="required"/> or above and
    /// nobody has it; else unknown.
    /// </summary>
    internal RpcFinding<T> Rest(int quorum, ulong required)
    {
        ulong[] heads =
        [
            .. _said.Where(said => said.What == RpcTestimony.Absent && said.Head!.Number >= required)
                .Select(said => said.Head!.Number).OrderDescending(),
        ];
        int needed = Math.Max(quorum, absenceQuorum);
        bool any = _said.Any(said => said.What == RpcTestimony.Value);
        if (!any && heads.Length >= needed)
        {
            return new RpcAbsent<T>(heads[needed - 1], Witnesses(required, []));
        }

        string reason = any
            ? "the providers contradict each other, or too few say the same"
            : $"{heads.Length} of {needed} needed providers have nothing at height {required} or above";
        return new RpcUndetermined<T>(reason, Witnesses(required, []));
    }

    // Those that say the same together, the most first.
    private List<List<int>> Groups()
    {
        List<List<int>> groups = [];
        for (int i = 0; i < _said.Length; i++)
        {
            if (_said[i].What == RpcTestimony.Value)
            {
                List<int>? same = groups.Find(group => comparer.Equals(_said[group[0]].Value!, _said[i].Value!));
                if (same is null)
                {
                    groups.Add(same = []);
                }

                same.Add(i);
            }
        }

        groups.Sort((left, right) => right.Count.CompareTo(left.Count));
        return groups;
    }

    private RpcFound<T> Found(IReadOnlyList<int> group)
    {
        T value = _said[group[0]].Value!;
        return new RpcFound<T>(value, Witnesses(0, group));
    }

    private RpcWitness[] Witnesses(ulong required, IReadOnlyList<int> found) =>
    [
        .. _said.Select((said, i) => new RpcWitness(
            endpoints[i],
            said.What == RpcTestimony.Value && !found.Contains(i) ? RpcTestimony.OtherValue :
            said.What == RpcTestimony.Absent && said.Head!.Number < required ? RpcTestimony.Behind :
            said.What,
            said.Head,
            said.Error)),
    ];

    /// <summary>What one provider said; by default nothing, because it was not asked.</summary>
    private readonly record struct Said(RpcTestimony What, RpcHead? Head, T? Value, RpcException? Error);
}
