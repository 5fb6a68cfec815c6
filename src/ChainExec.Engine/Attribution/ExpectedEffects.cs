using ChainExec.Calls;

namespace ChainExec.Attribution;

/// <summary>Compares what a call was expected to move with what its own logs and value moved. Pure; a difference is a finding.</summary>
internal static class ExpectedEffects
{
    public static IEnumerable<CallFinding> Compare(CallResult result, IReadOnlyList<ObservedLog> logs, AssetSnapshot assets)
    {
        if (result.Own is not { } own)
            return [];
        if (result.Operation is null)
            return [new CallFinding(result.Ordinal, FindingKind.NotExecuted, null, null)];
        return result.Succeeded
            ? Differences(result.Ordinal, own, Moved(own, result, logs), assets)
            : [new CallFinding(result.Ordinal, FindingKind.Failed, null, null)];
    }

    private static List<CallFinding> Differences(int ordinal, OwnCall own, List<ExpectedMovement> moved, AssetSnapshot assets)
    {
        var findings = new List<CallFinding>();
        List<ExpectedMovement> open = [.. own.Expected.Where(expected => !moved.Remove(expected))];
        foreach (ExpectedMovement expected in open)
        {
            ExpectedMovement? other = moved.Find(movement =>
                movement.Contract == expected.Contract && movement.From == expected.From && movement.To == expected.To);
            if (other is not null)
                moved.Remove(other);
            findings.Add(new CallFinding(
                ordinal, other is null ? FindingKind.MissingMovement : FindingKind.DifferentAmount, expected, other));
        }

        // What others move in the same call is their business; what leaves the account beyond what was meant is ours.
        findings.AddRange(moved
            .Where(movement => movement.From == own.Account && (movement.Contract is not { } token || assets.Token(token) is not null))
            .Select(movement => new CallFinding(ordinal, FindingKind.UnexpectedMovement, null, movement)));
        return findings;
    }

    private static List<ExpectedMovement> Moved(OwnCall own, CallResult result, IReadOnlyList<ObservedLog> logs)
    {
        HashSet<int> its = [.. result.Logs];
        List<ExpectedMovement> moved =
        [
            .. from log in logs
               where its.Contains(log.LogIndex) && log.Topics is [var topic, ..] && topic == ObservedMovements.TransferTopic
               let transfer = ObservedMovements.TransferOf(log)
               where transfer is { Amount.IsZero: false }
               select new ExpectedMovement(log.Emitter, transfer.Value.From, transfer.Value.To, transfer.Value.Amount),
        ];
        if (!result.Value.IsZero && result.To is { } to)
            moved.Add(new ExpectedMovement(null, own.Account, to, result.Value));
        return moved;
    }
}
