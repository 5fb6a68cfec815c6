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

/// <summary>How the amounts of a posting are meant.</summary>
internal enum PostingMode
{
    /// <summary>As they stand.</summary>
    Fixed,

    /// <summary>One debit and one credit of at most this amount: as much of it as the side that gives has available.</summary>
    UpTo,

    /// <summary>One debit and one credit of whatever is left of the hold.</summary>
    HoldAll,
}

/// <summary>One debit or credit of a posting.</summary>
internal readonly record struct PostingLine(AccountSpec Account, EntrySide Side, TokenAmount Amount)
{
    public static PostingLine Debit(AccountSpec account, TokenAmount amount) => new(account, EntrySide.Debit, amount);

    public static PostingLine Credit(AccountSpec account, TokenAmount amount) => new(account, EntrySide.Credit, amount);
}

/// <summary>
/// How much of a hold a posting spends: at most what remains of it and what the posting draws from its account. No amount goes with
/// <see cref="PostingMode.HoldAll"/>: all that remains.
/// </summary>
internal readonly record struct HoldUse(HoldId Hold, TokenAmount? Amount);

/// <summary>Whose doing a posting is, each by the name that its own module gives it. Searchable, and covered by the hash.</summary>
internal sealed record PostingLineage(
    string? Actor = null, string? FlowNode = null, Guid? Intent = null, Guid? Call = null, string? ExternalEvent = null)
{
    public static PostingLineage None { get; } = new();
}

/// <summary>A transaction to be posted: debits equal credits in each asset, once per key.</summary>
internal sealed record Posting
{
    /// <summary>Used when the posting is new; a repetition is answered with the first one's id.</summary>
    public required LedgerTransactionId Id { get; init; }

    /// <summary>The idempotency key: 1 to 200 characters, unique in the books for ever: what happened, not who books it.</summary>
    public required string Key { get; init; }

    /// <summary>Why money moved: lower-case letters, dots and underscores, at most 60.</summary>
    public required string Kind { get; init; }

    /// <summary>Description as a JSON object of at most 16 KiB. Not part of what the key is compared with.</summary>
    public string Context { get; init; } = "{}";

    /// <summary>When it happened in the world, to the microsecond; the books record beside it when they learned of it.</summary>
    public required DateTimeOffset EffectiveAt { get; init; }

    /// <summary>2 to 100 lines, in the order in which their running balances are computed.</summary>
    public required IReadOnlyList<PostingLine> Lines { get; init; }

    public PostingMode Mode { get; init; }

    /// <summary>The hold that pays for it, if one does.</summary>
    public HoldUse? HoldUse { get; init; }

    /// <summary>The position of the fact that caused it, if one did.</summary>
    public long? SourcePosition { get; init; }

    public PostingLineage Lineage { get; init; } = PostingLineage.None;

    /// <summary>The transaction that this moves back, in whole or in part.</summary>
    public LedgerTransactionId? Reverses { get; init; }

    /// <summary>What it belongs to: a name for what was posted together, kept with each.</summary>
    public Guid? Group { get; init; }

    /// <summary>Whether this and the next one of the same call stand or fall together.</summary>
    public bool IsLinkedToNext { get; init; }

    /// <summary>
    /// Whether it happened already, whatever the books think of it: no limit and no closed account refuses it, and in a closed period it
    /// is booked at the first open moment.
    /// </summary>
    public bool IsObserved { get; init; }
}

/// <summary>The answer to a posting that must succeed.</summary>
/// <param name="TransactionId">The transaction in the books; the first one's when the key was posted before.</param>
/// <param name="AlreadyPosted">True for a repetition: nothing changed now.</param>
internal sealed record PostResult(LedgerTransactionId TransactionId, bool AlreadyPosted);

/// <summary>What became of one posting of a batch. A refusal is an answer, not an exception.</summary>
/// <param name="Code">Posted, or why not.</param>
/// <param name="Transaction">The transaction in the books.</param>
/// <param name="IsReplay">Whether this is the answer that the key got before; nothing changed now.</param>
/// <param name="Culprit">For a member of a refused group: the place, from 0, of the item in the same call that was refused.</param>
/// <param name="Detail">A sentence for people.</param>
/// <param name="Lines">What each line did, or for a refusal which version of its account was seen.</param>
internal sealed record PostingOutcome(
    LedgerCode Code, LedgerTransactionId? Transaction, bool IsReplay, int? Culprit, string? Detail, IReadOnlyList<LineOutcome> Lines)
{
    public bool IsPosted => Code == LedgerCode.Posted;
}

/// <summary>
/// One line's entry: version of the account with it, amount that moved, and balance after it. Version of an append-only account is a mere
/// number, and its balance is not known yet.
/// </summary>
internal readonly record struct LineOutcome(long? Version, SignedAmount? Amount, SignedAmount? Balance);
