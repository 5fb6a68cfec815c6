using ChainExec.Storage;

namespace ChainExec.Execution;

/// <summary>
/// Hands a family on to a child: in the same slot when its prices are used up, or to a new nonce when its transaction reverted for ever and
/// its policy says so. Parent, child, carrier and slot move in one transaction.
/// </summary>
internal sealed class IntentEscalation(IntentStore intents, SlotStore slots, AttemptStore attempts, TimeProvider clock)
{
    /// <summary>The slot, now of a child with the same effect, which may sign as many prices again. The caller holds the slot's
    /// lease.</summary>
    public async Task<NonceSlot> EscalateAsync(
        DbSession session, NonceSlot slot, Intent parent, string actor, CancellationToken cancellationToken)
    {
        Carrier before = (await attempts.FindCarrierAsync(session, slot.Carrier!.Value, cancellationToken))!;
        await intents.MoveAsync(
            session, parent, IntentEvent.RungsExhausted,
            new IntentMove(actor, "rungs_exhausted", $"{parent.RungsMax} prices were signed; a child carries on in the same slot."),
            cancellationToken);
        Intent child = await intents.InsertChildAsync(session, new IntentId(NewId()), parent, actor, cancellationToken);
        await attempts.SupersedeAsync(session, before.Id, cancellationToken);
        await attempts.ResolveCarrierAsync(session, before.Id, cancellationToken);
        Carrier carrier = before with
        {
            Id = NewId(), Kind = before.Families.Count > 0 ? CarrierKind.Batch : CarrierKind.Intent,
        };
        await attempts.InsertCarrierAsync(session, carrier, [child.Id], cancellationToken);
        child = await intents.MoveAsync(session, child, IntentEvent.Ready, new IntentMove(actor), cancellationToken);
        await intents.MoveAsync(
            session, child, IntentEvent.Prepared, new IntentMove(actor, Evidence: new { slot = slot.Id, slot.Nonce, carrier = carrier.Id }),
            cancellationToken);
        NonceSlot handed = await slots.HandOverAsync(session, slot, carrier.Id, actor, cancellationToken);
        return handed;
    }

    /// <summary>A child that starts anew after a revert that is final; its first nonce is resolved.</summary>
    public Task<Intent> RetryAsync(DbSession session, Intent reverted, string actor, CancellationToken cancellationToken) =>
        intents.InsertChildAsync(session, new IntentId(NewId()), reverted, actor, cancellationToken);

    private Guid NewId() => Guid.CreateVersion7(clock.GetUtcNow());
}
