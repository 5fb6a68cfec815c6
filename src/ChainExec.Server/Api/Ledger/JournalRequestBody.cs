using System.Text.Json;
using ChainExec.Ledger;

namespace ChainExec.Server.Api.Ledger;

/// <summary>A transaction to be posted by hand, as the API's description shows it.</summary>
/// <param name="Reason">Why; kept with it and in the audit.</param>
/// <param name="Kind">journal unless said otherwise: lower-case letters, points and underscores.</param>
/// <param name="EffectiveAt">When it happened; now unless said otherwise.</param>
/// <param name="Entries">2 to 100, balanced in each asset. May be left out for a reversal in full.</param>
/// <param name="Reverses"><c>txn_…</c>: what it moves back.</param>
/// <param name="UpTo">One debit and one credit of at most this amount: as much as is available.</param>
/// <param name="ExternalEvent">The evidence from outside, by its name there.</param>
/// <param name="FlowNode">What posted it.</param>
/// <param name="Group"><c>grp_…</c>: a name for what belongs together.</param>
/// <param name="LinkedToNext">In a bulk request: stands or falls with the next one.</param>
/// <param name="Metadata">Your own, a JSON object of at most 8 KiB.</param>
internal sealed record JournalRequestBody(
    string Reason, string? Kind, DateTimeOffset? EffectiveAt, IReadOnlyList<JournalEntryBody>? Entries, string? Reverses, bool? UpTo,
    string? ExternalEvent, string? FlowNode, string? Group, bool? LinkedToNext, JsonElement? Metadata);

/// <summary>One debit or credit to be posted.</summary>
/// <param name="Account"><c>lac_…</c> or the code of an account that is open.</param>
internal sealed record JournalEntryBody(string Account, EntrySide Side, TokenAmount Amount);

/// <summary>Transactions to be posted one after another in one database transaction.</summary>
/// <param name="Transactions">1 to 500.</param>
internal sealed record BulkRequestBody(IReadOnlyList<JournalRequestBody> Transactions);

/// <summary>Money to be reserved.</summary>
/// <param name="Account"><c>lac_…</c> or the code of an account.</param>
/// <param name="Amount">Above zero.</param>
/// <param name="LastsSeconds">How long: 1 to 31,536,000. Nothing when it is bound.</param>
/// <param name="BoundTo">The work whose end resolves it; it has no expiry then.</param>
/// <param name="ToAccount">Where a posting of it goes unless it says otherwise.</param>
/// <param name="Group"><c>grp_…</c>: what is resolved together.</param>
internal sealed record HoldRequestBody(
    string Account, TokenAmount Amount, int? LastsSeconds, string? BoundTo, string? ToAccount, string? Group);

/// <summary>How much of a hold is posted.</summary>
/// <param name="Amount">All that is left unless said otherwise.</param>
/// <param name="ToAccount">Where to; what the hold says unless said otherwise.</param>
/// <param name="Reason">Why.</param>
internal sealed record HoldPostRequestBody(TokenAmount? Amount, string? ToAccount, string Reason);

/// <summary>Why a hold is given back.</summary>
internal sealed record HoldVoidRequestBody(string Reason);

/// <summary>An account to be opened.</summary>
/// <param name="Code">Begins with <c>house:</c>; the rest of the chart is opened by what it belongs to.</param>
/// <param name="Policy">strict unless said otherwise.</param>
internal sealed record AccountRequestBody(string Code, AccountKind Kind, string Asset, AccountPolicy? Policy);

/// <summary>What is to change of an account.</summary>
/// <param name="Reason">Why.</param>
/// <param name="DebitsMustNotExceedCredits">A limit for accounts whose credits are what they have.</param>
/// <param name="CreditsMustNotExceedDebits">A limit for accounts whose debits are what they have.</param>
/// <param name="Overdraft">By how much the limit may be passed.</param>
/// <param name="Closed">Whether it takes nothing any more.</param>
/// <param name="Tags">At most 16.</param>
internal sealed record AccountChangeBody(
    string Reason, bool? DebitsMustNotExceedCredits, bool? CreditsMustNotExceedDebits, TokenAmount? Overdraft, bool? Closed,
    IReadOnlyList<string>? Tags);

/// <summary>Up to when the books are to be closed, and why.</summary>
internal sealed record PeriodRequestBody(DateTimeOffset Until, string Reason);
