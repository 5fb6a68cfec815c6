using ChainExec.Governance;
using ChainExec.Ledger;

namespace ChainExec.Server.Api.Ledger;

/// <summary>An account of the books. The balance is on its normal side; available is balance less held.</summary>
/// <param name="Id"><c>lac_…</c>.</param>
/// <param name="Code">The account's name in the chart of accounts.</param>
/// <param name="Owner"><c>own_…</c>; nothing for the house's own accounts.</param>
/// <param name="Version">How many entries these balances include.</param>
/// <param name="Policy">strict: locked by each posting, with limits and holds; append_only: neither.</param>
/// <param name="Overdraft">By how much the limit may be passed.</param>
/// <param name="Closed">Whether it takes nothing any more.</param>
internal sealed record AccountBody(
    string Id, string Code, AccountKind Kind, string Asset, string? Owner, SignedAmount Debits, SignedAmount Credits, SignedAmount Balance,
    SignedAmount Held, SignedAmount Available, long Version, DateTimeOffset OpenedAt, AccountPolicy Policy,
    bool DebitsMustNotExceedCredits, bool CreditsMustNotExceedDebits, SignedAmount Overdraft, bool Closed, IReadOnlyList<string> Tags)
{
    /// <summary>Shows an account.</summary>
    public static AccountBody Of(LedgerAccount account) => new(
        account.Id.ToString(), account.Code, account.Kind, account.Asset, OwnerOf(account.Owner), account.Debits, account.Credits,
        account.Balance, account.Held, account.Available, account.Version, account.OpenedAt, account.Policy,
        account.DebitsMustNotExceedCredits, account.CreditsMustNotExceedDebits, account.Overdraft, account.Closed, account.Tags);

    /// <summary>An owner's id in its public form.</summary>
    public static string? OwnerOf(Guid? owner) => owner is { } id ? new OwnerId(id).ToString() : null;
}
