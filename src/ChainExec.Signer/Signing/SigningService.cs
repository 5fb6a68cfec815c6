using ChainExec.Ethereum;
using ChainExec.Ethereum.Crypto;
using ChainExec.Signer.Journal;
using ChainExec.Signer.Keys;
using ChainExec.Signer.Policy;

namespace ChainExec.Signer.Signing;

/// <summary>
/// Signs one command after another: decide, sign, journal, sync, answer. One line for all senders, because the journal is one file; and
/// one sync for all who stand in it, because a sync takes longer than everything else together. Nobody is answered before it.
/// </summary>
internal sealed partial class SigningService(
    KeyRing keys,
    SigningPolicy policy,
    JournalFile journal,
    JournalIndex index,
    TimeProvider clock,
    ILogger<SigningService> logger)
{
    /// <summary>Entries per journal page.</summary>
    internal const int PageEntriesMax = 500;

    private const int PageBytesMax = 2 << 20;

    private readonly SigningLine _line = new(journal);

    /// <summary>True once a journal write failed and nothing more is signed.</summary>
    internal bool JournalFailed => journal.Failed;

    /// <summary>The journal's identity.</summary>
    internal string JournalId => journal.Id;

    /// <summary>Records in the journal.</summary>
    internal long JournalEntries => journal.Entries;

    /// <summary>
    /// Signs a command, or says why not. When this returns <see cref="SignOutcome.Signed"/>, or a refusal with <c>Recorded</c>, it is on
    /// disk. Throws <see cref="SignerBusyException"/> and <see cref="JournalException"/>.
    /// </summary>
    internal Task<SignOutcome> SignAsync(SignCommand command, CancellationToken cancellationToken) =>
        _line.RunAsync(() => Sign(command), cancellationToken);

    /// <summary>
    /// Journals an owner's approval, or says why not; a wrong password is journalled too. Throws as <see cref="SignAsync"/> does.
    /// </summary>
    internal Task<ApproveOutcome> ApproveAsync(Approval approval, string otp, CancellationToken cancellationToken) => _line.RunAsync(
        () =>
        {
            (JournalRecord? record, ApproveOutcome outcome) = ApprovalRules.Judge(
                approval, otp, keys.FindOtp(approval.Sender), index, clock.GetUtcNow());
            if (record is not null)
                Record(record);
            LogApproval(
                approval.ChainId, approval.Sender, approval.Family, outcome is ApproveOutcome.Refused refused ? refused.Code : "approved");
            return outcome;
        },
        cancellationToken);

    /// <summary>Journals a resolution, or says why not. Throws as <see cref="SignAsync"/> does.</summary>
    internal Task<ResolveOutcome> ResolveAsync(ResolvedRecord resolution, CancellationToken cancellationToken) => _line.RunAsync(
        () =>
        {
            ResolveOutcome? outcome = ResolutionRules.Judge(resolution, index);
            if (outcome is null)
            {
                Record(resolution with { At = clock.GetUtcNow() });
                outcome = new ResolveOutcome.Recorded(Replayed: false);
            }

            LogResolved(resolution.Slot.ChainId, resolution.Slot.Sender, resolution.Slot.Nonce, resolution.Family, resolution.Outcome);
            return outcome;
        },
        cancellationToken);

    /// <summary>
    /// Reads one page of a sender's records, by nonce and then by order of writing. Throws <see cref="SignerBusyException"/>.
    /// </summary>
    internal Task<JournalPage> ReadAsync(JournalQuery query, CancellationToken cancellationToken) =>
        _line.RunAsync(() => Read(query), cancellationToken);

    private SignOutcome Sign(SignCommand command)
    {
        SignDecision decision = SigningRules.Decide(command, index, policy, JournalIndex.DayOf(clock.GetUtcNow()));
        return decision switch
        {
            SignDecision.Replay(var record) => Replay(command, record),
            SignDecision.Refuse refusal => Refuse(command, refusal),
            SignDecision.Sign when Unapproved(command) is { } refusal => Refuse(command, refusal),
            SignDecision.Sign => SignNew(command),
            _ => throw new InvalidOperationException("A decision of an unknown type."),
        };
    }

    private SignDecision.Refuse? Unapproved(SignCommand command) =>
        keys.NeedsApproval(command.Sender) ? ApprovalRules.Judge(command, index, clock.GetUtcNow()) : null;

    private SignOutcome.Signed Replay(SignCommand command, SlotRecord record)
    {
        LogSigned(command.Slot.ChainId, command.Sender, command.Slot.Nonce, command.Family, record.Signature!.Hash, true);
        return new SignOutcome.Signed(record.Signature, Replayed: true);
    }

    private SignOutcome SignNew(SignCommand command)
    {
        PrivateKey? key = keys.Find(command.Sender);
        if (key is null)
            return Refuse(command, new SignDecision.Refuse(RefusalCode.UnknownAccount, "This signer holds no key of the sender."));

        byte[] raw = command.Transaction.Encode(key.Sign(command.Digest));
        var bytes = new SignedBytes(raw, Keccak256.Hash(raw));
        Record(SlotRecord.Of(command, clock.GetUtcNow(), bytes, rule: null));
        LogSigned(command.Slot.ChainId, command.Sender, command.Slot.Nonce, command.Family, bytes.Hash, false);
        return new SignOutcome.Signed(bytes, Replayed: false);
    }

    private SignOutcome.Refused Refuse(SignCommand command, SignDecision.Refuse refusal)
    {
        if (refusal.RecordAs is not null)
            Record(SlotRecord.Of(command, clock.GetUtcNow(), signature: null, refusal.RecordAs));

        // Only a refusal that is on disk lets the server release the slot; a repeated one is as good as the first.
        bool recorded = refusal.RecordAs is not null || refusal.Code == RefusalCode.PreviouslyRefused;
        LogRefused(command.Slot.ChainId, command.Sender, command.Slot.Nonce, command.Family, refusal.Code, recorded);
        return new SignOutcome.Refused(refusal.Code, refusal.Message, recorded, refusal.Conflict is null ? null : Entry(refusal.Conflict));
    }

    private void Record(JournalRecord record)
    {
        journal.Append(record);
        index.Apply(record);
    }

    private JournalPage Read(JournalQuery query)
    {
        var entries = new List<JournalEntry>();
        long bytes = 0;
        foreach (ulong nonce in index.Nonces(query.ChainId, query.Sender, query.FromNonce))
        {
            IReadOnlyList<SlotRecord> records = index.Slot(new SlotKey(query.ChainId, query.Sender, nonce)).Records;
            for (int i = nonce == query.FromNonce ? query.Skip : 0; i < records.Count; i++)
            {
                SlotRecord record = records[i];
                long size = record.Data.Length + (record.Signature?.Raw.Length ?? 0) + record.Members.Sum(member => member.Length);
                if (entries.Count == query.Limit || (entries.Count > 0 && bytes + size > PageBytesMax))
                    return new JournalPage(entries, (nonce, i));

                entries.Add(Entry(record));
                bytes += size;
            }
        }

        return new JournalPage(entries, null);
    }

    private JournalEntry Entry(SlotRecord record) => new(record, index.Slot(record.Slot).ResolutionOf(record.Family));

    [LoggerMessage(EventId = 7001, Level = LogLevel.Information,
        Message = "Signed chain {Chain} sender {Sender} nonce {Nonce} family {Family}: {Hash}, replayed {Replayed}")]
    private partial void LogSigned(ulong chain, Address sender, ulong nonce, string family, Hash32 hash, bool replayed);

    [LoggerMessage(EventId = 7002, Level = LogLevel.Warning,
        Message = "Refused chain {Chain} sender {Sender} nonce {Nonce} family {Family}: {Code}, recorded {Recorded}")]
    private partial void LogRefused(ulong chain, Address sender, ulong nonce, string family, string code, bool recorded);

    [LoggerMessage(EventId = 7003, Level = LogLevel.Information,
        Message = "Resolution asked for chain {Chain} sender {Sender} nonce {Nonce} family {Family}: {Outcome}")]
    private partial void LogResolved(ulong chain, Address sender, ulong nonce, string family, SlotOutcome outcome);

    [LoggerMessage(EventId = 7004, Level = LogLevel.Information,
        Message = "Approval asked for chain {Chain} sender {Sender} family {Family}: {Outcome}")]
    private partial void LogApproval(ulong chain, Address sender, string family, string outcome);
}
