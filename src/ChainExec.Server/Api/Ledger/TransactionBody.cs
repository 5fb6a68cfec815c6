using System.Text.Json;
using ChainExec.Ledger;
using ChainExec.Storage;

namespace ChainExec.Server.Api.Ledger;

/// <summary>A balanced transaction of the books. It never changes; what it moved is moved back by another one.</summary>
/// <param name="Id"><c>txn_…</c>.</param>
/// <param name="Kind">Why money moved.</param>
/// <param name="Context">Its description.</param>
/// <param name="Event">The fact that caused it, as <c>evt_…</c>.</param>
/// <param name="Intent"><c>int_…</c>: the intent that it belongs to.</param>
/// <param name="Call"><c>call_…</c>.</param>
/// <param name="FlowNode">The node of the flow that posted it.</param>
/// <param name="ExternalEvent">The evidence from outside.</param>
/// <param name="Actor">Who posted it by hand.</param>
/// <param name="Reverses"><c>txn_…</c>: what it moves back.</param>
/// <param name="Group"><c>grp_…</c>: what it was posted together with.</param>
/// <param name="Sha256">Of its content; the seal chains these.</param>
/// <param name="RecordedAt">When it was booked; nothing for a dry run.</param>
/// <param name="Entries">Your entries of it; all for keys of the house.</param>
internal sealed record TransactionBody(
    string Id, string Kind, JsonElement Context, string? Event, string? Intent, string? Call, string? FlowNode, string? ExternalEvent,
    string? Actor, string? Reverses, string? Group, string? Sha256, DateTimeOffset EffectiveAt, DateTimeOffset? RecordedAt,
    IReadOnlyList<TransactionEntryBody> Entries)
{
    /// <summary>The prefix of a group's public id.</summary>
    public const string GroupPrefix = "grp";

    /// <summary>Shows a transaction, with the entries of one owner or all.</summary>
    public static TransactionBody Of(LedgerTransaction transaction, Func<TransactionEntry, bool> mayBeSeen) => new(
        transaction.Id.ToString(), transaction.Kind, JsonSerializer.Deserialize<JsonElement>(transaction.Context),
        transaction.SourcePosition is { } position ? Events.EventId.Format(position) : null, IdOf("int", transaction.Lineage.Intent),
        IdOf("call", transaction.Lineage.Call), transaction.Lineage.FlowNode, transaction.Lineage.ExternalEvent, transaction.Lineage.Actor,
        transaction.Reverses?.ToString(), IdOf(GroupPrefix, transaction.Group), transaction.Sha256, transaction.EffectiveAt,
        transaction.RecordedAt,
        [
            .. transaction.Entries.Where(mayBeSeen).Select(entry => new TransactionEntryBody(
                entry.AccountId.ToString(), entry.Account.Code, entry.Account.Asset, entry.Side, entry.Amount, entry.Version,
                entry.BalanceAfter)),
        ]);

    /// <summary>Shows what a posting would become.</summary>
    public static TransactionBody OfDryRun(Posting posting, PostingOutcome outcome) => new(
        posting.Id.ToString(), posting.Kind, JsonSerializer.Deserialize<JsonElement>(posting.Context), null, null, null,
        posting.Lineage.FlowNode, posting.Lineage.ExternalEvent, posting.Lineage.Actor, posting.Reverses?.ToString(),
        IdOf(GroupPrefix, posting.Group), null, posting.EffectiveAt, null,
        [
            .. posting.Lines.Zip(outcome.Lines, (line, done) => new TransactionEntryBody(
                null, line.Account.Code, line.Account.Asset, line.Side, new TokenAmount(done.Amount!.Value.BaseUnits),
                line.Account.Policy == AccountPolicy.Strict ? done.Version : null, done.Balance)),
        ]);

    private static string? IdOf(string prefix, Guid? id) => id is { } value ? PublicId.Format(prefix, value) : null;
}

/// <summary>One debit or credit of a transaction.</summary>
/// <param name="Account"><c>lac_…</c>; nothing for a dry run.</param>
/// <param name="Version">
/// The account's version with it. Nothing for an append-only account, whose roll-up gives it a moment later: read the account's entries.
/// </param>
/// <param name="BalanceAfter">The account's balance with it, on its normal side; nothing where there is no version.</param>
internal sealed record TransactionEntryBody(
    string? Account, string Code, string Asset, EntrySide Side, TokenAmount Amount, long? Version, SignedAmount? BalanceAfter);

/// <summary>What became of one transaction of a bulk request.</summary>
/// <param name="Code">posted, or why not.</param>
/// <param name="Detail">A sentence about it.</param>
/// <param name="Culprit">For a member of a refused group: the place, from 0, of the one that was refused.</param>
/// <param name="Replayed">Whether this is the answer that it got before.</param>
/// <param name="Transaction">The transaction, when it was posted.</param>
internal sealed record BulkItemBody(LedgerCode Code, string? Detail, int? Culprit, bool Replayed, TransactionBody? Transaction);

/// <summary>The answers to a bulk request, in its order.</summary>
internal sealed record BulkBody(IReadOnlyList<BulkItemBody> Data);
