using System.Text.Json;
using System.Text.Json.Nodes;
using ChainExec.Execution;

namespace ChainExec.Server.Api.Intents;

/// <summary>An intent with its timeline and, when asked for, its executions.</summary>
internal static class IntentDetail
{
    /// <summary>What lists show, and <c>timeline</c>, and <c>executions</c>.</summary>
    public static JsonObject Of(IntentBody intent, IEnumerable<TimelineStep> timeline, IEnumerable<AttemptView>? executions)
    {
        var body = (JsonObject)JsonSerializer.SerializeToNode(intent, ApiJson.Options)!;
        body["timeline"] = JsonSerializer.SerializeToNode(timeline.Select(StepBody.Of), ApiJson.Options);
        if (executions is not null)
            body["executions"] = JsonSerializer.SerializeToNode(executions.Select(ExecutionBody.Of), ApiJson.Options);
        return body;
    }
}
