using ChainExec.Ethereum;

namespace ChainExec.Execution;

/// <summary>The mutual exclusion of sending: one nonce of one sender on one chain.</summary>
/// <param name="StateBefore">For a taken slot, where it goes back to if the foreign transaction is orphaned.</param>
/// <param name="Epoch">Fences the database and the signer; it never falls.</param>
internal sealed record NonceSlot(
    Guid Id,
    long Chain,
    Address Sender,
    long Nonce,
    Guid? Carrier,
    SlotState State,
    SlotState? StateBefore,
    Hash32? TxHash,
    Hash32? BlockHash,
    long? BlockNumber,
    bool SignerTold,
    long Epoch);

/// <summary>What one slot carries.</summary>
internal sealed record Carrier(Guid Id, long Chain, Address Sender, CarrierKind Kind, string FamilyKey, Hash32 EffectHash);

/// <summary>Why a slot is used.</summary>
internal enum CarrierKind
{
    /// <summary>It carries an intent.</summary>
    Intent,

    /// <summary>It carries nothing: a transfer of nothing to ourselves, to consume the nonce.</summary>
    Fill,

    /// <summary>The signer's journal knows bytes of a family that this (restored) database does not.</summary>
    UnknownFamily,
}

/// <summary>An immutable unsigned transaction with its gas and fees locked in.</summary>
internal sealed record PreparedCall(
    Guid Id,
    Guid Carrier,
    Guid Slot,
    Hash32 EffectHash,
    Address To,
    TokenAmount Value,
    ReadOnlyMemory<byte> Data,
    long GasLimit,
    TokenAmount MaxFeePerGas,
    TokenAmount MaxPriorityFeePerGas,
    string InputsJson);

/// <summary>One signing attempt.</summary>
internal sealed record SigningAttempt(Guid Id, Guid PreparedCall, bool IsSigned, Hash32? TxHash, ReadOnlyMemory<byte>? Raw);
