using System.Globalization;

namespace ChainExec.Ledger;

/// <summary>Identifies an account of the books; <c>lac_</c> and sixteen hexadecimal digits outside.</summary>
internal readonly record struct LedgerAccountId(long Value)
{
    private const string Prefix = "lac_";

    public static bool TryParse(string? text, out LedgerAccountId id)
    {
        id = default;
        // One spelling per account: AllowHexSpecifier alone would take capitals too.
        if (text is null || text.Length != Prefix.Length + 16 || !text.StartsWith(Prefix, StringComparison.Ordinal)
            || text.AsSpan(Prefix.Length).ContainsAnyExcept("0123456789abcdef")
            || !long.TryParse(text.AsSpan(Prefix.Length), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out long value)
            || value <= 0)
            return false;
        id = new LedgerAccountId(value);
        return true;
    }

    public override string ToString() => Prefix + Value.ToString("x16", CultureInfo.InvariantCulture);
}

/// <summary>An account with its balances.</summary>
/// <param name="Balance">On the account's normal side: what an asset account has, what a liability account owes.</param>
/// <param name="Held">What open holds reserve.</param>
/// <param name="Available">Balance less held.</param>
/// <param name="Version">How many entries it has: the version at which these balances were seen.</param>
internal sealed record LedgerAccount(
    LedgerAccountId Id, string Code, AccountKind Kind, string Asset, Guid? Owner, SignedAmount Debits, SignedAmount Credits,
    SignedAmount Balance, SignedAmount Held, SignedAmount Available, long Version, DateTimeOffset OpenedAt);

/// <summary>One debit or credit in the books.</summary>
/// <param name="Version">Counts the account's entries from 1 without a gap.</param>
/// <param name="Context">The transaction's lineage and description, a JSON object.</param>
internal sealed record LedgerEntry(
    LedgerAccountId Account, long Version, LedgerTransactionId Transaction, EntrySide Side, TokenAmount Amount, string Asset,
    SignedAmount BalanceAfter, string Kind, string Context, long? SourcePosition, DateTimeOffset EffectiveAt, DateTimeOffset RecordedAt);

/// <summary>Entries, newest first.</summary>
/// <param name="Before">Where the next page begins; nothing when this is the last.</param>
internal sealed record EntryPage(IReadOnlyList<LedgerEntry> Entries, long? Before);

/// <summary>One account's line of the trial balance.</summary>
internal sealed record TrialBalanceRow(
    LedgerAccountId Account, string Code, AccountKind Kind, string Asset, Guid? Owner, SignedAmount Debits, SignedAmount Credits,
    SignedAmount Balance);

/// <summary>An account whose counters differ from what its entries and open holds add up to. There must never be one.</summary>
internal sealed record ProofFinding(LedgerAccountId Account, string Code, string Asset, SignedAmount Balance, SignedAmount EntriesBalance);
