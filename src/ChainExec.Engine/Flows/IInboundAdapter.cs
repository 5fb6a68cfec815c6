using System.Text.Json;
using System.Text.Json.Nodes;
using ChainExec.Flows.Definitions;

namespace ChainExec.Flows;

/// <summary>An event that a webhook tells, with the fact type it travels as.</summary>
/// <param name="Claims">Whose the provider says it is; when there is no such owner, it travels without its <c>owner</c>.</param>
internal sealed record InboundEvent(string Type, IFlowEvent Happened, JsonElement Payload, Guid? Claims = null)
{
    /// <summary>The payload when nobody is known by what it claims.</summary>
    public JsonElement OfNobody()
    {
        JsonObject payload = JsonObject.Create(Payload)!;
        payload.Remove("owner");
        return JsonSerializer.SerializeToElement(payload);
    }

    public static InboundEvent Of<TEvent>(TEvent happened)
        where TEvent : IFlowEvent =>
        new(TEvent.Type, happened, JsonSerializer.SerializeToElement(happened, Facts.FactJson.Options));
}

/// <summary>A type of event that an adapter can make.</summary>
internal sealed record InboundEventType(string Type, Type Event)
{
    public static InboundEventType Of<TEvent>()
        where TEvent : IFlowEvent => new(TEvent.Type, typeof(TEvent));
}

/// <summary>Reads one provider's webhooks. Pure: the same bytes, the same events.</summary>
internal interface IInboundAdapter
{
    /// <summary>Whose.</summary>
    string Provider { get; }

    /// <summary>Every type of event that it can make: money among them is booked though no flow wants it.</summary>
    IReadOnlyList<InboundEventType> Tells { get; }

    /// <summary>The events that it tells; none when it is of no interest, and nothing when it is of a kind that is not known.</summary>
    /// <param name="eventId">The provider's id of the message.</param>
    /// <param name="body">The message.</param>
    /// <exception cref="JsonException">It is not what the provider says it sends.</exception>
    IReadOnlyList<InboundEvent>? Read(string eventId, JsonElement body);
}
