using ChainExec.Calls;
using ChainExec.Facts.Contracts;

namespace ChainExec.Execution;

/// <summary>How a final transaction answered what its intent expected.</summary>
internal enum Verdict
{
    Full,
    Partial,
    None,
}

/// <summary>
/// Compares expected with observed movements. Pure. A transaction's status alone proves nothing: tokens may return false or take a fee.
/// </summary>
internal static class IntentJudge
{
    /// <summary>What a final transaction that succeeded is to its intent, why, and the same as a sentence.</summary>
    public static (IntentEvent Happened, string? Reason, string? Detail) OfSuccess(
        IReadOnlyList<ExpectedMovement> expected, IReadOnlyList<Movement> observed, AssetSnapshot assets) =>
        OfSuccess(Judge(expected, observed, assets));

    /// <summary>The same, where it is known how it answered.</summary>
    public static (IntentEvent Happened, string? Reason, string? Detail) OfSuccess(Verdict verdict) => verdict switch
    {
        Verdict.Full => (IntentEvent.FinalWithEffect, null, null),
        Verdict.Partial => (IntentEvent.FinalWithPartialEffect, "partial", "Less moved than was asked; the rest stays held."),
        Verdict.None => (IntentEvent.FinalWithoutEffect, "no_effect", "The transaction succeeded and moved nothing that was asked."),
        _ => throw new InvalidOperationException($"Unhandled verdict {verdict}."),
    };

    public static Verdict Judge(IReadOnlyList<ExpectedMovement> expected, IReadOnlyList<Movement> observed, AssetSnapshot assets) =>
        MovementShares.Of([expected], observed, assets)[0].Verdict;
}
