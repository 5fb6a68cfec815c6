using System.Text.Json.Serialization;

namespace ChainExec.Custody;

/// <summary>The signer's JSON as it travels: snake_case, amounts as decimal strings, bytes as 0x hex.</summary>
internal static class SignerWire
{
    /// <summary>Body of <c>POST /v1/sign</c>. Only a batch has members.</summary>
    internal sealed record Sign(
        ulong ChainId, string Sender, ulong Nonce, string To, string Value, string Data, ulong GasLimit, string MaxFeePerGas,
        string MaxPriorityFeePerGas, string Family, string Carrier, long Epoch, string Purpose,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<string>? Members = null);

    /// <summary>Answer of <c>POST /v1/sign</c>.</summary>
    internal sealed record Signed(string Raw, string Hash, bool Replayed);

    /// <summary>A refusal or an error.</summary>
    internal sealed record Error(string Code, string Message, bool Recorded = false, Entry? Conflict = null);

    /// <summary>Body of <c>POST /v1/approve</c>.</summary>
    internal sealed record Approve(
        long ChainId, string Sender, string Family, string To, string Value, string Data, string MaxTotalFee, DateTimeOffset ExpiresAt,
        string Otp);

    /// <summary>Answer of <c>POST /v1/approve</c>.</summary>
    internal sealed record Approved(bool Replayed);

    /// <summary>Body of <c>POST /v1/resolve</c>.</summary>
    internal sealed record Resolve(ulong ChainId, string Sender, ulong Nonce, string Family, string Outcome, Evidence Evidence);

    /// <summary>Evidence within <see cref="Resolve"/>.</summary>
    internal sealed record Evidence(string BlockHash, ulong BlockNumber, string? TxHash);

    /// <summary>Answer of <c>POST /v1/resolve</c>.</summary>
    internal sealed record Resolved(bool Replayed);

    /// <summary>Answer of <c>GET /v1/journal</c>.</summary>
    internal sealed record Page(IReadOnlyList<Entry> Entries, string? Next);

    /// <summary>One journal entry. A signer that knows no batches names no members.</summary>
    internal sealed record Entry(
        string Kind, ulong ChainId, string Sender, ulong Nonce, string Family, string Carrier, long Epoch, string Purpose, string Digest,
        string EffectHash, string? TxHash, string? Raw, string To, string Value, string Data, ulong GasLimit, string MaxFeePerGas,
        string MaxPriorityFeePerGas, DateTimeOffset RecordedAt, Resolution? Resolved, IReadOnlyList<string?>? Members = null);

    /// <summary>How an entry's slot was resolved.</summary>
    internal sealed record Resolution(string Outcome, Evidence Evidence);

    /// <summary>Answer of <c>GET /v1/health</c>.</summary>
    internal sealed record Health(string Status, IReadOnlyList<string> Accounts, Journal Journal);

    /// <summary>The journal's size within <see cref="Health"/>.</summary>
    internal sealed record Journal(string Id, long Entries);
}

/// <summary>Source-generated serialization of <see cref="SignerWire"/>.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(SignerWire.Sign))]
[JsonSerializable(typeof(SignerWire.Signed))]
[JsonSerializable(typeof(SignerWire.Error))]
[JsonSerializable(typeof(SignerWire.Approve))]
[JsonSerializable(typeof(SignerWire.Approved))]
[JsonSerializable(typeof(SignerWire.Resolve))]
[JsonSerializable(typeof(SignerWire.Resolved))]
[JsonSerializable(typeof(SignerWire.Page))]
[JsonSerializable(typeof(SignerWire.Health))]
internal sealed partial class SignerWireContext : JsonSerializerContext;
