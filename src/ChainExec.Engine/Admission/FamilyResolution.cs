using ChainExec.Execution;
using ChainExec.Facts.Contracts;
using ChainExec.Storage;

namespace ChainExec.Admission;

/// <summary>Whether a nonce of a family is resolved against it, by finality: only then may something else be its payment.</summary>
internal sealed class FamilyResolution(IndexReader index)
{
    /// <summary>Why it is not, or nothing. What the signer has on record as succeeded it never signs again.</summary>
    public async Task<RetryRefusal?> RefusalAsync(DbSession session, NonceSlot slot, CancellationToken cancellationToken)
    {
        if (!SlotLifecycle.Table.IsFinal(slot.State))
            return new("nonce_open", $"Nonce {slot.Nonce} is {EnumText.Of(slot.State)}: its bytes may still be mined.");
        if (slot.State is SlotState.Filled or SlotState.ExternallyConsumed)
            return null;
        (ChainTransaction Transaction, bool IsFinal)? seen =
            await index.FindAsync(session, slot.Chain, slot.TxHash!.Value, cancellationToken);
        return seen is { IsFinal: true, Transaction.Succeeded: false }
            ? null
            : new(
                "transaction_succeeded",
                $"Transaction {slot.TxHash} of nonce {slot.Nonce} succeeded on chain, and the signer signs no other for this payment: "
                + "submit a new one under a new name.");
    }
}
