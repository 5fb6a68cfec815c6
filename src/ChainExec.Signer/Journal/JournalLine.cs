using System.Text.Json.Serialization;

namespace ChainExec.Signer.Journal;

/// <summary>A journal record as JSON. <c>seq</c> is first, so that even a torn line shows which record it was going to be.</summary>
/// <param name="Seq">Position, from 0, without gaps.</param>
/// <param name="Kind"><c>journal</c> (the first line), <c>signed</c>, <c>refused</c>, <c>resolved</c>, <c>approved</c>,
/// <c>enrolled</c>, <c>otp_refused</c>, <c>otp_unlocked</c> or <c>delegated</c>.</param>
/// <param name="At">When it was written.</param>
/// <param name="Journal">The journal's identity; first line only.</param>
/// <param name="Slot">The slot; lines about one.</param>
/// <param name="Request">What was asked; signed and refused lines.</param>
/// <param name="Raw">Signed bytes; signed and delegated lines.</param>
/// <param name="TxHash">Hash of the signed bytes, or of the resolving transaction.</param>
/// <param name="Rule">The refusing rule; refused lines.</param>
/// <param name="Outcome">The outcome; resolved lines.</param>
/// <param name="BlockHash">The proving block; resolved lines.</param>
/// <param name="BlockNumber">Its number; resolved lines.</param>
/// <param name="Approval">What an owner approved; approved lines.</param>
/// <param name="Account">Who has an authenticator, or whose passwords a line is about; enrolled and otp lines.</param>
/// <param name="By">Who ended a lock; otp_unlocked lines.</param>
/// <param name="Reason">Why; otp_unlocked lines.</param>
/// <param name="Delegation">Whose code was set, and to what; delegated lines.</param>
internal sealed record JournalLine(
    [property: JsonPropertyOrder(-2)] long Seq,
    [property: JsonPropertyOrder(-1)] string Kind,
    DateTimeOffset At,
    JournalIdentity? Journal = null,
    JournalSlot? Slot = null,
    JournalRequest? Request = null,
    string? Raw = null,
    string? TxHash = null,
    string? Rule = null,
    string? Outcome = null,
    string? BlockHash = null,
    ulong? BlockNumber = null,
    JournalApproval? Approval = null,
    string? Account = null,
    string? By = null,
    string? Reason = null,
    JournalDelegation? Delegation = null);

/// <summary>What the first line says of the file.</summary>
internal sealed record JournalIdentity(int Version, string Id);

/// <summary>The slot and family of a line.</summary>
internal sealed record JournalSlot(ulong ChainId, string Sender, ulong Nonce, string Family);

/// <summary>The request of a line. Members are those of a batch: without them a line is as it was before there were any.</summary>
internal sealed record JournalRequest(
    string Carrier, long Epoch, string Purpose, string Digest, string EffectHash, string To, string Value, string Data, ulong GasLimit,
    string MaxFeePerGas, string MaxPriorityFeePerGas, IReadOnlyList<string?>? Members = null);

/// <summary>The approval of a line.</summary>
internal sealed record JournalApproval(
    ulong ChainId, string Sender, string Family, string EffectHash, string MaxTotalFee, DateTimeOffset ExpiresAt, long OtpStep);

/// <summary>The delegation of a line.</summary>
internal sealed record JournalDelegation(ulong ChainId, string Account, ulong Nonce, string Delegate, string Digest);

/// <summary>Source-generated serialization of the journal's lines.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    RespectNullableAnnotations = true)]
[JsonSerializable(typeof(JournalLine))]
internal sealed partial class JournalLineContext : JsonSerializerContext;
