using ChainExec.Ethereum;

namespace ChainExec.Custody;

/// <summary>One signed or refused entry of the signer's journal.</summary>
/// <param name="Kind">Whether bytes exist or a refusal was recorded.</param>
/// <param name="ChainId">EIP-155 chain id.</param>
/// <param name="Sender">The account.</param>
/// <param name="Nonce">The nonce.</param>
/// <param name="Family">The intent family.</param>
/// <param name="Carrier">The carrier named in the request.</param>
/// <param name="Epoch">The slot's fencing epoch named in the request.</param>
/// <param name="Purpose">Effect or fill.</param>
/// <param name="Digest">The EIP-1559 signing hash.</param>
/// <param name="EffectHash">The signer's hash over chain, sender, to, value and data: equal for all prices of one effect.</param>
/// <param name="TransactionHash">The transaction hash; null for a refusal.</param>
/// <param name="Raw">The signed bytes; null for a refusal.</param>
/// <param name="To">The called account.</param>
/// <param name="Value">Wei sent.</param>
/// <param name="Data">Calldata.</param>
/// <param name="GasLimit">Gas limit.</param>
/// <param name="MaxFeePerGas">Fee cap, wei per gas.</param>
/// <param name="MaxPriorityFeePerGas">Tip cap, wei per gas.</param>
/// <param name="RecordedAt">When the signer journalled it, by the signer's clock.</param>
/// <param name="Resolved">How the family's slot was resolved; null while it is not.</param>
/// <param name="Members">Families of the payments within a batch, in the order of its calls; empty when it is none.</param>
internal sealed record SignerJournalEntry(
    SignerJournalKind Kind,
    ulong ChainId,
    Address Sender,
    ulong Nonce,
    string Family,
    string Carrier,
    long Epoch,
    SignPurpose Purpose,
    Hash32 Digest,
    Hash32 EffectHash,
    Hash32? TransactionHash,
    ReadOnlyMemory<byte>? Raw,
    Address To,
    UInt256 Value,
    ReadOnlyMemory<byte> Data,
    ulong GasLimit,
    UInt256 MaxFeePerGas,
    UInt256 MaxPriorityFeePerGas,
    DateTimeOffset RecordedAt,
    SlotOutcome? Resolved,
    IReadOnlyList<string> Members);

/// <summary>What an entry says.</summary>
internal enum SignerJournalKind
{
    /// <summary>Bytes exist.</summary>
    Signed,

    /// <summary>Never signed, now refused for ever.</summary>
    Refused,
}
