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

/// <summary>
/// An account as a posting names it. Posting opens it on the way; an account that is open with another kind, asset or owner is refused.
/// Made by <see cref="Book"/> only, so that two writers never spell one account in two ways. The code is unique for ever, the asset is the
/// one that the account counts, the owner is nobody for the house's own accounts.
/// </summary>
internal sealed record AccountSpec(string Code, AccountKind Kind, string Asset, Guid? Owner);
