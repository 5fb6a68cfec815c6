using ChainExec.Calls;
using ChainExec.Custody;
using ChainExec.Storage;
using Microsoft.Extensions.Options;

namespace ChainExec.Execution;

/// <summary>What came of an owner's decision.</summary>
internal abstract record ApprovalResult
{
    private ApprovalResult()
    {
    }

    /// <summary>It is decided as asked.</summary>
    internal sealed record Done : ApprovalResult;

    /// <summary>The signer did not take the password.</summary>
    internal sealed record Refused(string Code, string Message) : ApprovalResult;

    /// <summary>Nobody is asked for an approval of it now.</summary>
    internal sealed record NotAsked(IntentState State) : ApprovalResult;

    /// <summary>There is no such intent of this owner.</summary>
    internal sealed record Unknown : ApprovalResult;
}

/// <summary>
/// Waits for the owner of an account of user custody: asks when an intent is simulated and priced, before a nonce is bound, and lets it go
/// on once the signer has journalled the owner's approval. The password is checked by the signer alone.
/// </summary>
internal sealed class IntentApproval(
    IntentStore intents, SlotStore slots, AttemptStore attempts, ApprovalStore approvals, AccountStore accounts, CallStore calls,
    IntentEnding ending, IncidentStore incidents, JournalSync journal, ISigner signer, UnitOfWork unitOfWork,
    IOptions<ExecutionOptions> options)
{
    /// <summary>Why an intent waits, in its <c>reason</c>.</summary>
    public const string Reason = "awaiting_approval";

    private const string Actor = "worker:intent";
    private const string LockedIncident = "approval_locked";

    /// <summary>
    /// The most that the owner has approved to be paid, or that needs no approval; nothing when the owner is asked from now on, and the
    /// intent waits.
    /// </summary>
    /// <param name="leased">The intent, simulated and priced.</param>
    /// <param name="left">Wei that its family may still cost.</param>
    /// <param name="fee">Wei that the price which is to be signed first may cost.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task<TokenAmount?> LimitOrAskAsync(
        LeasedIntent leased, TokenAmount left, TokenAmount fee, CancellationToken cancellationToken) =>
        unitOfWork.RunAsync<TokenAmount?>(
            async (session, token) =>
            {
                Intent intent = leased.Intent;
                if (await accounts.FindAsync(session, intent.Chain, intent.Sender, token) is not { Custody: AccountCustody.User })
                    return left;
                if (await approvals.NewestAsync(session, intent.Id.Value, token) is ({ State: ApprovalState.Approved } given, false)
                    && fee <= given.MaxTotalFee)
                    return given.MaxTotalFee;
                if (await approvals.UnansweredAsync(session, intent.Id.Value, token) >= options.Value.ApprovalsMax)
                {
                    await WaitAsync(session, leased, left, options.Value.ApprovalLife, token);
                    return null;
                }

                Approval asked = await approvals.AskAsync(session, intent.Id.Value, left, options.Value.ApprovalLife, token);
                await WaitAsync(session, leased, left, options.Value.ApprovalLife, token, asked.Id);
                return null;
            },
            cancellationToken);

    /// <summary>Steps an intent that waits for an approval; false when it waits for something else.</summary>
    public Task<bool> TryStepAsync(LeasedIntent leased, CancellationToken cancellationToken) =>
        unitOfWork.RunAsync(
            async (session, token) =>
            {
                Intent intent = leased.Intent;
                if (await approvals.NewestAsync(session, intent.Id.Value, token) is not var (approval, isOver))
                    return false;
                if (approval.State == ApprovalState.Asked && !isOver)
                {
                    // Woken for another reason; the approval's end wakes it again.
                    await intents.LookAgainAsync(session, leased, options.Value.RetryDelay, token);
                    return true;
                }

                int unanswered = await approvals.UnansweredAsync(session, intent.Id.Value, token);
                bool isOften = unanswered + (approval.State == ApprovalState.Asked ? 1 : 0) >= options.Value.ApprovalsMax;
                await intents.MoveAsync(
                    session, leased, isOften ? IntentEvent.ApprovalsExhausted : IntentEvent.ApprovalExpired,
                    new IntentMove(
                        Actor, "approval_expired", "The owner of the account did not approve in time.",
                        new { approval = approval.Id.ToString(), approval.ExpiresAt }),
                    token);
                if (approval.State == ApprovalState.Asked)
                    await approvals.DecideAsync(session, approval.Id, ApprovalState.Expired, Actor, null, token);
                return true;
            },
            cancellationToken);

    /// <summary>The owner approves, with the one-time password.</summary>
    /// <exception cref="SignerUnavailableException">It is not known whether the approval counts: repeat it.</exception>
    public async Task<ApprovalResult> ApproveAsync(Guid owner, IntentId root, string otp, string actor, CancellationToken cancellationToken)
    {
        (Intent Intent, Approval? Open)? read = await unitOfWork.RunAsync(
            (session, token) => ReadAsync(session, owner, root, token), cancellationToken);
        if (read is not var (intent, open))
            return new ApprovalResult.Unknown();
        if (open is null)
            return new ApprovalResult.NotAsked(intent.State);
        await journal.EnsureCurrentAsync(intent.Chain, intent.Sender, cancellationToken);
        BlockchainCall call = (await calls.OfIntentAsync(root.Value, cancellationToken)).Single();
        var statement = new ApprovalStatement(
            intent.Chain, intent.Sender, intent.FamilyKey, call.To, call.Value, call.Data, open.MaxTotalFee, open.ExpiresAt);
        if (await signer.ApproveAsync(statement, otp, cancellationToken) is ApproveResult.Refused refused)
        {
            if (refused.Code == SignRefusal.OtpLocked)
                await TellLockedAsync(intent, refused.Message, actor, cancellationToken);
            return new ApprovalResult.Refused(refused.Code, refused.Message);
        }

        return await DecideAsync(
            owner, root, open.Id, ApprovalState.Approved,
            new IntentMove(actor, "approved", Evidence: new { approval = open.Id.ToString() }), cancellationToken);
    }

    // Somebody guesses, or its owner has lost the authenticator: either is for a person to look at.
    private Task TellLockedAsync(Intent intent, string message, string actor, CancellationToken cancellationToken) =>
        unitOfWork.RunAsync(
            (session, token) => incidents.OpenAsync(
                session, LockedIncident, $"{intent.Chain}:{intent.Sender}", intent.Chain, intent.Sender,
                $"The signer takes no password of {intent.Sender}'s owner for a while: {message}", new { asked_by = actor, intent.Root },
                token),
            cancellationToken);

    /// <summary>The owner says no: the intent ends, before anything was signed.</summary>
    public async Task<ApprovalResult> RejectAsync(
        Guid owner, IntentId root, string? reason, string actor, CancellationToken cancellationToken)
    {
        (Intent Intent, Approval? Open)? read = await unitOfWork.RunAsync(
            (session, token) => ReadAsync(session, owner, root, token), cancellationToken);
        if (read is not var (intent, open))
            return new ApprovalResult.Unknown();
        if (open is null)
            return new ApprovalResult.NotAsked(intent.State);
        var move = new IntentMove(
            actor, "approval_rejected", reason ?? "The owner of the account said no.", new { approval = open.Id.ToString() });
        return await DecideAsync(owner, root, open.Id, ApprovalState.Rejected, move, cancellationToken);
    }

    /// <summary>
    /// The signer wants an approval for what was asked to be signed already: the one that was given ended before its answer. The owner is
    /// asked again for the same slot, which is never released; who does not answer has it filled.
    /// </summary>
    public Task AskForSlotAsync(NonceSlot slot, CancellationToken cancellationToken) =>
        unitOfWork.RunAsync(
            async (session, token) =>
            {
                if (await intents.LiveMemberAsync(session, slot.Carrier!.Value, token) is { } member)
                {
                    // Lane and slot before the approval: the owner's no may end the intent here.
                    await ending.LockSlotAsync(session, member, token);
                    await AskForSlotAsync(session, slot, member, token);
                }

                await slots.WaitAsync(session, slot, options.Value.RetryDelay, token);
            },
            cancellationToken);

    private async Task AskForSlotAsync(DbSession session, NonceSlot slot, Intent member, CancellationToken cancellationToken)
    {
        if (await approvals.NewestAsync(session, member.Id.Value, cancellationToken) is not var (newest, isOver)
            || (newest.State is ApprovalState.Asked or ApprovalState.Approved && !isOver))
            return;
        if (newest.State == ApprovalState.Asked)
            await approvals.DecideAsync(session, newest.Id, ApprovalState.Expired, Actor, null, cancellationToken);
        if (await approvals.UnansweredAsync(session, member.Id.Value, cancellationToken) >= options.Value.ApprovalsMax)
        {
            await ending.AskAsync(
                session, member, IntentWish.Cancel, "The owner of the account did not approve in time.", Actor, cancellationToken);
            return;
        }

        PreparedCall first = (await attempts.FindLivePreparedAsync(session, slot.Carrier!.Value, cancellationToken))!;
        await approvals.AskAsync(
            session, member.Id.Value, newest.MaxTotalFee > first.MaxFee ? newest.MaxTotalFee : first.MaxFee, options.Value.ApprovalLife,
            cancellationToken);
    }

    // Asked and not decided. The intent may wait in signing too: then its slot was asked to be signed under an approval that has ended.
    private async Task<(Intent Intent, Approval? Open)?> ReadAsync(
        DbSession session, Guid owner, IntentId root, CancellationToken cancellationToken)
    {
        if (await intents.ReadNewestAsync(session, owner, root, cancellationToken) is not { } intent)
            return null;
        bool canWait = intent.State is IntentState.Waiting or IntentState.Signing;
        return canWait
            && await approvals.NewestAsync(session, intent.Id.Value, cancellationToken) is ({ State: ApprovalState.Asked } open, false)
            ? (intent, open)
            : (intent, null);
    }

    // Where it waits in signing its request is out: approved, it is made again; rejected, its nonce is filled.
    private async Task<ApprovalResult> DecideAsync(
        Guid owner, IntentId root, ApprovalId approval, ApprovalState to, IntentMove move, CancellationToken cancellationToken)
    {
        try
        {
            return await WriteAsync(owner, root, approval, to, move, cancellationToken);
        }
        catch (StaleWriteException)
        {
            // Cancelled, expired or decided by another request meanwhile: what stands is read anew.
            Intent? now = await unitOfWork.RunAsync(
                (session, token) => intents.ReadNewestAsync(session, owner, root, token), cancellationToken);
            return now is null ? new ApprovalResult.Unknown() : new ApprovalResult.NotAsked(now.State);
        }
    }

    private Task<ApprovalResult> WriteAsync(
        Guid owner, IntentId root, ApprovalId approval, ApprovalState to, IntentMove move, CancellationToken cancellationToken) =>
        unitOfWork.RunAsync<ApprovalResult>(
            async (session, token) =>
            {
                await journal.RequireSameDatabaseAsync(session, token);
                if (await ReadAsync(session, owner, root, token) is not var (read, open) || open?.Id != approval)
                    throw new StaleWriteException($"{root} moved while it was decided.");
                // Lane, slot, intent, approval: the order in which everybody locks. A slot is touched where the answer is no to what was
                // asked to be signed already.
                bool isGiven = to == ApprovalState.Approved;
                if (read.State == IntentState.Signing && !isGiven)
                    await ending.LockSlotAsync(session, read, token);
                if (await intents.FindAsync(session, read.Id, token) is not { } locked || locked.State != read.State)
                    throw new StaleWriteException($"{root} moved while it was decided.");
                await approvals.DecideAsync(session, approval, to, move.Actor, move.Detail, token);
                if (isGiven)
                    await incidents.CloseAsync(session, LockedIncident, $"{read.Chain}:{read.Sender}", token);
                if (read.State == IntentState.Waiting)
                    await intents.MoveAsync(session, read, isGiven ? IntentEvent.Approved : IntentEvent.ApprovalRejected, move, token);
                else if (!isGiven)
                    await ending.AskAsync(session, read, IntentWish.Cancel, move.Detail!, move.Actor, token);
                session.WakeWorkersAfterCommit();
                return new ApprovalResult.Done();
            },
            cancellationToken);

    private async Task WaitAsync(
        DbSession session, LeasedIntent leased, TokenAmount left, TimeSpan life, CancellationToken cancellationToken,
        ApprovalId? approval = null)
    {
        Intent waiting = await intents.MoveAsync(
            session, leased, IntentEvent.ApprovalAsked,
            new IntentMove(
                Actor, Reason, $"The owner of the account has to approve it, for at most {left} wei of fees.",
                new { approval = approval?.ToString(), max_total_fee = left }),
            cancellationToken);
        await intents.LookInAsync(session, waiting, approval is null ? TimeSpan.Zero : life, cancellationToken);
    }
}
