using ChainExec.Calls;
using ChainExec.Custody;
using ChainExec.Ethereum.Rpc;
using ChainExec.Storage;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace ChainExec.Execution;

/// <summary>
/// Steps bound slots: has them signed, sends the bytes, sends the same bytes again until the index sees them, tells the signer how they
/// ended. Persist, then act, at every line: what follows a crash is the same request and the same bytes.
/// </summary>
internal sealed partial class SlotWorker(
    SlotStore slots, AttemptStore attempts, SlotSigning signing, SlotClimber climber, SlotSender sender, IndexReader index,
    IncidentStore incidents, ISigner signer, ChainDirectory chains, UnitOfWork unitOfWork, IOptions<ExecutionOptions> options,
    ILogger<SlotWorker> logger)
    : IWorker
{
    private readonly string _worker = WorkerIdentity.Name;

    public string Name => "execution.slots";

    public TimeSpan Pace { get; } = TimeSpan.FromMilliseconds(5);

    public async Task<int> RunTurnAsync(CancellationToken cancellationToken)
    {
        ExecutionOptions values = options.Value;
        IReadOnlyList<NonceSlot> batch = await unitOfWork.RunAsync(
            (session, token) => slots.LeaseDueAsync(session, _worker, values.LeaseDuration, values.BatchSizeMax, token), cancellationToken);
        await SenderLanes.ForEachAsync(
            batch, slot => (slot.Chain, slot.Sender), values.SendersAtOnceMax, StepGuardedAsync, cancellationToken);
        return batch.Count;
    }

    private async Task StepGuardedAsync(NonceSlot slot, CancellationToken cancellationToken)
    {
        try
        {
            await StepAsync(slot, cancellationToken);
        }
        catch (StaleWriteException)
        {
            // The index or another worker moved the slot first; its word stands, ours wrote nothing.
            LogMovedElsewhere(slot.Id);
        }
        catch (Exception exception) when (exception is RpcException or SignerUnavailableException)
        {
            LogWaits(slot.Id, slot.Chain, exception.Message);
            await WaitAsync(slot, options.Value.RetryDelay, cancellationToken);
        }
        catch (Exception exception) when (exception is not OperationCanceledException && !UnitOfWork.IsDatabaseFault(exception))
        {
            LogParked(slot.Id, exception);
            await ParkAsync(slot, exception);
        }
    }

    private async Task StepAsync(NonceSlot slot, CancellationToken cancellationToken)
    {
        // What was asked to be signed and is not wanted any more is not asked for again: its nonce is filled.
        bool isFilledFirst = slot is { State: SlotState.SignRequested, FillCarrier: not null };
        NonceSlot current = slot;
        if (current.State is SlotState.Reserved or SlotState.SignRequested && !isFilledFirst)
        {
            if (await signing.SignAsync(current, cancellationToken) is not var (signed, isComplete))
                return;
            current = signed;
            if (isComplete)
            {
                await sender.SendAsync(current, cancellationToken);
                return;
            }
        }

        if (current.State is SlotState.Signed or SlotState.BroadcastUnknown or SlotState.Accepted || isFilledFirst)
            await ClimbAndSendAsync(current, cancellationToken);
        else if (IsResolvedByChain(current) && !current.SignerTold)
            await TellSignerAsync(current, cancellationToken);
        else
            await WaitAsync(current, delay: null, cancellationToken);
    }

    // What a foreign transaction consumed is due only when an operator accepted it: the signer hears "consumed" from nobody else.
    private static bool IsResolvedByChain(NonceSlot slot) =>
        slot.State is SlotState.Finalized or SlotState.Filled or SlotState.Adopted
        || slot is { State: SlotState.ExternallyConsumed, Carrier: not null };

    private async Task ClimbAndSendAsync(NonceSlot slot, CancellationToken cancellationToken)
    {
        NonceSlot current = slot;
        try
        {
            current = await climber.ClimbAsync(slot, chains.Get(slot.Chain), cancellationToken);
        }
        catch (Exception exception) when (exception is RpcException or SignerUnavailableException)
        {
            // Without a market or a signature for a higher price, what is signed already goes on being sent.
            LogWaits(slot.Id, slot.Chain, exception.Message);
        }

        await sender.SendAsync(current, cancellationToken);
    }

    private async Task TellSignerAsync(NonceSlot slot, CancellationToken cancellationToken)
    {
        (Carrier carrier, bool succeeded, bool isAdopted) = await unitOfWork.RunAsync(
            async (session, token) =>
            {
                Carrier found = (await attempts.FindCarrierAsync(session, slot.Carrier!.Value, token))!;
                if (slot.State == SlotState.ExternallyConsumed)
                    return (found, false, await AdoptionStore.IsAdoptedAsync(session, slot.Id, token));
                var seen = await index.FindAsync(session, slot.Chain, slot.TxHash!.Value, token);
                return (found, seen?.Transaction.Succeeded
                    ?? throw new InvalidOperationException($"The index lost transaction {slot.TxHash}."), false);
            },
            cancellationToken);
        SlotOutcome outcome = slot.State switch
        {
            SlotState.Adopted => SlotOutcome.Adopted,
            SlotState.Filled => SlotOutcome.Filled,
            SlotState.ExternallyConsumed => isAdopted ? SlotOutcome.Adopted : SlotOutcome.Consumed,
            _ => succeeded ? SlotOutcome.Succeeded : SlotOutcome.Reverted,
        };
        var resolution = new SlotResolution(
            (ulong)slot.Chain, slot.Sender, (ulong)slot.Nonce, carrier.FamilyKey, outcome,
            new SlotEvidence(slot.BlockHash!.Value, (ulong)slot.BlockNumber!.Value, slot.TxHash));
        ResolveResult result = await signer.ResolveAsync(resolution, cancellationToken);
        await unitOfWork.RunAsync(
            async (session, token) =>
            {
                // Nothing of a family was signed on a nonce that was taken before, or that a fill consumed after it was given back.
                bool isNothingToResolve = slot.State != SlotState.Finalized
                    && result is ResolveResult.Refused { Code: "not_signed" };
                if (!isNothingToResolve && result is ResolveResult.Refused(var code, var message))
                {
                    await incidents.OpenAsync(
                        session, "signer_contradicts", slot.Id.ToString(), slot.Chain, slot.Sender,
                        $"The signer did not accept how nonce {slot.Nonce} ended ({code}): {message}", resolution, token);
                }

                await slots.MarkSignerToldAsync(session, slot, token);
            },
            cancellationToken);
    }

    private Task WaitAsync(NonceSlot slot, TimeSpan? delay, CancellationToken cancellationToken) =>
        unitOfWork.RunAsync((session, token) => slots.WaitAsync(session, slot, delay, token), cancellationToken);

    private Task ParkAsync(NonceSlot slot, Exception exception) =>
        unitOfWork.RunAsync(
            async (session, token) =>
            {
                string error = $"{exception.GetType().Name}: {exception.Message}";
                await slots.ParkAsync(session, slot, error, token);
                await incidents.OpenAsync(
                    session, "slot_parked", slot.Id.ToString(), slot.Chain, slot.Sender,
                    $"Nonce {slot.Nonce} of {slot.Sender} stopped: {error}",
                    new { slot.Nonce, slot.State }, token);
            },
            CancellationToken.None);

    [LoggerMessage(EventId = 3201, Level = LogLevel.Warning, Message = "Slot {Slot} waits on chain {Chain}: {Reason}")]
    private partial void LogWaits(Guid slot, long chain, string reason);

    [LoggerMessage(
        EventId = 3202, Level = LogLevel.Information, Message = "Slot {Slot} was moved by somebody else; this turn wrote nothing")]
    private partial void LogMovedElsewhere(Guid slot);

    [LoggerMessage(
        EventId = 3203, Level = LogLevel.Error, Message = "Slot {Slot} is parked: an operator is needed (docs/runbooks/parked-intent.md)")]
    private partial void LogParked(Guid slot, Exception exception);
}
