using System.Buffers;
using System.Globalization;

namespace ChainExec.Ledger;

/// <summary>Identifies an account of the books; <c>lac_</c> and sixteen hexadecimal digits outside.</summary>
internal readonly record struct LedgerAccountId(long Value)
{
    private const string Prefix = "lac_";
    private static readonly SearchValues<char> LowerHex = SearchValues.Create("0123456789abcdef");

    public static bool TryParse(string? text, out LedgerAccountId id)
    {
        id = default;
        // One spelling per account: AllowHexSpecifier alone would take capitals too.
        if (text is null || text.Length != Prefix.Length + 16 || !text.StartsWith(Prefix, StringComparison.Ordinal)
            || text.AsSpan(Prefix.Length).ContainsAnyExcept(LowerHex)
            || !long.TryParse(text.AsSpan(Prefix.Length), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out long value)
            || value <= 0)
            return false;
        id = new LedgerAccountId(value);
        return true;
    }

    public override string ToString() => Prefix + Value.ToString("x16", CultureInfo.InvariantCulture);
}

/// <summary>
/// An account with its balances. The balance is on the account's normal side: what an asset account has, what a liability account owes.
/// Held is what open holds reserve, available is balance less held, version is how many entries these balances include.
/// </summary>
internal sealed record LedgerAccount(
    LedgerAccountId Id, string Code, AccountKind Kind, string Asset, Guid? Owner, SignedAmount Debits, SignedAmount Credits,
    SignedAmount Balance, SignedAmount Held, SignedAmount Available, long Version, DateTimeOffset OpenedAt, AccountPolicy Policy,
    bool DebitsMustNotExceedCredits, bool CreditsMustNotExceedDebits, SignedAmount Overdraft, bool Closed, IReadOnlyList<string> Tags)
{
    /// <summary>The account as a posting names it.</summary>
    public AccountSpec Spec => new(Code, Kind, Asset, Owner, Policy);

    public bool Equals(LedgerAccount? other) => other is not null && Id == other.Id && Version == other.Version && Held == other.Held
        && Debits == other.Debits && Credits == other.Credits && Overdraft == other.Overdraft && Closed == other.Closed
        && Tags.SequenceEqual(other.Tags);

    public override int GetHashCode() => HashCode.Combine(Id, Version);
}

/// <summary>
/// One debit or credit in the books. The version counts the account's entries from 1 without a gap; kind, context (a JSON object), source
/// position and times are the transaction's.
/// </summary>
internal sealed record LedgerEntry(
    LedgerAccountId Account, long Version, LedgerTransactionId Transaction, EntrySide Side, TokenAmount Amount, string Asset,
    SignedAmount BalanceAfter, string Kind, string Context, long? SourcePosition, DateTimeOffset EffectiveAt, DateTimeOffset RecordedAt);

/// <summary>Entries, newest first. Before is where the next page begins; nothing when this is the last.</summary>
internal sealed record EntryPage(IReadOnlyList<LedgerEntry> Entries, long? Before);

/// <summary>One account's line of the trial balance.</summary>
internal sealed record TrialBalanceRow(
    LedgerAccountId Account, string Code, AccountKind Kind, string Asset, Guid? Owner, SignedAmount Debits, SignedAmount Credits,
    SignedAmount Balance);

/// <summary>An account whose counters differ from what its entries and open holds add up to. There must never be one.</summary>
internal sealed record ProofFinding(LedgerAccountId Account, string Code, string Asset, SignedAmount Balance, SignedAmount EntriesBalance);
