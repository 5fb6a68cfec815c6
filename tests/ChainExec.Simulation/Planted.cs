using System.Text.RegularExpressions;

namespace ChainExec.Simulation;

/// <summary>A defect that was planted into a run, and into what.</summary>
/// <param name="Step">When, in steps of the run.</param>
/// <param name="Payment">The payment's number; nothing when it is a refill.</param>
/// <param name="Slot">The slot whose bytes are out, an id of the database.</param>
/// <param name="Nonce">Its nonce.</param>
public sealed record Planted(PlantedBug Bug, int Step, int? Payment, Guid Root, Guid Slot, long Nonce)
{
    /// <summary>Whether a broken promise is this very bug: it says what the bug does, of what it was planted into.</summary>
    public bool IsTold(string violation)
    {
        ArgumentNullException.ThrowIfNull(violation);
        bool isOfIt = violation.Contains($"slot {Slot},", StringComparison.Ordinal)
            && Regex.IsMatch(violation, Payment is { } number ? $@"\b[Pp]ayment {number}\b" : Root.ToString());
        return isOfIt && violation.Contains(SentenceOf(Bug), StringComparison.Ordinal);
    }

    private static string SentenceOf(PlantedBug bug) => bug switch
    {
        PlantedBug.ReleasedSignedSlot => Checks.SignedAndReleased,
        PlantedBug.ChildOnNewNonce => Checks.ChildElsewhere,
        PlantedBug.NullReceiptDecides => Checks.Elsewhere,
        _ => throw new ArgumentOutOfRangeException(nameof(bug), bug, "Nothing was planted."),
    };
}
