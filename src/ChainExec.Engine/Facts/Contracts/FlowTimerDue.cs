namespace ChainExec.Facts.Contracts;

/// <summary>A rule of a flow has waited as long as its definition says. Whether it still waits, its reader finds out.</summary>
/// <param name="Context">The flow context.</param>
/// <param name="Rule">The waiting rule.</param>
/// <param name="DueAt">When it was due; the fact is later by as much as the timers were late.</param>
internal sealed record FlowTimerDue(Guid Context, Guid Rule, DateTimeOffset DueAt) : IFactPayload
{
    public static string Type => "flows.timer_due";
}
