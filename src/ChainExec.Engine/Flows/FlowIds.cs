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

    /// <summary>The one key of an external effect: hash of its firing and its place there.</summary>
    public static string EffectKey(Guid firing, int place) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"effect\n{firing:n}\n{place}")));

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
