using ChainExec.Ethereum;

namespace ChainExec.Signer.Signing;

/// <summary>One nonce slot of an externally owned account: only one transaction with this key can ever be on the chain.</summary>
/// <param name="ChainId">EIP-155 chain id.</param>
/// <param name="Sender">The account.</param>
/// <param name="Nonce">The nonce.</param>
internal readonly record struct SlotKey(ulong ChainId, Address Sender, ulong Nonce);
