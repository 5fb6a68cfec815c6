namespace ChainExec.Ledger;

/// <summary>
/// What an account did between two moments, in the order in which it was recorded: opening and entries make closing. The past is exact and
/// never changes: an entry that is recorded later has a later time.
/// </summary>
/// <param name="Account">The account as it stands now.</param>
/// <param name="From">The first moment of it.</param>
/// <param name="To">The first moment after it.</param>
/// <param name="Opening">The balance before.</param>
/// <param name="Closing">The balance after all entries of the period.</param>
/// <param name="FirstVersion">The version of the period's first entry, if it has one.</param>
/// <param name="LastVersion">The version of its last; one less than the first when there is none.</param>
/// <param name="Entries">The period's entries on this page, the oldest first.</param>
/// <param name="Next">The version at which the next page begins.</param>
internal sealed record AccountStatement(
    LedgerAccount Account, DateTimeOffset From, DateTimeOffset To, SignedAmount Opening, SignedAmount Closing, long FirstVersion,
    long LastVersion, IReadOnlyList<LedgerEntry> Entries, long? Next);

/// <summary>An account's balance as it was recorded, or as it had happened, before a moment.</summary>
/// <param name="Balance">On the account's normal side.</param>
/// <param name="Version">How many entries it includes.</param>
internal sealed record BalanceAt(SignedAmount Balance, long Version);
