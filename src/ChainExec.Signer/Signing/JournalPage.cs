using ChainExec.Ethereum;

namespace ChainExec.Signer.Signing;

/// <summary>Which journal records to read.</summary>
/// <param name="ChainId">EIP-155 chain id.</param>
/// <param name="Sender">The account.</param>
/// <param name="FromNonce">Lowest nonce.</param>
/// <param name="Skip">Records of that nonce that an earlier page held.</param>
/// <param name="Limit">Records at most.</param>
internal sealed record JournalQuery(ulong ChainId, Address Sender, ulong FromNonce, int Skip, int Limit);

/// <summary>One page of records.</summary>
/// <param name="Entries">The records.</param>
/// <param name="Next">Where the next page starts: nonce, and records of it to skip; null when this is the last.</param>
internal sealed record JournalPage(IReadOnlyList<JournalEntry> Entries, (ulong Nonce, int Skip)? Next);
