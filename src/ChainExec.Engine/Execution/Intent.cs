using ChainExec.Ethereum;
using ChainExec.Storage;

namespace ChainExec.Execution;

/// <summary>Identifies an intent; <c>int_…</c> outside.</summary>
internal readonly record struct IntentId(Guid Value) : IEntityId
{
    public const string Prefix = "int";

    public override string ToString() => PublicId.Format(Prefix, Value);
}

/// <summary>A business outcome on its way: one row of the intent table.</summary>
/// <param name="FamilyKey">What the client calls the payment, hashed. The signer keeps one unresolved nonce per family key.</param>
/// <param name="Spends">Whether it moves the owner's money, so that a hold must stand behind it.</param>
/// <param name="MaxTotalFee">Wei that all attempts of the family together may cost.</param>
/// <param name="RungsMax">Prices that this member may sign.</param>
/// <param name="Generation">0 for the root; one more for each child.</param>
/// <param name="Shares">Whether it may go in one transaction with others of its account, where that batches.</param>
/// <param name="Front">The account with a pool that was asked to pay, when its sender was drawn.</param>
/// <param name="Priority">0 to 9: among intents of one sender that wait for a nonce, the higher binds first.</param>
internal sealed record Intent(
    IntentId Id,
    IntentId Root,
    Guid Owner,
    long Chain,
    Guid Account,
    Address Sender,
    string FamilyKey,
    string? ClientReference,
    IntentState State,
    bool Spends,
    Guid? Hold,
    DateTimeOffset? Deadline,
    TokenAmount MaxTotalFee,
    string CreatedBy,
    IntentWish? Wish = null,
    int RungsMax = Intent.RungsMaxDefault,
    int Generation = 0,
    RevertPolicy OnRevert = RevertPolicy.Fail,
    IntentId? Parent = null,
    int Priority = Intent.PriorityDefault,
    bool Shares = true,
    Guid? Front = null)
{
    /// <summary>What an intent has that does not say.</summary>
    public const int PriorityDefault = 5;

    /// <summary>The highest there is.</summary>
    public const int PriorityMax = 9;

    /// <summary>Prices that one member of a family signs before a child carries on.</summary>
    public const int RungsMaxDefault = 8;
}

/// <summary>Why an intent is to end without its effect.</summary>
internal enum IntentWish
{
    /// <summary>Its owner or an operator asked.</summary>
    Cancel,

    /// <summary>Its deadline passed.</summary>
    Deadline,

    /// <summary>Its account, or whom it pays, was frozen.</summary>
    Freeze,

    /// <summary>A rung could not be prepared again, because it would revert now.</summary>
    WouldRevert,

    /// <summary>Every provider refuses its bytes, and no other bytes of the same effect would be taken.</summary>
    Unsendable,
}

/// <summary>What follows a revert on chain, once it is final.</summary>
internal enum RevertPolicy
{
    /// <summary>The intent fails.</summary>
    Fail,

    /// <summary>A child tries again on a new nonce, within the family's fee.</summary>
    Retry,
}

/// <summary>An intent that this worker may step until its lease ends. Every write names the epoch.</summary>
internal sealed record LeasedIntent(Intent Intent, long Epoch, int Attempts);
