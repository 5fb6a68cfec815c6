using System.Text.Json;
using ChainExec.Flows;
using ChainExec.Storage;

namespace ChainExec.Server.Api.Flows;

/// <summary>A flow in a list.</summary>
/// <param name="Id"><c>flow_…</c>.</param>
/// <param name="Key">Its correlation key.</param>
/// <param name="State">open or ended.</param>
/// <param name="Outcome">How it ended.</param>
internal sealed record FlowBody(string Id, string Flow, int Version, string Key, string State, string? Outcome, DateTimeOffset StartedAt)
{
    /// <summary>Shows a flow.</summary>
    public static FlowBody Of(FlowSummary flow) =>
        new(flow.Id.ToString(), flow.Flow, flow.Version, flow.Key, flow.State, flow.Outcome, flow.StartedAt);
}

/// <summary>A flow as it stands.</summary>
/// <param name="Id"><c>flow_…</c>.</param>
/// <param name="Context">What it remembers.</param>
/// <param name="NextTimer">When something happens by itself.</param>
/// <param name="Rules">What waits, and what waited.</param>
/// <param name="Nodes">What was done: each below the node that caused it.</param>
internal sealed record FlowDetailBody(
    string Id, string Flow, int Version, string Fingerprint, string Key, string State, string? Outcome, JsonElement Context,
    DateTimeOffset StartedAt, DateTimeOffset? EndedAt, DateTimeOffset? NextTimer, IReadOnlyList<FlowRuleBody> Rules,
    IReadOnlyList<FlowNodeBody> Nodes)
{
    /// <summary>Shows a flow.</summary>
    public static FlowDetailBody Of(FlowView view)
    {
        ILookup<Guid?, FlowNodeView> children = view.Nodes.ToLookup(node => node.Parent);
        return new FlowDetailBody(
            view.Id.ToString(), view.Flow, view.Version, view.Fingerprint, view.Key, view.State, view.Outcome, view.Context,
            view.StartedAt, view.EndedAt, view.NextTimer, [.. view.Rules.Select(FlowRuleBody.Of)],
            [.. children[null].Select(node => FlowNodeBody.Of(node, children))]);
    }
}

/// <summary>A rule of a flow.</summary>
/// <param name="State">waiting, consumed or retracted.</param>
/// <param name="WaitsFor">The events that it waits for.</param>
/// <param name="ExpiresAt">When it has waited long enough.</param>
/// <param name="Expired">Whether it has.</param>
internal sealed record FlowRuleBody(string Name, string State, IReadOnlyList<string> WaitsFor, DateTimeOffset? ExpiresAt, bool Expired)
{
    /// <summary>Shows a rule.</summary>
    public static FlowRuleBody Of(FlowRuleView rule) => new(rule.Name, rule.State, rule.WaitsFor, rule.ExpiresAt, rule.HasExpired);
}

/// <summary>A node of the tree.</summary>
/// <param name="Id"><c>node_…</c>.</param>
/// <param name="Kind">firing, expiry or effect.</param>
/// <param name="Name">The rule, or what kind of effect.</param>
/// <param name="State">done, left_out, refused, pending, confirmed or rejected.</param>
/// <param name="Fact">The fact that was being handled.</param>
/// <param name="Event">The event that was taken.</param>
/// <param name="Attempts">For an effect outside: every move of it.</param>
internal sealed record FlowNodeBody(
    string Id, string Kind, string Name, string State, string Fact, string? Event, DateTimeOffset At, JsonElement Detail,
    IReadOnlyList<FlowAttemptBody> Attempts, IReadOnlyList<FlowNodeBody> Nodes)
{
    /// <summary>Shows a node with everything below it.</summary>
    public static FlowNodeBody Of(FlowNodeView node, ILookup<Guid?, FlowNodeView> children) => new(
        PublicId.Format("node", node.Id), node.Kind, node.Name, node.State, Events.EventId.Format(node.Position),
        node.EventPosition is { } position ? Events.EventId.Format(position) : null, node.At, node.Detail,
        [.. node.Attempts.Select(FlowAttemptBody.Of)], [.. children[node.Id].Select(child => Of(child, children))]);
}

/// <summary>One move of an effect outside.</summary>
internal sealed record FlowAttemptBody(int Number, string Event, string State, JsonElement Detail, DateTimeOffset At)
{
    /// <summary>Shows a move. Who made it is for operators.</summary>
    public static FlowAttemptBody Of(FlowAttemptView attempt) =>
        new(attempt.Number, attempt.Event, attempt.State, attempt.Detail, attempt.At);
}
