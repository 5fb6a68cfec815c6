using ChainExec.Storage;

namespace ChainExec.Ledger;

/// <summary>Identifies a ledger transaction; <c>txn_…</c> outside.</summary>
internal readonly record struct LedgerTransactionId(Guid Value) : IEntityId
{
    public const string Prefix = "txn";

    public override string ToString() => PublicId.Format(Prefix, Value);
}

/// <summary>Which side of an account a line moves.</summary>
internal enum EntrySide
{
    Debit,
    Credit,
}

/// <summary>One debit or credit of a posting.</summary>
internal readonly record struct PostingLine(AccountSpec Account, EntrySide Side, TokenAmount Amount)
{
    public static PostingLine Debit(AccountSpec account, TokenAmount amount) => new(account, EntrySide.Debit, amount);

    public static PostingLine Credit(AccountSpec account, TokenAmount amount) => new(account, EntrySide.Credit, amount);
}

/// <summary>How much of a hold a posting spends: at most what remains of it and what the posting draws from its account.</summary>
internal readonly record struct HoldUse(HoldId Hold, TokenAmount Amount);

/// <summary>A transaction to be posted: debits equal credits in each asset, once per key.</summary>
internal sealed record Posting
{
    /// <summary>Used when the posting is new; a repetition is answered with the first one's id.</summary>
    public required LedgerTransactionId Id { get; init; }

    /// <summary>The idempotency key: 1 to 200 characters, unique in the books for ever: what happened, not who books it.</summary>
    public required string Key { get; init; }

    /// <summary>Why money moved: lower-case letters, dots and underscores, at most 60.</summary>
    public required string Kind { get; init; }

    /// <summary>Lineage and description as a JSON object of at most 16 KiB. Not part of what the key is compared with.</summary>
    public string Context { get; init; } = "{}";

    /// <summary>When it happened in the world; the books record beside it when they learned of it.</summary>
    public required DateTimeOffset EffectiveAt { get; init; }

    /// <summary>2 to 100 lines, in the order in which their running balances are computed.</summary>
    public required IReadOnlyList<PostingLine> Lines { get; init; }

    /// <summary>The hold that pays for it, if one does.</summary>
    public HoldUse? HoldUse { get; init; }

    /// <summary>The position of the fact that caused it, if one did.</summary>
    public long? SourcePosition { get; init; }
}

/// <summary>The answer to a posting.</summary>
/// <param name="TransactionId">The transaction in the books; the first one's when the key was posted before.</param>
/// <param name="AlreadyPosted">True for a repetition: nothing changed now.</param>
internal sealed record PostResult(LedgerTransactionId TransactionId, bool AlreadyPosted);
