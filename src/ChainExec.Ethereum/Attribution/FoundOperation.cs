namespace ChainExec.Ethereum.Attribution;

/// <summary>An operation among the frames, before logs are looked at.</summary>
/// <param name="Kind">Through what it was executed.</param>
/// <param name="Account">Whose it is.</param>
/// <param name="Contract">The contract that reports it.</param>
/// <param name="UserOpHash">The hash of a user operation.</param>
/// <param name="Success">How it ended.</param>
/// <param name="Carrier">The frame that is its machinery with all below it: a bundle's, which its operations share; else its own.</param>
/// <param name="Frame">Its own frame.</param>
/// <param name="Calls">Its calls.</param>
internal sealed record FoundOperation(
    OperationKind Kind,
    Address Account,
    Address Contract,
    Hash32? UserOpHash,
    bool Success,
    int Carrier,
    int Frame,
    IReadOnlyList<MatchedCall> Calls);
