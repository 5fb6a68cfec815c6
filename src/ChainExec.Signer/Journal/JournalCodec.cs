using System.Text.Json;
using ChainExec.Ethereum;
using ChainExec.Signer.Signing;

namespace ChainExec.Signer.Journal;

/// <summary>Records to JSON and back. Reading throws <see cref="FormatException"/> for anything that this signer did not write.</summary>
internal static class JournalCodec
{
    internal const int Version = 1;

    private const string Identity = "journal";
    private const string Signed = "signed";
    private const string Refused = "refused";
    private const string Resolved = "resolved";
    private const string Approved = "approved";
    private const string OtpRefused = "otp_refused";
    private const string OtpUnlocked = "otp_unlocked";
    private const string Enrolled = "enrolled";
    private const string Delegated = "delegated";

    internal static byte[] WriteIdentity(string id, DateTimeOffset at) =>
        Serialize(new JournalLine(0, Identity, at, Journal: new JournalIdentity(Version, id)));

    internal static byte[] Write(long sequence, JournalRecord record) => Serialize(record switch
    {
        SlotRecord slot => new JournalLine(
            sequence,
            slot.IsSigned ? Signed : Refused,
            slot.At,
            Slot: Slot(slot),
            Request: Request(slot),
            Raw: slot.Signature is null ? null : Hex.Encode(slot.Signature.Raw.Span),
            TxHash: slot.Signature?.Hash.ToString(),
            Rule: slot.Rule),
        ResolvedRecord resolved => new JournalLine(
            sequence,
            Resolved,
            resolved.At,
            Slot: Slot(resolved),
            TxHash: resolved.TransactionHash?.ToString(),
            Outcome: WireNames.Of(resolved.Outcome),
            BlockHash: resolved.BlockHash.ToString(),
            BlockNumber: resolved.BlockNumber),
        ApprovedRecord approved => new JournalLine(sequence, Approved, approved.At, Approval: Approval(approved)),
        DelegatedRecord delegated => new JournalLine(
            sequence,
            Delegated,
            delegated.At,
            Raw: Hex.Encode(delegated.Signature.Raw.Span),
            TxHash: delegated.Signature.Hash.ToString(),
            Delegation: Delegation(delegated)),
        EnrolledRecord enrolled => new JournalLine(sequence, Enrolled, enrolled.At, Account: enrolled.Account.ToString()),
        OtpRefusedRecord refused => new JournalLine(sequence, OtpRefused, refused.At, Account: refused.Sender.ToString()),
        OtpUnlockedRecord unlocked => new JournalLine(
            sequence, OtpUnlocked, unlocked.At, Account: unlocked.Account.ToString(), By: unlocked.By, Reason: unlocked.Reason),
        _ => throw new ArgumentException("A record of an unknown type.", nameof(record)),
    });

    /// <summary>Reads the first line and returns the journal's identity.</summary>
    internal static string ReadIdentity(ReadOnlySpan<byte> json)
    {
        JournalLine line = Deserialize(json, 0);
        if (line.Kind != Identity || line.Journal is null)
            throw new FormatException("The first line is not a journal's.");
        return line.Journal.Version == Version
            ? line.Journal.Id
            : throw new FormatException("The journal was written by another version of the signer.");
    }

    /// <summary>Reads the line at <paramref name="sequence"/>.</summary>
    internal static JournalRecord Read(long sequence, ReadOnlySpan<byte> json)
    {
        JournalLine line = Deserialize(json, sequence);
        return line.Kind switch
        {
            Approved => ReadApproved(line),
            Delegated => ReadDelegated(line),
            Enrolled => new EnrolledRecord(line.At, Address.Parse(Required(line.Account))),
            OtpRefused => new OtpRefusedRecord(line.At, Address.Parse(Required(line.Account))),
            OtpUnlocked => new OtpUnlockedRecord(
                line.At, Address.Parse(Required(line.Account)), Required(line.By), Required(line.Reason)),
            _ => ReadStatement(line),
        };
    }

    private static SlotStatement ReadStatement(JournalLine line)
    {
        JournalSlot slot = Required(line.Slot);
        var key = new SlotKey(slot.ChainId, Address.Parse(slot.Sender), slot.Nonce);
        return line.Kind switch
        {
            Signed => ReadSlot(line, key, new SignedBytes(Hex.Decode(Required(line.Raw)), Hash32.Parse(Required(line.TxHash)))),
            Refused => ReadSlot(line, key, null),
            Resolved => new ResolvedRecord(
                line.At,
                key,
                slot.Family,
                WireNames.Outcome(Required(line.Outcome)) ?? throw new FormatException("Unknown outcome."),
                Hash32.Parse(Required(line.BlockHash)),
                line.BlockNumber ?? throw new FormatException("A field is missing."),
                line.TxHash is null ? null : Hash32.Parse(line.TxHash)),
            _ => throw new FormatException("Unknown kind of record."),
        };
    }

