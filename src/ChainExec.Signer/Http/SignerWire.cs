using System.Text.Json.Serialization;

namespace ChainExec.Signer.Http;

/// <summary>The JSON of the API: snake_case, amounts as decimal strings, bytes as 0x hex.</summary>
internal static class SignerWire
{
    /// <summary>Body of <c>POST /v1/sign</c>. Only a batch has members: the families of its calls, in their order.</summary>
    internal sealed record Sign(
        ulong ChainId, string Sender, ulong Nonce, string To, string Value, string Data, ulong GasLimit, string MaxFeePerGas,
        string MaxPriorityFeePerGas, string Family, string Carrier, long Epoch, string Purpose, IReadOnlyList<string?>? Members = null);

    /// <summary>Answer of <c>POST /v1/sign</c>.</summary>
    internal sealed record Signed(string Raw, string Hash, bool Replayed);

    /// <summary>A refusal or an error.</summary>
    internal sealed record Error(string Code, string Message, bool Recorded = false, Entry? Conflict = null);

    /// <summary>Body of <c>POST /v1/approve</c>: the whole effect, from which its hash is made here.</summary>
    internal sealed record Approve(
        ulong ChainId, string Sender, string Family, string To, string Value, string Data, string MaxTotalFee, DateTimeOffset ExpiresAt,
        string Otp);

    /// <summary>Answer of <c>POST /v1/approve</c>.</summary>
    internal sealed record Approved(bool Replayed);

    /// <summary>Body of <c>POST /v1/resolve</c>.</summary>
    internal sealed record Resolve(ulong ChainId, string Sender, ulong Nonce, string Family, string Outcome, Evidence Evidence);

    /// <summary>The proof of a resolution.</summary>
    internal sealed record Evidence(string BlockHash, ulong BlockNumber, string? TxHash = null);

    /// <summary>Answer of <c>POST /v1/resolve</c>.</summary>
    internal sealed record Resolved(bool Replayed);

    /// <summary>Answer of <c>GET /v1/journal</c>.</summary>
    internal sealed record Page(IReadOnlyList<Entry> Entries, string? Next);

    /// <summary>A journal entry.</summary>
    internal sealed record Entry(
        string Kind, ulong ChainId, string Sender, ulong Nonce, string Family, string Carrier, long Epoch, string Purpose, string Digest,
        string EffectHash, string? TxHash, string? Raw, string To, string Value, string Data, ulong GasLimit, string MaxFeePerGas,
        string MaxPriorityFeePerGas, DateTimeOffset RecordedAt, Resolution? Resolved, IReadOnlyList<string> Members);

    /// <summary>How an entry's slot was resolved for its family.</summary>
    internal sealed record Resolution(string Outcome, Evidence Evidence);

    /// <summary>Answer of <c>GET /v1/health</c>.</summary>
    internal sealed record Health(string Status, IReadOnlyList<string> Accounts, Journal Journal);

    /// <summary>The journal within <see cref="Health"/>.</summary>
    internal sealed record Journal(string Id, long Entries);
}

/// <summary>Source-generated, strict serialization of <see cref="SignerWire"/>.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    AllowDuplicateProperties = false,
    MaxDepth = 8)]
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
