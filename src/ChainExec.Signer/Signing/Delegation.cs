using ChainExec.Ethereum;

namespace ChainExec.Signer.Signing;

/// <summary>An account that takes over the code of a contract (EIP-7702), by a transaction to itself that it pays for.</summary>
/// <param name="Slot">Chain, account, and the nonce of the transaction.</param>
/// <param name="Delegate">The contract.</param>
internal sealed record Delegation(SlotKey Slot, Address Delegate)
{
    /// <summary>
    /// The nonce that its authorization uses up: the account sends the transaction, so its nonce is one higher by then. Whoever sees the
    /// transaction may send the authorization alone, so this nonce is not ours to give either.
    /// </summary>
    internal SlotKey AuthorizationSlot => Slot with { Nonce = Slot.Nonce + 1 };
}
