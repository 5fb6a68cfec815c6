using ChainExec.Calls;
using ChainExec.Ethereum;
using ChainExec.Ethereum.Rpc;
using ChainExec.Storage;
using Microsoft.Extensions.Options;

namespace ChainExec.Execution;

/// <summary>
/// Binds the calls of several ready intents of one account to one nonce: the account, delegated by EIP-7702, calls itself with all of them.
/// Nobody waits for a batch to fill: whatever is ready when the account has a free place goes together. What would fail alone is taken out
/// first and fails alone; what is left happens whole or not at all.
/// </summary>
internal sealed class BatchBinder(
    IntentStore intents, LaneStore lanes, SlotStore slots, AttemptStore attempts, SlotBinder binder, SenderReader reader,
    Preflight preflight, IndexReader index, ChainDirectory chains, UnitOfWork unitOfWork, TimeProvider clock,
    IOptions<ExecutionOptions> options)
{
    private const string Actor = "worker:intent";

    /// <summary>What one transaction may use of gas since EIP-7825.</summary>
    private const long TransactionGasMax = 1L << 24;

    /// <summary>Binds what it can of one lane's intents; those that are to be stepped alone.</summary>
    /// <param name="head">Where the index stands, when that is near the chain's head.</param>
    /// <exception cref="RpcException">No provider of the chain gave an answer that decides.</exception>
    public async Task<IReadOnlyList<LeasedIntent>> BindAsync(
        IReadOnlyList<ReadyIntent> ready, long inFlight, long? head, CancellationToken cancellationToken)
    {
        (long id, Address sender) = ready[0].Lane;
        ChainProfile chain = chains.Get(id);
        if (inFlight >= SlotBinder.DelegatedInFlightMax)
        {
            await WaitAsync(ready, IntentWorker.LaneFull, "The account's transaction before is not in a block yet.", cancellationToken);
            return [];
        }

        List<ReadyIntent> chosen = FirstOf(ready, chain.BatchCallsMax);
        List<LeasedIntent> alone = await TakeOutFailingAsync(chain, sender, chosen, head, cancellationToken);
        // What was not asked about in time is left to the next turn, under a lease of its own.
        ReadyIntent[] later = [.. ready.Except(chosen).Where(one => !alone.Contains(one.Leased))];
        while (chosen.Sum(one => one.Calls.Count) > 1)
        {
            byte[] data = DataOf(chosen);
            PreflightResult result = await preflight.RunAsync(
                chain, sender, sender, TokenAmount.Zero, data, cancellationToken, head);
            if (result is PreflightResult.Ready price && price.GasLimit <= TransactionGasMax)
            {
                SenderReading reading = await reader.ReadAsync(chain, sender, price.Block, cancellationToken);
                if (reading.Doubt is not null || !await binder.IsDelegatedAsync(chain, sender, reading, cancellationToken))
                    break;
                if (TakeOutPoor(chosen, price, alone))
                    continue;
                await WaitAsync(later, IntentWorker.LaneFull, "It goes with the account's next transaction.", cancellationToken);
                return [.. alone, .. await BindAsync(chain, chosen, data, price, reading, cancellationToken)];
            }

            // Each succeeds by itself: together they ask for more than there is, of money or of gas. Half of them may do.
            if (result is PreflightResult.MarketAboveCap || chosen.Count == 1)
                break;
            int half = chosen.Count / 2;
            later = [.. chosen[half..], .. later];
            chosen.RemoveRange(half, chosen.Count - half);
        }

        await WaitAsync(later, IntentWorker.LaneFull, "It goes after what the account sends before it.", cancellationToken);
        return [.. chosen.Select(one => one.Leased), .. alone];
    }

    // The first goes whatever its size: nobody would ever take it otherwise. The signer says whether it is too large.
    private static List<ReadyIntent> FirstOf(IReadOnlyList<ReadyIntent> ready, int callsMax)
    {
        int calls = 0;
        return [.. ready.TakeWhile((one, place) => (calls += one.Calls.Count) <= callsMax || place == 0)];
    }

    // In the order of the intents: by it attribution tells apart calls that are equal in all else.
    private static IEnumerable<(ReadyIntent One, BlockchainCall Call)> InOrder(IEnumerable<ReadyIntent> chosen) =>
        chosen.OrderBy(one => one.Intent.Root.Value).SelectMany(one => one.Calls, (one, call) => (one, call));

    private static byte[] DataOf(IEnumerable<ReadyIntent> chosen) =>
        BatchCall.Encode(InOrder(chosen).Select(each => each.Call));

    // What reverts by itself, or moves nothing, would take the others down, or be paid for: its own way tells why it fails.
    private async Task<List<LeasedIntent>> TakeOutFailingAsync(
        ChainProfile chain, Address sender, List<ReadyIntent> chosen, long? head, CancellationToken cancellationToken)
    {
        long began = clock.GetTimestamp();
        // Whether it fails; nothing for one that was not asked about by a third of the lease: what is bound is bound under it.
        bool?[] fails = await SideBySide.AskAsync<ReadyIntent, bool?>(
            chosen, options.Value.SendersAtOnceMax,
            async (one, token) => clock.GetElapsedTime(began) > options.Value.LeaseDuration / 3
                ? null
                : one.Calls is [var only]
                    && await preflight.RunAsync(chain, sender, only.To, only.Value, only.Data, token, head)
                        is not (PreflightResult.Ready or PreflightResult.MarketAboveCap),
            cancellationToken);
        ReadyIntent[] asked = [.. chosen.Where((_, place) => fails[place] == false)];
        List<LeasedIntent> failing = [.. chosen.Where((_, place) => fails[place] == true).Select(one => one.Leased)];
        chosen.Clear();
        chosen.AddRange(asked);
        return failing;
    }

    // Whether any was taken out: one that may not pay its part of the fee.
    private static bool TakeOutPoor(List<ReadyIntent> chosen, PreflightResult.Ready price, List<LeasedIntent> alone)
    {
        ReadyIntent[] poor = [.. chosen.Where(one => one.Intent.MaxTotalFee.BaseUnits * chosen.Count < price.MaxFee.BaseUnits)];
        alone.AddRange(poor.Select(one => one.Leased));
        return chosen.RemoveAll(poor.Contains) > 0;
    }

    private async Task<IReadOnlyList<LeasedIntent>> BindAsync(
        ChainProfile chain, IReadOnlyList<ReadyIntent> chosen, byte[] data, PreflightResult.Ready price, SenderReading reading,
        CancellationToken cancellationToken)
    {
        try
        {
            BindResult? result = await unitOfWork.RunAsync(
                (session, token) => BindLockedAsync(session, chain, chosen, data, price, reading, token), cancellationToken);
            switch (result)
            {
                case BindResult.Bound:
                    Boundary.Passed(Boundary.SlotBound);
                    return [];
                case BindResult.NotNow(var reason, var detail, _):
                    await WaitAsync(chosen, reason, detail, cancellationToken);
                    return [];
                default:
                    return [.. chosen.Select(one => one.Leased)];
            }
        }
        catch (StaleWriteException)
        {
            // Somebody moved one of them: nothing was bound, and each goes its own way.
            return [.. chosen.Select(one => one.Leased)];
        }
    }

    // Nothing, when one of them is not to be carried by what was simulated.
    private async Task<BindResult?> BindLockedAsync(
        DbSession session, ChainProfile chain, IReadOnlyList<ReadyIntent> chosen, byte[] data, PreflightResult.Ready price,
        SenderReading reading, CancellationToken cancellationToken)
    {
        Address sender = chosen[0].Intent.Sender;
        if (reading.FirstNonce is { } chainNonce)
            await slots.OpenLaneAsync(session, chain.Id, sender, chainNonce, cancellationToken);
        if (await slots.LockLaneAsync(session, chain.Id, sender, cancellationToken) is not { } firstNonce)
            return null;
        IReadOnlySet<IntentId> ours = await lanes.LockLeasedAsync(session, [.. chosen.Select(one => one.Leased)], cancellationToken);
        string[] families = [.. InOrder(chosen).Select(each => each.One.Intent.FamilyKey)];
        if (ours.Count != chosen.Count || await lanes.IsAnyCarriedAsync(session, families, cancellationToken))
            return null;
        if (await binder.CannotBindAsync(session, chosen[0].Intent, TokenAmount.Zero, price, reading, cancellationToken) is { } not)
            return not;

        Hash32 effect = Effect.HashOf(chain.Id, sender, sender, TokenAmount.Zero, data);
        Carrier carrier = Carrier.OfBatch(NewId(), chain.Id, sender, effect, families);
        await attempts.InsertCarrierAsync(session, carrier, [.. chosen.Select(one => one.Intent.Id)], cancellationToken);
        NonceSlot slot = await slots.BindAsync(session, chain.Id, sender, firstNonce, NewId(), carrier.Id, Actor, cancellationToken);
        string inputs = SlotBinder.InputsOf(
            chain, [.. InOrder(chosen).SelectMany(each => each.Call.Expected)], price, options.Value);
        var prepared = new PreparedCall(
            NewId(), carrier.Id, slot.Id, effect, sender, TokenAmount.Zero, data, price.GasLimit, price.Fees.MaxFeePerGas,
            price.Fees.MaxPriorityFeePerGas, inputs, await attempts.NextRungAsync(session, slot.Id, cancellationToken),
            await index.HeadAsync(session, chain.Id, cancellationToken))
        {
            DataFee = price.DataFee,
        };
        await attempts.InsertPreparedAsync(session, prepared, cancellationToken);
        await intents.MoveManyAsync(
            session,
            [
                .. chosen.Select(one => new IntentStep(
                    one.Intent, IntentEvent.Prepared, SlotBinder.PreparedMove(prepared, slot.Nonce), one.Leased.Epoch)),
            ],
            cancellationToken);
        session.WakeWorkersAfterCommit();
        return new BindResult.Bound(slot);
    }

    // The place may have come free between our look and this commit, when nobody was seen to wait for it: so the first looks again.
    private async Task WaitAsync(
        IReadOnlyList<ReadyIntent> waiting, string reason, string detail, CancellationToken cancellationToken)
    {
        if (waiting.Count == 0)
            return;
        bool isForPlace = reason == IntentWorker.LaneFull;
        await unitOfWork.RunAsync(
            async (session, token) =>
            {
                await lanes.WaitForPlaceAsync(
                    session, [.. waiting.Select(one => one.Leased)], isForPlace ? IntentWorker.PlaceNet : options.Value.RetryDelay, reason,
                    detail, token);
                if (isForPlace)
                    PlaceWaker.Wake(session, waiting[0].Intent.Chain, waiting[0].Intent.Sender, options.Value.RetryDelay);
            },
            cancellationToken);
    }

    private Guid NewId() => Guid.CreateVersion7(clock.GetUtcNow());
}
