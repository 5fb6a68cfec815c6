using System.Text.Json;
using ChainExec.Custody;
using ChainExec.Ethereum;
using ChainExec.Storage;

namespace ChainExec.Execution;

/// <summary>Imports one journal entry that this database does not know: its slot, its bytes, and the intent they belong to.</summary>
internal sealed class JournalImporter(
    IntentStore intents, SlotStore slots, AttemptStore attempts, SlotSettlement settlement, IncidentStore incidents, UnitOfWork unitOfWork,
    TimeProvider clock)
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
            return;

        Hash32 effect = Effect.HashOf(chain, entry.Sender, entry.To, TokenAmount.From(entry.Value), entry.Data.Span);
        Intent? intent = entry.Purpose == SignPurpose.Intent
            ? await intents.FindByFamilyAsync(session, entry.Family, cancellationToken)
            : null;
        bool joins = intent is not null && IntentLifecycle.Table.Allows(intent.State, IntentEvent.JournalImported);
        await TellOperatorAsync(session, entry, slot, intent, cancellationToken);
        if (slot is not null && !CanImport(slot, txHash))
            return;

        if (joins)
            await LeaveOtherSlotAsync(session, intent!, slot, cancellationToken);
        if (slot?.Carrier is { } displaced)
            await ReclaimAsync(session, displaced, intent, cancellationToken);
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

    // The ordinary crash between the journal and the stored answer: the slot's own request is asked again and gets these bytes.
    private async Task<bool> IsAnswerToComeAsync(
        DbSession session, NonceSlot slot, Guid bound, SignerJournalEntry entry, CancellationToken cancellationToken) =>
        slot.State == SlotState.SignRequested
        && await attempts.FindCarrierAsync(session, bound, cancellationToken) is { } carrier
        && carrier.FamilyKey == entry.Family && carrier.Id.ToString("n") == entry.Carrier;

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
                    NewId(), chain, entry.Sender, (long)entry.Nonce, carrier.Id, SlotState.BroadcastUnknown, null, null, null, null, false,
                    entry.Epoch),
                EnumText.Of(SlotEvent.JournalImported), next, evidence, Actor, cancellationToken)
            : await slots.MoveAsync(
                session, known, known.State == SlotState.Taken ? SlotEvent.ProvedOurs : SlotEvent.JournalImported,
                new SlotChange(Actor, known.State == SlotState.Taken ? null : next, evidence, "journal_imported", carrier.Id),
                cancellationToken);
        await slots.RaiseEpochAsync(session, slot.Id, entry.Epoch, cancellationToken);

        var prepared = new PreparedCall(
            NewId(), carrier.Id, slot.Id, effect, entry.To, TokenAmount.From(entry.Value), entry.Data, checked((long)entry.GasLimit),
            TokenAmount.From(entry.MaxFeePerGas), TokenAmount.From(entry.MaxPriorityFeePerGas),
            JsonSerializer.Serialize(new { imported_from = "signer_journal", recorded_at = entry.RecordedAt }));
        await attempts.InsertPreparedAsync(session, prepared, cancellationToken);
        var attempt = new SigningAttempt(NewId(), prepared.Id, IsSigned: false, null, null);
        await attempts.InsertExecutionAsync(session, attempt.Id, prepared.Id, cancellationToken);
        await attempts.StoreSignatureAsync(session, attempt, entry.TransactionHash!.Value, entry.Raw!.Value, cancellationToken);
        if (kind != CarrierKind.UnknownFamily)
            await attempts.FreezeAsync(session, carrier.Id, cancellationToken);
        session.WakeWorkersAfterCommit();
        return carrier;
    }

    // The intent was bound again after the restore, before we knew: that other slot was never signed for it, and the signer never will.
    private async Task LeaveOtherSlotAsync(DbSession session, Intent intent, NonceSlot? importing, CancellationToken cancellationToken)
    {
        IReadOnlyList<Guid> carriers = await session
            .Sql("select carrier_id from execution.carrier_member where intent_id = @intent and resolved_at is null")
            .With("intent", intent.Id).ReadAsync(reader => reader.GetGuid(0), cancellationToken);
        foreach (Guid carrier in carriers)
        {
            NonceSlot other = (await slots.FindByCarrierAsync(session, carrier, cancellationToken))!;
            if (other.Id == importing?.Id)
                continue;
            if (other.State != SlotState.Reserved)
            {
                throw new InvalidOperationException(
                    $"{intent.Id} is signed on nonce {importing?.Nonce} by the journal and asked on nonce {other.Nonce} by the database.");
            }

            await slots.MoveAsync(
                session, other, SlotEvent.GivenUp, new SlotChange(Actor, null, Reason: "journal_imported"), cancellationToken);
            await attempts.ResolveCarrierAsync(session, carrier, cancellationToken);
        }
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
