namespace ChainExec.Ledger;

/// <summary>A transaction of the books with its entries, as it was posted; nothing of it ever changes.</summary>
/// <param name="Id">Its name.</param>
/// <param name="Key">The idempotency key that it was posted under.</param>
/// <param name="Kind">Why money moved.</param>
/// <param name="Context">Its description, a JSON object as it was given.</param>
/// <param name="SourcePosition">The fact that caused it.</param>
/// <param name="EffectiveAt">When it happened.</param>
/// <param name="RecordedAt">When it was booked.</param>
/// <param name="Lineage">Whose doing it was.</param>
/// <param name="Reverses">What it moves back.</param>
/// <param name="Group">What it was posted together with.</param>
/// <param name="Sha256">Of everything here, in lower-case hexadecimal digits.</param>
/// <param name="Entries">In the order in which they were given.</param>
internal sealed record LedgerTransaction(
    LedgerTransactionId Id, string Key, string Kind, string Context, long? SourcePosition, DateTimeOffset EffectiveAt,
    DateTimeOffset RecordedAt, PostingLineage Lineage, LedgerTransactionId? Reverses, Guid? Group, string Sha256,
    IReadOnlyList<TransactionEntry> Entries)
{
    /// <summary>A posting that moves back all of it. Lines with smaller amounts move back a part.</summary>
    public Posting Reversal(LedgerTransactionId id, string key, DateTimeOffset effectiveAt) => new()
    {
        Id = id,
        Key = key,
        Kind = "reversal",
        EffectiveAt = effectiveAt,
        Reverses = Id,
        Lines =
        [
            .. Entries.Select(entry => new PostingLine(
                entry.Account, entry.Side == EntrySide.Debit ? EntrySide.Credit : EntrySide.Debit, entry.Amount)),
        ],
    };
}

/// <summary>
/// One debit or credit of a transaction. Version and balance are nothing for an append-only account: there the roll-up gives them.
/// </summary>
internal sealed record TransactionEntry(
    LedgerAccountId AccountId, AccountSpec Account, EntrySide Side, TokenAmount Amount, long? Version, SignedAmount? BalanceAfter);
