using System.Text.Json;
using ChainExec.Custody;
using ChainExec.Ethereum;
using ChainExec.Storage;

namespace ChainExec.Execution;

/// <summary>
/// Imports further prices of a nonce that this database knows: a backup may be from before a slot was priced again, or before its fill was
/// signed. They are watched like any other hash of the slot.
/// </summary>
internal sealed class RungImporter(
    IntentStore intents, SlotStore slots, AttemptStore attempts, SlotSettlement settlement, IncidentStore incidents, TimeProvider clock)
{
    private const string Actor = "journal-import";

    /// <summary>True when the entry belongs to what the slot carries: the same family and effect, or a fill of it.</summary>
    public async Task<bool> TryImportAsync(
        DbSession session, NonceSlot slot, SignerJournalEntry entry, Hash32 effect, CancellationToken cancellationToken)
    {
        if (slot.Carrier is not { } carried || SlotLifecycle.Table.IsFinal(slot.State) || slot.State == SlotState.Reserved)
            return false;
        Carrier carrier = (await attempts.FindCarrierAsync(session, carried, cancellationToken))!;
        bool isSame = carrier.FamilyKey == entry.Family && carrier.EffectHash == effect;
        bool isFillOfIt = entry.Purpose == SignPurpose.Fill && carrier.Kind != CarrierKind.Fill;
        if (!isSame && !isFillOfIt)
            return false;

        if (await IsAnswerToComeAsync(session, slot, entry, cancellationToken))
            return true;
        (NonceSlot current, var state) = (slot, PreparedState.Superseded);
        if (isFillOfIt)
        {
            bool isWanted;
            (carrier, isWanted) = await FillOfAsync(session, slot, entry, effect, cancellationToken);
            if (isWanted)
                current = await WantFillAsync(session, slot, carrier, cancellationToken);
            else
                state = PreparedState.Sealed;
        }

        await InsertSignedAsync(session, current, carrier, entry, state, cancellationToken);
        await slots.RaiseEpochAsync(session, slot.Id, entry.Epoch, cancellationToken);
        await incidents.OpenAsync(
            session, "journal_ahead", $"{entry.ChainId}:{entry.TransactionHash}", slot.Chain, slot.Sender,
            $"The signer signed a further price of nonce {entry.Nonce} of {entry.Sender} as {entry.TransactionHash}, which this database "
            + "did not know: it was restored from a backup. The hash is watched from now on.",
            new { entry.Family, entry.Nonce, tx_hash = entry.TransactionHash, slot = slot.Id }, cancellationToken);
        if (current.State == SlotState.Taken && current.TxHash == entry.TransactionHash)
        {
            current = await slots.MoveAsync(
                session, current, SlotEvent.ProvedOurs, new SlotChange(Actor, NextStepIn: null, Reason: "journal_imported"),
                cancellationToken);
            await settlement.CatchUpMembersAsync(session, current, Actor, cancellationToken);
        }

        session.WakeWorkersAfterCommit();
        return true;
    }

    /// <summary>Stores signed bytes of the journal as one more price of a slot.</summary>
    public async Task InsertSignedAsync(
        DbSession session, NonceSlot slot, Carrier carrier, SignerJournalEntry entry, PreparedState state,
        CancellationToken cancellationToken)
    {
        var prepared = new PreparedCall(
            NewId(), carrier.Id, slot.Id, carrier.EffectHash, entry.To, TokenAmount.From(entry.Value), entry.Data,
            checked((long)entry.GasLimit), TokenAmount.From(entry.MaxFeePerGas), TokenAmount.From(entry.MaxPriorityFeePerGas),
            JsonSerializer.Serialize(new { imported_from = "signer_journal", recorded_at = entry.RecordedAt }),
            await attempts.NextRungAsync(session, slot.Id, cancellationToken), HeadNumber: null);
        await attempts.InsertPreparedAsync(session, prepared, cancellationToken, state);
        var attempt = new SigningAttempt(NewId(), prepared.Id, IsSigned: false, null, null);
        await attempts.InsertExecutionAsync(session, attempt.Id, prepared.Id, cancellationToken);
        await attempts.StoreSignatureAsync(session, attempt, entry.TransactionHash!.Value, entry.Raw!.Value, cancellationToken);
    }

    // The ordinary crash between the journal and the stored answer. Stored now: the bytes may be mined already, and would look foreign.
    private async Task<bool> IsAnswerToComeAsync(
        DbSession session, NonceSlot slot, SignerJournalEntry entry, CancellationToken cancellationToken)
    {
        foreach (Rung rung in await attempts.AllRungsAsync(session, slot.Id, cancellationToken))
        {
            bool isWanted = rung.State == PreparedState.Sealed || (rung.IsLive && rung.Carrier == slot.Wanted);
            if (!rung.Attempt.IsSigned && isWanted && rung.Carrier.ToString("n") == entry.Carrier
                && rung.GasLimit == checked((long)entry.GasLimit) && rung.MaxFeePerGas == TokenAmount.From(entry.MaxFeePerGas)
                && rung.MaxPriorityFeePerGas == TokenAmount.From(entry.MaxPriorityFeePerGas))
            {
                await attempts.StoreSignatureAsync(
                    session, rung.Attempt, entry.TransactionHash!.Value, entry.Raw!.Value, cancellationToken);
                if (rung.State != PreparedState.Sealed)
                    await MoveBySignatureAsync(session, slot, entry, cancellationToken);
                await slots.RaiseEpochAsync(session, slot.Id, entry.Epoch, cancellationToken);
                return true;
            }
        }

        return false;
    }

    private async Task MoveBySignatureAsync(
        DbSession session, NonceSlot slot, SignerJournalEntry entry, CancellationToken cancellationToken)
    {
        var evidence = new { tx_hash = entry.TransactionHash, entry.Family, entry.Epoch };
        if (slot.State == SlotState.SignRequested)
            await slots.MoveAsync(
                session, slot, SlotEvent.BytesStored, new SlotChange(Actor, TimeSpan.Zero, evidence, "journal_imported"),
                cancellationToken);
        if (slot.FillCarrier is null)
            await intents.SignedAsync(session, slot.Carrier!.Value, evidence, Actor, cancellationToken);
    }

    // One carrier per family of fills, as when they were signed. The fill that was sealed with a ladder is no wish to fill; a second price
    // of it is one: that is how the wish was signed before it had a family of its own.
    private async Task<(Carrier Fill, bool IsWanted)> FillOfAsync(
        DbSession session, NonceSlot slot, SignerJournalEntry entry, Hash32 effect, CancellationToken cancellationToken)
    {
        bool isSealed = entry.Family.StartsWith(LadderSealing.FillFamilyPrefix, StringComparison.Ordinal);
        if (await attempts.FindFillAsync(session, entry.Family, cancellationToken) is { } known)
        {
            bool isPricedAgain = (await attempts.AllRungsAsync(session, slot.Id, cancellationToken))
                .Any(rung => rung.Carrier == known.Id && rung.Attempt.IsSigned);
            return (known, !isSealed || isPricedAgain);
        }

        var fill = new Carrier(NewId(), slot.Chain, slot.Sender, CarrierKind.Fill, entry.Family, effect);
        await attempts.InsertCarrierAsync(session, fill, [], cancellationToken);
        return (fill, !isSealed);
    }

    // A fill was wanted before the backup was restored: it still is, because its bytes may be out.
    private async Task<NonceSlot> WantFillAsync(DbSession session, NonceSlot slot, Carrier fill, CancellationToken cancellationToken)
    {
        if (slot.FillCarrier is not null)
            return slot;
        NonceSlot asked = await slots.AskFillAsync(session, slot, fill.Id, Actor, "journal_imported", cancellationToken);
        Carrier carrier = (await attempts.FindCarrierAsync(session, slot.Carrier!.Value, cancellationToken))!;
        foreach (Intent intent in await intents.MembersAsync(session, carrier.Id, cancellationToken))
        {
            // Of several nobody knows who was to end: each goes on alone after the fill, as far as nothing forbids it.
            if (!carrier.IsShared && IntentLifecycle.Table.Allows(intent.State, IntentEvent.CancelAsked) && intent.Wish is null)
            {
                await intents.MoveAsync(
                    session, intent, IntentEvent.CancelAsked,
                    new IntentMove(Actor, "journal_imported", "The signer's journal holds a fill of its nonce.", Wish: IntentWish.Cancel),
                    cancellationToken);
            }
        }

        return asked;
    }

    private Guid NewId() => Guid.CreateVersion7(clock.GetUtcNow());
}
