using ChainExec.Ethereum;
using ChainExec.Signer.Signing;

namespace ChainExec.Signer.Journal;

/// <summary>One durable statement of the signer.</summary>
/// <param name="At">When it was written, by the signer's clock.</param>
internal abstract record JournalRecord(DateTimeOffset At);

/// <summary>A statement about a slot.</summary>
/// <param name="At">When it was written, by the signer's clock.</param>
/// <param name="Slot">Chain, sender and nonce.</param>
/// <param name="Family">The intent family it speaks of.</param>
internal abstract record SlotStatement(DateTimeOffset At, SlotKey Slot, string Family) : JournalRecord(At);

/// <summary>The owner of an account proved, with a one-time password, that one family may have its effect.</summary>
/// <param name="At">When it was written, by the signer's clock.</param>
/// <param name="Approval">What was approved.</param>
/// <param name="OtpStep">The time step of the password (RFC 6238): no password of this step or an earlier one counts again.</param>
internal sealed record ApprovedRecord(DateTimeOffset At, Approval Approval, long OtpStep) : JournalRecord(At);

/// <summary>
/// An account has an authenticator, and its effects need its owner's approval from here on: kept, so that a lost secret file stops the
/// signer and does not end the asking.
/// </summary>
/// <param name="At">When it was written, by the signer's clock.</param>
/// <param name="Account">The account.</param>
internal sealed record EnrolledRecord(DateTimeOffset At, Address Account) : JournalRecord(At);

/// <summary>A wrong one-time password was given for an account: kept, so that guessing is bounded also across restarts.</summary>
/// <param name="At">When it was written, by the signer's clock.</param>
/// <param name="Sender">The account.</param>
internal sealed record OtpRefusedRecord(DateTimeOffset At, Address Sender) : JournalRecord(At);

/// <summary>An operator ended the lock of an account that was given too many wrong passwords: the count begins again.</summary>
/// <param name="At">When it was written, by the signer's clock.</param>
/// <param name="Account">The account.</param>
/// <param name="By">Who did it.</param>
/// <param name="Reason">Why.</param>
internal sealed record OtpUnlockedRecord(DateTimeOffset At, Address Account, string By, string Reason) : JournalRecord(At);

/// <summary>A request that was signed, or one that was refused for ever.</summary>
/// <param name="At">When it was written, by the signer's clock.</param>
/// <param name="Slot">Chain, sender and nonce.</param>
/// <param name="Family">The intent family.</param>
/// <param name="Carrier">The carrier named in the request.</param>
/// <param name="Epoch">The slot's fencing epoch named in the request.</param>
/// <param name="Purpose">Effect or fill.</param>
/// <param name="Digest">The signing hash.</param>
/// <param name="EffectHash">Equal for all prices of one effect.</param>
/// <param name="To">The called account.</param>
/// <param name="Value">Wei sent.</param>
/// <param name="Data">Calldata.</param>
/// <param name="GasLimit">Gas limit.</param>
/// <param name="MaxFeePerGas">Fee cap, wei per gas.</param>
/// <param name="MaxPriorityFeePerGas">Tip cap, wei per gas.</param>
/// <param name="Signature">The signed bytes and their hash; null for a refusal.</param>
/// <param name="Rule">The policy rule that refused; null for a signature.</param>
/// <param name="Members">The families of the payments within a batch, in the order of its calls; empty when it is none.</param>
internal sealed record SlotRecord(
    DateTimeOffset At,
    SlotKey Slot,
    string Family,
    string Carrier,
    long Epoch,
    SignPurpose Purpose,
    Hash32 Digest,
    Hash32 EffectHash,
    Address To,
    UInt256 Value,
    ReadOnlyMemory<byte> Data,
    ulong GasLimit,
    UInt256 MaxFeePerGas,
    UInt256 MaxPriorityFeePerGas,
    SignedBytes? Signature,
    string? Rule,
    IReadOnlyList<string> Members) : SlotStatement(At, Slot, Family)
{
    /// <summary>True when bytes exist.</summary>
    internal bool IsSigned => Signature is not null;

    /// <summary>True when bytes exist that carry the effect of the family, and of each member.</summary>
    internal bool HoldsSlot => IsSigned && Purpose == SignPurpose.Intent;

    /// <summary>All whose effect it carries when it is signed: its own family, and the members.</summary>
    internal IEnumerable<string> Families => Members.Prepend(Family);

    /// <summary>What it asks for, call by call, without what this signer does not understand.</summary>
    internal IEnumerable<DecodedCall> Calls()
    {
        IReadOnlyList<RequestedCall>? calls = [new RequestedCall(To, Value, Data)];
        if (Members.Count > 0 && !BatchDecoder.TryDecode(Data.Span, out calls, out _))
            return [];
        return calls.Select(call => call.Decode()).OfType<DecodedCall>();
    }

    /// <summary>A record of a command, signed or refused.</summary>
    internal static SlotRecord Of(SignCommand command, DateTimeOffset at, SignedBytes? signature, string? rule) => new(
        at, command.Slot, command.Family, command.Carrier, command.Epoch, command.Purpose, command.Digest, command.EffectHash, command.To,
        command.Transaction.Value, command.Transaction.Data, command.Transaction.GasLimit, command.Transaction.MaxFeePerGas,
        command.Transaction.MaxPriorityFeePerGas, signature, rule, command.Members);
}

/// <summary>
/// An account's code was set (EIP-7702) by a transaction of its own, on one nonce, with an authorization on the next: no payment may take
/// either of them.
/// </summary>
/// <param name="At">When it was written, by the signer's clock.</param>
/// <param name="Delegation">What was signed.</param>
/// <param name="Digest">The signing hash of the transaction.</param>
/// <param name="Signature">Its signed bytes and their hash.</param>
internal sealed record DelegatedRecord(DateTimeOffset At, Delegation Delegation, Hash32 Digest, SignedBytes Signature) : JournalRecord(At);

/// <summary>Signed bytes and their hash.</summary>
/// <param name="Raw">The EIP-2718 envelope.</param>
/// <param name="Hash">The transaction hash.</param>
internal sealed record SignedBytes(ReadOnlyMemory<byte> Raw, Hash32 Hash);

/// <summary>A slot proven resolved for its family.</summary>
/// <param name="At">When it was written, by the signer's clock.</param>
/// <param name="Slot">Chain, sender and nonce.</param>
/// <param name="Family">The intent family.</param>
/// <param name="Outcome">How it ended.</param>
/// <param name="BlockHash">The final block that proves it.</param>
/// <param name="BlockNumber">Its number.</param>
/// <param name="TransactionHash">The transaction that used the nonce; null only for <see cref="SlotOutcome.Consumed"/>.</param>
internal sealed record ResolvedRecord(
    DateTimeOffset At, SlotKey Slot, string Family, SlotOutcome Outcome, Hash32 BlockHash, ulong BlockNumber, Hash32? TransactionHash)
    : SlotStatement(At, Slot, Family)
{
    /// <summary>True when the family's effect is on the chain for good.</summary>
    internal bool ForFamily => Outcome is SlotOutcome.Succeeded or SlotOutcome.Adopted;
}
