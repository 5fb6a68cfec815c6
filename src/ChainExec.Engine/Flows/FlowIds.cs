using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using ChainExec.Storage;

namespace ChainExec.Flows;

/// <summary>Identifies a flow context; <c>flow_…</c> outside.</summary>
internal readonly record struct FlowId(Guid Value) : IEntityId
{
    public const string Prefix = "flow";

    public override string ToString() => PublicId.Format(Prefix, Value);
}

/// <summary>
/// Ids of what the engine makes. They follow from the facts alone, so that a replay makes the same ones, and sort by the fact's time.
/// </summary>
internal static class FlowIds
{
    public static Guid Context(DateTimeOffset at, string key) => Derive(at, $"context\n{key}");

    public static Guid Part(DateTimeOffset at, Guid context, int ordinal) => Derive(at, $"part\n{context:n}\n{ordinal}");

    public static Guid OfNode(DateTimeOffset at, Guid node, string what) => Derive(at, $"{what}\n{node:n}");

    public static Guid OfEvent(DateTimeOffset at, string eventId, string what) => Derive(at, $"{what}\n{eventId}");

    /// <summary>
    /// The one key of an external effect. No time is in it: after a restore the same events are told again at another time, and the
    /// provider must see the same key.
    /// </summary>
    /// <param name="flow">The flow's name.</param>
    /// <param name="key">The context's key.</param>
    /// <param name="rule">The rule that asks.</param>
    /// <param name="place">Of the call among the rule's effects.</param>
    /// <param name="number">How often the rule has asked so in this context.</param>
    public static string EffectKey(string flow, string key, string rule, int place, int number) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"effect\n{flow}\n{key}\n{rule}\n{place}\n{number}")));

    /// <summary>The id of an event that says something else than the one whose id it has.</summary>
    public static string Apart(string eventId, string content) =>
        $"apart:{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{eventId}\n{content}")))}";

    // The layout of a version 7 UUID, with a hash where that has random bits.
    private static Guid Derive(DateTimeOffset at, string name)
    {
        Span<byte> bytes = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(name), bytes);
        byte hashed = bytes[8];
        Span<byte> time = stackalloc byte[8];
        BinaryPrimitives.WriteInt64BigEndian(time, at.ToUnixTimeMilliseconds());
        time[2..].CopyTo(bytes);
        bytes[6] = (byte)(0x70 | (bytes[6] & 0x0f));
        bytes[8] = (byte)(0x80 | (hashed & 0x3f));
        return new Guid(bytes[..16], bigEndian: true);
    }
}
