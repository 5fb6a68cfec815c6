using System.Text.Json.Serialization;

namespace ChainExec.Server.Api.Intents;

/// <summary>An intent with its timeline and, when asked for, its executions.</summary>
internal sealed record IntentDetailBody : IntentBody
{
    public IntentDetailBody(IntentBody intent, IReadOnlyList<StepBody> timeline, IReadOnlyList<ExecutionBody>? executions)
        : base(intent) => (Timeline, Executions) = (timeline, executions);

    /// <summary>Its steps, in order.</summary>
    public IReadOnlyList<StepBody> Timeline { get; }

    /// <summary>Every attempt; only under <c>?expand=executions</c>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<ExecutionBody>? Executions { get; }
}
