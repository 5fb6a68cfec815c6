using ChainExec.Calls;
using ChainExec.Ethereum;
using ChainExec.Ethereum.Rpc;
using ChainExec.Storage;
using Microsoft.Extensions.Options;

namespace ChainExec.Execution;

/// <summary>An intent that is ready to be bound the plain way, leased.</summary>
internal sealed record ReadyIntent(LeasedIntent Leased, BlockchainCall Call);

/// <summary>
/// Binds what is ready of one sender in one transaction, in the order given, as far as it has places and money. Whatever is not plain is
/// answered back: <see cref="SlotBinder"/> binds one by one, and says why it does not.
/// </summary>
internal sealed class LaneBinder(
    IntentStore intents, SlotStore slots, LaneStore lanes, IndexReader index, SenderStore senders, LineWatch line, SenderReader reader,
    Preflight preflight, UnitOfWork unitOfWork, TimeProvider clock, IOptions<ExecutionOptions> options)
{
    private const string Actor = "worker:intent";
    private const int SimulatedAtOnceMax = 4;

    /// <summary>Binds what it can; those that it neither bound nor has waiting for a place.</summary>
    public async Task<IReadOnlyList<LeasedIntent>> BindAsync(
        ChainProfile chain, Address sender, long inFlight, long? head, IReadOnlyList<ReadyIntent> ready, CancellationToken cancellationToken)
    {
        int placesMax = options.Value.InFlightMax;
        ReadyIntent[] fit = [.. ready.Take((int)Math.Max(0, placesMax - inFlight))];
        await WaitForPlaceAsync([.. ready.Skip(fit.Length).Select(one => one.Leased)], placesMax, cancellationToken);
        if (fit.Length == 0)
            return [];

        Priced?[] priced = await PriceAsync(chain, sender, head, fit, cancellationToken);
        Priced[] good = [.. priced.OfType<Priced>()];
        IReadOnlySet<IntentId> bound = good.Length == 0 ? new HashSet<IntentId>() : await TryBindAsync(chain, sender, good, cancellationToken);
        if (bound.Count > 0)
            Boundary.Passed(Boundary.SlotBound);
        return [.. fit.Select(one => one.Leased).Where(leased => !bound.Contains(leased.Intent.Id))];
    }

    // As one that waits alone does: whoever leaves the lane between our look and this commit woke nobody, so it looks again.
    private async Task WaitForPlaceAsync(IReadOnlyList<LeasedIntent> waiting, int placesMax, CancellationToken cancellationToken)
    {
        if (waiting.Count == 0)
            return;
        (long chain, Address sender) = (waiting[0].Intent.Chain, waiting[0].Intent.Sender);
        await unitOfWork.RunAsync(
            (session, token) => lanes.WaitForPlaceAsync(
                session, waiting, IntentWorker.PlaceNet, IntentWorker.LaneFull, $"The sender may have {placesMax} transactions in flight.",
                token),
            cancellationToken);
        await unitOfWork.RunAsync(
            async (session, token) =>
            {
                long free = placesMax - await slots.CountInFlightAsync(session, chain, sender, token);
                IntentStore.WakeForPlaces(
                    session, [new FreePlaces(chain, sender, Math.Max(1, free))], free > 0 ? TimeSpan.Zero : options.Value.RetryDelay);
            },
            cancellationToken);
    }

    private async Task<Priced?[]> PriceAsync(
        ChainProfile chain, Address sender, long? head, IReadOnlyList<ReadyIntent> fit, CancellationToken cancellationToken)
    {
        var priced = new Priced?[fit.Count];
        await Parallel.ForEachAsync(
            Enumerable.Range(0, fit.Count),
            new ParallelOptions { MaxDegreeOfParallelism = SimulatedAtOnceMax, CancellationToken = cancellationToken },
            async (place, token) => priced[place] = await PriceAsync(chain, sender, head, fit[place], token));
        return priced;
    }

    private async Task<Priced?> PriceAsync(
        ChainProfile chain, Address sender, long? head, ReadyIntent ready, CancellationToken cancellationToken)
    {
        BlockchainCall call = ready.Call;
        try
        {
            return await preflight.RunAsync(chain, sender, call.To, call.Value, call.Data, cancellationToken, head)
                is PreflightResult.Ready price && price.MaxFee <= ready.Leased.Intent.MaxTotalFee
                ? new Priced(ready, price)
                : null;
        }
        catch (RpcException)
        {
            // Asked once more on the way of one alone, where it is told.
            return null;
        }
    }

    private async Task<IReadOnlySet<IntentId>> TryBindAsync(
        ChainProfile chain, Address sender, IReadOnlyList<Priced> priced, CancellationToken cancellationToken)
    {
        try
        {
            SenderReading reading = await reader.ReadAsync(chain, sender, priced[0].Price.Block, cancellationToken);
            return reading is { Doubt: null, FirstNonce: null, IsDelegated: false }
                ? await unitOfWork.RunAsync(
                    (session, token) => BindLockedAsync(session, chain, sender, reading, priced, token), cancellationToken)
                : new HashSet<IntentId>();
        }
        catch (Exception exception) when (exception is StaleWriteException or RpcException)
        {
            // Somebody moved one of them: none was bound, and each goes its own way.
            return new HashSet<IntentId>();
        }
    }

    private async Task<IReadOnlySet<IntentId>> BindLockedAsync(
        DbSession session, ChainProfile chain, Address sender, SenderReading reading, IReadOnlyList<Priced> priced,
        CancellationToken cancellationToken)
    {
        var bound = new HashSet<IntentId>();
        if (await slots.LockLaneAsync(session, chain.Id, sender, cancellationToken) is not { } first
            || await lanes.IsAnyCarriedAsync(session, [.. priced.Select(one => one.Intent.FamilyKey)], cancellationToken)
            || await index.HaltReasonAsync(session, chain.Id, cancellationToken) is not null
            || await senders.PausedAsync(session, chain.Id, sender, cancellationToken) is not null
            || await line.StuckAsync(session, chain.Id, sender, cancellationToken) is not null
            || await slots.MinedAsync(session, chain.Id, sender, cancellationToken) + priced.Count > options.Value.MinedUnfinalMax
            || await lanes.NextNonceAsync(session, chain.Id, sender, first, cancellationToken) is not { } nonce)
            return bound;

        (long inFlight, TokenAmount cost) = await slots.InFlightAsync(session, chain.Id, sender, cancellationToken);
        long head = await index.HeadAsync(session, chain.Id, cancellationToken);
        var before = new Dictionary<int, long>();
        var steps = new List<IntentStep>();
        foreach (Priced one in priced)
        {
            // Room that came free belongs to those of a higher priority that wait for it, also when these happened to look first.
            if (!before.TryGetValue(one.Intent.Priority, out long outranking))
                before[one.Intent.Priority] = outranking = await intents.OutrankingAsync(session, one.Intent, cancellationToken);
            cost = cost + one.Call.Value + one.Price.MaxFee;
            if (inFlight + bound.Count + outranking >= options.Value.InFlightMax || reading.Balance < cost)
                break;
            steps.Add(Bind(session, chain, one, nonce + bound.Count, head));
            bound.Add(one.Intent.Id);
        }

        await intents.MoveManyAsync(session, steps, cancellationToken);
        if (bound.Count > 0)
            session.WakeWorkersAfterCommit();
        return bound;
    }

    private IntentStep Bind(DbSession session, ChainProfile chain, Priced one, long nonce, long head)
    {
        (Intent intent, BlockchainCall call, PreflightResult.Ready price) = (one.Intent, one.Call, one.Price);
        Hash32 effect = Effect.HashOf(intent.Chain, intent.Sender, call.To, call.Value, call.Data.Span);
        var carrier = new Carrier(NewId(), intent.Chain, intent.Sender, CarrierKind.Intent, intent.FamilyKey, effect);
        var prepared = new PreparedCall(
            NewId(), carrier.Id, NewId(), effect, call.To, call.Value, call.Data, price.GasLimit, price.Fees.MaxFeePerGas,
            price.Fees.MaxPriorityFeePerGas, SlotBinder.InputsOf(chain, call, price, options.Value), Rung: 0, head)
        {
            DataFee = price.DataFee,
        };
        LaneStore.Bind(session, carrier, intent.Id, prepared.Slot, nonce, prepared, Actor);
        return new IntentStep(
            intent, IntentEvent.Prepared, SlotBinder.PreparedMove(prepared, nonce), one.Ready.Leased.Epoch, KeepsLease: false);
    }

    private Guid NewId() => Guid.CreateVersion7(clock.GetUtcNow());

    private sealed record Priced(ReadyIntent Ready, PreflightResult.Ready Price)
    {
        public Intent Intent => Ready.Leased.Intent;

        public BlockchainCall Call => Ready.Call;
    }
}
