using ChainExec.Ethereum;
using ChainExec.Storage;

namespace ChainExec.Custody;

/// <summary>Identifies an approval; <c>apr_…</c> outside.</summary>
internal readonly record struct ApprovalId(Guid Value) : IEntityId
{
    public const string Prefix = "apr";

    public override string ToString() => PublicId.Format(Prefix, Value);
}

/// <summary>One asking of an account's owner whether an intent may be signed.</summary>
/// <param name="Intent">The member of the family that waits for it.</param>
/// <param name="MaxTotalFee">Wei: no price of the effect ever costs more.</param>
/// <param name="ExpiresAt">Until when it can be given, and until when the first signature under it can be asked for.</param>
internal sealed record Approval(
    ApprovalId Id, Guid Intent, TokenAmount MaxTotalFee, ApprovalState State, DateTimeOffset AskedAt, DateTimeOffset ExpiresAt);

/// <summary>Where an approval stands. Every state but the first is for ever.</summary>
internal enum ApprovalState
{
    Asked,
    Approved,
    Rejected,
    Expired,

    /// <summary>What was to be approved ended before.</summary>
    Withdrawn,
}

/// <summary>What the signer is told that the owner approved: the whole effect, of which it makes its own hash.</summary>
/// <param name="MaxTotalFee">Wei; gas limit times fee cap of any price.</param>
internal sealed record ApprovalStatement(
    long Chain, Address Sender, string Family, Address To, TokenAmount Value, ReadOnlyMemory<byte> Data, TokenAmount MaxTotalFee,
    DateTimeOffset ExpiresAt);

/// <summary>What the signer answered to an approval.</summary>
internal abstract record ApproveResult
{
    private ApproveResult()
    {
    }

    /// <summary>It is in the signer's journal.</summary>
    /// <param name="Replayed">True when it was there before.</param>
    internal sealed record Approved(bool Replayed) : ApproveResult;

    /// <summary>It is not: the password is wrong, was used, or too many were.</summary>
    /// <param name="Code">Stable reason; see <see cref="SignRefusal"/>.</param>
    /// <param name="Message">A sentence for the account's owner.</param>
    internal sealed record Refused(string Code, string Message) : ApproveResult;
}
