using System.Text.Json;

namespace ChainExec.Facts;

/// <summary>A fact that is to be appended.</summary>
/// <param name="Json">The payload, as <see cref="FactJson"/> writes it.</param>
internal sealed record PendingFact(string Type, string Key, Guid? Owner, string Json)
{
    public static PendingFact Of<T>(string key, Guid? owner, T payload)
        where T : IFactPayload => new(T.Type, key, owner, JsonSerializer.Serialize(payload, FactJson.Options));
}
