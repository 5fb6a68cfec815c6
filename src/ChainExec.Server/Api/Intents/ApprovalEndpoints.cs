using System.Text.Json;
using ChainExec.Calls;
using ChainExec.Custody;
using ChainExec.Execution;
using ChainExec.Storage;

namespace ChainExec.Server.Api.Intents;

/// <summary>
/// <c>POST /v1/intents/{id}/approve</c> and <c>/reject</c>: the decision of an account's owner under user custody. The state of the
/// approval makes both repeatable, whatever key they are sent with. The one-time password goes to the signer and is kept nowhere.
/// </summary>
internal sealed class ApprovalEndpoints(IntentApproval approval, IntentQueries intents, CallStore calls)
{
    private const int OtpLengthMax = 32;
    private const int ReasonLengthMax = 500;
    private const int LockedSeconds = 900;

    /// <summary>Approves with <c>{"otp": "123456"}</c>.</summary>
    public async Task<IResult> ApproveAsync(string id, HttpContext context, CancellationToken cancellationToken)
    {
        (string? otp, IntentId intent, IResult? problem) = await ReadAsync(id, context, "otp", OtpLengthMax, cancellationToken);
        if (problem is not null)
            return problem;
        if (otp is null)
            return Problem.OfFields([new FieldError("/otp", "required", "otp is required.")]);
        return await AnswerAsync(
            intent, context,
            (owner, actor) => approval.ApproveAsync(owner, intent, otp, actor, cancellationToken), cancellationToken);
    }

    /// <summary>Says no, with <c>{"reason": "…"}</c> or <c>{}</c>.</summary>
    public async Task<IResult> RejectAsync(string id, HttpContext context, CancellationToken cancellationToken)
    {
        (string? reason, IntentId intent, IResult? problem) = await ReadAsync(id, context, "reason", ReasonLengthMax, cancellationToken);
        return problem ?? await AnswerAsync(
            intent, context,
            (owner, actor) => approval.RejectAsync(owner, intent, reason, actor, cancellationToken), cancellationToken);
    }

    private async Task<IResult> AnswerAsync(
        IntentId intent, HttpContext context, Func<Guid, string, Task<ApprovalResult>> decide, CancellationToken cancellationToken)
    {
        Guid owner = context.Caller().Owner.Value;
        ApprovalResult result;
        try
        {
            result = await decide(owner, context.Caller().Actor);
        }
        catch (SignerUnavailableException)
        {
            return new Problem(ProblemCode.SignerUnavailable, "It is not known whether the approval counts. Repeat it.")
            {
                RetryAfterSeconds = 2,
            };
        }

        return result switch
        {
            ApprovalResult.Done => await ShowAsync(owner, intent, cancellationToken),
            ApprovalResult.Unknown => new Problem(ProblemCode.NotFound, "You have no such intent."),
            ApprovalResult.NotAsked(var state) => new Problem(
                ProblemCode.ApprovalNotAsked, $"It is {EnumText.Of(state)}, and no approval of it is open.") { Intent = intent.ToString() },
            ApprovalResult.Refused(SignRefusal.OtpLocked, var message) => new Problem(ProblemCode.OtpLocked, message)
            {
                RetryAfterSeconds = LockedSeconds,
            },
            ApprovalResult.Refused(var code, var message) => new Problem(ProblemCode.Refused(code), message),
            _ => throw new InvalidOperationException($"Unhandled {result}."),
        };
    }

    private async Task<IResult> ShowAsync(Guid owner, IntentId intent, CancellationToken cancellationToken)
    {
        IntentView view = (await intents.FindAsync(owner, intent, cancellationToken))!;
        return Results.Json(IntentBody.Of(view, await calls.OfIntentAsync(view.Id.Value, cancellationToken)), ApiJson.Options);
    }

    // The key header is required like everywhere; what makes the verb repeatable is the approval's own state.
    private static async Task<(string? Text, IntentId Intent, IResult? Problem)> ReadAsync(
        string id, HttpContext context, string field, int lengthMax, CancellationToken cancellationToken)
    {
        (_, Problem? problem) = IdempotencyKey.Read(context.Request);
        if (problem is not null)
            return (null, default, problem);
        if (!PublicId.TryParse(IntentId.Prefix, id, out Guid value))
            return (null, default, new Problem(ProblemCode.NotFound, "You have no such intent."));
        (JsonElement body, problem) = await RequestBody.ReadAsync(context.Request, cancellationToken);
        if (problem is not null)
            return (null, default, problem);
        if (body.ValueKind != JsonValueKind.Object)
            return (null, default, Problem.OfFields([new FieldError("", "invalid_type", "The body is a JSON object.")]));
        string? text = null;
        foreach (JsonProperty property in body.EnumerateObject())
        {
            if (property.Name != field)
                return (null, default, Problem.OfFields([new FieldError("/" + property.Name, "unknown_field", "There is no such field.")]));
            text = property.Value.ValueKind == JsonValueKind.String ? property.Value.GetString() : null;
            if (text is null || text.Length == 0 || text.Length > lengthMax || text.Any(char.IsControl))
                return (null, default, Problem.OfFields(
                    [new FieldError("/" + field, "invalid_text", $"{field} is a string of 1 to {lengthMax} characters.")]));
        }

        return (text, new IntentId(value), null);
    }
}
