using System.Text.Json;

namespace ChainExec.Facts;

/// <summary>The payload of a fact. Its type name is part of the published contract: it never changes its meaning.</summary>
internal interface IFactPayload
{
    /// <summary><c>module.thing_happened</c>.</summary>
    static abstract string Type { get; }
}

/// <summary>One fact as consumers read it: immutable, at a gapless position.</summary>
internal sealed record Fact(long Position, string Type, string Key, Guid? Owner, JsonElement Payload, DateTimeOffset OccurredAt)
{
    public T Read<T>() =>
        Payload.Deserialize<T>(FactJson.Options) ?? throw new JsonException($"Fact {Position} of type {Type} has no payload.");
}
