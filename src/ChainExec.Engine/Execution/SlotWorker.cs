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
    SlotStore slots, LaneSigner laneSigner, SlotResolutions resolutions, SlotSigning signing, SlotClimber climber, SlotSender sender,
    IncidentStore incidents, ChainDirectory chains, UnitOfWork unitOfWork, IOptions<ExecutionOptions> options,
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
        ILookup<StepKind, NonceSlot> byKind = batch.GroupBy(slot => (slot.Chain, slot.Sender))
            .SelectMany(lane => lane.Select(slot => (Kind: KindOf(slot, lane), Slot: slot)))
            .ToLookup(each => each.Kind, each => each.Slot);
        Task<IReadOnlyList<NonceSlot>> signing = TogetherAsync(Of(StepKind.Sign), laneSigner.SignAndSendAsync, cancellationToken);
        Task<IReadOnlyList<NonceSlot>> telling = TogetherAsync(Of(StepKind.Tell), resolutions.TellManyAsync, cancellationToken);
        await Task.WhenAll(signing, telling);
        IReadOnlyList<NonceSlot> left = [.. await signing, .. await telling, .. Of(StepKind.Alone)];
        await SenderLanes.ForEachAsync(
            [.. left.OrderBy(slot => slot.Chain).ThenBy(slot => slot.Sender).ThenBy(slot => slot.Nonce)],
            slot => (slot.Chain, slot.Sender), values.SendersAtOnceMax, StepGuardedAsync, cancellationToken);
        return batch.Count;

        IReadOnlyList<NonceSlot> Of(StepKind kind) => [.. byKind[kind]];
    }

    // A bug in what is done together must not hold up anybody: each is stepped by itself then, and parked by itself.
    private async Task<IReadOnlyList<NonceSlot>> TogetherAsync(
        IReadOnlyList<NonceSlot> run, Func<IReadOnlyList<NonceSlot>, CancellationToken, Task<IReadOnlyList<NonceSlot>>> work,
        CancellationToken cancellationToken)
    {
        if (run.Count == 0)
            return [];
        try
        {
            return await work(run, cancellationToken);
        }
        catch (Exception exception) when (UnitOfWork.IsWorthTryingApart(exception))
        {
            LogApart(run.Count, exception);
            return await unitOfWork.RunAsync((session, token) => slots.StillLeasedAsync(session, run, token), cancellationToken);
        }
    }

    // What is reserved above a nonce that is due for something else is not sent before it.
    private static StepKind KindOf(NonceSlot slot, IEnumerable<NonceSlot> lane) =>
        slot.State == SlotState.Reserved && lane.All(other => other.State is SlotState.Reserved or SlotState.Finalized) ? StepKind.Sign
        : slot is { State: SlotState.Finalized, SignerTold: false } ? StepKind.Tell
        : StepKind.Alone;

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
            await resolutions.TellAsync(current, cancellationToken);
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
            // Without a market or a signature for a higher price, what is signed already goes on being sent; by whoever owns the slot now:
            // it may have been handed on to a child before the signer was asked.
            LogWaits(slot.Id, slot.Chain, exception.Message);
            current = (await unitOfWork.RunAsync(
                (session, token) => slots.FindAsync(session, slot.Chain, slot.Sender, slot.Nonce, token), cancellationToken))! with
            {
                Epoch = slot.Epoch,
            };
        }

        await sender.SendAsync(current, cancellationToken);
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

    private enum StepKind
    {
        Sign,
        Tell,
        Alone,
    }

    [LoggerMessage(
        EventId = 3206, Level = LogLevel.Warning, Message = "{Slots} slots could not be stepped together; they are stepped one by one")]
    private partial void LogApart(int slots, Exception exception);

    [LoggerMessage(EventId = 3201, Level = LogLevel.Warning, Message = "Slot {Slot} waits on chain {Chain}: {Reason}")]
    private partial void LogWaits(Guid slot, long chain, string reason);

    [LoggerMessage(
        EventId = 3202, Level = LogLevel.Information, Message = "Slot {Slot} was moved by somebody else; this turn wrote nothing")]
    private partial void LogMovedElsewhere(Guid slot);

    [LoggerMessage(
        EventId = 3203, Level = LogLevel.Error, Message = "Slot {Slot} is parked: an operator is needed (docs/runbooks/parked-intent.md)")]
    private partial void LogParked(Guid slot, Exception exception);
}
