using ChainExec.Calls;
using ChainExec.Custody;
using ChainExec.Ethereum;
using ChainExec.Storage;

namespace ChainExec.Execution;

/// <summary>Imports one journal entry that this database does not know: its slot, its bytes, and the intent they belong to.</summary>
internal sealed class JournalImporter(
    IntentStore intents, SlotStore slots, AttemptStore attempts, CallStore calls, SlotSettlement settlement, SlotFiller filler,
    RungImporter rungs, FamilyStore families, IncidentStore incidents, UnitOfWork unitOfWork, TimeProvider clock)
{
    private const string Actor = "journal-import";

    /// <summary>Below the answer every nonce is resolved in this database, so that the journal has nothing new to say about it.</summary>
    public async Task<ulong> LowestUnknownNonceAsync(long chain, Address sender, CancellationToken cancellationToken)
    {
        const string sql = """
            select coalesce(
                (select min(nonce) from execution.nonce_slot where chain_id = @chain and account = @sender
                 and state not in ('finalized', 'filled', 'adopted', 'externally_consumed')),
                (select max(nonce) + 1 from execution.nonce_slot where chain_id = @chain and account = @sender),
                0)
            """;
        return (ulong)await unitOfWork.RunAsync(
            (session, token) => session.Sql(sql).With("chain", chain).With("sender", sender).ScalarAsync<long>(token), cancellationToken);
    }

    public Task ImportAsync(SignerJournalEntry entry, CancellationToken cancellationToken) =>
        unitOfWork.RunAsync((session, token) => ImportAsync(session, entry, token), cancellationToken);

    private async Task ImportAsync(DbSession session, SignerJournalEntry entry, CancellationToken cancellationToken)
    {
        long chain = (long)entry.ChainId;
        Hash32 txHash = entry.TransactionHash!.Value;
        long? firstNonce = await slots.LockLaneAsync(session, chain, entry.Sender, cancellationToken);
        if (firstNonce is null)
            await slots.OpenLaneAsync(session, chain, entry.Sender, (long)entry.Nonce, cancellationToken);
        if (await attempts.FindByHashAsync(session, txHash, cancellationToken) is not null)
            return;

        NonceSlot? slot = await slots.FindAsync(session, chain, entry.Sender, (long)entry.Nonce, cancellationToken);
        if (slot?.Carrier is { } bound && await IsAnswerToComeAsync(session, slot, bound, entry, cancellationToken))
        {
            await StoreAnswerAsync(session, slot, bound, entry, cancellationToken);
            return;
        }

        Hash32 effect = Effect.HashOf(chain, entry.Sender, entry.To, TokenAmount.From(entry.Value), entry.Data.Span);
        if (slot is not null && await rungs.TryImportAsync(session, slot, entry, effect, cancellationToken))
            return;
        // Every slot before an intent, as everybody locks: where the family was bound again is left below.
        await families.LockSlotsAsync(session, entry.Family, cancellationToken);
        Intent? intent = entry.Purpose == SignPurpose.Intent
            ? await intents.FindByFamilyAsync(session, entry.Family, cancellationToken)
            : null;
        bool joins = intent is not null && IntentLifecycle.Table.Allows(intent.State, IntentEvent.JournalImported)
            && effect == await EffectOfAsync(session, intent, cancellationToken)
            && await CanLeaveOtherSlotsAsync(session, intent, slot, cancellationToken);
        await TellOperatorAsync(session, entry, slot, joins ? intent : null, cancellationToken);
        if (slot is not null && !CanImport(slot, txHash))
            return;

        if (joins)
            await LeaveOtherSlotAsync(session, intent!, slot, cancellationToken);
        if (slot?.Carrier is { } displaced)
            await ReclaimAsync(session, displaced, joins ? intent : null, cancellationToken);
        Carrier carrier = await InsertAttemptsAsync(session, entry, effect, joins ? intent : null, slot, cancellationToken);
        NonceSlot imported = (await slots.FindByCarrierAsync(session, carrier.Id, cancellationToken))!;
        if (!joins)
            return;
        await intents.MoveAsync(
            session, intent!, IntentEvent.JournalImported,
            new IntentMove(
                Actor, "journal_imported", "The signer's journal held bytes that this database did not know.",
                new { tx_hash = txHash, entry.Nonce }),
            cancellationToken);
        await settlement.CatchUpMembersAsync(session, imported, Actor, cancellationToken);
    }

    // A client may have stated another payment under the name of the one that was lost: that is a question, not the same payment.
    private async Task<Hash32> EffectOfAsync(DbSession session, Intent intent, CancellationToken cancellationToken)
    {
        BlockchainCall call = (await calls.OfIntentAsync(session, intent.Root.Value, cancellationToken)).Single();
        return Effect.HashOf(intent.Chain, intent.Sender, call.To, call.Value, call.Data.Span);
    }

    // The ordinary crash between the journal and the stored answer, or a backup from just then.
    private async Task<bool> IsAnswerToComeAsync(
        DbSession session, NonceSlot slot, Guid bound, SignerJournalEntry entry, CancellationToken cancellationToken) =>
        slot.State == SlotState.SignRequested
        && await attempts.FindCarrierAsync(session, bound, cancellationToken) is { } carrier
        && carrier.FamilyKey == entry.Family && carrier.Id.ToString("n") == entry.Carrier;

    // Stored now and not when the request is asked again: the bytes may be mined already, and would look foreign until then.
    private async Task StoreAnswerAsync(
        DbSession session, NonceSlot slot, Guid carrier, SignerJournalEntry entry, CancellationToken cancellationToken)
    {
        PreparedCall prepared = (await attempts.FindLivePreparedAsync(session, carrier, cancellationToken))!;
        bool isOfThisCall = prepared.GasLimit == checked((long)entry.GasLimit)
            && prepared.MaxFeePerGas == TokenAmount.From(entry.MaxFeePerGas)
            && prepared.MaxPriorityFeePerGas == TokenAmount.From(entry.MaxPriorityFeePerGas);
        if (!isOfThisCall
            || await attempts.FindLiveExecutionAsync(session, prepared.Id, cancellationToken) is not { IsSigned: false } attempt)
            return;
        var evidence = new { tx_hash = entry.TransactionHash, entry.Family, entry.Epoch };
        await slots.MoveAsync(
            session, slot, SlotEvent.BytesStored, new SlotChange(Actor, TimeSpan.Zero, evidence, "journal_imported"), cancellationToken);
        await slots.RaiseEpochAsync(session, slot.Id, entry.Epoch, cancellationToken);
        await attempts.StoreSignatureAsync(session, attempt, entry.TransactionHash!.Value, entry.Raw!.Value, cancellationToken);
        await intents.SignedAsync(session, carrier, evidence, Actor, cancellationToken);
    }

    private static bool CanImport(NonceSlot slot, Hash32 txHash) =>
        SlotLifecycle.Table.Allows(slot.State, SlotEvent.JournalImported)
        || (slot.State == SlotState.Taken && slot.TxHash == txHash && slot.Carrier is null);

    private async Task<Carrier> InsertAttemptsAsync(
        DbSession session, SignerJournalEntry entry, Hash32 effect, Intent? intent, NonceSlot? known, CancellationToken cancellationToken)
    {
        long chain = (long)entry.ChainId;
        CarrierKind kind = entry.Purpose == SignPurpose.Fill
            ? CarrierKind.Fill : intent is null ? CarrierKind.UnknownFamily : CarrierKind.Intent;
        var carrier = new Carrier(NewId(), chain, entry.Sender, kind, entry.Family, effect);
        await attempts.InsertCarrierAsync(session, carrier, intent is null ? [] : [intent.Id], cancellationToken);

        // What nobody here can explain is not sent by us: it may be mined all the same, and is watched.
        TimeSpan? next = kind == CarrierKind.UnknownFamily ? null : TimeSpan.Zero;
        var evidence = new { tx_hash = entry.TransactionHash, entry.Family, entry.Epoch };
        NonceSlot slot = known is null
            ? await slots.InsertKnownAsync(
                session,
                new NonceSlot(
                    NewId(), chain, entry.Sender, (long)entry.Nonce, carrier.Id, null, SlotState.BroadcastUnknown, null, null, null, null,
                    false, entry.Epoch),
                EnumText.Of(SlotEvent.JournalImported), next, evidence, Actor, cancellationToken)
            : await slots.MoveAsync(
                session, known, known.State == SlotState.Taken ? SlotEvent.ProvedOurs : SlotEvent.JournalImported,
                new SlotChange(Actor, known.State == SlotState.Taken ? null : next, evidence, "journal_imported", carrier.Id),
                cancellationToken);
        await slots.RaiseEpochAsync(session, slot.Id, entry.Epoch, cancellationToken);

        await rungs.InsertSignedAsync(session, slot, carrier, entry, PreparedState.Live, cancellationToken);
        if (kind != CarrierKind.UnknownFamily)
            await attempts.FreezeAsync(session, carrier.Id, cancellationToken);
        session.WakeWorkersAfterCommit();
        return carrier;
    }

    // The intent was bound again after the restore, before we knew: that other slot was never signed for it, and the signer never will.
    private async Task LeaveOtherSlotAsync(DbSession session, Intent intent, NonceSlot? importing, CancellationToken cancellationToken)
    {
        foreach (NonceSlot other in await OtherSlotsAsync(session, intent, importing, cancellationToken))
        {
            Guid carrier = other.Carrier!.Value;
            if (other.State == SlotState.SignRequested)
            {
                await filler.TakeOverAsync(session, other, Actor, cancellationToken);
            }
            else
            {
                NonceSlot released = await slots.MoveAsync(
                    session, other, SlotEvent.GivenUp, new SlotChange(Actor, null, Reason: "journal_imported"), cancellationToken);
                if (await slots.IsNeededBelowAsync(session, released, cancellationToken))
                    await filler.BindFillAsync(session, released, Actor, cancellationToken);
            }

            await attempts.SupersedeAsync(session, carrier, cancellationToken);
            await attempts.ResolveCarrierAsync(session, carrier, cancellationToken);
        }
    }

    // A family that is signed on two open nonces is nothing that a program should untangle: it is imported beside, and never sent by us.
    private async Task<bool> CanLeaveOtherSlotsAsync(
        DbSession session, Intent intent, NonceSlot? importing, CancellationToken cancellationToken) =>
        (await OtherSlotsAsync(session, intent, importing, cancellationToken))
            .All(other => other.State is SlotState.Reserved or SlotState.SignRequested);

    private async Task<IReadOnlyList<NonceSlot>> OtherSlotsAsync(
        DbSession session, Intent intent, NonceSlot? importing, CancellationToken cancellationToken)
    {
        IReadOnlyList<Guid> carriers = await session
            .Sql("select carrier_id from execution.carrier_member where intent_id = @intent and resolved_at is null")
            .With("intent", intent.Id).ReadAsync(reader => reader.GetGuid(0), cancellationToken);
        var others = new List<NonceSlot>();
        foreach (Guid carrier in carriers)
        {
            NonceSlot other = (await slots.FindByCarrierAsync(session, carrier, cancellationToken))!;
            if (other.Id != importing?.Id)
                others.Add(other);
        }

        return others;
    }

    // Another family of ours sits on a nonce that the journal gave away before: it was never signed there, so it takes another nonce.
    private async Task ReclaimAsync(DbSession session, Guid displaced, Intent? owner, CancellationToken cancellationToken)
    {
        foreach (Intent intent in await intents.MembersAsync(session, displaced, cancellationToken))
        {
            if (intent.Id != owner?.Id && intent.State == IntentState.Signing)
                await intents.MoveAsync(
                    session, intent, IntentEvent.SlotReclaimed, new IntentMove(Actor, "slot_reclaimed"), cancellationToken);
        }

        await attempts.ResolveCarrierAsync(session, displaced, cancellationToken);
    }

    private Task TellOperatorAsync(
        DbSession session, SignerJournalEntry entry, NonceSlot? slot, Intent? intent, CancellationToken cancellationToken) =>
        incidents.OpenAsync(
            session,
            "journal_ahead",
            $"{entry.ChainId}:{entry.TransactionHash}",
            (long)entry.ChainId,
            entry.Sender,
            $"The signer signed nonce {entry.Nonce} of {entry.Sender} as {entry.TransactionHash}, which this database did not know: it was "
            + (intent is null
                ? "restored from a backup, and no intent here explains it." : $"restored from a backup; {intent.Id} takes it over."),
            new { entry.Family, entry.Nonce, tx_hash = entry.TransactionHash, slot = slot?.Id, intent = intent?.Id.Value },
            cancellationToken);

    private Guid NewId() => Guid.CreateVersion7(clock.GetUtcNow());
}
