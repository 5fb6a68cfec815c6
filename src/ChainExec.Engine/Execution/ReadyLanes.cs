namespace ChainExec.Execution;

/// <summary>How the ready intents of a turn are bound.</summary>
/// <param name="Batched">Lanes whose next transaction carries what its intents share, lane by lane.</param>
/// <param name="Apart">Those of lanes in which nobody shares.</param>
/// <param name="Alone">The others: stepped one by one, after what is bound together.</param>
internal sealed record ReadyLanes(
    IReadOnlyList<ReadyIntent[]> Batched, IReadOnlyList<ReadyIntent> Apart, IReadOnlyList<LeasedIntent> Alone)
{
    /// <summary>
    /// Of a lane that batches the first in order decides, whatever its way: it has the one place, with those that share it or alone.
    /// </summary>
    /// <param name="turn">Everything that the turn leased, in order.</param>
    /// <param name="ready">What of it is ready, in the same order.</param>
    public static ReadyLanes Of(IReadOnlyList<LeasedIntent> turn, IReadOnlyList<ReadyIntent> ready)
    {
        HashSet<IntentId> first = [.. turn.DistinctBy(one => (one.Intent.Chain, one.Intent.Sender)).Select(one => one.Intent.Id)];
        ReadyIntent[][] lanes = [.. ready.GroupBy(one => one.Lane).Select(lane => lane.ToArray())];
        ReadyIntent[][] batched = [.. lanes.Where(lane => lane[0].Shares && first.Contains(lane[0].Intent.Id))];
        return new ReadyLanes(
            [.. batched.Select(lane => lane.Where(one => one.Shares).ToArray())],
            [.. lanes.Where(lane => lane.All(one => !one.Shares)).SelectMany(lane => lane)],
            [
                .. batched.SelectMany(lane => lane.Where(one => !one.Shares)).Select(one => one.Leased),
                .. lanes.Except(batched).Where(lane => lane.Any(one => one.Shares)).SelectMany(lane => lane).Select(one => one.Leased),
            ]);
    }
}
