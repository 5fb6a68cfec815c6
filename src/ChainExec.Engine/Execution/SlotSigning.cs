using ChainExec.Calls;
using ChainExec.Custody;
using ChainExec.Ethereum.Transactions;
using ChainExec.Storage;
using Microsoft.Extensions.Options;

namespace ChainExec.Execution;

/// <summary>
/// Has a bound slot signed. <c>sign_requested</c> is committed before the request leaves; the bytes before they are used.
/// </summary>
internal sealed class SlotSigning(
    IntentStore intents, SlotStore slots, AttemptStore attempts, SlotFiller filler, JournalSync journal, IncidentStore incidents,
    FreezeGate gate, LadderSealing sealing, IntentApproval approval, ApprovalStore approvals, ISigner signer,
    IndexReader index, ChainDirectory chains, UnitOfWork unitOfWork, TimeProvider clock, IOptions<ExecutionOptions> options)
{
    private const string Actor = "worker:slot";

    /// <summary>The signed slot, still leased; nothing when it cannot go on in this turn.</summary>
    public async Task<SignedSlot?> SignAsync(NonceSlot slot, CancellationToken cancellationToken)
    {
        AskedSignature? asked;
        bool isComplete = false;
        if (slot.State == SlotState.Reserved)
        {
            SealPlan plan = new(IsSealed: false, FillGas: null);
            Guid bound = slot.Carrier!.Value;
            if (!await unitOfWork.RunAsync((session, token) => attempts.IsPlainAsync(session, bound, token), cancellationToken)
                && (!await filler.PrepareFillAsync(slot, chains.Get(slot.Chain), cancellationToken)
                    || (plan = await sealing.PlanAsync(slot, chains.Get(slot.Chain), cancellationToken))
                        is { IsSealed: true, FillGas: null }))
            {
                await unitOfWork.RunAsync(
                    (session, token) => slots.WaitAsync(session, slot, options.Value.RetryDelay, token), cancellationToken);
                return null;
            }

            asked = await CommitUnlessStoppedAsync(slot, plan.FillGas, cancellationToken);
            if (asked is null)
                return null;
            isComplete = !plan.IsSealed;
            Boundary.Passed(Boundary.SignRequested);
        }
        else
        {
            asked = await unitOfWork.RunAsync((session, token) => ReadAskedAsync(session, slot, token), cancellationToken);
        }

        (slot, Carrier carrier, PreparedCall prepared, SigningAttempt attempt) = asked;
        SignResult result = await signer.SignAsync(RequestOf(slot, carrier, prepared), cancellationToken);
        Boundary.Passed(Boundary.SignatureAnswered);
        switch (result)
        {
            case SignResult.Signed signed:
                SignedSlot stored = await unitOfWork.RunAsync(
                    (session, token) => StoreSignatureAsync(session, slot, attempt, signed, isComplete, token), cancellationToken);
                Boundary.Passed(Boundary.SignatureStored);
                return stored;
            case SignResult.Refused { Recorded: true } refused:
                await unitOfWork.RunAsync(
                    (session, token) => GiveUpAsync(session, slot, carrier, prepared, attempt, refused, token), cancellationToken);
                return null;
            case SignResult.Refused { Code: SignRefusal.ApprovalRequired or SignRefusal.AboveApprovedFee }
                when await HasApprovalsAsync(slot, cancellationToken):
                await approval.AskForSlotAsync(slot, cancellationToken);
                return null;
            case SignResult.Refused refused:
                await ResolveConflictAsync(slot, refused, cancellationToken);
                return null;
            default:
                throw new InvalidOperationException($"Unhandled {result.GetType().Name}.");
        }
    }

    internal static SignRequest RequestOf(NonceSlot slot, Carrier carrier, PreparedCall prepared) => new(
        new Eip1559Transaction(
            (ulong)slot.Chain, (ulong)slot.Nonce, prepared.MaxPriorityFeePerGas.ToUInt256(), prepared.MaxFeePerGas.ToUInt256(),
            (ulong)prepared.GasLimit, prepared.To, prepared.Value.ToUInt256(), prepared.Data, []),
        slot.Sender,
        carrier.FamilyKey,
        carrier.Id.ToString("n"),
        slot.Epoch,
        carrier.Kind == CarrierKind.Fill ? SignPurpose.Fill : SignPurpose.Intent,
        carrier.Families.Count == 0 ? null : carrier.Families);

    private async Task<AskedSignature> ReadAskedAsync(DbSession session, NonceSlot slot, CancellationToken cancellationToken)
    {
        Carrier found = (await attempts.FindCarrierAsync(session, slot.Carrier!.Value, cancellationToken))!;
        return await attempts.FindLivePreparedAsync(session, found.Id, cancellationToken) is { } call
            && await attempts.FindLiveExecutionAsync(session, call.Id, cancellationToken) is { } attempt
            ? new AskedSignature(slot, found, call, attempt)
            : throw new StaleWriteException($"Slot {slot.Id} has nothing more to sign: it moved meanwhile.");
    }

    private async Task<AskedSignature?> CommitUnlessStoppedAsync(NonceSlot slot, long? fillGas, CancellationToken cancellationToken)
    {
        try
        {
            return await unitOfWork.RunAsync((session, token) => CommitRequestAsync(session, slot, fillGas, token), cancellationToken);
        }
        catch (StoppedException stopped)
        {
            await unitOfWork.RunAsync((session, token) => GiveBackAsync(session, slot, stopped, token), cancellationToken);
            return null;
        }
    }

    // Nothing was ever asked to be signed: the intent goes back to where it waits until the freeze is lifted, its owner approves again, or
    // its deadline passes.
    private async Task GiveBackAsync(DbSession session, NonceSlot slot, StoppedException stopped, CancellationToken cancellationToken)
    {
        await slots.LockLaneAsync(session, slot.Chain, slot.Sender, cancellationToken);
        Guid carrier = slot.Carrier!.Value;
        await slots.MoveLeasedAsync(
            session, slot, SlotEvent.GivenUp, nextStepIn: null, new { stopped.Reason }, Actor, cancellationToken);
        await attempts.SupersedeAsync(session, carrier, cancellationToken);
        foreach (Intent intent in await intents.MembersAsync(session, carrier, cancellationToken))
            await intents.MoveAsync(
                session, intent, IntentEvent.SlotReclaimed, new IntentMove(Actor, stopped.Reason, stopped.Message), cancellationToken);
        await attempts.ResolveCarrierAsync(session, carrier, cancellationToken);
        if (await slots.IsNeededBelowAsync(session, slot, cancellationToken))
            await filler.BindFillAsync(session, slot, Actor, cancellationToken);
    }

    private async Task<AskedSignature?> CommitRequestAsync(
        DbSession session, NonceSlot slot, long? fillGas, CancellationToken cancellationToken)
    {
        // Read again in the transaction that commits the request: a chain may have halted, or somebody been frozen, since the nonce was
        // bound. A halt ends and is waited for; what is frozen gives its nonce back, so that others are not held up behind it.
        if (await index.HaltReasonAsync(session, slot.Chain, cancellationToken) is not null)
        {
            await slots.WaitAsync(session, slot, options.Value.RetryDelay, cancellationToken);
            return null;
        }

        // The slot before its intents, as everybody locks: what stops the request below takes the move back.
        NonceSlot requested = await slots.MoveLeasedAsync(
            session, slot, SlotEvent.SigningCommitted, TimeSpan.Zero, new { slot.Carrier, slot.Epoch }, Actor, cancellationToken);
        foreach (Intent intent in await intents.MembersAsync(session, slot.Carrier!.Value, cancellationToken))
        {
            if (intent.State != IntentState.Signing)
                throw new StaleWriteException($"{intent.Id} is {EnumText.Of(intent.State)} and asks for no signature.");
            if (await gate.FindAsync(session, intent, cancellationToken) is { IsHalt: false } freeze)
                throw new StoppedException("frozen", freeze.Reason);
        }

        await attempts.FreezeAsync(session, slot.Carrier!.Value, cancellationToken);
        PreparedCall prepared = (await attempts.FindLivePreparedAsync(session, slot.Carrier.Value, cancellationToken))!;
        Guid attempt = Guid.CreateVersion7(clock.GetUtcNow());
        await attempts.InsertExecutionAsync(session, attempt, prepared.Id, cancellationToken);
        if (fillGas is { } gas)
        {
            TokenAmount limit = await ApprovedAsync(session, slot, cancellationToken);
            await sealing.InsertAsync(session, slot, prepared, chains.Get(slot.Chain).FillTo(slot.Sender), gas, limit, cancellationToken);
        }

        Carrier carrier = (await attempts.FindCarrierAsync(session, slot.Carrier.Value, cancellationToken))!;
        return new AskedSignature(
            requested, carrier, prepared, new SigningAttempt(attempt, prepared.Id, IsSigned: false, TxHash: null, Raw: null));
    }

    // Read where the request is committed: an approval that ended since would only be refused by the signer.
    private async Task<TokenAmount> ApprovedAsync(DbSession session, NonceSlot slot, CancellationToken cancellationToken)
    {
        Intent member = (await intents.LiveMemberAsync(session, slot.Carrier!.Value, cancellationToken))!;
        return await approvals.NewestAsync(session, member.Id.Value, cancellationToken) is ({ State: ApprovalState.Approved } given, false)
            ? given.MaxTotalFee
            : throw new StoppedException("approval_expired", "The approval ended before anything was asked to be signed.");
    }

    private Task<bool> HasApprovalsAsync(NonceSlot slot, CancellationToken cancellationToken) =>
        unitOfWork.RunAsync(
            async (session, token) => await intents.LiveMemberAsync(session, slot.Carrier!.Value, token) is { } member
                && await approvals.NewestAsync(session, member.Id.Value, token) is not null,
            cancellationToken);

    private async Task<SignedSlot> StoreSignatureAsync(
        DbSession session, NonceSlot slot, SigningAttempt attempt, SignResult.Signed signed, bool isComplete,
        CancellationToken cancellationToken)
    {
        NonceSlot moved = await slots.MoveLeasedAsync(
            session, slot, SlotEvent.BytesStored, TimeSpan.Zero, new { signed.Hash, signed.Replayed }, Actor, cancellationToken);
        await attempts.StoreSignatureAsync(session, attempt, signed.Hash, signed.Raw, cancellationToken);
        await intents.SignedAsync(
            session, slot.Carrier!.Value, new { tx_hash = signed.Hash, slot.Nonce }, Actor, cancellationToken);
        return new SignedSlot(moved, isComplete);
    }

    // The signer has it on record for ever that nothing was and nothing will be signed here: only now may the nonce be given back.
    private async Task GiveUpAsync(
        DbSession session, NonceSlot slot, Carrier carrier, PreparedCall prepared, SigningAttempt attempt, SignResult.Refused refused,
        CancellationToken cancellationToken)
    {
        // Under the lane's lock: whoever binds a higher nonce meanwhile must either see this one released or be seen here.
        await slots.LockLaneAsync(session, slot.Chain, slot.Sender, cancellationToken);
        string reason = $"{refused.Code}: {refused.Message}";
        NonceSlot reserved = await slots.MoveLeasedAsync(
            session, slot, SlotEvent.SigningRefused, TimeSpan.Zero, new { refused.Code, refused.Message }, Actor, cancellationToken);
        await attempts.StoreRefusalAsync(session, attempt, prepared, reason, cancellationToken);
        await attempts.DropSealedAsync(session, slot.Id, "The first price was refused.", cancellationToken);
        await slots.MoveLeasedAsync(session, reserved, SlotEvent.GivenUp, nextStepIn: null, new { refused.Code }, Actor, cancellationToken);
        IReadOnlyList<Intent> members = await intents.MembersAsync(session, carrier.Id, cancellationToken);
        // Of several nobody knows for whose sake: each asks alone, and hears for itself.
        IntentEvent happened = carrier.IsShared ? IntentEvent.SlotReclaimed : IntentEvent.SignerRefused;
        if (carrier.IsShared)
        {
            attempts.MarkRefused(session, carrier.Id);
            await incidents.OpenAsync(
                session, "batch_refused", $"{slot.Chain}:{slot.Sender}", slot.Chain, slot.Sender,
                $"The signer refused {carrier.Families.Count} calls of {slot.Sender} in one transaction ({refused.Code}): "
                + $"{refused.Message} "
                + "Its intents go on alone. Compare the signer's policy with BatchCallsMax.",
                new { refused.Code, refused.Message, calls = carrier.Families.Count, slot.Nonce }, cancellationToken);
        }

        foreach (Intent intent in members)
        {
            await intents.MoveAsync(
                session, intent, happened, new IntentMove(Actor, "signer_refused", reason, new { refused.Code }), cancellationToken);
        }

        await attempts.ResolveCarrierAsync(session, carrier.Id, cancellationToken);
        if (await slots.IsNeededBelowAsync(session, slot, cancellationToken))
            await filler.BindFillAsync(session, slot, Actor, cancellationToken);
    }

    private async Task ResolveConflictAsync(NonceSlot slot, SignResult.Refused refused, CancellationToken cancellationToken)
    {
        if (refused.Code == SignRefusal.StaleEpoch)
            throw new StaleWriteException($"The signer has seen a newer epoch of slot {slot.Id} than {slot.Epoch}.");

        // The journal knows more than this database: read it before anything else is decided for this sender.
        journal.Forget(slot.Chain, slot.Sender);
        await journal.EnsureCheckedAsync(slot.Chain, slot.Sender, cancellationToken);
        await unitOfWork.RunAsync(
            async (session, token) =>
            {
                if (!await slots.HoldsLeaseAsync(session, slot, token))
                    return;
                await incidents.OpenAsync(
                    session, "signer_refused", slot.Id.ToString(), slot.Chain, slot.Sender,
                    $"The signer refused nonce {slot.Nonce} of {slot.Sender} ({refused.Code}): {refused.Message}",
                    new { refused.Code, conflict = refused.Conflict?.TransactionHash }, token);
                await slots.ParkAsync(session, slot, $"{refused.Code}: {refused.Message}", token);
            },
            cancellationToken);
    }

    /// <summary>Rolls the committing transaction back: its lease must not end with it.</summary>
    private sealed class StoppedException(string reason, string detail) : Exception(detail)
    {
        public string Reason { get; } = reason;
    }
}

/// <summary>What was asked to be signed in a slot.</summary>
internal sealed record AskedSignature(NonceSlot Slot, Carrier Carrier, PreparedCall Prepared, SigningAttempt Attempt);

/// <summary>A slot whose first price is signed, still leased.</summary>
/// <param name="IsComplete">Whether that was asked for a moment ago and nothing else of the slot waits for a signature.</param>
internal sealed record SignedSlot(NonceSlot Slot, bool IsComplete);
