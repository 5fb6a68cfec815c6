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
/// Made by <see cref="Book"/> only, so that two writers never spell one account in two ways.
/// </summary>
/// <param name="Code">Unique in the books, for ever.</param>
/// <param name="Asset">The one asset that the account counts: an opaque id.</param>
/// <param name="Owner">Whose account it is; nothing for the house's own.</param>
internal sealed record AccountSpec(string Code, AccountKind Kind, string Asset, Guid? Owner);
