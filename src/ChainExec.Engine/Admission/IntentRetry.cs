using ChainExec.Calls;
using ChainExec.Custody;
using ChainExec.Execution;
using ChainExec.Governance;
using ChainExec.Ledger;
using ChainExec.Storage;
using Microsoft.Extensions.Logging;

namespace ChainExec.Admission;

/// <summary>What an operator asks for.</summary>
/// <param name="Deadline">Of the new attempt; the former one goes on where it has not passed.</param>
/// <param name="AcceptsUnseen">
/// Whether the operator has looked at what foreign transactions did with native coin of the account, and none of it paid this.
/// </param>
internal sealed record RetryRequest(
    IntentId Root, string Reason, string Actor, DateTimeOffset? Deadline = null, bool AcceptsUnseen = false);

/// <summary>Why an ended payment is not tried again now.</summary>
internal sealed record RetryRefusal(string Code, string Detail);

/// <summary>What came of asking for a new attempt.</summary>
internal abstract record RetryResult
{
    private RetryResult()
    {
    }

    /// <summary>A child of the family is on its way to a new nonce, with a hold of its own.</summary>
    internal sealed record Retried(IntentId Child) : RetryResult;

    /// <summary>Nothing was written: every reason there is.</summary>
    internal sealed record Refused(IReadOnlyList<RetryRefusal> Reasons) : RetryResult;

    /// <summary>There is no such intent.</summary>
    internal sealed record Unknown : RetryResult;
}

