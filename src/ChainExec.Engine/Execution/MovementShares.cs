using ChainExec.Calls;
using ChainExec.Facts.Contracts;

namespace ChainExec.Execution;

/// <summary>What of a final transaction is one intent's.</summary>
/// <param name="Movements">What answered its expected movements, exactly or in part.</param>
internal sealed record MovementShare(Verdict Verdict, IReadOnlyList<Movement> Movements);

/// <summary>
/// Shares out what a transaction moved among the intents that it carried: a movement answers one expectation of one of them. Equal
/// expectations are answered in their order, and nothing could tell them apart. Pure.
/// </summary>
internal static class MovementShares
{
    /// <summary>One share for each of the expectations, in their order.</summary>
    /// <param name="expected">What each intent expects to move.</param>
    /// <param name="observed">What moved, without gas.</param>
    /// <param name="assets">The assets of the chain.</param>
    public static IReadOnlyList<MovementShare> Of(
        IReadOnlyList<IReadOnlyList<ExpectedMovement>> expected, IReadOnlyList<Movement> observed, AssetSnapshot assets)
    {
        List<Movement> left = [.. observed];
        (ExpectedMovement Wanted, Movement? Exact)[][] exact =
        [
            .. expected.Select(each => each.Select(wanted => (wanted, Take(left, wanted, assets, isExact: true))).ToArray()),
        ];
        return
        [
            .. exact.Select(each =>
            {
                Movement[] some = [.. each.Where(one => one.Exact is null)
                    .Select(one => Take(left, one.Wanted, assets, isExact: false)).OfType<Movement>()];
                Movement[] full = [.. each.Select(one => one.Exact).OfType<Movement>()];
                Verdict verdict = full.Length == each.Length ? Verdict.Full
                    : full.Length + some.Length > 0 ? Verdict.Partial
                    : Verdict.None;
                return new MovementShare(verdict, [.. full, .. some]);
            }),
        ];
    }

    /// <summary>
    /// The same, where everything that left us has to be somebody's: what answers no expectation (the fee that a token takes) goes with the
    /// first intent that expected the asset to leave the same account, or with the first.
    /// </summary>
    /// <param name="spent">Those of the observed that left an account of ours.</param>
    /// <param name="isWhole">Whether these intents are all that the transaction carried; else what is left may be another's.</param>
    public static IReadOnlyList<MovementShare> OfSpent(
        IReadOnlyList<IReadOnlyList<ExpectedMovement>> expected, IReadOnlyList<Movement> observed, IReadOnlyList<Movement> spent,
        AssetSnapshot assets, bool isWhole)
    {
        IReadOnlyList<MovementShare> shares = Of(expected, observed, assets);
        List<Movement>[] of = [.. shares.Select(share => share.Movements.Where(spent.Contains).ToList())];
        foreach (Movement rest in isWhole && of.Length > 0 ? spent.Except(of.SelectMany(each => each)) : [])
        {
            int owner = Math.Max(0, expected.ToList().FindIndex(each => each.Any(wanted => Leaves(rest, wanted, assets))));
            of[owner].Add(rest);
        }

        return [.. shares.Zip(of, (share, movements) => share with { Movements = [.. movements.OrderBy(one => one.LogIndex)] })];
    }

    private static Movement? Take(List<Movement> left, ExpectedMovement wanted, AssetSnapshot assets, bool isExact)
    {
        Movement? found = left.FirstOrDefault(movement =>
            Leaves(movement, wanted, assets) && movement.To == wanted.To && (!isExact || movement.Amount == wanted.Amount));
        if (found is not null)
            left.Remove(found);
        return found;
    }

    private static bool Leaves(Movement movement, ExpectedMovement wanted, AssetSnapshot assets) =>
        movement.Kind == (wanted.Contract is null ? MovementKind.Native : MovementKind.Token) && movement.From == wanted.From
        && movement.Asset == (wanted.Contract is { } contract ? assets.Token(contract)?.Id : assets.Native?.Id);
}
