using ChainExec.Ethereum;

namespace ChainExec.Custody;

/// <summary>The signer's own word about itself.</summary>
/// <param name="Status"><c>ok</c>, or <c>journal_failed</c> when it stopped signing because a journal write failed.</param>
/// <param name="Accounts">The accounts it holds keys for.</param>
/// <param name="JournalId">Identity of its journal; when it changes, the journal was lost or replaced.</param>
/// <param name="JournalEntries">Records in its journal.</param>
internal sealed record SignerHealth(string Status, IReadOnlyList<Address> Accounts, string JournalId, long JournalEntries);
