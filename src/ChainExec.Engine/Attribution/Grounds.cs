namespace ChainExec.Attribution;

/// <summary>What a decision stands on.</summary>
/// <param name="Witnesses">The providers whose traces were the same; none for a receipt, which the index has from its quorum.</param>
/// <param name="Proven">Whether what only the trace shows may move money.</param>
/// <param name="ListedBy">Assets as they were listed by then.</param>
internal sealed record Grounds(IReadOnlyList<string> Witnesses, bool Proven, DateTimeOffset ListedBy)
{
    public static Grounds OfReceipt(DateTimeOffset listedBy) => new([], Proven: true, listedBy);
}
