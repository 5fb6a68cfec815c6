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
        // Each by an index of its own: whole histories were read at every start.
        const string sql = """
            select coalesce(
                least(
                  (select min(nonce) from execution.nonce_slot where chain_id = @chain and account = @sender
                   and state not in ('released', 'finalized', 'filled', 'adopted', 'externally_consumed')),
                  (select min(nonce) from execution.nonce_slot where chain_id = @chain and account = @sender and state = 'released')),
                (select max(nonce) + 1 from execution.nonce_slot
                 where chain_id = @chain and kind = 'eoa' and account = @sender and key = 0),
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
        await families.LockSlotsAsync(session, [.. entry.Members.Prepend(entry.Family).Distinct()], cancellationToken);
        Carrier found = CarrierOf(entry, effect);
        IReadOnlyList<Intent> joining = entry.Purpose == SignPurpose.Intent
            ? await JoiningAsync(session, found, entry, slot, cancellationToken)
            : [];
        await TellOperatorAsync(session, entry, slot, joining, cancellationToken);
        if (slot is not null && !CanImport(slot, txHash))
            return;

        foreach (Intent intent in joining)
            await LeaveOtherSlotAsync(session, intent, slot, cancellationToken);
        if (slot?.Carrier is { } displaced)
            await ReclaimAsync(session, displaced, joining, cancellationToken);
        Carrier carrier = found with { Kind = KindOf(found, joining) };
        NonceSlot imported = await InsertAttemptsAsync(session, entry, carrier, joining, slot, cancellationToken);
        if (joining.Count == 0)
            return;
        var move = new IntentMove(
            Actor, "journal_imported", "The signer's journal held bytes that this database did not know.",
            new { tx_hash = txHash, entry.Nonce });
        // As they stand now: they may have left another slot a moment ago.
        foreach (Intent intent in joining)
        {
            Intent current = (await intents.FindAsync(session, intent.Id, cancellationToken))!;
            await intents.MoveAsync(session, current, IntentEvent.JournalImported, move, cancellationToken);
        }

        await settlement.CatchUpMembersAsync(session, imported, Actor, cancellationToken);
    }

    private Carrier CarrierOf(SignerJournalEntry entry, Hash32 effect) => new(
        NewId(), (long)entry.ChainId, entry.Sender,
        entry.Purpose == SignPurpose.Fill ? CarrierKind.Fill : CarrierKind.UnknownFamily, entry.Family, effect)
    {
        Families = entry.Members,
    };

    private static CarrierKind KindOf(Carrier found, IReadOnlyList<Intent> joining) =>
        joining.Count == 0 ? found.Kind : found.Families.Count > 0 ? CarrierKind.Batch : CarrierKind.Intent;

    // The intents whose payments the bytes are; of a batch those that this database knows. A client may have stated another payment under
    // the name of the one that was lost: that is a question, not the same payment.
    private async Task<IReadOnlyList<Intent>> JoiningAsync(
        DbSession session, Carrier carrier, SignerJournalEntry entry, NonceSlot? slot, CancellationToken cancellationToken)
    {
        var joining = new List<Intent>();
        string[] families = carrier.Families.Count == 0 ? [carrier.FamilyKey] : [.. carrier.Families.Distinct()];
        foreach (string family in families.Order(StringComparer.Ordinal))
        {
            if (await intents.FindByFamilyAsync(session, family, cancellationToken) is not { } intent
                || !IntentLifecycle.Table.Allows(intent.State, IntentEvent.JournalImported))
                continue;
            IReadOnlyList<BlockchainCall> made = await calls.OfIntentAsync(session, intent.Root.Value, cancellationToken);
            if (Effect.Is(carrier, entry.Data.Span, intent, made)
                && await CanLeaveOtherSlotsAsync(session, intent, slot, cancellationToken))
                joining.Add(intent);
        }

        return joining;
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

    private async Task<NonceSlot> InsertAttemptsAsync(
        DbSession session, SignerJournalEntry entry, Carrier carrier, IReadOnlyList<Intent> members, NonceSlot? known,
        CancellationToken cancellationToken)
    {
        long chain = (long)entry.ChainId;
        await attempts.InsertCarrierAsync(session, carrier, [.. members.Select(intent => intent.Id)], cancellationToken);

        // What nobody here can explain is not sent by us: it may be mined all the same, and is watched.
        TimeSpan? next = carrier.Kind == CarrierKind.UnknownFamily ? null : TimeSpan.Zero;
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
        if (carrier.Kind != CarrierKind.UnknownFamily)
            await attempts.FreezeAsync(session, carrier.Id, cancellationToken);
        session.WakeWorkersAfterCommit();
        return (await slots.FindByCarrierAsync(session, carrier.Id, cancellationToken))!;
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
            await ReclaimAsync(session, carrier, [intent], cancellationToken);
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
    private async Task ReclaimAsync(
        DbSession session, Guid displaced, IReadOnlyList<Intent> leaving, CancellationToken cancellationToken)
    {
        foreach (Intent intent in await intents.MembersAsync(session, displaced, cancellationToken))
        {
            if (leaving.All(other => other.Id != intent.Id) && intent.State == IntentState.Signing)
                await intents.MoveAsync(
                    session, intent, IntentEvent.SlotReclaimed, new IntentMove(Actor, "slot_reclaimed"), cancellationToken);
        }

        await attempts.ResolveCarrierAsync(session, displaced, cancellationToken);
    }

    private Task TellOperatorAsync(
        DbSession session, SignerJournalEntry entry, NonceSlot? slot, IReadOnlyList<Intent> joining, CancellationToken cancellationToken) =>
        incidents.OpenAsync(
            session,
            "journal_ahead",
            $"{entry.ChainId}:{entry.TransactionHash}",
            (long)entry.ChainId,
            entry.Sender,
            $"The signer signed nonce {entry.Nonce} of {entry.Sender} as {entry.TransactionHash}, which this database did not know: it was "
            + (joining.Count == 0
                ? "restored from a backup, and no intent here explains it."
                : $"restored from a backup; {string.Join(", ", joining.Select(intent => intent.Id))} took it over."),
            new
            {
                entry.Family, entry.Nonce, tx_hash = entry.TransactionHash, slot = slot?.Id,
                intents = joining.Select(intent => intent.Id.Value), calls = entry.Members.Count,
            },
            cancellationToken);

    private Guid NewId() => Guid.CreateVersion7(clock.GetUtcNow());
}
