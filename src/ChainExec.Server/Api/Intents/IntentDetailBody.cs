using System.Text.Json.Serialization;
using ChainExec.Custody;
using ChainExec.Storage;

namespace ChainExec.Server.Api.Intents;

/// <summary>An intent with its timeline, what its owner was asked, and, when asked for, its executions.</summary>
internal sealed record IntentDetailBody : IntentBody
{
    public IntentDetailBody(
        IntentBody intent, IReadOnlyList<StepBody> timeline, ApprovalBody? approval, IReadOnlyList<ExecutionBody>? executions)
        : base(intent) => (Timeline, Approval, Executions) = (timeline, approval, executions);

    /// <summary>Its steps, in order.</summary>
    public IReadOnlyList<StepBody> Timeline { get; }

    /// <summary>The newest asking of the account's owner; only under user custody.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ApprovalBody? Approval { get; }

    /// <summary>Every attempt; only under <c>?expand=executions</c>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<ExecutionBody>? Executions { get; }
}

/// <summary>One asking of an account's owner.</summary>
/// <param name="Id"><c>apr_…</c>.</param>
/// <param name="Status">asked, approved, rejected, expired or withdrawn.</param>
/// <param name="MaxTotalFee">Wei: no price of it ever costs more.</param>
/// <param name="AskedAt">When the owner was asked.</param>
/// <param name="ExpiresAt">Until when it can be approved and its first price signed.</param>
internal sealed record ApprovalBody(string Id, string Status, TokenAmount MaxTotalFee, DateTimeOffset AskedAt, DateTimeOffset ExpiresAt)
{
    /// <summary>Shows an approval.</summary>
    public static ApprovalBody Of(Approval approval) => new(
        approval.Id.ToString(), EnumText.Of(approval.State), approval.MaxTotalFee, approval.AskedAt, approval.ExpiresAt);
}
