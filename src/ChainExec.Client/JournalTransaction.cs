using System.Numerics;
using System.Text.Json;

namespace ChainExec.Client;

/// <summary>A transaction to be posted by hand.</summary>
/// <param name="Reason">Why; kept with it and in the audit.</param>
/// <param name="Entries">2 to 100, balanced in each asset; nothing for a reversal in full.</param>
public sealed record JournalTransaction(string Reason, IReadOnlyList<JournalEntry>? Entries)
{
    /// <summary>journal unless said otherwise.</summary>
    public string? Kind { get; init; }

    /// <summary>When it happened; now unless said otherwise.</summary>
    public DateTimeOffset? EffectiveAt { get; init; }

    /// <summary><c>txn_…</c>: what it moves back.</summary>
    public string? Reverses { get; init; }

    /// <summary>One debit and one credit of at most this amount.</summary>
    public bool? UpTo { get; init; }

    /// <summary>The evidence from outside, by its name there.</summary>
    public string? ExternalEvent { get; init; }

    /// <summary>Among several: stands or falls with the next one.</summary>
    public bool? LinkedToNext { get; init; }

    /// <summary>Your own, a JSON object.</summary>
    public JsonElement? Metadata { get; init; }
}

/// <summary>One debit or credit.</summary>
/// <param name="Account"><c>lac_…</c> or the code of an account that is open.</param>
/// <param name="Side">debit or credit.</param>
/// <param name="Amount">Base units, above zero.</param>
public sealed record JournalEntry(string Account, string Side, BigInteger Amount);

/// <summary>A transaction of the books.</summary>
/// <param name="Id"><c>txn_…</c>.</param>
/// <param name="Kind">Why money moved.</param>
/// <param name="Context">Its description.</param>
/// <param name="Reverses"><c>txn_…</c>: what it moves back.</param>
/// <param name="Sha256">Of its content.</param>
/// <param name="EffectiveAt">When it happened.</param>
/// <param name="RecordedAt">When it was booked; nothing for a dry run.</param>
/// <param name="Entries">Your entries of it.</param>
public sealed record LedgerTransaction(
    string Id, string Kind, JsonElement Context, string? Reverses, string? Sha256, DateTimeOffset EffectiveAt, DateTimeOffset? RecordedAt,
    IReadOnlyList<LedgerTransactionEntry> Entries);

/// <summary>One debit or credit of a transaction.</summary>
/// <param name="Account"><c>lac_…</c>.</param>
/// <param name="Code">The account's name in the chart of accounts.</param>
/// <param name="Asset">The asset.</param>
/// <param name="Side">debit or credit.</param>
/// <param name="Amount">Base units.</param>
/// <param name="Version">The account's version with it; nothing for an append-only account.</param>
/// <param name="BalanceAfter">The account's balance with it; nothing where there is no version.</param>
public sealed record LedgerTransactionEntry(
    string? Account, string Code, string Asset, string Side, BigInteger Amount, long? Version, BigInteger? BalanceAfter);

/// <summary>The answers to several transactions, in their order.</summary>
public sealed record BulkAnswer(IReadOnlyList<BulkItem> Data);

/// <summary>What became of one of them.</summary>
/// <param name="Code">posted, or why not.</param>
/// <param name="Detail">A sentence about it.</param>
/// <param name="Culprit">For a member of a refused group: the place of the one that was refused.</param>
/// <param name="Replayed">Whether it got this answer before.</param>
/// <param name="Transaction">The transaction, when it was posted.</param>
public sealed record BulkItem(string Code, string? Detail, int? Culprit, bool Replayed, LedgerTransaction? Transaction);

/// <summary>Money to be reserved.</summary>
/// <param name="Account"><c>lac_…</c> or the account's code.</param>
/// <param name="Amount">Base units, above zero.</param>
public sealed record PlaceHold(string Account, BigInteger Amount)
{
    /// <summary>How long: up to a year. Nothing when it is bound.</summary>
    public int? LastsSeconds { get; init; }

    /// <summary>The work whose end resolves it.</summary>
    public string? BoundTo { get; init; }

    /// <summary>Where a posting of it goes unless it says otherwise.</summary>
    public string? ToAccount { get; init; }
}

/// <summary>A hold.</summary>
/// <param name="Id"><c>hold_…</c>.</param>
/// <param name="AccountCode">Whose money.</param>
/// <param name="Asset">Of what.</param>
/// <param name="Amount">How much.</param>
/// <param name="Posted">What was spent of it.</param>
/// <param name="Remaining">What it reserves still.</param>
/// <param name="State">held, partial, posted, released or expired.</param>
/// <param name="ExpiresAt">When a timed one ends.</param>
public sealed record LedgerHold(
    string Id, string AccountCode, string Asset, BigInteger Amount, BigInteger Posted, BigInteger Remaining, string State,
    DateTimeOffset? ExpiresAt);

/// <summary>What an account did between two moments. Opening and entries make closing.</summary>
/// <param name="Code">The account.</param>
/// <param name="Asset">What it counts.</param>
/// <param name="Opening">The balance before.</param>
/// <param name="Closing">The balance after.</param>
/// <param name="EntryCount">Entries of the whole period.</param>
/// <param name="Data">Those of this page, the oldest first.</param>
/// <param name="NextCursor">The cursor of the next page.</param>
public sealed record LedgerStatement(
    string Code, string Asset, BigInteger Opening, BigInteger Closing, long EntryCount, IReadOnlyList<LedgerEntry> Data,
    string? NextCursor);
