using ChainExec.Calls;
using ChainExec.Custody;
using ChainExec.Ethereum;
using ChainExec.Execution;
using ChainExec.Facts.Contracts;
using ChainExec.Governance;
using ChainExec.Ledger;
using ChainExec.Storage;

namespace ChainExec.Admission;

/// <summary>What an operator declares.</summary>
/// <param name="TxHash">Named by the operator too: it must be what consumed the nonce.</param>
internal sealed record AdoptRequest(long Chain, Address Sender, long Nonce, Hash32 TxHash, string Reason, string Actor);

/// <summary>What came of declaring that a foreign transaction is the payment.</summary>
internal abstract record AdoptResult
{
    private AdoptResult()
    {
    }

    /// <summary>The payment is confirmed by it.</summary>
    internal sealed record Adopted(IntentId Root, IntentId Member) : AdoptResult;

    /// <summary>Nothing was written.</summary>
    internal sealed record Refused(string Code, string Detail) : AdoptResult;
}

/// <summary>
/// Declares that the foreign transaction which consumed a nonce is the payment that the nonce carried, where its bytes differ and its
/// movements do not. The end that was published is not edited: a new member of the family stands for it, with a hold of its own that the
/// movements spend. The signer is told that the family is paid, and signs nothing more for it.
/// </summary>
internal sealed class SlotAdoption(
    FamilyStore families, IntentStore intents, SlotStore slots, AdoptionStore adoptions, FamilyResolution resolution, IndexReader index,
    CallStore calls, LedgerStore ledger, OwnerStore audit, JournalSync journal, UnitOfWork unitOfWork, TimeProvider clock)
{
    /// <exception cref="SignerUnavailableException">The signer's journal cannot be compared.</exception>
    /// <exception cref="StaleWriteException">The family moved between reading and locking: ask again.</exception>
    public async Task<AdoptResult> AdoptAsync(AdoptRequest request, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(request.Reason);
        await journal.EnsureCurrentAsync(request.Chain, request.Sender, cancellationToken);
        try
        {
            return await unitOfWork.RunAsync((session, token) => TryAsync(session, request, token), cancellationToken);
        }
        catch (RefusedException refusal)
        {
            return refusal.Result;
        }
    }

    private async Task<AdoptResult> TryAsync(DbSession session, AdoptRequest request, CancellationToken cancellationToken)
    {
        await journal.RequireSameDatabaseAsync(session, cancellationToken);

        // Lane, slots, intent: the order in which everybody locks.
        await slots.LockLaneAsync(session, request.Chain, request.Sender, cancellationToken);
        NonceSlot slot = await slots.FindAsync(session, request.Chain, request.Sender, request.Nonce, cancellationToken)
            ?? throw Refuse("unknown_slot", $"Nonce {request.Nonce} of {request.Sender} was never bound here.");
        ChainTransaction transaction = await FinalAsync(session, request, slot, cancellationToken);
        Intent ended = await EndedAsync(session, slot, cancellationToken);
        IReadOnlyList<NonceSlot> used = await families.LockSlotsAsync(session, ended.FamilyKey, cancellationToken);
        await RequireUnpaidAsync(session, ended, slot, used, cancellationToken);
        IReadOnlyList<Movement> spent = await EqualAsync(session, ended, transaction, cancellationToken);

        var id = new IntentId(Guid.CreateVersion7(clock.GetUtcNow()));
        Guid? hold = await HoldAsync(session, id, ended, cancellationToken);
        Intent member = await families.AdoptAsync(session, id, ended, hold, request.Reason, request.Actor, cancellationToken);
        var move = new IntentMove(
            request.Actor, "adopted", $"The foreign transaction {transaction.TxHash} moved what was asked: an operator proved it.",
            new { transaction, slot = slot.Id, slot.Nonce, why = request.Reason }, transaction, spent);
        await intents.MoveAsync(session, member, IntentEvent.FinalAdopted, move, cancellationToken);
        await adoptions.InsertAsync(
            session, new Adoption(slot, member.Id, transaction, request.Reason, request.Actor), cancellationToken);
        await families.AcceptConsumedAsync(session, [slot], cancellationToken);
        await audit.AuditAsync(
            session, request.Actor, "slot.adopt", $"{slot.Chain}:{slot.Sender}:{slot.Nonce}",
            new { reason = request.Reason, transaction = transaction.TxHash.ToString(), intent = ended.Root.ToString(), hold },
            cancellationToken);
        session.WakeWorkersAfterCommit();
        return new AdoptResult.Adopted(ended.Root, member.Id);
    }

    // The transaction that consumed the nonce for ever, and nobody's yet.
    private async Task<ChainTransaction> FinalAsync(
        DbSession session, AdoptRequest request, NonceSlot slot, CancellationToken cancellationToken)
    {
        if (slot.State == SlotState.Taken)
            throw Refuse("not_final", $"Transaction {slot.TxHash} is not final: it may still leave the chain.");
        if (slot.State != SlotState.ExternallyConsumed)
            throw Refuse("not_consumed", $"Nonce {slot.Nonce} is {EnumText.Of(slot.State)}: no foreign transaction consumed it.");
        if (slot.TxHash is not { } hash)
            throw Refuse("no_transaction", $"Nonce {slot.Nonce} was consumed without a transaction: nothing can have paid by it.");
        if (hash != request.TxHash)
            throw Refuse("another_transaction", $"Nonce {slot.Nonce} was consumed by {hash}.");
        if (await adoptions.FindAsync(session, slot.Chain, hash, cancellationToken) is { } claimed)
            throw Refuse("claimed", $"{hash} is the payment of {claimed} already.");
        return await index.FindAsync(session, slot.Chain, hash, cancellationToken) switch
        {
            (var transaction, true) when transaction.Succeeded => transaction,
            (_, true) => throw Refuse("reverted", $"{hash} reverted: it moved nothing."),
            _ => throw Refuse("not_final", $"{hash} is in no final block here."),
        };
    }

    // The newest member of the family that the nonce carried, locked, which has failed for want of it.
    private async Task<Intent> EndedAsync(DbSession session, NonceSlot slot, CancellationToken cancellationToken)
    {
        IReadOnlyList<Intent> members = slot.Carrier is { } carrier
            ? await intents.MembersAsync(session, carrier, cancellationToken)
            : [];
        // The signer takes one word for all of a batch: what paid one of them would stand for the others too.
        if (members.DistinctBy(member => member.Root).Skip(1).Any())
        {
            throw Refuse(
                "batch", $"Nonce {slot.Nonce} carried {members.Count} payments: retry those that were not made, post the others by hand.");
        }

        if (members.Count == 0)
            throw Refuse("carries_nothing", $"Nonce {slot.Nonce} carried no intent.");
        Intent newest = (await families.ReadNewestAsync(session, members[0].Root, cancellationToken))!;
        Intent ended = (await intents.FindAsync(session, newest.Id, cancellationToken))!;
        if (ended.State != newest.State)
            throw new StaleWriteException($"{newest.Id} moved meanwhile.");
        string? reason = await families.ReasonAsync(session, ended.Id, cancellationToken);
        return (ended.State, reason) is (IntentState.Failed, "slot_lost")
            ? ended
            : throw Refuse(
                "not_lost", $"{ended.Root} is {EnumText.Of(ended.State)} ({reason}): only what failed with slot_lost is adopted.");
    }

    private async Task RequireUnpaidAsync(
        DbSession session, Intent ended, NonceSlot slot, IReadOnlyList<NonceSlot> used, CancellationToken cancellationToken)
    {
        foreach (NonceSlot other in used.Where(other => other.Id != slot.Id))
        {
            if (await resolution.RefusalAsync(session, other, cancellationToken) is { } refusal)
                throw Refuse(refusal.Code, refusal.Detail);
        }

        if (slot.SignerTold)
            throw Refuse("signer_told", $"The signer was told that nonce {slot.Nonce} was consumed without the payment.");
        if (ended.Generation >= FamilyStore.GenerationMax)
            throw Refuse("too_many_attempts", $"The family has {ended.Generation + 1} members already.");
    }

    // What left the sender is exactly what was asked: no less, and nothing beside it.
    private async Task<IReadOnlyList<Movement>> EqualAsync(
        DbSession session, Intent ended, ChainTransaction transaction, CancellationToken cancellationToken)
    {
        AssetSnapshot assets = await index.AssetsAsync(session, ended.Chain, cancellationToken);
        IReadOnlyList<Movement> observed = await index.MovementsAsync(session, transaction, assets, cancellationToken);
        List<Movement> spent = [.. observed.Where(movement => movement.Kind != MovementKind.Gas && movement.From == ended.Sender)];
        IReadOnlyList<BlockchainCall> made = await calls.OfIntentAsync(session, ended.Root.Value, cancellationToken);
        List<ExpectedMovement> expected = [.. made.SelectMany(call => call.Expected)];
        if (expected.Count == 0)
            throw Refuse("nothing_to_compare", $"{ended.Root} moves nothing: only the very same call could be it.");
        return IntentJudge.Judge(expected, spent, assets) == Verdict.Full && spent.Count == expected.Count
            ? spent
            : throw Refuse("other_movements", $"{transaction.TxHash} did not move exactly what {ended.Root} asked for.");
    }

    private async Task<Guid?> HoldAsync(DbSession session, IntentId id, Intent ended, CancellationToken cancellationToken)
    {
        if (ended.Hold is not { } former || await ledger.FindHoldAsync(session, new HoldId(former), cancellationToken) is not { } before)
            return null;
        if (before.State is HoldState.Held or HoldState.Partial)
            throw Refuse("hold_not_resolved", $"{before.Id} of the former attempt is still {EnumText.Of(before.State)}.");
        HoldResult placed = await ledger.PlaceHoldAsync(
            session, new HoldId(Guid.CreateVersion7(clock.GetUtcNow())), Book.Customer(ended.Owner, before.Asset), before.Amount,
            $"intent:{id.Value:n}", cancellationToken);
        return placed is HoldResult.Held held
            ? held.Hold.Value
            : throw Refuse(
                "insufficient_funds",
                $"{before.Amount} {before.Asset} left the account on chain and are not available in its books any more: fund them first.");
    }

    private static RefusedException Refuse(string code, string detail) => new(new AdoptResult.Refused(code, detail));

    /// <summary>Rolls the transaction back with an answer.</summary>
    private sealed class RefusedException(AdoptResult.Refused result) : Exception
    {
        public AdoptResult.Refused Result { get; } = result;
    }
}
