namespace ChainExec.Facts.Contracts;

/// <summary>A chain's tip has not moved for long although its providers have more, or cannot be asked.</summary>
/// <param name="Head">The head that enough of them name; nothing when too few answer.</param>
/// <param name="Reason">What the last turn said.</param>
internal sealed record ChainStalled(long Chain, long? Tip, long? Head, string Reason) : IFactPayload
{
    public static string Type => "indexing.chain_stalled";
}

/// <summary>A chain that had stalled moves again.</summary>
internal sealed record ChainMoves(long Chain) : IFactPayload
{
    public static string Type => "indexing.chain_moves";
}
