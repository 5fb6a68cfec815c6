using System.Text.Json;
using ChainExec.Ethereum;
using ChainExec.Storage;

namespace ChainExec.Calls;

/// <summary>Identifies a call; <c>call_…</c> outside.</summary>
internal readonly record struct CallId(Guid Value) : IEntityId
{
    public const string Prefix = "call";

    public override string ToString() => PublicId.Format(Prefix, Value);
}

/// <summary>
/// One accountable operation: what was asked, word for word, beside the bytes it became and the movements it should cause.
/// </summary>
internal sealed record BlockchainCall(
    CallId Id,
    Guid Intent,
    int Ordinal,
    long Chain,
    string Type,
    JsonElement Request,
    Address To,
    TokenAmount Value,
    ReadOnlyMemory<byte> Data,
    IReadOnlyList<ExpectedMovement> Expected,
    string? Category,
    IReadOnlyList<string> Tags,
    JsonElement Context);
