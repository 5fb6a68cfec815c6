namespace ChainExec.Facts.Contracts;

/// <summary>A provider signed what could not be read, or is of no kind that is known: nothing follows from it.</summary>
/// <param name="Evidence">The message as it is kept.</param>
/// <param name="Provider">Who told it.</param>
/// <param name="Event">The provider's id of the message.</param>
/// <param name="Reason">A stable word.</param>
internal sealed record FlowEvidenceUnusable(Guid Evidence, string Provider, string Event, string Reason) : IFactPayload
{
    public static string Type => "flows.evidence_unusable";
}
