namespace ChainExec.Signer.Signing;

/// <summary>The stable codes that answers carry.</summary>
internal static class RefusalCode
{
    /// <summary>The epoch is below one already journalled for the slot.</summary>
    internal const string StaleEpoch = "stale_epoch";

    /// <summary>Another family has signed bytes on the nonce.</summary>
    internal const string NonceTaken = "nonce_taken";

    /// <summary>The family has signed bytes on the nonce with another effect.</summary>
    internal const string EffectChanged = "effect_changed";

    /// <summary>The family has signed bytes on another nonce that is not proven resolved.</summary>
    internal const string FamilyUnresolved = "family_unresolved";

    /// <summary>The family's effect is on the chain, final.</summary>
    internal const string FamilySucceeded = "family_succeeded";

    /// <summary>The nonce is already resolved for the family.</summary>
    internal const string NonceResolved = "nonce_resolved";

    /// <summary>A refusal for the family on the nonce was recorded; it is for ever.</summary>
    internal const string PreviouslyRefused = "previously_refused";

    /// <summary>The calldata is not understood.</summary>
    internal const string UnknownFunction = "unknown_function";

    /// <summary>A policy rule refused.</summary>
    internal const string PolicyRefused = "policy_refused";

    /// <summary>A policy rule refused, but bytes of the family on the nonce exist: the slot can never be released.</summary>
    internal const string PolicyRefusedSignedBefore = "policy_refused_signed_before";

    /// <summary>A fill that is not empty or goes to a wrong address.</summary>
    internal const string InvalidFill = "invalid_fill";

    /// <summary>
    /// Members that do not come with a canonical <c>executeBatch</c> of the sender to itself, of as many calls, none of them to the sender.
    /// </summary>
    internal const string InvalidBatch = "invalid_batch";

    /// <summary>A batch of an account whose owner approves each payment.</summary>
    internal const string BatchUnderUserCustody = "batch_under_user_custody";

    /// <summary>No key of the sender.</summary>
    internal const string UnknownAccount = "unknown_account";

    /// <summary>The slot holds as many signatures as allowed.</summary>
    internal const string SlotFull = "slot_full";

    /// <summary>A resolution of a slot on which the family has nothing signed.</summary>
    internal const string NotSigned = "not_signed";

    /// <summary>The slot is resolved for the family with another outcome.</summary>
    internal const string AlreadyResolved = "already_resolved";

    /// <summary>The evidence contradicts the journal.</summary>
    internal const string EvidenceMismatch = "evidence_mismatch";

    /// <summary>The account's owner has to approve the effect first. Nothing is recorded: the same request may succeed later.</summary>
    internal const string ApprovalRequired = "approval_required";

    /// <summary>The price is above what the owner approved.</summary>
    internal const string AboveApprovedFee = "above_approved_fee";

    /// <summary>The account has no authenticator: it is not one whose owner approves.</summary>
    internal const string NotUserCustody = "not_user_custody";

    /// <summary>An approval that ended already, or that would live for too long.</summary>
    internal const string ApprovalExpired = "approval_expired";

    /// <summary>A wrong one-time password, or one that was used.</summary>
    internal const string OtpInvalid = "otp_invalid";

    /// <summary>Too many wrong one-time passwords.</summary>
    internal const string OtpLocked = "otp_locked";
}
