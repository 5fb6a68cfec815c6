using System.Numerics;
using System.Text.Json;

namespace ChainExec.Client;

/// <summary>Debits, credits and balance of accounts.</summary>
/// <param name="Scope"><c>own</c> or <c>all</c>.</param>
/// <param name="Data">One line for each account.</param>
/// <param name="Totals">Sums by asset. Over the whole book debits equal credits.</param>
public sealed record TrialBalance(string Scope, IReadOnlyList<TrialBalanceLine> Data, IReadOnlyList<TrialBalanceTotal> Totals);

/// <summary>One account's line.</summary>
/// <param name="Id"><c>lac_…</c>.</param>
/// <param name="Code">Its name in the chart of accounts.</param>
/// <param name="Kind">asset, liability, equity, income, expense or suspense.</param>
/// <param name="Asset">What it counts.</param>
/// <param name="Owner"><c>own_…</c>; nothing for the house's own.</param>
/// <param name="Debits">Base units.</param>
/// <param name="Credits">Base units.</param>
/// <param name="Balance">Base units, on the account's normal side.</param>
public sealed record TrialBalanceLine(
    string Id, string Code, string Kind, string Asset, string? Owner, BigInteger Debits, BigInteger Credits, BigInteger Balance);

/// <summary>The sums of one asset.</summary>
/// <param name="Asset">The asset.</param>
/// <param name="Debits">Base units.</param>
/// <param name="Credits">Base units.</param>
/// <param name="Balanced">Whether they are equal.</param>
public sealed record TrialBalanceTotal(string Asset, BigInteger Debits, BigInteger Credits, bool Balanced);

/// <summary>An account of the books.</summary>
/// <param name="Id"><c>lac_…</c>.</param>
/// <param name="Code">Its name in the chart of accounts.</param>
/// <param name="Kind">asset, liability, equity, income, expense or suspense.</param>
/// <param name="Asset">What it counts.</param>
/// <param name="Owner"><c>own_…</c>; nothing for the house's own.</param>
/// <param name="Debits">Base units.</param>
/// <param name="Credits">Base units.</param>
/// <param name="Balance">Base units, on the account's normal side.</param>
/// <param name="Held">Base units that holds reserve.</param>
/// <param name="Available">Balance less held.</param>
/// <param name="Version">How many entries that includes.</param>
/// <param name="OpenedAt">When it was opened.</param>
/// <param name="Policy">strict or append_only.</param>
/// <param name="Overdraft">By how much its limit may be passed.</param>
/// <param name="Closed">Whether it takes nothing any more.</param>
public sealed record LedgerAccount(
    string Id, string Code, string Kind, string Asset, string? Owner, BigInteger Debits, BigInteger Credits, BigInteger Balance,
    BigInteger Held, BigInteger Available, long Version, DateTimeOffset OpenedAt, string Policy = "strict", BigInteger Overdraft = default,
    bool Closed = false);

/// <summary>One debit or credit.</summary>
/// <param name="Version">Counts the account's entries from 1 without a gap.</param>
/// <param name="Transaction"><c>txn_…</c>.</param>
/// <param name="Side">debit or credit.</param>
/// <param name="Amount">Base units.</param>
/// <param name="Asset">The asset.</param>
/// <param name="BalanceAfter">Base units.</param>
/// <param name="Kind">Why money moved.</param>
/// <param name="Context">What caused it.</param>
/// <param name="Event"><c>evt_…</c>: the fact that caused it.</param>
/// <param name="EffectiveAt">When it happened.</param>
/// <param name="RecordedAt">When it was booked.</param>
public sealed record LedgerEntry(
    long Version, string Transaction, string Side, BigInteger Amount, string Asset, BigInteger BalanceAfter, string Kind,
    JsonElement Context, string? Event, DateTimeOffset EffectiveAt, DateTimeOffset RecordedAt);
