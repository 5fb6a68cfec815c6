using ChainExec.Calls;
using ChainExec.Custody;
using ChainExec.Ethereum.Rpc;
using ChainExec.Governance;
using ChainExec.Storage;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace ChainExec.Execution;

/// <summary>
/// Steps intents from admission to a bound slot: waits for dependencies, simulates, prices, binds. Signing is the slot's business.
/// </summary>
internal sealed partial class IntentWorker(
    IntentStore intents, PlainReader plains, LaneBinder laneBinder, BatchBinder batchBinder, SlotBinder binder, Preflight preflight,
    ChainDirectory chains, CallStore calls, JournalSync journal,
    IncidentStore incidents, IntentEnding ending, IntentApproval approval, FreezeGate gate,
    SlotBudget budgets, SlotStore slots, IndexReader index, AccountStore accounts, UnitOfWork unitOfWork, TimeProvider clock,
    IOptions<ExecutionOptions> options,
    ILogger<IntentWorker> logger) : IWorker
{
    private const string Actor = "worker:intent";
    internal const string LaneFull = "lane_full";

    // Only the net: a place that becomes free wakes the first that waits for it.
    internal static readonly TimeSpan PlaceNet = TimeSpan.FromSeconds(30);

    private readonly string _worker = WorkerIdentity.Name;

    public string Name => "execution.intents";

    public TimeSpan Pace { get; } = TimeSpan.FromMilliseconds(5);

    public async Task<int> RunTurnAsync(CancellationToken cancellationToken)
    {
        ExecutionOptions values = options.Value;
        IReadOnlyList<LeasedIntent> batch = await unitOfWork.RunAsync(
            (session, token) => intents.LeaseDueAsync(session, _worker, values.LeaseDuration, values.BatchSizeMax, token),
            cancellationToken);
        PlainIntents plain = await TogetherAsync(batch.Count, () => plains.ReadAsync(batch, cancellationToken), PlainIntents.None);
        IReadOnlyList<LeasedIntent> left = await BindTogetherAsync(plain, batch, cancellationToken);
        await SenderLanes.ForEachAsync(
            left, leased => (leased.Intent.Chain, leased.Intent.Sender), values.SendersAtOnceMax,
            (leased, token) => plain.Ready.ContainsKey(leased.Intent.Id)
                ? GuardedAsync(leased, PrepareOrPassOnAsync, token)
                : StepAsync(leased, token),
            cancellationToken);
        return batch.Count;
    }

    // What goes the plain way together; the others of the turn are left, as they stand.
    private async Task<IReadOnlyList<LeasedIntent>> BindTogetherAsync(
        PlainIntents plain, IReadOnlyList<LeasedIntent> batch, CancellationToken cancellationToken)
    {
        if (plain.Ready.Count == 0)
            return batch;
        LeasedIntent[] others = [.. batch.Where(leased => !plain.Ready.ContainsKey(leased.Intent.Id))];
        ReadyIntent[] ready =
        [
            .. batch.Where(leased => plain.Ready.ContainsKey(leased.Intent.Id)).Select(leased => plain.Ready[leased.Intent.Id]),
        ];
        ReadyLanes lanes = ReadyLanes.Of(batch, ready);
        IReadOnlyList<LeasedIntent>[] batched = await SideBySide.AskAsync(
            lanes.Batched, options.Value.SendersAtOnceMax, (lane, token) => BindBatchAsync(plain, lane, token), cancellationToken);
        IReadOnlyList<LeasedIntent> apart = lanes.Apart.Count == 0
            ? []
            : await TogetherAsync(
                lanes.Apart.Count, () => laneBinder.BindAsync(plain, lanes.Apart, cancellationToken),
                [.. lanes.Apart.Select(one => one.Leased)]);
        return [.. batched.SelectMany(each => each), .. apart, .. lanes.Alone, .. others];
    }

    private async Task<IReadOnlyList<LeasedIntent>> BindBatchAsync(
        PlainIntents plain, IReadOnlyList<ReadyIntent> lane, CancellationToken cancellationToken)
    {
        LeasedIntent[] each = [.. lane.Select(one => one.Leased)];
        try
        {
            return await TogetherAsync(
                lane.Count,
                () => batchBinder.BindAsync(lane, plain.InFlight[lane[0].Lane], plain.Heads[lane[0].Intent.Chain], cancellationToken),
                each);
        }
        catch (RpcException)
        {
            // Asked once more on the way of one alone, where it is told.
            return each;
        }
    }

    // A bug in what is done together, or one row that cannot be read, must not hold up anybody: each is stepped by itself then, and parked
    // by itself.
    private async Task<T> TogetherAsync<T>(int intents, Func<Task<T>> together, T apart)
    {
        try
        {
            return await together();
        }
        catch (Exception exception) when (UnitOfWork.IsWorthTryingApart(exception))
        {
            LogApart(intents, exception);
            return apart;
        }
    }

    private async Task StepAsync(LeasedIntent leased, CancellationToken cancellationToken)
    {
        // What is ready goes on at once, under the same lease.
        if (await GuardedAsync(leased, StepOneAsync, cancellationToken) is { } ready)
            await GuardedAsync(ready, PrepareOrPassOnAsync, cancellationToken);
    }

    private async Task<LeasedIntent?> GuardedAsync(
        LeasedIntent leased, Func<LeasedIntent, CancellationToken, Task<LeasedIntent?>> step, CancellationToken cancellationToken)
    {
        try
        {
            return await step(leased, cancellationToken);
        }
        catch (StaleWriteException)
        {
            // Another worker, or the chain itself, moved this intent first. Nothing of ours was written.
            LogMovedElsewhere(leased.Intent.Id);
        }
        catch (Exception exception) when (exception is RpcException or SignerUnavailableException)
        {
            LogWaits(leased.Intent.Id, leased.Intent.Chain, exception.Message);
            string reason = exception is RpcException ? "node_unavailable" : "signer_unavailable";
            await WaitAsync(leased, reason, exception.Message, cancellationToken);
        }
        catch (Exception exception) when (exception is not OperationCanceledException && !UnitOfWork.IsDatabaseFault(exception))
        {
            LogParked(leased.Intent.Id, exception);
            await ParkAsync(leased, exception);
        }

        return null;
    }

    private async Task<LeasedIntent?> StepOneAsync(LeasedIntent leased, CancellationToken cancellationToken)
    {
        Intent intent = leased.Intent;
        // Nothing is decided for a sender before the signer's journal was compared: the database may be a restored backup.
        await journal.EnsureCheckedAsync(intent.Chain, intent.Sender, cancellationToken);
        switch (await binder.TryAdoptAsync(leased, cancellationToken))
        {
            case BindResult.SignedOtherEffect:
                throw new InvalidOperationException($"{intent.Id}: the signer signed another effect for this family.");
            case not null:
                return null;
            default:
                return await StepOwnAsync(leased, cancellationToken);
        }
    }

    private async Task<LeasedIntent?> StepOwnAsync(LeasedIntent leased, CancellationToken cancellationToken)
    {
        Intent intent = leased.Intent;
        if (intent.Deadline is { } deadline && deadline <= clock.GetUtcNow())
        {
            // Stated again with a deadline after a restored backup, it joined a batch that ends as it ends.
            if (await ending.ExpireAsync(intent, Actor, cancellationToken) is EndResult.Shared)
            {
                await unitOfWork.RunAsync(
                    (session, token) => intents.LookAgainAsync(session, leased, PlaceNet, token), cancellationToken);
            }

            return null;
        }

        switch (intent.State)
        {
            case IntentState.Created or IntentState.Waiting:
                return intent.State == IntentState.Waiting && await approval.TryStepAsync(leased, cancellationToken)
                    ? null
                    : await AwaitDependenciesAsync(leased, cancellationToken);
            case IntentState.Preparing:
                return await PrepareOrPassOnAsync(leased, cancellationToken);
            default:
                // Due by the database's clock, which may be ahead of ours: its deadline is a moment away.
                if (intent.Deadline is null)
                    throw new IllegalMoveException($"{intent.Id} is due in state {EnumText.Of(intent.State)}, which no worker steps.");
                await WaitForDeadlineAsync(leased, cancellationToken);
                return null;
        }
    }

    // The intent, still leased, when nothing is left to wait for.
    private Task<LeasedIntent?> AwaitDependenciesAsync(LeasedIntent leased, CancellationToken cancellationToken) =>
        unitOfWork.RunAsync<LeasedIntent?>(
            async (session, token) =>
            {
                IReadOnlyList<IntentState> states = await intents.DependenciesAsync(session, leased.Intent.Id, token);
                if (states.Any(state => state != IntentState.Confirmed && IntentLifecycle.Table.IsFinal(state)))
                {
                    await journal.RequireSameDatabaseAsync(session, token);
                    var move = new IntentMove(Actor, "dependency_failed", "An intent that this one waits for did not succeed.");
                    await intents.MoveAsync(session, leased, IntentEvent.DependencyFailed, move, token);
                }
                else if (states.All(state => state == IntentState.Confirmed))
                {
                    return await intents.MoveOnAsync(session, leased, IntentEvent.Ready, new IntentMove(Actor), token);
                }
                else if (leased.Intent.State == IntentState.Created)
                {
                    await intents.MoveAsync(
                        session, leased, IntentEvent.DependencyPending, new IntentMove(Actor, "waits_for_dependency"), token);
                }
                else
                {
                    // A dependency's end wakes us; the delay is only the net below that.
                    await intents.WaitAsync(session, leased, TimeSpan.FromSeconds(30), "waits_for_dependency", null, token);
                }

                session.WakeWorkersAfterCommit();
                return null;
            },
            cancellationToken);

    // A place in the lane that this one does not take is for the next who waits for one.
    private async Task<LeasedIntent?> PrepareOrPassOnAsync(LeasedIntent leased, CancellationToken cancellationToken)
    {
        if (!await PrepareAsync(leased, cancellationToken))
        {
            await unitOfWork.RunAsync(
                (session, _) =>
                {
                    PlaceWaker.Wake(session, leased.Intent.Chain, leased.Intent.Sender);
                    return Task.CompletedTask;
                },
                cancellationToken);
        }

        return null;
    }

    // Whether it took a place in the lane, or waits for one.
    private async Task<bool> PrepareAsync(LeasedIntent leased, CancellationToken cancellationToken)
    {
        Intent intent = leased.Intent;
        ChainProfile chain = chains.Get(intent.Chain);
        Outlook outlook = await unitOfWork.RunAsync((session, token) => ReadAsync(session, intent, token), cancellationToken);
        if (outlook.Freeze is { } freeze)
        {
            await WaitAsync(leased, freeze.IsHalt ? "halted" : "frozen", freeze.Reason, cancellationToken);
            return false;
        }

        int placesMax = options.Value.InFlightMax;
        if (outlook.InFlight >= placesMax)
        {
            // Binding decides; this spares the nodes a simulation that would be void when there is a place.
            await WaitForPlaceAsync(
                leased, $"{outlook.InFlight} transactions of the sender are in flight; it may have {placesMax}.", placesMax,
                cancellationToken);
            return true;
        }

        Outgoing call = outlook.Call;
        PreflightResult result = await preflight.RunAsync(
            chain, intent.Sender, call.To, call.Value, call.Data, cancellationToken, outlook.Head);
        switch (result)
        {
            case PreflightResult.WouldRevert(var kind, var message):
                await MoveAsync(
                    leased, IntentEvent.WouldRevert, new IntentMove(Actor, "would_revert", message, new { kind, message }),
                    cancellationToken);
                return false;
            case PreflightResult.WouldHaveNoEffect(var message):
                await MoveAsync(leased, IntentEvent.WouldHaveNoEffect, new IntentMove(Actor, "no_effect", message), cancellationToken);
                return false;
            case PreflightResult.MarketAboveCap:
                await WaitAsync(leased, "fees_above_cap", "The fee market is above the cap that is ever signed.", cancellationToken);
                return false;
            case PreflightResult.CannotPay(var message):
                await binder.TellEmptyAsync(intent, message, cancellationToken);
                await WaitAsync(leased, SlotBinder.SenderEmpty, message, cancellationToken);
                return false;
            case PreflightResult.Ready ready when ready.MaxFee > outlook.Left:
                await WaitAsync(
                    leased, "over_budget",
                    $"It may cost {ready.MaxFee} wei; {outlook.Left} of max_total_fee ({intent.MaxTotalFee}) are left.", cancellationToken);
                return false;
            case PreflightResult.Ready ready:
                return (!outlook.NeedsApproval
                        || await approval.LimitOrAskAsync(leased, outlook.Left, ready.MaxFee, cancellationToken) is not null)
                    && await BindAsync(leased, chain, call, ready, cancellationToken);
            default:
                throw new InvalidOperationException($"Unhandled {result.GetType().Name}.");
        }
    }

    private async Task<Outlook> ReadAsync(DbSession session, Intent intent, CancellationToken cancellationToken)
    {
        IReadOnlyList<BlockchainCall> made = await calls.OfIntentAsync(session, intent.Root.Value, cancellationToken);
        return new Outlook(
            Outgoing.Of(intent.Sender, made),
            await gate.FindAsync(session, intent, made, cancellationToken),
            await slots.CountInFlightAsync(session, intent.Chain, intent.Sender, cancellationToken),
            await index.NearHeadAsync(session, intent.Chain, cancellationToken),
            await budgets.LeftAsync(session, intent, cancellationToken),
            await accounts.FindAsync(session, intent.Chain, intent.Sender, cancellationToken) is { Custody: AccountCustody.User });
    }

    private async Task<bool> BindAsync(
        LeasedIntent leased, ChainProfile chain, Outgoing call, PreflightResult.Ready ready, CancellationToken cancellationToken)
    {
        BindResult result = await binder.BindAsync(
            leased, chain, call, ready, SlotBinder.InputsOf(chain, call.Expected, ready, options.Value), cancellationToken);
        switch (result)
        {
            case BindResult.Bound:
                Boundary.Passed(Boundary.SlotBound);
                return true;
            case BindResult.NotNow { PlacesMax: { } placesMax } full:
                await WaitForPlaceAsync(leased, full.Detail, placesMax, cancellationToken);
                return true;
            case BindResult.NotNow(var reason, var detail, _):
                await WaitAsync(leased, reason, detail, cancellationToken);
                return reason == LaneFull;
            case BindResult.AdoptedFromJournal:
                return true;
            case BindResult.SignedOtherEffect:
                throw new InvalidOperationException($"{leased.Intent.Id}: the signer signed another effect for this family.");
            default:
                throw new InvalidOperationException($"Unhandled {result.GetType().Name}.");
        }
    }

    // Whoever leaves the lane wakes the first that waits. One that left between our look and this commit woke nobody: so it looks again.
    // One that is leaving meanwhile may have seen nobody to wake: so the first that waits looks by itself after a moment.
    private async Task WaitForPlaceAsync(LeasedIntent leased, string detail, int placesMax, CancellationToken cancellationToken)
    {
        Intent intent = leased.Intent;
        await unitOfWork.RunAsync(
            (session, token) => intents.WaitAsync(session, leased, PlaceNet, LaneFull, detail, token), cancellationToken);
        await unitOfWork.RunAsync(
            async (session, token) =>
            {
                bool isFree = await slots.CountInFlightAsync(session, intent.Chain, intent.Sender, token) < placesMax;
                PlaceWaker.Wake(session, intent.Chain, intent.Sender, isFree ? TimeSpan.Zero : options.Value.RetryDelay);
            },
            cancellationToken);
    }

    private Task MoveAsync(LeasedIntent leased, IntentEvent happened, IntentMove move, CancellationToken cancellationToken) =>
        unitOfWork.RunAsync(
            async (session, token) =>
            {
                await journal.RequireSameDatabaseAsync(session, token);
                await intents.MoveAsync(session, leased, happened, move, token);
            },
            cancellationToken);

    private Task ParkAsync(LeasedIntent leased, Exception exception) =>
        unitOfWork.RunAsync(
            async (session, token) =>
            {
                Intent intent = leased.Intent;
                if (await intents.ParkAsync(session, leased, exception, token) == 0)
                    return;
                // It took nobody's place.
                PlaceWaker.Wake(session, intent.Chain, intent.Sender);
                await incidents.OpenAsync(
                    session, "intent_parked", intent.Id.ToString(), intent.Chain, intent.Sender,
                    $"{intent.Id} stopped: {exception.GetType().Name}: {exception.Message}", new { intent.State }, token);
            },
            CancellationToken.None);

    private Task WaitForDeadlineAsync(LeasedIntent leased, CancellationToken cancellationToken) =>
        unitOfWork.RunAsync((session, token) => intents.LookAgainAsync(session, leased, options.Value.RetryDelay, token),
            cancellationToken);

    private Task WaitAsync(LeasedIntent leased, string reason, string? detail, CancellationToken cancellationToken) =>
        unitOfWork.RunAsync(
            (session, token) => intents.WaitAsync(session, leased, options.Value.RetryDelay, reason, detail, token), cancellationToken);

    [LoggerMessage(EventId = 3101, Level = LogLevel.Warning, Message = "Intent {Intent} waits on chain {Chain}: {Reason}")]
    private partial void LogWaits(IntentId intent, long chain, string reason);

    [LoggerMessage(
        EventId = 3104, Level = LogLevel.Warning, Message = "{Intents} intents could not be bound together; they are stepped one by one")]
    private partial void LogApart(int intents, Exception exception);

    [LoggerMessage(
        EventId = 3102, Level = LogLevel.Information, Message = "Intent {Intent} was moved by somebody else; this turn wrote nothing")]
    private partial void LogMovedElsewhere(IntentId intent);

    [LoggerMessage(
        EventId = 3103, Level = LogLevel.Error,
        Message = "Intent {Intent} is parked: an operator is needed (docs/runbooks/parked-intent.md)")]
    private partial void LogParked(IntentId intent, Exception exception);

    /// <summary>What an intent is prepared from, read in one transaction.</summary>
    /// <param name="Left">Wei that its family may still cost.</param>
    /// <param name="NeedsApproval">Whether the owner of its account approves each effect.</param>
    private sealed record Outlook(
        Outgoing Call, Freeze? Freeze, long InFlight, long? Head, TokenAmount Left, bool NeedsApproval);
}
