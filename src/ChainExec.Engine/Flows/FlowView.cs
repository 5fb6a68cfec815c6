using System.Text.Json;

namespace ChainExec.Flows;

/// <summary>A message from outside from which nothing follows.</summary>
/// <param name="Signed">Whether the provider signed it; anybody may have sent the others.</param>
internal sealed record QuarantinedMessage(
    Guid Id, string Provider, string? Event, string Reason, bool Signed, int Bytes, DateTimeOffset ReceivedAt);

/// <summary>A flow as it stands: what it remembers, what waits, what fired, and when something happens by itself.</summary>
internal sealed record FlowView(
    FlowId Id, string Key, string Flow, int Version, string Fingerprint, string State, string? Outcome, JsonElement Context,
    DateTimeOffset StartedAt, DateTimeOffset? EndedAt, DateTimeOffset? NextTimer, IReadOnlyList<FlowRuleView> Rules,
    IReadOnlyList<FlowNodeView> Nodes);

/// <summary>A rule of a flow.</summary>
/// <param name="WaitsFor">The events that it waits for, or the provider's answer.</param>
/// <param name="SpawnedBy">The node that let it wait; nothing for the one that opened the flow.</param>
internal sealed record FlowRuleView(
    Guid Id, string Name, string State, IReadOnlyList<string> WaitsFor, Guid? SpawnedBy, DateTimeOffset? ExpiresAt, bool HasExpired);

/// <summary>A node of the tree: a firing, an expiry or an effect.</summary>
/// <param name="Position">The fact that was being handled.</param>
/// <param name="EventPosition">The event that was taken.</param>
/// <param name="Attempts">For an effect outside: every move of it.</param>
internal sealed record FlowNodeView(
    Guid Id, Guid? Parent, int Ordinal, string Kind, string Name, string State, long Position, long? EventPosition, DateTimeOffset At,
    JsonElement Detail, IReadOnlyList<FlowAttemptView> Attempts);

/// <summary>One move of an effect outside.</summary>
internal sealed record FlowAttemptView(int Number, string Event, string State, JsonElement Detail, string Actor, DateTimeOffset At);

/// <summary>Something that an operator must look at.</summary>
internal sealed record FlowDiscrepancy(string Kind, string Key, FlowId? Flow, string Detail, DateTimeOffset OpenedAt);

/// <summary>A flow in a list.</summary>
internal sealed record FlowSummary(
    FlowId Id, string Key, string Flow, int Version, string State, string? Outcome, DateTimeOffset StartedAt);
