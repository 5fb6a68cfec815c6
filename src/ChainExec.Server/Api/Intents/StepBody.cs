using System.Text.Json;
using ChainExec.Execution;

namespace ChainExec.Server.Api.Intents;

/// <summary>One step of an intent's life, in order.</summary>
/// <param name="Step">created, waiting, preparing, prepared, signed, submitted, included, orphaned, or the final status.</param>
/// <param name="Evidence">What the step was decided on.</param>
internal sealed record StepBody(DateTimeOffset At, string Step, string? Reason, JsonElement Evidence)
{
    /// <summary>Shows a step.</summary>
    public static StepBody Of(TimelineStep step) =>
        new(step.At, step.Step, step.Reason, JsonSerializer.Deserialize<JsonElement>(step.EvidenceJson));
}
