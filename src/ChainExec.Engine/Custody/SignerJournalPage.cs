using ChainExec.Ethereum;

namespace ChainExec.Custody;

/// <summary>Which part of the signer's journal to read.</summary>
/// <param name="ChainId">EIP-155 chain id.</param>
/// <param name="Sender">The account.</param>
/// <param name="FromNonce">Lowest nonce wanted.</param>
/// <param name="Limit">Entries per page, 1 to 500; a page may be shorter because it is bounded in bytes too.</param>
/// <param name="Cursor">
/// The <see cref="SignerJournalPage.Next"/> of the page before, or null for the first; it wins over <paramref name="FromNonce"/>.
/// </param>
internal sealed record SignerJournalQuery(ulong ChainId, Address Sender, ulong FromNonce, int Limit, string? Cursor = null);

/// <summary>One page of journal entries, ordered by nonce and then by the order of writing.</summary>
/// <param name="Entries">The entries.</param>
/// <param name="Next">Cursor of the next page; null when this is the last.</param>
internal sealed record SignerJournalPage(IReadOnlyList<SignerJournalEntry> Entries, string? Next);
