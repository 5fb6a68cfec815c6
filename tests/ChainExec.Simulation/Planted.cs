using System.Text.RegularExpressions;

namespace ChainExec.Simulation;

/// <summary>A defect that was planted into a run, and into what.</summary>
/// <param name="Step">When, in steps of the run.</param>
/// <param name="Payment">The payment's number; nothing when it is a refill.</param>
/// <param name="Root">Its family.</param>
/// <param name="Slot">The slot whose bytes are out, an id of the database.</param>
/// <param name="Nonce">Its nonce.</param>
public sealed record Planted(PlantedBug Bug, int Step, int? Payment, Guid Root, Guid Slot, long Nonce)
{
    /// <summary>
    /// Whether a broken promise tells this very bug: what it does, of the slot that it was planted into; or what comes of it, which is an
    /// effect too many, or one of a payment that is said to have none.
    /// </summary>
    public bool IsTold(string violation)
    {
        ArgumentNullException.ThrowIfNull(violation);
        bool isTheBug = violation.Contains($"slot {Slot},", StringComparison.Ordinal)
            && violation.Contains(SentenceOf(Bug), StringComparison.Ordinal);
        return isTheBug || (Payment is { } number
            && Regex.IsMatch(
                violation, $@"^(The chain shows payment {number} \d+ times|Payment {number} is \w+.*, and the chain shows it)"));
    }

    private static string SentenceOf(PlantedBug bug) => bug switch
    {
        PlantedBug.ReleasedSignedSlot => Checks.SignedAndReleased,
        PlantedBug.ChildOnNewNonce => Checks.ChildElsewhere,
        PlantedBug.NullReceiptDecides => Checks.Elsewhere,
        _ => throw new ArgumentOutOfRangeException(nameof(bug), bug, "Nothing was planted."),
    };
}
