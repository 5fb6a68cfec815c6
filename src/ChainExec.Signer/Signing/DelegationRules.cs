using ChainExec.Ethereum;
using ChainExec.Signer.Journal;
using ChainExec.Signer.Policy;

namespace ChainExec.Signer.Signing;

/// <summary>When an account may be delegated to a contract (EIP-7702). Pure: no I/O, no clock, no keys.</summary>
internal static class DelegationRules
{
    /// <summary>Why not, as a sentence for an operator; null when it may.</summary>
    /// <param name="delegation">What is asked.</param>
    /// <param name="fee">The most that its transaction may pay for gas, wei; null when that is more than 256 bits hold.</param>
    /// <param name="policy">The policy.</param>
    /// <param name="index">What was signed before.</param>
    internal static string? Judge(Delegation delegation, UInt256? fee, SigningPolicy policy, JournalIndex index)
    {
        SlotKey slot = delegation.Slot;
        if (!policy.Chains.TryGetValue(slot.ChainId, out ChainPolicy? chain))
            return $"The policy does not name the chain {slot.ChainId}.";
        if (chain.Batches is not { } batches || !batches.Delegates.Contains(delegation.Delegate))
            return $"{delegation.Delegate} is not among the batches.delegates of the chain {slot.ChainId} in the policy.";
        if (fee is not { } most || most > chain.FeeMax)
            return $"Gas limit times fee cap is above the policy's {chain.FeeMax} wei per transaction.";
        if (index.Enrolled.Contains(slot.Sender))
            return $"The owner of {slot.Sender} approves each payment: it can send no batches.";

        foreach (SlotKey used in new[] { slot, delegation.AuthorizationSlot })
        {
            if (index.Knows(used))
                return $"The journal knows the nonce {used.Nonce} of {slot.Sender} on the chain {slot.ChainId} already.";
        }

        return null;
    }
}
