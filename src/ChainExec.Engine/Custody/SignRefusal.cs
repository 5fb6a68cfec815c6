namespace ChainExec.Custody;

/// <summary>The signer's stable refusal codes.</summary>
internal static class SignRefusal
{
    /// <summary>The request's epoch is below one already journalled for the slot: the caller lost its lease.</summary>
    internal const string StaleEpoch = "stale_epoch";

    /// <summary>Another family has signed bytes on this nonce.</summary>
    internal const string NonceTaken = "nonce_taken";

    /// <summary>The family has signed bytes on this nonce with another effect.</summary>
    internal const string EffectChanged = "effect_changed";

    /// <summary>The family has signed bytes on another nonce that is not proven resolved.</summary>
    internal const string FamilyUnresolved = "family_unresolved";

    /// <summary>The family's effect is already on chain, final.</summary>
    internal const string FamilySucceeded = "family_succeeded";

    /// <summary>This nonce is already resolved for this family; nothing new is signed on it.</summary>
    internal const string NonceResolved = "nonce_resolved";

    /// <summary>A refusal for this family on this nonce was recorded before; it is for ever.</summary>
    internal const string PreviouslyRefused = "previously_refused";

    /// <summary>The calldata is not one of the functions that the signer decodes.</summary>
    internal const string UnknownFunction = "unknown_function";

    /// <summary>A policy rule refused it.</summary>
    internal const string PolicyRefused = "policy_refused";

    /// <summary>
    /// A policy rule refused it, but signed bytes of this family on this nonce already exist: the slot can never be released.
    /// </summary>
    internal const string PolicyRefusedSignedBefore = "policy_refused_signed_before";

    /// <summary>A fill that is not empty, or goes elsewhere than to the sender or the chain's plain fill address.</summary>
    internal const string InvalidFill = "invalid_fill";

    /// <summary>The signer holds no key of the sender.</summary>
    internal const string UnknownAccount = "unknown_account";

    /// <summary>The slot already holds as many signatures as the signer allows.</summary>
    internal const string SlotFull = "slot_full";

    /// <summary>The account's owner has to approve first. Nothing is recorded: the same request may succeed later.</summary>
    internal const string ApprovalRequired = "approval_required";

    /// <summary>The price is above what the owner approved.</summary>
    internal const string AboveApprovedFee = "above_approved_fee";

    /// <summary>A batch that is not the one encoding of as many calls as it has members, or that has a call to the sender itself.</summary>
    internal const string InvalidBatch = "invalid_batch";

    /// <summary>An account whose owner approves each effect sends no batches.</summary>
    internal const string BatchUnderUserCustody = "batch_under_user_custody";

    /// <summary>Too many wrong one-time passwords: none is taken for a while.</summary>
    internal const string OtpLocked = "otp_locked";
}
