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
/// <param name="MaxTotalFee">Wei that all attempts together may cost.</param>
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
    string CreatedBy);

/// <summary>An intent that this worker may step until its lease ends. Every write names the epoch.</summary>
internal sealed record LeasedIntent(Intent Intent, long Epoch, int Attempts);
