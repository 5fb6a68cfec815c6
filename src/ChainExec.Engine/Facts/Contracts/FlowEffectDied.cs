namespace ChainExec.Facts.Contracts;

/// <summary>What a flow asked of a provider cannot be carried on without an operator.</summary>
internal sealed record FlowEffectDied(Guid Context, Guid Effect, string Provider, string Operation, string Detail) : IFactPayload
{
    public static string Type => "flows.effect_died";
}
