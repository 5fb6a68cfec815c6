using System.Text.Json;
using ChainExec.Ledger;

namespace ChainExec.Server.Api.Ledger;

/// <summary>One debit or credit.</summary>
/// <param name="Version">Counts the account's entries from 1 without a gap.</param>
/// <param name="Transaction"><c>txn_…</c>: the balanced transaction it belongs to.</param>
/// <param name="Context">What caused it.</param>
/// <param name="Event">The position of the fact that caused it, as <c>evt_…</c>.</param>
internal sealed record EntryBody(
    long Version, string Transaction, EntrySide Side, TokenAmount Amount, string Asset, SignedAmount BalanceAfter, string Kind,
    JsonElement Context, string? Event, DateTimeOffset EffectiveAt, DateTimeOffset RecordedAt)
{
    /// <summary>Shows an entry.</summary>
    public static EntryBody Of(LedgerEntry entry) => new(
        entry.Version, entry.Transaction.ToString(), entry.Side, entry.Amount, entry.Asset, entry.BalanceAfter, entry.Kind,
        JsonSerializer.Deserialize<JsonElement>(entry.Context),
        entry.SourcePosition is { } position ? Events.EventId.Format(position) : null, entry.EffectiveAt, entry.RecordedAt);
}
