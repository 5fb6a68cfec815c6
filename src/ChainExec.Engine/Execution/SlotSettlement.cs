using ChainExec.Ethereum;
using ChainExec.Facts.Contracts;
using ChainExec.Storage;

namespace ChainExec.Execution;

/// <summary>
/// What a transaction that the index saw means for its slot and for the intents the slot carries. Runs inside the consumer's transaction;
/// never looks at a receipt of its own.
/// </summary>
internal sealed class SlotSettlement(
    IntentStore intents, SlotStore slots, AttemptStore attempts, SlotFiller filler, IndexReader index, MemberJudge judge,
    IncidentStore incidents, TimeProvider clock)
{
    /// <summary>The transaction is in a canonical block.</summary>
    public async Task IncludeAsync(DbSession session, ChainTransaction transaction, string actor, CancellationToken cancellationToken)
    {
        NonceSlot? slot = await slots.FindAsync(session, transaction.Chain, transaction.From, transaction.Nonce, cancellationToken);
        bool ours = slot is not null && await IsOursAsync(session, slot, transaction.TxHash, cancellationToken);
        if (slot is not null && ours)
        {
            if (slot.State == SlotState.Mined && slot.BlockHash == transaction.BlockHash)
                return;
            NonceSlot mined = await slots.MoveAsync(
                session, slot, slot.State == SlotState.Taken ? SlotEvent.ProvedOurs : SlotEvent.OwnHashInBlock,
                ChangeBy(transaction, actor), cancellationToken);
            // What consumes the nonce without the effect moves nobody before it is final.
            if (!await IsFillAsync(session, mined, cancellationToken))
                await IncludeMembersAsync(session, mined, new IntentMove(actor, Transaction: transaction), cancellationToken);
            return;
        }

        await TakeAsync(session, slot, transaction, actor, cancellationToken);
    }

    /// <summary>The block that held the transaction is orphaned: the slot is kept and its bytes are sent again.</summary>
    public async Task OrphanAsync(DbSession session, ChainTransaction transaction, string actor, CancellationToken cancellationToken)
    {
        // The lane before its slot, as everybody locks: a nonce that is free again may be a hole, which is filled here.
        bool hasLane = await slots.LockLaneAsync(session, transaction.Chain, transaction.From, cancellationToken) is not null;
        NonceSlot? slot = await slots.FindAsync(session, transaction.Chain, transaction.From, transaction.Nonce, cancellationToken);
        if (slot is null || slot.TxHash != transaction.TxHash || slot.BlockHash != transaction.BlockHash)
            return;
        var change = new SlotChange(actor, TimeSpan.Zero, new { transaction.BlockHash, transaction.TxHash }, "orphaned");
        if (slot.State == SlotState.Mined)
        {
            bool isUnknown = await IsUnknownAsync(
                session, slot, await MembersAsync(session, slot, cancellationToken), cancellationToken);
            NonceSlot open = await slots.MoveAsync(
                session, slot, SlotEvent.OwnHashOrphaned, isUnknown ? change with { NextStepIn = null } : change, cancellationToken);
            await OrphanMembersAsync(session, open, transaction, actor, cancellationToken);
        }
        else if (slot is { State: SlotState.Taken, StateBefore: { } before })
        {
            NonceSlot free = await slots.MoveAsync(session, slot, SlotLifecycle.Undo(before), change, cancellationToken);

            // It was told to end while a foreign transaction sat on its nonce, and nothing of it was ever asked to be signed.
            if (free is { State: SlotState.Reserved, FillCarrier: { } unused })
            {
                await EndUnsignedAsync(session, free, transaction, actor, cancellationToken);
                await attempts.ResolveCarrierAsync(session, unused, cancellationToken);
                free = await slots.MoveAsync(
                    session, free, SlotEvent.GivenUp, new SlotChange(actor, NextStepIn: null, Reason: "intent_ended"), cancellationToken);
            }

            // A nonce that nobody of ours has asked for, below ones that are in use, would be a hole.
            if (hasLane && free.State == SlotState.Released && await slots.IsNeededBelowAsync(session, free, cancellationToken))
                await filler.BindFillAsync(session, free, actor, cancellationToken);
        }
    }

    /// <summary>The block that holds the transaction is final: the slot is resolved and its intents are judged by what moved.</summary>
    public async Task FinalizeAsync(DbSession session, ChainTransaction transaction, string actor, CancellationToken cancellationToken)
    {
        NonceSlot? slot = await slots.FindAsync(session, transaction.Chain, transaction.From, transaction.Nonce, cancellationToken);
        if (slot is null || slot.TxHash != transaction.TxHash || SlotLifecycle.Table.IsFinal(slot.State))
            return;
        if (slot.State == SlotState.Taken)
        {
            await FinalizeForeignAsync(session, slot, transaction, actor, cancellationToken);
            return;
        }

        bool isFill = await IsFillAsync(session, slot, cancellationToken);
        NonceSlot resolved = await slots.MoveAsync(
            session, slot, isFill ? SlotEvent.FillFinal : SlotEvent.OwnHashFinal,
            ChangeBy(transaction, actor) with { NextStepIn = TimeSpan.Zero }, cancellationToken);
        if (isFill)
            await EndMembersAsync(session, resolved, transaction, actor, cancellationToken);
        else
            await judge.JudgeAsync(session, resolved, transaction, actor, cancellationToken);
        await ResolveCarriersAsync(session, resolved, cancellationToken);
    }

    /// <summary>
    /// The final block that held the transaction is taken back. The slot is open again, and its bytes are sent where its intents were told
    /// that they are paid; where they were told that they are not, and may have been tried again elsewhere, the nonce is filled. What was
    /// told of the intents stands, and an incident says that it may be wrong.
    /// </summary>
    public async Task UndoAsync(DbSession session, ChainTransaction transaction, string actor, CancellationToken cancellationToken)
    {
        NonceSlot? slot = await slots.FindAsync(session, transaction.Chain, transaction.From, transaction.Nonce, cancellationToken);
        if (slot is null || slot.TxHash != transaction.TxHash || slot.BlockHash != transaction.BlockHash
            || !SlotLifecycle.Table.Allows(slot.State, SlotEvent.Undone))
            return;
        IReadOnlyList<Intent> members = await intents.EveryMemberAsync(session, slot.Carrier!.Value, cancellationToken);
        // By this very transaction: those of a batch that reverted or was filled went on alone, and are paid elsewhere. Of a batch that
        // happened, which it does whole, one that was told as paid decides for all.
        bool isPaid = transaction.Succeeded && members.Any(member => member.State == IntentState.Confirmed)
            && !await IsFillAsync(session, slot, cancellationToken);
        var change = new SlotChange(
            actor, TimeSpan.Zero, new { transaction.BlockHash, transaction.BlockNumber, transaction.TxHash }, "re_anchored",
            DropsFill: isPaid);
        NonceSlot open = await slots.MoveAsync(
            session, slot, SlotEvent.Undone, await IsUnknownAsync(session, slot, members, cancellationToken)
                ? change with { NextStepIn = null }
                : change,
            cancellationToken);
        if (members.Count > 0 && !isPaid && open.FillCarrier is null)
            await filler.AskFillAsync(session, open, actor, "re_anchored", cancellationToken);
    }

    // What nobody here explains is watched and never sent by us.
    private async Task<bool> IsUnknownAsync(
        DbSession session, NonceSlot slot, IReadOnlyList<Intent> members, CancellationToken cancellationToken) =>
        members.Count == 0
        && await attempts.FindCarrierAsync(session, slot.Carrier!.Value, cancellationToken) is { Kind: CarrierKind.UnknownFamily };

    /// <summary>The nonce is consumed for ever, and no transaction did it: what it carried cannot happen any more.</summary>
    public async Task ConsumeAsync(
        DbSession session, NonceSlot slot, SlotChange change, string detail, CancellationToken cancellationToken)
    {
        NonceSlot resolved = await slots.MoveAsync(session, slot, SlotEvent.ConsumedWithoutTransaction, change, cancellationToken);
        await LoseMembersAsync(
            session, resolved, new IntentMove(change.Actor, "slot_lost", detail, change.Evidence), cancellationToken);
        await ResolveCarriersAsync(session, resolved, cancellationToken);
    }

    /// <summary>Brings intents that joined a slot late to where the slot already is.</summary>
    public async Task CatchUpMembersAsync(DbSession session, NonceSlot slot, string actor, CancellationToken cancellationToken)
    {
        if (slot.State == SlotState.ExternallyConsumed)
        {
            string by = slot.TxHash is { } foreign ? $"The foreign transaction {foreign}" : "Something that is no transaction";
            var lost = new IntentMove(actor, "slot_lost", $"{by} consumed the nonce.", slot.TxHash);
            await LoseMembersAsync(session, slot, lost, cancellationToken);
            await ResolveCarriersAsync(session, slot, cancellationToken);
            return;
        }

        if (slot.TxHash is not { } hash
            || slot.State is not (SlotState.Mined or SlotState.Finalized or SlotState.Adopted or SlotState.Filled))
            return;
        if (await index.FindAsync(session, slot.Chain, hash, cancellationToken) is not { } found)
            return;
        bool isFill = await IsFillAsync(session, slot, cancellationToken);
        if (!isFill)
            await IncludeMembersAsync(session, slot, new IntentMove(actor, Transaction: found.Transaction), cancellationToken);
        if (slot.State == SlotState.Mined || !found.IsFinal)
            return;
        if (isFill)
            await EndMembersAsync(session, slot, found.Transaction, actor, cancellationToken);
        else
            await judge.JudgeAsync(session, slot, found.Transaction, actor, cancellationToken);
        await ResolveCarriersAsync(session, slot, cancellationToken);
    }

    // Any hash that was ever signed in the slot is ours, whatever its price and whichever member of the family asked for it.
    private async Task<bool> IsOursAsync(DbSession session, NonceSlot slot, Hash32 txHash, CancellationToken cancellationToken) =>
        await attempts.FindByHashAsync(session, txHash, cancellationToken) is { } found && found.Slot == slot.Id
            && slot.Carrier is not null;

    // Whether the transaction that the slot names consumes the nonce without an effect.
    private async Task<bool> IsFillAsync(DbSession session, NonceSlot slot, CancellationToken cancellationToken) =>
        await attempts.FindByHashAsync(session, slot.TxHash!.Value, cancellationToken) is { } found
        && await attempts.FindCarrierAsync(session, found.Carrier, cancellationToken) is { Kind: CarrierKind.Fill };

    private async Task ResolveCarriersAsync(DbSession session, NonceSlot slot, CancellationToken cancellationToken)
    {
        await attempts.ResolveCarrierAsync(session, slot.Carrier!.Value, cancellationToken);
        if (slot.FillCarrier is { } fill)
            await attempts.ResolveCarrierAsync(session, fill, cancellationToken);
        attempts.ResolveFills(session, [slot.Id]);
    }

    // Somebody else used our key, or a wallet sped up, or a database lost what the journal knows. It is only final evidence that decides.
    private async Task TakeAsync(
        DbSession session, NonceSlot? slot, ChainTransaction transaction, string actor, CancellationToken cancellationToken)
    {
        if (slot is null)
        {
            // Under the lane's lock, as whoever binds: a nonce that is bound at this moment is seen here, or this one there.
            await slots.LockLaneAsync(session, transaction.Chain, transaction.From, cancellationToken);
            slot = await slots.FindAsync(session, transaction.Chain, transaction.From, transaction.Nonce, cancellationToken);
        }

        if (slot is null)
        {
            var foreign = new NonceSlot(
                Guid.CreateVersion7(clock.GetUtcNow()), transaction.Chain, transaction.From, transaction.Nonce, Carrier: null,
                FillCarrier: null, SlotState.Taken, SlotState.Released, transaction.TxHash, transaction.BlockHash,
                transaction.BlockNumber, SignerTold: false, Epoch: 0);
            await slots.InsertKnownAsync(
                session, foreign, EnumText.Of(SlotEvent.ForeignHashInBlock), nextStepIn: null, transaction, actor, cancellationToken);
        }
        else if (SlotLifecycle.Table.Allows(slot.State, SlotEvent.ForeignHashInBlock))
        {
            await slots.MoveAsync(session, slot, SlotEvent.ForeignHashInBlock, ChangeBy(transaction, actor), cancellationToken);
        }

        await incidents.OpenAsync(
            session, "foreign_transaction", $"{transaction.Chain}:{transaction.TxHash}", transaction.Chain, transaction.From,
            $"Transaction {transaction.TxHash} of our account {transaction.From} (nonce {transaction.Nonce}) "
            + "was not signed by this service.",
            transaction, cancellationToken);
    }

    private async Task FinalizeForeignAsync(
        DbSession session, NonceSlot slot, ChainTransaction transaction, string actor, CancellationToken cancellationToken)
    {
        bool sameEffect = slot.Carrier is { } carrier
            && await attempts.FindPreparedAsync(session, carrier, cancellationToken) is { } prepared
            && transaction.To == prepared.To && transaction.Value == prepared.Value
            && await index.InputHashAsync(session, transaction, cancellationToken) == Keccak256.Hash(prepared.Data.Span);
        NonceSlot resolved = await slots.MoveAsync(
            session, slot, sameEffect ? SlotEvent.ForeignFinalSameEffect : SlotEvent.ForeignFinal,
            ChangeBy(transaction, actor) with { NextStepIn = sameEffect ? TimeSpan.Zero : null }, cancellationToken);
        if (resolved.Carrier is null)
            return;
        if (sameEffect)
        {
            await judge.JudgeAsync(session, resolved, transaction, actor, cancellationToken);
        }
        else
        {
            var move = new IntentMove(
                actor, "slot_lost", $"The foreign transaction {transaction.TxHash} consumed the nonce.", transaction, transaction);
            await LoseMembersAsync(session, resolved, move, cancellationToken);
        }

        await ResolveCarriersAsync(session, resolved, cancellationToken);
    }

    private async Task LoseMembersAsync(DbSession session, NonceSlot slot, IntentMove move, CancellationToken cancellationToken)
    {
        // Also when no signature is known: one was asked for, its answer may be on its way, and only an operator may try again.
        IReadOnlyList<Intent> members = await MembersAsync(session, slot, cancellationToken);
        await intents.MoveManyAsync(
            session, [.. members.Where(IsOnItsWay).Select(intent => new IntentStep(intent, IntentEvent.SlotLost, move))],
            cancellationToken);
    }

    private async Task IncludeMembersAsync(DbSession session, NonceSlot slot, IntentMove move, CancellationToken cancellationToken)
    {
        IReadOnlyList<Intent> members = await MembersAsync(session, slot, cancellationToken);
        // One whose batch had ended without it, which the chain took back, and that has no other nonce yet: it is in this block after all.
        Intent[] left = [.. members.Where(intent => intent.State == IntentState.Preparing)];
        bool isBatch = left.Length > 0
            && await attempts.FindCarrierAsync(session, slot.Carrier!.Value, cancellationToken) is { IsShared: true };
        IReadOnlyList<Intent> back = !isBatch
            ? []
            : await intents.MoveManyAsync(
                session,
                [
                    .. left.Select(intent => new IntentStep(
                        intent, IntentEvent.JournalImported,
                        new IntentMove(move.Actor, "batch_came_back", "The batch that had ended without it is in a block."))),
                ],
                cancellationToken);
        await intents.MoveManyAsync(
            session,
            [
                .. members.Where(IsOnItsWay).Concat(back).Select(intent => new IntentStep(intent, IntentEvent.SeenInBlock, move)),
            ],
            cancellationToken);
    }

    private static bool IsOnItsWay(Intent intent) =>
        intent.State is IntentState.Executing or IntentState.Signing or IntentState.Cancelling;

    private async Task OrphanMembersAsync(
        DbSession session, NonceSlot slot, ChainTransaction transaction, string actor, CancellationToken cancellationToken)
    {
        IntentStep[] steps =
        [
            .. (await MembersAsync(session, slot, cancellationToken)).Where(intent => intent.State == IntentState.Included)
                .Select(intent => new IntentStep(
                    intent, intent.Wish is null ? IntentEvent.BlockOrphaned : IntentEvent.OrphanedWhileWished,
                    new IntentMove(
                        actor, "orphaned",
                        "The block that held the transaction was orphaned; "
                        + (intent.Wish is null ? "the same bytes are sent again." : "its nonce is filled."),
                        Transaction: transaction))),
        ];
        await intents.MoveManyAsync(session, steps, cancellationToken);
        if (slot.FillCarrier is null && steps.Any(step => step.Happened == IntentEvent.OrphanedWhileWished))
            await filler.AskFillAsync(session, slot, actor, "orphaned", cancellationToken);
    }

    // The nonce is consumed for ever by a transfer of nothing: what it carried cannot happen any more.
    private async Task EndMembersAsync(
        DbSession session, NonceSlot slot, ChainTransaction transaction, string actor, CancellationToken cancellationToken,
        string detail = "Its nonce was consumed by a transfer of nothing, which is final.")
    {
        Carrier carrier = (await attempts.FindCarrierAsync(session, slot.Carrier!.Value, cancellationToken))!;
        foreach (Intent intent in await MembersAsync(session, slot, cancellationToken))
        {
            if (intent.State == IntentState.Confirmed)
                await judge.TellDiffersAsync(session, intent, transaction, cancellationToken);
            if (IntentLifecycle.Table.IsFinal(intent.State))
                continue;
            if (MemberJudge.IsDissolved(intent, carrier))
            {
                IntentStep dissolved = MemberJudge.Dissolved(
                    intent, actor, "batch_filled", "The nonce of its batch was consumed by a transfer of nothing; it goes on alone.",
                    transaction);
                await intents.MoveManyAsync(session, [dissolved], cancellationToken);
                continue;
            }

            bool expired = intent is { State: IntentState.Cancelling, Wish: IntentWish.Deadline };
            var move = new IntentMove(
                actor, expired ? "deadline_passed" : "filled", detail, transaction, transaction);
            await intents.MoveAsync(
                session, intent, expired ? IntentEvent.FilledAfterDeadline : IntentEvent.FilledInstead, move, cancellationToken);
        }
    }

    private async Task EndUnsignedAsync(
        DbSession session, NonceSlot slot, ChainTransaction transaction, string actor, CancellationToken cancellationToken)
    {
        await EndMembersAsync(
            session, slot, transaction, actor, cancellationToken, "It was told to end, and nothing of it was ever asked to be signed.");
        await attempts.SupersedeAsync(session, slot.Carrier!.Value, cancellationToken);
        await attempts.ResolveCarrierAsync(session, slot.Carrier.Value, cancellationToken);
    }

    private Task<IReadOnlyList<Intent>> MembersAsync(DbSession session, NonceSlot slot, CancellationToken cancellationToken) =>
        intents.MembersAsync(session, slot.Carrier!.Value, cancellationToken);

    internal static SlotChange ChangeBy(ChainTransaction transaction, string actor) =>
        new(actor, NextStepIn: null, new { transaction.BlockHash, transaction.BlockNumber, transaction.TxHash }, TxHash: transaction.TxHash,
            BlockHash: transaction.BlockHash, BlockNumber: transaction.BlockNumber);
}
