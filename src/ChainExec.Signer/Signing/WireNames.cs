namespace ChainExec.Signer.Signing;

/// <summary>The names of enum values in the journal and on the wire, both directions in one place so that they cannot disagree.</summary>
internal static class WireNames
{
    private static readonly (SlotOutcome Outcome, string Name)[] s_outcomes =
    [
        (SlotOutcome.Succeeded, "succeeded"),
        (SlotOutcome.Adopted, "adopted"),
        (SlotOutcome.Reverted, "reverted"),
        (SlotOutcome.Filled, "filled"),
        (SlotOutcome.Consumed, "consumed"),
    ];

    private static readonly (SignPurpose Purpose, string Name)[] s_purposes = [(SignPurpose.Intent, "intent"), (SignPurpose.Fill, "fill")];

    /// <summary>The name of an outcome.</summary>
    internal static string Of(SlotOutcome outcome) => s_outcomes.Single(row => row.Outcome == outcome).Name;

    /// <summary>The name of a purpose.</summary>
    internal static string Of(SignPurpose purpose) => s_purposes.Single(row => row.Purpose == purpose).Name;

    /// <summary>The outcome of a name, or null.</summary>
    internal static SlotOutcome? Outcome(string name) =>
        s_outcomes.Where(row => row.Name == name).Select(row => (SlotOutcome?)row.Outcome).SingleOrDefault();

    /// <summary>The purpose of a name, or null.</summary>
    internal static SignPurpose? Purpose(string name) =>
        s_purposes.Where(row => row.Name == name).Select(row => (SignPurpose?)row.Purpose).SingleOrDefault();
}
