using ChainExec.Calls;
using ChainExec.Ethereum;
using ChainExec.Storage;

namespace ChainExec.Execution;

/// <summary>Those of a turn's intents that go the plain way, now preparing, and how their lanes stand.</summary>
internal sealed record PlainIntents(
    IReadOnlyDictionary<IntentId, ReadyIntent> Ready, IReadOnlyDictionary<(long Chain, Address Sender), long> InFlight,
    IReadOnlyDictionary<long, long?> Heads)
{
    public static readonly PlainIntents None = new(
        new Dictionary<IntentId, ReadyIntent>(), new Dictionary<(long, Address), long>(), new Dictionary<long, long?>());
}

/// <summary>
/// Finds what of a turn's intents can go on together: new ones that wait for nobody, are frozen by nobody and approved by nobody, have no
/// deadline that is near, and of which the signer can know nothing. One transaction reads all of them.
/// </summary>
internal sealed class PlainReader(
    IntentStore intents, LaneStore lanes, CallStore calls, FreezeGate gate, IndexReader index, JournalSync journal, UnitOfWork unitOfWork,
    TimeProvider clock)
{
    private const string Actor = "worker:intent";

    // Longer than a turn takes: a deadline that passes meanwhile is found where an intent is stepped by itself.
    private static readonly TimeSpan DeadlineNear = TimeSpan.FromMinutes(1);

    public async Task<PlainIntents> ReadAsync(IReadOnlyList<LeasedIntent> leased, CancellationToken cancellationToken)
    {
        LeasedIntent[] candidates =
        [
            .. leased.GroupBy(one => (one.Intent.Chain, one.Intent.Sender)).Where(lane => lane.All(IsCandidate)).SelectMany(lane => lane),
        ];
        if (candidates.Length == 0)
            return PlainIntents.None;
        try
        {
            return await unitOfWork.RunAsync((session, token) => ReadAsync(session, candidates, token), cancellationToken);
        }
        catch (StaleWriteException)
        {
            // Somebody moved one of them: nothing was written, and each is stepped by itself.
            return PlainIntents.None;
        }
    }

    private bool IsCandidate(LeasedIntent leased)
    {
        Intent intent = leased.Intent;
        return intent is { State: IntentState.Created or IntentState.Preparing, Generation: 0, Parent: null, Wish: null }
            && (intent.Deadline is not { } deadline || deadline > clock.GetUtcNow() + DeadlineNear)
            && journal.IsChecked(intent.Chain, intent.Sender);
    }

    private async Task<PlainIntents> ReadAsync(
        DbSession session, IReadOnlyList<LeasedIntent> candidates, CancellationToken cancellationToken)
    {
        await journal.RequireSameDatabaseAsync(session, cancellationToken);
        IReadOnlyDictionary<IntentId, bool> plain = await lanes.PlainAsync(
            session, [.. candidates.Select(one => one.Intent.Id)], cancellationToken);
        ILookup<Guid, BlockchainCall> made = (await calls.OfIntentsAsync(
            session, [.. plain.Keys.Select(intent => intent.Value)], cancellationToken)).ToLookup(call => call.Intent);
        var ready = new List<LeasedIntent>();
        LeasedIntent[] known = [.. candidates.Where(one => plain.ContainsKey(one.Intent.Id))];
        IReadOnlySet<IntentId> frozen = await gate.FrozenAmongAsync(
            session, [.. known.Select(one => one.Intent)], made, cancellationToken);
        foreach (LeasedIntent one in known.Where(one => !frozen.Contains(one.Intent.Id)))
        {
            BlockchainCall[] its = [.. made[one.Intent.Root.Value]];
            if (its.Length == 1 || Shares(one, its))
                ready.Add(one);
        }

        // In a lane with any other, all are stepped one by one: so they keep their order. Not those that share a transaction: behind one
        // that goes alone each of them would take a block.
        var mixed = candidates.Except(ready).Select(one => (one.Intent.Chain, one.Intent.Sender)).ToHashSet();
        ready.RemoveAll(one => mixed.Contains((one.Intent.Chain, one.Intent.Sender)) && !plain[one.Intent.Id]);
        if (ready.Count == 0)
            return PlainIntents.None;
        LeasedIntent[] fresh = [.. ready.Where(one => one.Intent.State == IntentState.Created)];
        IReadOnlyList<Intent> preparing = await intents.MoveManyAsync(
            session,
            [.. fresh.Select(one => new IntentStep(one.Intent, IntentEvent.Ready, new IntentMove(Actor), one.Epoch, KeepsLease: true))],
            cancellationToken);
        Dictionary<IntentId, Intent> moved = preparing.ToDictionary(intent => intent.Id);
        IReadOnlyList<LanePlaces> places = await lanes.PlacesAsync(
            session, [.. ready.Select(one => (one.Intent.Chain, one.Intent.Sender)).Distinct()], cancellationToken);
        var heads = new Dictionary<long, long?>();
        foreach (long chain in places.Select(lane => lane.Chain).Distinct())
            heads[chain] = await index.NearHeadAsync(session, chain, cancellationToken);
        return new PlainIntents(
            ready.ToDictionary(
                one => one.Intent.Id,
                one => new ReadyIntent(
                    moved.TryGetValue(one.Intent.Id, out Intent? after) ? one with { Intent = after } : one,
                    [.. made[one.Intent.Root.Value]], Shares(one, [.. made[one.Intent.Root.Value]]))),
            places.ToDictionary(lane => (lane.Chain, lane.Sender), lane => lane.InFlight),
            heads);

        // A deadline could only be kept by giving up the others; native coin that moves inside a transaction is in no log, by which alone
        // an intent is judged.
        bool Shares(LeasedIntent one, IReadOnlyList<BlockchainCall> its) =>
            plain[one.Intent.Id] && one.Intent.Deadline is null
            && its.All(call => call.Value.IsZero && call.Expected.All(movement => movement.Contract is not null));
    }
}
