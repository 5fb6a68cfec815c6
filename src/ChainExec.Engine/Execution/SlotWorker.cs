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
    SlotStore slots, AttemptStore attempts, SlotSigning signing, Broadcaster broadcaster, IndexReader index, IncidentStore incidents,
    ISigner signer, ChainDirectory chains, UnitOfWork unitOfWork, TimeProvider clock, IOptions<ExecutionOptions> options,
    ILogger<SlotWorker> logger)
    : IWorker
{
    private const string Actor = "worker:slot";

    private readonly string _worker = WorkerIdentity.Name;

    public string Name => "execution.slots";

    public async Task<int> RunTurnAsync(CancellationToken cancellationToken)
    {
        ExecutionOptions values = options.Value;
        IReadOnlyList<NonceSlot> batch = await unitOfWork.RunAsync(
            (session, token) => slots.LeaseDueAsync(session, _worker, values.LeaseDuration, values.BatchSizeMax, token), cancellationToken);
        foreach (NonceSlot slot in batch)
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

        return batch.Count;
    }

    private async Task StepAsync(NonceSlot slot, CancellationToken cancellationToken)
    {
        NonceSlot? current = slot;
        if (current.State is SlotState.Reserved or SlotState.SignRequested)
            current = await signing.SignAsync(current, cancellationToken);
        if (current is null)
            return;
        if (current.State is SlotState.Signed or SlotState.BroadcastUnknown or SlotState.Accepted)
            await SendAsync(current, cancellationToken);
        else if (current.State is SlotState.Finalized or SlotState.Filled or SlotState.Adopted && !current.SignerTold)
            await TellSignerAsync(current, cancellationToken);
        else
            await WaitAsync(current, delay: null, cancellationToken);
    }

    private async Task SendAsync(NonceSlot slot, CancellationToken cancellationToken)
    {
        ChainProfile chain = chains.Get(slot.Chain);
        (NonceSlot started, SigningAttempt attempt) = await unitOfWork.RunAsync(
            async (session, token) =>
            {
                if (!await slots.HoldsLeaseAsync(session, slot, token))
                    throw new StaleWriteException($"The lease of slot {slot.Id} was lost before sending.");
                PreparedCall prepared = (await attempts.FindLivePreparedAsync(session, slot.Carrier!.Value, token))!;
                SigningAttempt signed = (await attempts.FindLiveExecutionAsync(session, prepared.Id, token))!;
                foreach (ChainProvider provider in chain.Providers)
                    await attempts.CountSendAsync(session, Guid.CreateVersion7(clock.GetUtcNow()), signed.Id, provider.Name, token);
                NonceSlot moved = slot.State == SlotState.Signed
                    ? await slots.MoveLeasedAsync(
                        session, slot, SlotEvent.SendStarted, chain.ResendInterval, new { signed.TxHash, bytes = signed.Raw!.Value.Length },
                        Actor, token)
                    : slot;
                return (moved, signed);
            },
            cancellationToken);
        Boundary.Passed(Boundary.SendStarted);

        // Past the point of no return: a cancelled send may still be mined, so its answer is waited for.
        IReadOnlyList<SendAnswer> answers = await broadcaster.SendAsync(chain, attempt.Raw!.Value, CancellationToken.None);
        Boundary.Passed(Boundary.SendAnswered);
        foreach (SendAnswer answer in answers.Where(answer => answer.State != NodeState.Accepted))
            LogNotAccepted(attempt.TxHash!.Value.ToString(), answer.Provider, answer.Class, answer.Text);

        await unitOfWork.RunAsync(
            async (session, token) =>
            {
                foreach (SendAnswer answer in answers)
                    await attempts.StoreAnswerAsync(session, attempt.Id, answer, token);
                if (started.State == SlotState.BroadcastUnknown && answers.Any(answer => answer.State == NodeState.Accepted))
                    await slots.MoveLeasedAsync(session, started, SlotEvent.ProviderAccepted, chain.ResendInterval, answers, Actor, token);
                await slots.WaitAsync(session, started, chain.ResendInterval, token);
            },
            CancellationToken.None);
    }

    private async Task TellSignerAsync(NonceSlot slot, CancellationToken cancellationToken)
    {
        (Carrier carrier, bool succeeded) = await unitOfWork.RunAsync(
            async (session, token) =>
            {
                Carrier found = (await attempts.FindCarrierAsync(session, slot.Carrier!.Value, token))!;
                var seen = await index.FindAsync(session, slot.Chain, slot.TxHash!.Value, token);
                return (found, seen?.Transaction.Succeeded
                    ?? throw new InvalidOperationException($"The index lost transaction {slot.TxHash}."));
            },
            cancellationToken);
        SlotOutcome outcome = slot.State switch
        {
            SlotState.Adopted => SlotOutcome.Adopted,
            _ when carrier.Kind == CarrierKind.Fill => SlotOutcome.Filled,
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

    [LoggerMessage(EventId = 3204, Level = LogLevel.Warning, Message = "{Transaction} was not accepted by {Provider} ({Class}): {Answer}")]
    private partial void LogNotAccepted(string transaction, string provider, string @class, string answer);
}