    private static SlotRecord ReadSlot(JournalLine line, SlotKey key, SignedBytes? signature)
    {
        JournalRequest request = Required(line.Request);
        SignPurpose purpose = WireNames.Purpose(request.Purpose) ?? throw new FormatException("Unknown purpose.");
        return new SlotRecord(
            line.At,
            key,
            line.Slot!.Family,
            request.Carrier,
            request.Epoch,
            purpose,
            Hash32.Parse(request.Digest),
            Hash32.Parse(request.EffectHash),
            Address.Parse(request.To),
            UInt256.Parse(request.Value),
            Hex.Decode(request.Data),
            request.GasLimit,
            UInt256.Parse(request.MaxFeePerGas),
            UInt256.Parse(request.MaxPriorityFeePerGas),
            signature,
            line.Rule,
            request.Members is null ? [] : Members(request.Members, purpose));
    }

    private static string[] Members(IReadOnlyList<string?> members, SignPurpose purpose) =>
        members.Count is >= 1 and <= BatchDecoder.CallsMax && purpose == SignPurpose.Intent
            ? [.. members.Select(Required)]
            : throw new FormatException("Members that no batch has.");

    private static ApprovedRecord ReadApproved(JournalLine line)
    {
        JournalApproval approval = Required(line.Approval);
        return new ApprovedRecord(
            line.At,
            new Approval(
                approval.ChainId, Address.Parse(approval.Sender), approval.Family, Hash32.Parse(approval.EffectHash),
                UInt256.Parse(approval.MaxTotalFee), approval.ExpiresAt),
            approval.OtpStep);
    }

    private static JournalApproval Approval(ApprovedRecord record) => new(
        record.Approval.ChainId,
        record.Approval.Sender.ToString(),
        record.Approval.Family,
        record.Approval.EffectHash.ToString(),
        record.Approval.MaxTotalFee.ToString(),
        record.Approval.ExpiresAt,
        record.OtpStep);

    private static DelegatedRecord ReadDelegated(JournalLine line)
    {
        JournalDelegation delegation = Required(line.Delegation);
        return new DelegatedRecord(
            line.At,
            new Delegation(
                new SlotKey(delegation.ChainId, Address.Parse(delegation.Account), delegation.Nonce), Address.Parse(delegation.Delegate)),
            Hash32.Parse(delegation.Digest),
            new SignedBytes(Hex.Decode(Required(line.Raw)), Hash32.Parse(Required(line.TxHash))));
    }

    private static JournalDelegation Delegation(DelegatedRecord record) => new(
        record.Delegation.Slot.ChainId,
        record.Delegation.Slot.Sender.ToString(),
        record.Delegation.Slot.Nonce,
        record.Delegation.Delegate.ToString(),
        record.Digest.ToString());

    private static JournalSlot Slot(SlotStatement record) =>
        new(record.Slot.ChainId, record.Slot.Sender.ToString(), record.Slot.Nonce, record.Family);

    private static JournalRequest Request(SlotRecord record) => new(
        record.Carrier,
        record.Epoch,
        WireNames.Of(record.Purpose),
        record.Digest.ToString(),
        record.EffectHash.ToString(),
        record.To.ToString(),
        record.Value.ToString(),
        Hex.Encode(record.Data.Span),
        record.GasLimit,
        record.MaxFeePerGas.ToString(),
        record.MaxPriorityFeePerGas.ToString(),
        record.Members.Count == 0 ? null : record.Members);

    private static byte[] Serialize(JournalLine line) => JsonSerializer.SerializeToUtf8Bytes(line, JournalLineContext.Default.JournalLine);

    private static JournalLine Deserialize(ReadOnlySpan<byte> json, long sequence)
    {
        JournalLine line;
        try
        {
            line = Required(JsonSerializer.Deserialize(json, JournalLineContext.Default.JournalLine));
        }
        catch (JsonException exception)
        {
            throw new FormatException("The record is no JSON of this signer.", exception);
        }

        return line.Seq == sequence ? line : throw new FormatException("The record is out of sequence.");
    }

    private static T Required<T>(T? value)
        where T : class => value ?? throw new FormatException("A field is missing.");
}
