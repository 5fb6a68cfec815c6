namespace ChainExec.Ledger;

/// <summary>What an account is for; decides which side increases it.</summary>
internal enum AccountKind
{
    /// <summary>What we have. Debits increase it.</summary>
    Asset,

    /// <summary>What we owe. Credits increase it.</summary>
    Liability,

    /// <summary>What is our own. Credits increase it.</summary>
    Equity,

    /// <summary>What we earned. Credits increase it.</summary>
    Income,

    /// <summary>What we spent. Debits increase it.</summary>
    Expense,

    /// <summary>What came and is not explained yet: owed to somebody until we know whom. Credits increase it.</summary>
    Suspense,
}

/// <summary>How an account takes its entries; decided when it is opened.</summary>
internal enum AccountPolicy
{
    /// <summary>Locked by each posting: limits, holds, and a version and running balance on each entry at once.</summary>
    Strict,

    /// <summary>
    /// Never locked by a posting, so that what every flow touches is no queue. No limits and no holds; a roll-up gives version and running
    /// balance a moment later.
    /// </summary>
    AppendOnly,
}

/// <summary>
/// An account as a posting names it. Posting opens it on the way; an account that is open with another kind, asset or owner is refused.
/// Made by <see cref="Book"/> or of an account that is open, so that two writers never spell one account in two ways. The code is unique
/// for ever, the asset is the one that the account counts, the owner is nobody for the house's own accounts. The policy counts only when
/// the posting opens the account.
/// </summary>
internal sealed record AccountSpec(
    string Code, AccountKind Kind, string Asset, Guid? Owner, AccountPolicy Policy = AccountPolicy.Strict);
