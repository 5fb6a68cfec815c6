using ChainExec.Calls;
using ChainExec.Ethereum;
using ChainExec.Ethereum.Rpc;
using ChainExec.Storage;
using Microsoft.Extensions.Options;

namespace ChainExec.Execution;

/// <summary>An intent that is ready to be bound the plain way, leased.</summary>
/// <param name="Shares">Whether its calls may go in one transaction of its account with those of others.</param>
internal sealed record ReadyIntent(LeasedIntent Leased, IReadOnlyList<BlockchainCall> Calls, bool Shares)
{
    public Intent Intent => Leased.Intent;

    /// <summary>The one call of an intent that shares nothing.</summary>
    public BlockchainCall Call => Calls.Single();

    public (long Chain, Address Sender) Lane => (Intent.Chain, Intent.Sender);
}

/// <summary>
/// Binds what is ready, in all lanes in one transaction, in the order given, as far as each sender has places and money. Whatever is not
/// plain is answered back: <see cref="SlotBinder"/> binds one by one, and says why it does not.
/// </summary>
internal sealed class LaneBinder(
    IntentStore intents, LaneStore lanes, IndexReader index, SenderReader reader, Preflight preflight, ChainDirectory chains,
    UnitOfWork unitOfWork, TimeProvider clock, IOptions<ExecutionOptions> options)
{
    private const string Actor = "worker:intent";

    /// <summary>Binds what it can; those that it neither bound nor has waiting for a place.</summary>
    public async Task<IReadOnlyList<LeasedIntent>> BindAsync(
        PlainIntents plain, IReadOnlyList<ReadyIntent> ready, CancellationToken cancellationToken)
    {
        int placesMax = options.Value.InFlightMax;
        ReadyIntent[] fit =
        [
            .. ready.GroupBy(one => one.Lane).SelectMany(lane => lane.Take((int)Math.Max(0, placesMax - plain.InFlight[lane.Key]))),
        ];
        await WaitForPlaceAsync([.. ready.Except(fit).Select(one => one.Leased)], placesMax, cancellationToken);
        if (fit.Length == 0)
            return [];

        Priced[] priced = [.. (await PriceAsync(plain, fit, cancellationToken)).OfType<Priced>()];
        IReadOnlySet<IntentId> bound = priced.Length == 0
            ? new HashSet<IntentId>()
            : await TryBindAsync(priced, cancellationToken);
        if (bound.Count > 0)
            Boundary.Passed(Boundary.SlotBound);
        return [.. fit.Where(one => !bound.Contains(one.Intent.Id)).Select(one => one.Leased)];
    }

    // As one that waits alone does: whoever leaves a lane between our look and this commit woke nobody, so it looks again.
    private async Task WaitForPlaceAsync(IReadOnlyList<LeasedIntent> waiting, int placesMax, CancellationToken cancellationToken)
    {
        if (waiting.Count == 0)
            return;
        await unitOfWork.RunAsync(
            (session, token) => lanes.WaitForPlaceAsync(
                session, waiting, IntentWorker.PlaceNet, IntentWorker.LaneFull, $"The sender may have {placesMax} transactions in flight.",
                token),
            cancellationToken);
        await unitOfWork.RunAsync(
            async (session, token) =>
            {
                ILookup<bool, FreePlaces> places = (await lanes.PlacesAsync(
                        session, [.. waiting.Select(one => (one.Intent.Chain, one.Intent.Sender)).Distinct()], token))
                    .Select(lane => new FreePlaces(lane.Chain, lane.Sender, placesMax - lane.InFlight))
                    .ToLookup(lane => lane.Count > 0);
                PlaceWaker.WakeMany(session, [.. places[true]]);
                PlaceWaker.WakeMany(
                    session, [.. places[false].Select(lane => lane with { Count = 1 })], options.Value.RetryDelay);
            },
            cancellationToken);
    }

    private Task<Priced?[]> PriceAsync(PlainIntents plain, IReadOnlyList<ReadyIntent> fit, CancellationToken cancellationToken)
    {
        long began = clock.GetTimestamp();
        return SideBySide.AskAsync(
            fit, options.Value.SendersAtOnceMax,
            // What is priced by half of the lease is bound under it.
            async (one, token) => clock.GetElapsedTime(began) < options.Value.LeaseDuration / 2
                ? await PriceAsync(plain.Heads[one.Intent.Chain], one, token)
                : null,
            cancellationToken);
    }

    private async Task<Priced?> PriceAsync(long? head, ReadyIntent ready, CancellationToken cancellationToken)
    {
        (BlockchainCall call, ChainProfile chain) = (ready.Call, chains.Get(ready.Intent.Chain));
        try
        {
            if (await preflight.RunAsync(chain, ready.Intent.Sender, call.To, call.Value, call.Data, cancellationToken, head)
                is not PreflightResult.Ready price || price.MaxFee > ready.Intent.MaxTotalFee)
                return null;
            SenderReading reading = await reader.ReadAsync(chain, ready.Intent.Sender, price.Block, cancellationToken);
            return reading is { Doubt: null, FirstNonce: null, IsDelegated: false } ? new Priced(ready, price, reading.Balance) : null;
        }
        catch (RpcException)
        {
            // Asked once more on the way of one alone, where it is told.
            return null;
        }
    }

    private async Task<IReadOnlySet<IntentId>> TryBindAsync(IReadOnlyList<Priced> priced, CancellationToken cancellationToken)
    {
        try
        {
            return await unitOfWork.RunAsync((session, token) => BindLockedAsync(session, priced, token), cancellationToken);
        }
        catch (StaleWriteException)
        {
            // Somebody moved one of them: none was bound, and each goes its own way.
            return new HashSet<IntentId>();
        }
    }

    private async Task<IReadOnlySet<IntentId>> BindLockedAsync(
        DbSession session, IReadOnlyList<Priced> priced, CancellationToken cancellationToken)
    {
        (long Chain, Address Sender)[] named = [.. priced.Select(one => one.Ready.Lane).Distinct()];
        Dictionary<(long, Address), LockedLane> locked = (await lanes.LockLanesAsync(session, named, cancellationToken))
            .Where(lane => lane.IsPlain).ToDictionary(lane => (lane.Chain, lane.Sender));
        // What another worker leased meanwhile, because pricing took long, is its own: the rest is bound all the same.
        IReadOnlySet<IntentId> ours = await lanes.LockLeasedAsync(
            session, [.. priced.Select(one => one.Ready.Leased)], cancellationToken);
        priced = [.. priced.Where(one => ours.Contains(one.Ready.Intent.Id))];
        if (priced.Count == 0
            || await lanes.IsAnyCarriedAsync(session, [.. priced.Select(one => one.Ready.Intent.FamilyKey)], cancellationToken))
            return new HashSet<IntentId>();
        ILookup<(long, Address), (int Priority, long Count)> waiting = (await lanes.WaitingAsync(session, named, cancellationToken))
            .ToLookup(row => (row.Chain, row.Sender), row => (row.Priority, row.Count));
        var steps = new List<IntentStep>();
        foreach (IGrouping<long, Priced> chain in priced.GroupBy(one => one.Ready.Lane.Chain))
        {
            if (await index.HaltReasonAsync(session, chain.Key, cancellationToken) is not null)
                continue;
            long head = await index.HeadAsync(session, chain.Key, cancellationToken);
            foreach (IGrouping<(long, Address), Priced> lane in chain.GroupBy(one => one.Ready.Lane))
            {
                if (locked.TryGetValue(lane.Key, out LockedLane? stand))
                {
                    steps.AddRange(
                        Fitting(stand, [.. lane], [.. waiting[lane.Key]]).Select(fit => Bind(session, fit.One, fit.Nonce, head)));
                }
            }
        }

        IReadOnlyList<Intent> bound = await intents.MoveManyAsync(session, steps, cancellationToken);
        if (bound.Count > 0)
            session.WakeWorkersAfterCommit();
        return bound.Select(intent => intent.Id).ToHashSet();
    }

    // Room that came free belongs to those of a higher priority that wait for it, also when these happened to look first.
    private IEnumerable<(Priced One, long Nonce)> Fitting(
        LockedLane lane, IReadOnlyList<Priced> priced, IReadOnlyList<(int Priority, long Count)> waiting)
    {
        (long taken, TokenAmount cost) = (0, lane.Cost);
        foreach (Priced one in priced)
        {
            long before = waiting.Where(row => row.Priority > one.Ready.Intent.Priority).Sum(row => row.Count);
            cost = cost + one.Ready.Call.Value + one.Price.MaxFee;
            if (lane.InFlight + taken + before >= options.Value.InFlightMax || lane.Mined + taken >= options.Value.MinedUnfinalMax
                || one.Balance < cost)
                yield break;
            yield return (one, lane.Next + taken);
            taken++;
        }
    }

    private IntentStep Bind(DbSession session, Priced one, long nonce, long head)
    {
        (Intent intent, BlockchainCall call, PreflightResult.Ready price) = (one.Ready.Intent, one.Ready.Call, one.Price);
        Hash32 effect = Effect.HashOf(intent.Chain, intent.Sender, call.To, call.Value, call.Data.Span);
        var carrier = new Carrier(NewId(), intent.Chain, intent.Sender, CarrierKind.Intent, intent.FamilyKey, effect);
        var prepared = new PreparedCall(
            NewId(), carrier.Id, NewId(), effect, call.To, call.Value, call.Data, price.GasLimit, price.Fees.MaxFeePerGas,
            price.Fees.MaxPriorityFeePerGas, SlotBinder.InputsOf(chains.Get(intent.Chain), call.Expected, price, options.Value), Rung: 0,
            head)
        {
            DataFee = price.DataFee,
        };
        LaneStore.Bind(session, carrier, intent.Id, prepared.Slot, nonce, prepared, Actor);
        return new IntentStep(intent, IntentEvent.Prepared, SlotBinder.PreparedMove(prepared, nonce), one.Ready.Leased.Epoch);
    }

    private Guid NewId() => Guid.CreateVersion7(clock.GetUtcNow());

    private sealed record Priced(ReadyIntent Ready, PreflightResult.Ready Price, TokenAmount Balance);
}
