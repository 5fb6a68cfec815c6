using ChainExec.Ethereum;

namespace ChainExec.Execution;

/// <summary>The mutual exclusion of sending: one nonce of one sender on one chain.</summary>
/// <param name="StateBefore">For a taken slot, where it goes back to if the foreign transaction is orphaned.</param>
/// <param name="FillCarrier">The carrier of the fill that is to consume the nonce instead; nothing while none is wanted.</param>
/// <param name="Epoch">Fences the database and the signer; it never falls.</param>
internal sealed record NonceSlot(
    Guid Id,
    long Chain,
    Address Sender,
    long Nonce,
    Guid? Carrier,
    Guid? FillCarrier,
    SlotState State,
    SlotState? StateBefore,
    Hash32? TxHash,
    Hash32? BlockHash,
    long? BlockNumber,
    bool SignerTold,
    long Epoch)
{
    /// <summary>What is to be signed and sent now: the fill once one is wanted.</summary>
    public Guid? Wanted => FillCarrier ?? Carrier;
}

/// <summary>What one slot carries.</summary>
/// <param name="FamilyKey">What the signer knows it by: the family's key, or for a fill or a batch a key of its own.</param>
internal sealed record Carrier(Guid Id, long Chain, Address Sender, CarrierKind Kind, string FamilyKey, Hash32 EffectHash)
{
    /// <summary>Of a batch, whose each of its calls is, in the order of the calls; of anything else nothing.</summary>
    public IReadOnlyList<string> Families { get; init; } = [];

    /// <summary>Whether it carries several payments, known here or not: what befalls it is nobody's doing alone.</summary>
    public bool IsShared => Families.Distinct(StringComparer.Ordinal).Skip(1).Any();

    /// <summary>A batch, whose key is made of its id: it is no family, but the signer keeps it as one.</summary>
    public static Carrier OfBatch(Guid id, long chain, Address sender, Hash32 effect, IReadOnlyList<string> families) =>
        new(id, chain, sender, CarrierKind.Batch, $"batch.{id:n}", effect) { Families = families };
}

/// <summary>Why a slot is used.</summary>
internal enum CarrierKind
{
    /// <summary>It carries an intent.</summary>
    Intent,

    /// <summary>It carries nothing: a transfer of nothing to ourselves, to consume the nonce.</summary>
    Fill,

    /// <summary>The signer's journal knows bytes of a family that this (restored) database does not.</summary>
    UnknownFamily,

    /// <summary>It carries the calls of several intents, or several calls of one, as one call of the account to itself.</summary>
    Batch,
}

/// <summary>An immutable unsigned transaction with its gas and fees locked in.</summary>
/// <param name="Rung">Its place among the prices of its slot, from 0.</param>
/// <param name="HeadNumber">The index's head when it was priced; nothing when it came from the signer's journal.</param>
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
    string InputsJson,
    int Rung,
    long? HeadNumber)
{
    /// <summary>What the chain was forecast to charge beside gas when it was priced, in wei.</summary>
    public TokenAmount DataFee { get; init; } = TokenAmount.Zero;

    /// <summary>The most it can cost besides its value, in wei, as far as the data fee was forecast right.</summary>
    public TokenAmount MaxFee => new(GasLimit * MaxFeePerGas.BaseUnits + DataFee.BaseUnits);
}

/// <summary>What a prepared call is to its carrier.</summary>
internal enum PreparedState
{
    /// <summary>What is signed and sent now.</summary>
    Live,

    /// <summary>Signed at the owner's approval, for its turn.</summary>
    Sealed,

    /// <summary>Watched, and not sent by us any more.</summary>
    Superseded,
}

/// <summary>One signing attempt.</summary>
internal sealed record SigningAttempt(Guid Id, Guid PreparedCall, bool IsSigned, Hash32? TxHash, ReadOnlyMemory<byte>? Raw);
