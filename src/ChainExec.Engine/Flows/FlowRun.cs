using System.Text.Json;
using ChainExec.Facts;
using ChainExec.Flows.Definitions;

namespace ChainExec.Flows;

/// <summary>The fact that is being handled: everything that follows from it has its position and its time.</summary>
internal readonly record struct Moment(long Position, DateTimeOffset At)
{
    public static Moment Of(Fact fact) => new(fact.Position, fact.OccurredAt);
}

/// <summary>A rule of a context as it waits.</summary>
internal sealed record WaitingRule(
    Guid Id, string Name, Guid? SpawnedBy, Guid? BoundEffect, string? BoundOutcome, IReadOnlyList<int> Heard, bool HasExpired,
    bool IsFirstOnly)
{
    public bool Hears(int trigger) => Heard.Contains(trigger);
}

/// <summary>An event that no rule has taken.</summary>
internal sealed record WaitingEvent(long Position, string EventId, string Type, JsonElement Payload, DateTimeOffset At, bool Suspended)
{
    public object Read(Type type) => Payload.Deserialize(type, FactJson.Options)
        ?? throw new JsonException($"Event {Position} of type {Type} has no payload.");
}

/// <summary>A node to be written.</summary>
internal sealed record NewNode(
    Guid Id, Guid? Parent, int Ordinal, string Kind, string Name, string State, Guid? Rule, long? EventPosition, string Detail);

/// <summary>One context under its lock, while facts change it.</summary>
internal sealed class FlowRun(FlowModel model, Guid id, string key, object data, int nextOrdinal, bool isOpen)
{
    private int _nextOrdinal = nextOrdinal;

    public FlowModel Model { get; } = model;

    public Guid Id { get; } = id;

    public string Key { get; } = key;

    /// <summary>What the flow remembers: an instance of the model's context type.</summary>
    public object Data { get; } = data;

    public List<WaitingRule> Rules { get; } = [];

    /// <summary>The event that has come, as long as no rule has taken it.</summary>
    public List<WaitingEvent> Events { get; } = [];

    /// <summary>The events that a rule has taken while this was loaded.</summary>
    public HashSet<long> Taken { get; } = [];

    /// <summary>Whether something has been done since this was loaded: events that no rule wanted may be wanted now.</summary>
    public bool HasChanged { get; set; }

    public bool IsOpen { get; private set; } = isOpen;

    public string? Outcome { get; private set; }

    public Guid? Owner => ((IFlowContext)Data).Owner;

    public int NextOrdinal => _nextOrdinal;

    public string DataJson => JsonSerializer.Serialize(Data, Model.Context, FactJson.Options);

    /// <summary>A rule takes the event.</summary>
    public void Take(WaitingEvent waiting)
    {
        Events.RemoveAll(each => each.Position == waiting.Position);
        Taken.Add(waiting.Position);
    }

    public int TakeOrdinal() => _nextOrdinal++;

    public void End(string outcome) => (IsOpen, Outcome) = (false, outcome);
}
