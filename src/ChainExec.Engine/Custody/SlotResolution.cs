using ChainExec.Ethereum;

namespace ChainExec.Custody;

/// <summary>A slot's proven end, told to the signer.</summary>
/// <param name="ChainId">EIP-155 chain id.</param>
/// <param name="Sender">The account.</param>
/// <param name="Nonce">The nonce.</param>
/// <param name="Family">The family whose slot it was.</param>
/// <param name="Outcome">How it ended.</param>
/// <param name="Evidence">The final block and transaction that prove it.</param>
internal sealed record SlotResolution(
    ulong ChainId, Address Sender, ulong Nonce, string Family, SlotOutcome Outcome, SlotEvidence Evidence);

/// <summary>Where the chain proves a resolution.</summary>
/// <param name="BlockHash">Hash of the final block.</param>
/// <param name="BlockNumber">Its number.</param>
/// <param name="TransactionHash">
/// The transaction that consumed the nonce; required except for <see cref="SlotOutcome.Consumed"/>, where an authorization or a create may
/// have used it.
/// </param>
internal sealed record SlotEvidence(Hash32 BlockHash, ulong BlockNumber, Hash32? TransactionHash);
