using ChainExec.Signer.Journal;
using ChainExec.Signer.Keys;

namespace ChainExec.Signer.Signing;

/// <summary>
/// The rules of accounts whose owner approves each effect with a one-time password (TOTP, RFC 6238). Pure: no I/O, no clock, no keys.
/// </summary>
internal static class ApprovalRules
{
    /// <summary>
    /// Wrong passwords, since the last right one, after which an account takes none for a while; so does each one more, for twice as long
    /// as the one before.
    /// </summary>
    internal const int WrongMax = 5;

    /// <summary>How long an account is locked the first time.</summary>
    internal static readonly TimeSpan LockMin = TimeSpan.FromMinutes(15);

    /// <summary>The longest that it is locked at once: a million passwords are then guessed at one a day.</summary>
    internal static readonly TimeSpan LockMax = TimeSpan.FromHours(24);

    /// <summary>The longest that an approval may wait for its first signature.</summary>
    internal static readonly TimeSpan LifeMax = TimeSpan.FromHours(24);

    /// <summary>
    /// Whether a command on such an account may be signed; null when it may. An approval is good for one nonce: the first on which its
    /// family is signed. A fill moves nothing and needs none.
    /// </summary>
    internal static SignDecision.Refuse? Judge(SignCommand command, JournalIndex index, DateTimeOffset now)
    {
        if (command.Purpose == SignPurpose.Fill)
            return null;
        if (command.Members.Count > 0)
            return RefuseBatch(command, index);
        if (index.ApprovalOf(command.Family) is not { } approved || !IsFor(approved.Approval, command))
            return Refuse(RefusalCode.ApprovalRequired, "The owner of the account has not approved this effect.");

        SlotRecord? here = index.Slot(command.Slot).EffectOf(command.Family);
        if (here is null && index.SlotsSinceApproval(command.Family).Any(slot => slot != command.Slot))
            return Refuse(RefusalCode.ApprovalRequired, "The approval was used on another nonce: a new attempt needs a new one.");
        if (here is null && now > approved.Approval.ExpiresAt)
            return Refuse(RefusalCode.ApprovalRequired, "The approval expired before anything was signed.");
        return command.FeeMax is { } fee && fee <= approved.Approval.MaxTotalFee
            ? null
            : Refuse(RefusalCode.AboveApprovedFee, $"Gas limit times fee cap is above the approved {approved.Approval.MaxTotalFee} wei.");
    }

    /// <summary>Judges an approval and its password: the record to journal, or the refusal of it.</summary>
    internal static (JournalRecord? Record, ApproveOutcome Outcome) Judge(
        Approval approval, string otp, OtpSecret? secret, JournalIndex index, DateTimeOffset now)
    {
        if (secret is null)
            return (null, Refused(RefusalCode.NotUserCustody, "This account is not one whose owner approves."));
        if (index.ApprovalOf(approval.Family) is { } known && known.Approval == approval)
            return (null, new ApproveOutcome.Recorded(Replayed: true));
        if (approval.ExpiresAt <= now || approval.ExpiresAt > now + LifeMax)
            return (null, Refused(RefusalCode.ApprovalExpired, "An approval ends in the future, within a day."));

        OtpHistory history = index.OtpOf(approval.Sender);
        if (LockedUntil(history) is { } end && now < end)
            return (null, Refused(RefusalCode.OtpLocked, $"After {history.Wrong} wrong passwords none is taken before {end:u}."));

        return secret.StepOf(otp, now, history.LastStep) is { } step
            ? (new ApprovedRecord(now, approval, step), new ApproveOutcome.Recorded(Replayed: false))
            : (new OtpRefusedRecord(now, approval.Sender), Refused(RefusalCode.OtpInvalid, "The one-time password is wrong or was used."));
    }

    /// <summary>Until when an account takes no password; null when wrong ones were few.</summary>
    internal static DateTimeOffset? LockedUntil(OtpHistory history)
    {
        if (history.Wrong < WrongMax)
            return null;
        TimeSpan length = LockMin;
        for (int wrong = WrongMax; wrong < history.Wrong && length < LockMax; wrong++)
            length *= 2;
        return history.LastWrongAt + (length < LockMax ? length : LockMax);
    }

    private static SignDecision.Refuse RefuseBatch(SignCommand command, JournalIndex index)
    {
        const string message = "The owner of the account approves each payment; a batch is none.";

        // Bytes from before the account had an authenticator: "never signed" would be a lie.
        return index.Slot(command.Slot).EffectOf(command.Family) is { } signed
            ? new SignDecision.Refuse(RefusalCode.BatchUnderUserCustody, message, signed)
            : new SignDecision.Refuse(RefusalCode.BatchUnderUserCustody, message, RecordAs: "user_custody");
    }

    private static bool IsFor(Approval approval, SignCommand command) =>
        approval.ChainId == command.Slot.ChainId && approval.Sender == command.Sender && approval.EffectHash == command.EffectHash;

    private static SignDecision.Refuse Refuse(string code, string message) => new(code, message);

    private static ApproveOutcome.Refused Refused(string code, string message) => new(code, message);
}
