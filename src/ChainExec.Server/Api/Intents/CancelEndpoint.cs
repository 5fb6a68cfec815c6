using ChainExec.Calls;
using ChainExec.Custody;
using ChainExec.Execution;
using ChainExec.Storage;

namespace ChainExec.Server.Api.Intents;

/// <summary>
/// <c>POST /v1/intents/{id}/cancel</c>. It ends an intent truthfully: at once while nothing was asked to be signed, else by consuming its
/// nonce, and what is mined first decides. The state of the intent makes it repeatable, whatever key it is sent with.
/// </summary>
internal sealed class CancelEndpoint(IntentEnding ending, IntentQueries intents, CallStore calls)
{
    /// <summary>Asks for the end; answers the intent as it stands then, or 409 when it had ended otherwise before.</summary>
    public async Task<IResult> HandleAsync(string id, HttpContext context, CancellationToken cancellationToken)
    {
        (_, Problem? problem) = IdempotencyKey.Read(context.Request);
        if (problem is not null)
            return problem;
        if (!PublicId.TryParse(IntentId.Prefix, id, out Guid value))
            return new Problem(ProblemCode.NotFound, "You have no such intent.");
        var intent = new IntentId(value);
        Guid owner = context.Caller().Owner.Value;
        EndResult result;
        try
        {
            result = await ending.CancelAsync(owner, intent, context.Caller().Actor, cancellationToken);
        }
        catch (SignerUnavailableException)
        {
            return new Problem(ProblemCode.SignerUnavailable, "What was signed cannot be compared now; nothing was changed. Repeat it.")
            {
                RetryAfterSeconds = 2,
            };
        }

        return result switch
        {
            EndResult.Unknown => new Problem(ProblemCode.NotFound, "You have no such intent."),
            EndResult.Over(IntentState.Cancelled) or EndResult.Asked => await ShowAsync(owner, intent, cancellationToken),
            EndResult.Over(var state) => new Problem(ProblemCode.IntentEnded, $"It is {EnumText.Of(state)}: there is nothing to cancel.")
            {
                Intent = intent.ToString(),
            },
            EndResult.Shared(var members) => new Problem(
                ProblemCode.IntentShared,
                $"Its transaction carries {members} intents and was asked to be signed: it cannot end without the others.")
            {
                Intent = intent.ToString(),
            },
            _ => throw new InvalidOperationException($"Unhandled {result}."),
        };
    }

    private async Task<IResult> ShowAsync(Guid owner, IntentId intent, CancellationToken cancellationToken)
    {
        IntentView view = (await intents.FindAsync(owner, intent, cancellationToken))!;
        return Results.Json(
            IntentBody.Of(view, await calls.OfIntentAsync(view.Id.Value, cancellationToken)), ApiJson.Options);
    }
}