/// <summary>
/// Tries an ended payment again because an operator says so: a new member of the same family, so that the signer still knows that both are
/// one payment. It cannot become a second effect: every nonce of the family must be resolved against it, and nothing equal may have moved.
/// </summary>
internal sealed partial class IntentRetry(
    FamilyStore families, IntentStore intents, SlotStore slots, FamilyResolution resolution, CallStore calls, EqualMovements equals,
    LedgerStore ledger, OwnerStore audit, JournalSync journal, UnitOfWork unitOfWork, TimeProvider clock, ILogger<IntentRetry> logger)
{
    private const int TriesMax = 5;

    private static readonly string[] Retriable = ["would_revert", "no_effect", "reverted", "slot_lost"];

    /// <exception cref="SignerUnavailableException">
    /// The signer's journal cannot be compared: in a restored database, what looks unpaid may be paid.
    /// </exception>
    public async Task<RetryResult> RetryAsync(RetryRequest request, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(request.Reason);
        Intent? known = await unitOfWork.RunAsync(
            (session, token) => families.ReadNewestAsync(session, request.Root, token), cancellationToken);
        if (known is null)
            return new RetryResult.Unknown();
        await journal.EnsureCurrentAsync(known.Chain, known.Sender, cancellationToken);
        for (int tried = 1; ; tried++)
        {
            try
            {
                return await unitOfWork.RunAsync((session, token) => TryAsync(session, request, token), cancellationToken);
            }
            catch (StaleWriteException) when (tried < TriesMax)
            {
                // Between our reading and our locks.
                LogMovedElsewhere(request.Root, tried);
            }
        }
    }

    private async Task<RetryResult> TryAsync(DbSession session, RetryRequest request, CancellationToken cancellationToken)
    {
        await journal.RequireSameDatabaseAsync(session, cancellationToken);
        Intent read = (await families.ReadNewestAsync(session, request.Root, cancellationToken))!;

        // Lane, slots, intent: the order in which everybody locks.
        await slots.LockLaneAsync(session, read.Chain, read.Sender, cancellationToken);
        IReadOnlyList<NonceSlot> used = await families.LockSlotsAsync(session, read.FamilyKey, cancellationToken);
        Intent ended = (await intents.FindAsync(session, read.Id, cancellationToken))!;
        if (ended.State != read.State
            || (await families.ReadNewestAsync(session, request.Root, cancellationToken))!.Id != ended.Id)
            throw new StaleWriteException($"The family of {request.Root} moved meanwhile.");

        Hold? before = ended.Hold is { } hold ? await ledger.FindHoldAsync(session, new HoldId(hold), cancellationToken) : null;
        List<RetryRefusal> refusals = await RefusalsAsync(session, request, ended, used, before, cancellationToken);
        if (refusals.Count > 0)
            return new RetryResult.Refused(refusals);
        var id = new IntentId(Guid.CreateVersion7(clock.GetUtcNow()));
        Guid? held = null;
        if (before is not null)
        {
            HoldResult placed = await ledger.PlaceHoldAsync(
                session, new HoldId(Guid.CreateVersion7(clock.GetUtcNow())), Book.Customer(ended.Owner, before.Asset), before.Amount,
                $"intent:{id.Value:n}", cancellationToken);
            if (placed is HoldResult.InsufficientFunds(var available))
                return new RetryResult.Refused(
                    [new("insufficient_funds", $"{before.Amount} {before.Asset} are needed, {available} are available.")]);
            held = ((HoldResult.Held)placed).Hold.Value;
        }

        Intent child = await families.RetryAsync(
            session, id, ended, held, request.Deadline ?? ended.Deadline, request.Reason, request.Actor, cancellationToken);
        int consumed = await families.AcceptConsumedAsync(session, used, cancellationToken);
        await audit.AuditAsync(
            session, request.Actor, "intent.retry", request.Root.ToString(),
            new
            {
                reason = request.Reason, accepts_unseen = request.AcceptsUnseen,
                child = child.Id.ToString(), from = EnumText.Of(ended.State), hold = held,
                nonces = used.Select(slot => new { slot.Nonce, state = EnumText.Of(slot.State) }), consumed,
            },
            cancellationToken);
        return new RetryResult.Retried(child.Id);
    }

    private async Task<List<RetryRefusal>> RefusalsAsync(
        DbSession session, RetryRequest request, Intent ended, IReadOnlyList<NonceSlot> used, Hold? before,
        CancellationToken cancellationToken)
    {
        var refusals = new List<RetryRefusal>();
        if (await NotEndedAsync(session, ended, cancellationToken) is { } notEnded)
            return [notEnded];
        if (ended.Generation >= FamilyStore.GenerationMax)
            refusals.Add(new("too_many_attempts", $"The family has {ended.Generation + 1} members already."));
        if ((request.Deadline ?? ended.Deadline) is { } deadline && deadline <= clock.GetUtcNow())
            refusals.Add(new("deadline_passed", $"The deadline {deadline:u} has passed: give the new attempt another."));
        foreach (NonceSlot slot in used)
        {
            if (await resolution.RefusalAsync(session, slot, cancellationToken) is { } refusal)
                refusals.Add(refusal);
        }

        if (before is { State: HoldState.Held or HoldState.Partial })
            refusals.Add(new("hold_not_resolved", $"{before.Id} of the former attempt is still {EnumText.Of(before.State)}."));
        IReadOnlyList<BlockchainCall> made = await calls.OfIntentAsync(session, ended.Root.Value, cancellationToken);
        long first = await families.FirstBlockAsync(session, ended, cancellationToken);
        foreach (EqualMovement equal in await equals.FindAsync(session, ended, made, first, cancellationToken))
            refusals.Add(new(
                "equal_movement", $"Transaction {equal.TxHash} in block {equal.BlockNumber} ({equal.Status}) moved the same."));
        foreach (UnseenMovement unseen in await equals.UnseenAsync(session, ended, made, first, cancellationToken))
        {
            // What a trace shows nobody overrules.
            if (unseen.IsEqual || !request.AcceptsUnseen)
                refusals.Add(Refusal(unseen));
        }

        foreach (IntentId twin in await families.LiveTwinsAsync(session, ended, cancellationToken))
            refusals.Add(new("equal_intent", $"{twin} is open and does the same to the byte."));
        return refusals;
    }

    private static RetryRefusal Refusal(UnseenMovement unseen)
    {
        string sent = $"Transaction {unseen.TxHash} in block {unseen.BlockNumber} sent {unseen.Value} wei from the account to {unseen.To}";
        return unseen switch
        {
            { IsEqual: true } => new("equal_movement", $"{sent}; by its trace {unseen.Reached} of them reached the recipient."),
            { Reached: { } reached } => new("unseen_movement", $"{sent}; by its trace {reached} of them reached the recipient."),
            _ => new(
                "unseen_movement",
                $"{sent}; whether they went on from there to the recipient is in no log. Have it traced (chainexec trace rerun --trace)."),
        };
    }

    private async Task<RetryRefusal?> NotEndedAsync(DbSession session, Intent newest, CancellationToken cancellationToken)
    {
        if (newest.State is IntentState.Cancelled or IntentState.Expired)
            return null;
        if (newest.State != IntentState.Failed)
            return new("not_ended", $"It is {EnumText.Of(newest.State)}: only what failed, was cancelled or expired is tried again.");
        string? reason = await families.ReasonAsync(session, newest.Id, cancellationToken);
        return Retriable.Contains(reason)
            ? null
            : new("not_retriable", $"It failed with {reason}; {string.Join(", ", Retriable)} are tried again.");
    }

    [LoggerMessage(EventId = 3501, Level = LogLevel.Information, Message = "Family {Root} moved while it was retried; try {Tried}")]
    private partial void LogMovedElsewhere(IntentId root, int tried);
}
