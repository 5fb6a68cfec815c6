using ChainExec.Ledger;

namespace ChainExec.Server.Api.Ledger;

/// <summary>One account's line of a trial balance.</summary>
internal sealed record TrialBalanceRowBody(
    string Id, string Code, AccountKind Kind, string Asset, string? Owner, SignedAmount Debits, SignedAmount Credits, SignedAmount Balance);

/// <summary>Sums of one asset. Over the whole book debits equal credits; over one owner's accounts they need not.</summary>
internal sealed record TrialBalanceTotalBody(string Asset, SignedAmount Debits, SignedAmount Credits, bool Balanced);

/// <summary>A trial balance.</summary>
/// <param name="Scope"><c>own</c> or <c>all</c>.</param>
internal sealed record TrialBalanceBody(
    string Scope, IReadOnlyList<TrialBalanceRowBody> Data, IReadOnlyList<TrialBalanceTotalBody> Totals)
{
    /// <summary>Shows a trial balance.</summary>
    public static TrialBalanceBody Of(string scope, IReadOnlyList<TrialBalanceRow> rows) => new(
        scope,
        [.. rows.Select(row => new TrialBalanceRowBody(
            row.Account.ToString(), row.Code, row.Kind, row.Asset, AccountBody.OwnerOf(row.Owner), row.Debits, row.Credits, row.Balance))],
        [.. rows.GroupBy(row => row.Asset, StringComparer.Ordinal).Select(Total)]);

    private static TrialBalanceTotalBody Total(IGrouping<string, TrialBalanceRow> rows)
    {
        SignedAmount debits = rows.Aggregate(SignedAmount.Zero, (sum, row) => sum + row.Debits);
        SignedAmount credits = rows.Aggregate(SignedAmount.Zero, (sum, row) => sum + row.Credits);
        return new TrialBalanceTotalBody(rows.Key, debits, credits, debits == credits);
    }
}
