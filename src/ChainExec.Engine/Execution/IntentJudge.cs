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
        Judge(expected, observed, assets) switch
        {
            Verdict.Full => (IntentEvent.FinalWithEffect, null, null),
            Verdict.Partial => (IntentEvent.FinalWithPartialEffect, "partial", "Less moved than was asked; the rest stays held."),
            Verdict.None => (IntentEvent.FinalWithoutEffect, "no_effect", "The transaction succeeded and moved nothing that was asked."),
            Verdict other => throw new InvalidOperationException($"Unhandled verdict {other}."),
        };

    public static Verdict Judge(IReadOnlyList<ExpectedMovement> expected, IReadOnlyList<Movement> observed, AssetSnapshot assets)
    {
        if (expected.Count == 0)
            return Verdict.Full;

        List<Movement> left = [.. observed];
        int full = 0;
        int some = 0;
        foreach (ExpectedMovement wanted in expected)
        {
            string? asset = wanted.Contract is { } contract ? assets.Token(contract)?.Id : assets.Native?.Id;
            MovementKind kind = wanted.Contract is null ? MovementKind.Native : MovementKind.Token;
            List<Movement> same = [.. left.Where(movement =>
                movement.Kind == kind && movement.Asset == asset && movement.From == wanted.From && movement.To == wanted.To)];
            if (same.FirstOrDefault(movement => movement.Amount == wanted.Amount) is { } exact)
            {
                left.Remove(exact);
                full++;
            }
            else if (same.Count > 0)
            {
                left.Remove(same[0]);
                some++;
            }
        }

        return full == expected.Count ? Verdict.Full : full + some > 0 ? Verdict.Partial : Verdict.None;
    }
}
