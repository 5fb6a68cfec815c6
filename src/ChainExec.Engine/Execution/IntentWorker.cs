using System.Text.Json;
using ChainExec.Calls;
using ChainExec.Custody;
using ChainExec.Ethereum.Rpc;
using ChainExec.Facts;
using ChainExec.Storage;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace ChainExec.Execution;

/// <summary>
/// Steps intents from admission to a bound slot: waits for dependencies, simulates, prices, binds. Signing is the slot's business.
/// </summary>
internal sealed partial class IntentWorker(
    IntentStore intents, SlotBinder binder, Preflight preflight, ChainDirectory chains, CallStore calls, JournalSync journal,
    IncidentStore incidents, IntentEnding ending, IntentApproval approval, FreezeGate gate,
    SlotBudget budgets, UnitOfWork unitOfWork, TimeProvider clock, IOptions<ExecutionOptions> options,
    ILogger<IntentWorker> logger) : IWorker
{
    private const string Actor = "worker:intent";

    private readonly string _worker = WorkerIdentity.Name;

    public string Name => "execution.intents";

    public async Task<int> RunTurnAsync(CancellationToken cancellationToken)
    {
        ExecutionOptions values = options.Value;
        IReadOnlyList<LeasedIntent> batch = await unitOfWork.RunAsync(
            (session, token) => intents.LeaseDueAsync(session, _worker, values.LeaseDuration, values.BatchSizeMax, token),
            cancellationToken);
        foreach (LeasedIntent leased in batch)
        {
            try
            {
                await StepAsync(leased, cancellationToken);
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
        }

        return batch.Count;
    }

    private async Task StepAsync(LeasedIntent leased, CancellationToken cancellationToken)
    {
        Intent intent = leased.Intent;
        // Nothing is decided for a sender before the signer's journal was compared: the database may be a restored backup.
        await journal.EnsureCheckedAsync(intent.Chain, intent.Sender, cancellationToken);
        switch (await binder.TryAdoptAsync(leased, cancellationToken))
        {
            case BindResult.SignedOtherEffect:
                throw new InvalidOperationException($"{intent.Id}: the signer signed another effect for this family.");
            case not null:
                return;
            default:
                await StepOwnAsync(leased, cancellationToken);
                break;
        }
    }

    private Task StepOwnAsync(LeasedIntent leased, CancellationToken cancellationToken)
    {
        Intent intent = leased.Intent;
        if (intent.Deadline is { } deadline && deadline <= clock.GetUtcNow())
            return ending.ExpireAsync(intent, Actor, cancellationToken);
        return intent.State switch
        {
            IntentState.Created or IntentState.Waiting => AwaitAsync(leased, cancellationToken),
            IntentState.Preparing => PrepareAsync(leased, cancellationToken),
            // Due by the database's clock, which may be ahead of ours: its deadline is a moment away.
            _ when intent.Deadline is not null => WaitForDeadlineAsync(leased, cancellationToken),
            _ => throw new IllegalMoveException($"{intent.Id} is due in state {EnumText.Of(intent.State)}, which no worker steps."),
        };
    }

    private async Task AwaitAsync(LeasedIntent leased, CancellationToken cancellationToken)
    {
        if (leased.Intent.State == IntentState.Waiting && await approval.TryStepAsync(leased, cancellationToken))
            return;
        await AwaitDependenciesAsync(leased, cancellationToken);
    }

    private Task AwaitDependenciesAsync(LeasedIntent leased, CancellationToken cancellationToken) =>
        unitOfWork.RunAsync(
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
                    await intents.MoveAsync(session, leased, IntentEvent.Ready, new IntentMove(Actor), token);
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
            },
            cancellationToken);

    private async Task PrepareAsync(LeasedIntent leased, CancellationToken cancellationToken)
    {
        Intent intent = leased.Intent;
        ChainProfile chain = chains.Get(intent.Chain);
        if (await unitOfWork.RunAsync((session, token) => gate.FindAsync(session, intent, token), cancellationToken) is { } freeze)
        {
            await WaitAsync(leased, freeze.IsHalt ? "halted" : "frozen", freeze.Reason, cancellationToken);
            return;
        }

        BlockchainCall call = (await calls.OfIntentAsync(intent.Root.Value, cancellationToken)).Single();
        PreflightResult result = await preflight.RunAsync(chain, intent.Sender, call.To, call.Value, call.Data, cancellationToken);
        switch (result)
        {
            case PreflightResult.WouldRevert(var kind, var message):
                await MoveAsync(
                    leased, IntentEvent.WouldRevert, new IntentMove(Actor, "would_revert", message, new { kind, message }),
                    cancellationToken);
                break;
            case PreflightResult.WouldHaveNoEffect(var message):
                await MoveAsync(leased, IntentEvent.WouldHaveNoEffect, new IntentMove(Actor, "no_effect", message), cancellationToken);
                break;
            case PreflightResult.MarketAboveCap:
                await WaitAsync(leased, "fees_above_cap", "The fee market is above the cap that is ever signed.", cancellationToken);
                break;
            case PreflightResult.Ready ready:
                TokenAmount left = await unitOfWork.RunAsync(
                    (session, token) => budgets.LeftAsync(session, intent, token), cancellationToken);
                if (ready.MaxFee > left)
                {
                    await WaitAsync(
                        leased, "over_budget",
                        $"It may cost {ready.MaxFee} wei; {left} of max_total_fee ({intent.MaxTotalFee}) are left.", cancellationToken);
                    break;
                }

                if (await approval.LimitOrAskAsync(leased, left, ready.MaxFee, cancellationToken) is not null)
                    await BindAsync(leased, chain, call, ready, cancellationToken);
                break;
        }
    }

    private async Task BindAsync(
        LeasedIntent leased, ChainProfile chain, BlockchainCall call, PreflightResult.Ready ready, CancellationToken cancellationToken)
    {
        string inputs = JsonSerializer.Serialize(
            new
            {
                simulation_block = ready.Block,
                next_base_fee = ready.Fees.NextBaseFee,
                gas_margin_percent = options.Value.GasMarginPercent,
                data_fee = ready.DataFee,
                data_fee_margin_percent = chain.DataFee == DataFeeModel.None ? (int?)null : chain.DataFeeMarginPercent,
                expected = call.Expected,
            },
            FactJson.Options);
        BindResult result = await binder.BindAsync(leased, chain, call, ready, inputs, cancellationToken);
        switch (result)
        {
            case BindResult.Bound:
                Boundary.Passed(Boundary.SlotBound);
                break;
            case BindResult.NotNow(var reason, var detail):
                await WaitAsync(leased, reason, detail, cancellationToken);
                break;
            case BindResult.AdoptedFromJournal:
                break;
            case BindResult.SignedOtherEffect:
                throw new InvalidOperationException($"{leased.Intent.Id}: the signer signed another effect for this family.");
        }
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
        EventId = 3102, Level = LogLevel.Information, Message = "Intent {Intent} was moved by somebody else; this turn wrote nothing")]
    private partial void LogMovedElsewhere(IntentId intent);

    [LoggerMessage(
        EventId = 3103, Level = LogLevel.Error,
        Message = "Intent {Intent} is parked: an operator is needed (docs/runbooks/parked-intent.md)")]
    private partial void LogParked(IntentId intent, Exception exception);
}
