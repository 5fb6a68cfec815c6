using ChainExec.Storage;

namespace ChainExec.Ledger;

/// <summary>Identifies a hold; <c>hold_…</c> outside.</summary>
internal readonly record struct HoldId(Guid Value) : IEntityId
{
    public const string Prefix = "hold";

    public override string ToString() => PublicId.Format(Prefix, Value);
}

/// <summary>
/// Money of an account that is reserved for one unit of work and for nothing else. Posted is what postings have spent of it, remaining is
/// what is still reserved (zero once resolved). Only the end of what it is bound to resolves it; only a timed hold expires.
/// </summary>
internal sealed record Hold(
    HoldId Id, LedgerAccountId Account, string AccountCode, string Asset, Guid? Owner, TokenAmount Amount, TokenAmount Posted,
    TokenAmount Remaining, string? BoundTo, HoldState State, DateTimeOffset CreatedAt, DateTimeOffset? ResolvedAt,
    DateTimeOffset? ExpiresAt, string? ToAccountCode = null, Guid? Group = null);

/// <summary>The answer to placing a hold.</summary>
internal abstract record HoldResult
{
    private HoldResult()
    {
    }

    /// <summary>The money is reserved; available is what the account has left besides.</summary>
    internal sealed record Held(HoldId Hold, SignedAmount Available) : HoldResult;

    /// <summary>
    /// Less than that is available, and nothing was reserved. Available is below zero when observed movements overdrew the account.
    /// </summary>
    internal sealed record InsufficientFunds(SignedAmount Available) : HoldResult;

    /// <summary>The same unit of work holds the same amount in this account already, and the hold is open.</summary>
    internal sealed record Already(HoldId Hold) : HoldResult;
}

/// <summary>The answer to releasing a hold.</summary>
/// <param name="Released">What was given back now; zero when the hold was resolved before.</param>
/// <param name="State">The state it is in.</param>
internal sealed record ReleaseResult(TokenAmount Released, HoldState State);
