using System.Text.Json;

namespace ChainExec.Facts.Contracts;

/// <summary>What a flow asked of a provider has an answer for good.</summary>
/// <param name="Context">The flow context.</param>
/// <param name="Effect">The effect; its node in the flow's tree has the same id.</param>
/// <param name="Outcome">confirmed or rejected.</param>
/// <param name="Result">The provider's words: of the operation's result type, or a rejection.</param>
internal sealed record FlowEffectEnded(Guid Context, Guid Effect, string Outcome, JsonElement Result) : IFactPayload
{
    public const string Confirmed = "confirmed";
    public const string Rejected = "rejected";

    public static string Type => "flows.effect_ended";
}
