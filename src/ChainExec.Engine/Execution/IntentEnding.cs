using ChainExec.Custody;
using ChainExec.Storage;
using Microsoft.Extensions.Logging;

namespace ChainExec.Execution;

/// <summary>What came of asking an intent to end without its effect.</summary>
internal abstract record EndResult
{
    private EndResult()
    {
    }

    /// <summary>It ends, or will once its nonce is consumed, unless what is out there already wins.</summary>
    internal sealed record Asked(IntentState State) : EndResult;

    /// <summary>It has ended before.</summary>
    internal sealed record Over(IntentState State) : EndResult;

    /// <summary>Its transaction carries others too, and was asked to be signed: they would end with it. Nothing was changed.</summary>
    internal sealed record Shared(int Members) : EndResult;

    /// <summary>There is no such intent of this owner.</summary>
    internal sealed record Unknown : EndResult;
}

/// <summary>
/// Ends intents truthfully. What was never asked to be signed is given up at once; anything else ends by consuming its nonce with a
/// transfer of nothing, and what is mined first decides.
/// </summary>
internal sealed partial class IntentEnding(
    IntentStore intents, SlotStore slots, AttemptStore attempts, ApprovalStore approvals, SlotFiller filler, JournalSync journal,
    UnitOfWork unitOfWork,
    ILogger<IntentEnding> logger)
{
    private const int TriesMax = 5;

    /// <summary>Ends a family of an owner, whichever of its members is alive. Asking again changes nothing.</summary>
    /// <exception cref="SignerUnavailableException">
    /// The signer's journal cannot be compared: in a restored database, what looks unsigned may be paid.
    /// </exception>
    public Task<EndResult> CancelAsync(Guid owner, IntentId root, string actor, CancellationToken cancellationToken) =>
        CancelAsync(owner, root, "Its owner asked for it.", actor, (_, _, _) => Task.CompletedTask, cancellationToken);

    /// <summary>As its owner's word, for who has another reason and keeps a record of it.</summary>
    /// <param name="record">Written in the transaction that asks.</param>
    /// <exception cref="SignerUnavailableException">The signer's journal cannot be compared.</exception>
    public async Task<EndResult> CancelAsync(
        Guid owner, IntentId root, string detail, string actor, Func<DbSession, EndResult, CancellationToken, Task> record,
        CancellationToken cancellationToken)
    {
        Intent? known = await unitOfWork.RunAsync(
            (session, token) => intents.ReadNewestAsync(session, owner, root, token), cancellationToken);
        if (known is null)
            return new EndResult.Unknown();
        await journal.EnsureCurrentAsync(known.Chain, known.Sender, cancellationToken);
        for (int tried = 1; ; tried++)
        {
            try
            {
                return await unitOfWork.RunAsync(
                    async (session, token) =>
                    {
                        await journal.RequireSameDatabaseAsync(session, token);
                        if (await intents.ReadNewestAsync(session, owner, root, token) is not { } newest)
                            return new EndResult.Unknown();
                        EndResult result = await AskAsync(session, newest, IntentWish.Cancel, detail, actor, token);
                        await record(session, result, token);
                        return result;
                    },
                    cancellationToken);
            }
            catch (StaleWriteException) when (tried < TriesMax)
            {
                // Between our reading and our lock.
                LogMovedElsewhere(root, tried);
            }
        }
    }

    /// <summary>The deadline passed, wherever the intent stands.</summary>
    public Task<EndResult> ExpireAsync(Intent intent, string actor, CancellationToken cancellationToken) =>
        unitOfWork.RunAsync(
            async (session, token) =>
            {
                await journal.RequireSameDatabaseAsync(session, token);
                return await AskAsync(session, intent, IntentWish.Deadline, "The deadline passed.", actor, token);
            },
            cancellationToken);

    /// <summary>What the slot carries cannot be prepared again: the nonce is consumed without it.</summary>
    public Task GiveUpAsync(
        NonceSlot slot, IntentWish wish, string detail, string actor, CancellationToken cancellationToken) =>
        unitOfWork.RunAsync(
            async (session, token) =>
            {
                await journal.RequireSameDatabaseAsync(session, token);
                // Who read that there is no other way may have stood still since: the lane first, as everybody locks.
                await slots.LockLaneAsync(session, slot.Chain, slot.Sender, token);
                if (!await slots.HoldsLeaseAsync(session, slot, token))
                    throw new StaleWriteException($"The lease of slot {slot.Id} was lost before it was given up.");
                if (await intents.LiveMemberAsync(session, slot.Carrier!.Value, token) is { } member
                    && await AskAsync(session, member, wish, detail, actor, token) is EndResult.Shared)
                    await DissolveAsync(session, slot, ReasonOf(wish), actor, token);
            },
            cancellationToken);

    /// <summary>Asks for the end of an intent that was read without a lock.</summary>
    /// <exception cref="StaleWriteException">It moved meanwhile.</exception>
    public async Task<EndResult> AskAsync(
        DbSession session, Intent read, IntentWish wish, string detail, string actor, CancellationToken cancellationToken)
    {
        if (IntentLifecycle.Table.IsFinal(read.State))
            return new EndResult.Over(read.State);

        // Lane, slot, intent, approval: the order in which everybody locks.
        NonceSlot? slot = await LockSlotAsync(session, read, cancellationToken);
        Intent intent = await intents.FindAsync(session, read.Id, cancellationToken)
            ?? throw new StaleWriteException($"{read.Id} is gone.");
        if (intent.State != read.State)
            throw new StaleWriteException($"{read.Id} is no longer {EnumText.Of(read.State)}.");
        if (slot is null && intent.State is not (IntentState.Created or IntentState.Waiting or IntentState.Preparing))
            throw new StaleWriteException($"{read.Id} was bound meanwhile.");
        var move = new IntentMove(actor, ReasonOf(wish), detail, Wish: wish);
        if (slot is null)
            return await EndAsync(session, intent, wish, move, cancellationToken);
        IReadOnlyList<Intent> members = await intents.MembersAsync(session, slot.Carrier!.Value, cancellationToken);
        if (slot.State == SlotState.Reserved)
        {
            await ReleaseAsync(session, slot, actor, cancellationToken);
            await intents.MoveManyAsync(
                session,
                [
                    .. members.Where(other => other.Id != intent.Id && other.State == IntentState.Signing).Select(other => new IntentStep(
                        other, IntentEvent.SlotReclaimed,
                        new IntentMove(actor, "batch_given_up", "Another intent of its batch ended before anything was signed."))),
                ],
                cancellationToken);
            return await EndAsync(session, intent, wish, move, cancellationToken);
        }

        Carrier carrier = (await attempts.FindCarrierAsync(session, slot.Carrier.Value, cancellationToken))!;
        if (carrier.IsShared && wish != IntentWish.Freeze)
            return new EndResult.Shared(carrier.Families.Distinct(StringComparer.Ordinal).Count());
        if (intent.State == IntentState.Cancelling || intent.Wish is not null)
            return new EndResult.Asked(intent.State);
        await approvals.WithdrawAsync(session, intent.Id.Value, actor, cancellationToken);
        Intent asked = await intents.MoveAsync(session, intent, IntentEvent.CancelAsked, move, cancellationToken);
        if (asked.State == IntentState.Cancelling && slot.FillCarrier is null)
            await filler.AskFillAsync(session, slot, actor, ReasonOf(wish), cancellationToken);
        return new EndResult.Asked(asked.State);
    }

    // A batch is not to happen, for a reason that is nobody's own: its nonce is filled, and each of its members goes on alone after that.
    private async Task DissolveAsync(
        DbSession session, NonceSlot read, string reason, string actor, CancellationToken cancellationToken)
    {
        await slots.LockLaneAsync(session, read.Chain, read.Sender, cancellationToken);
        if (await slots.FindByCarrierAsync(session, read.Carrier!.Value, cancellationToken) is { FillCarrier: null } slot)
            await filler.AskFillAsync(session, slot, actor, reason, cancellationToken);
    }

    /// <summary>Locks the lane of an intent that has a carrier, and its slot; nothing without one.</summary>
    /// <exception cref="StaleWriteException">It has another carrier than was read.</exception>
    public async Task<NonceSlot?> LockSlotAsync(DbSession session, Intent intent, CancellationToken cancellationToken)
    {
        if (await attempts.FindOpenCarrierAsync(session, intent.Id, cancellationToken) is not { } carrier)
            return null;
        await slots.LockLaneAsync(session, intent.Chain, intent.Sender, cancellationToken);

        // Between our reading and the lane's lock it may have given its nonce back and bound another.
        if (await attempts.FindOpenCarrierAsync(session, intent.Id, cancellationToken) != carrier)
            throw new StaleWriteException($"{intent.Id} has another carrier than was read.");
        return await slots.FindByCarrierAsync(session, carrier, cancellationToken);
    }

    private async Task<EndResult> EndAsync(
        DbSession session, Intent intent, IntentWish wish, IntentMove move, CancellationToken cancellationToken)
    {
        IntentEvent happened = wish == IntentWish.Deadline ? IntentEvent.DeadlinePassed : IntentEvent.CancelledUnsigned;
        await approvals.WithdrawAsync(session, intent.Id.Value, move.Actor, cancellationToken);
        Intent ended = await intents.MoveAsync(session, intent, happened, move, cancellationToken);
        session.WakeWorkersAfterCommit();
        return new EndResult.Asked(ended.State);
    }

    private async Task ReleaseAsync(DbSession session, NonceSlot slot, string actor, CancellationToken cancellationToken)
    {
        Guid carrier = slot.Carrier!.Value;
        NonceSlot released = await slots.MoveAsync(
            session, slot, SlotEvent.GivenUp, new SlotChange(actor, NextStepIn: null, Reason: "intent_ended"), cancellationToken);
        await attempts.SupersedeAsync(session, carrier, cancellationToken);
        await attempts.ResolveCarrierAsync(session, carrier, cancellationToken);
        if (await slots.IsNeededBelowAsync(session, released, cancellationToken))
            await filler.BindFillAsync(session, released, actor, cancellationToken);
    }

    private static string ReasonOf(IntentWish wish) => wish switch
    {
        IntentWish.Cancel => "cancel_asked",
        IntentWish.Deadline => "deadline_passed",
        IntentWish.Freeze => "frozen",
        IntentWish.WouldRevert => "would_revert",
        IntentWish.Unsendable => "unsendable",
        _ => throw new InvalidOperationException($"Unhandled wish {wish}."),
    };

    [LoggerMessage(EventId = 3402, Level = LogLevel.Information, Message = "Intent {Intent} moved while it was cancelled; try {Tried}")]
    private partial void LogMovedElsewhere(IntentId intent, int tried);
}
