namespace ChainExec.Facts.Contracts;

/// <summary>A provider answered for good when somebody else had taken the effect: what it said changes nothing and is told.</summary>
/// <param name="Context">The flow context.</param>
/// <param name="Effect">The effect; its node in the flow's tree has the same id.</param>
/// <param name="Outcome">confirmed or rejected.</param>
/// <param name="Answer">The provider's words, cut.</param>
internal sealed record FlowEffectAnsweredLate(Guid Context, Guid Effect, string Outcome, string Answer) : IFactPayload
{
    public static string Type => "flows.effect_answered_late";
}
