using ChainExec.Flows;
using ChainExec.Storage;

namespace ChainExec.Server.Api.Flows;

/// <summary>
/// <c>POST /v1/inbound/{provider}</c>: evidence from outside. The signature is the key. 200 only after the commit: a sender that got no 200
/// sends again, and the repetition does nothing.
/// </summary>
internal sealed class InboundEndpoint(InboundService inbound)
{
    /// <summary>Takes one webhook.</summary>
    public async Task<IResult> HandleAsync(string provider, HttpContext context, CancellationToken cancellationToken)
    {
        if (await RequestBody.ReadBytesAsync(context.Request, cancellationToken) is not { } body)
            return RequestBody.TooLarge;
        IHeaderDictionary headers = context.Request.Headers;
        var signed = new WebhookHeaders(
            headers["webhook-id"].ToString(), headers["webhook-timestamp"].ToString(), headers["webhook-signature"].ToString());
        return await inbound.TakeAsync(provider, signed, body, cancellationToken) switch
        {
            InboundResult.Taken(var id, var duplicate) =>
                Results.Json(new InboundBody(PublicId.Format("ext", id), duplicate), ApiJson.Options),
            InboundResult.Quarantined { Reason: "unreadable" or "id_of_another_message" } kept =>
                new Problem(ProblemCode.Refused(kept.Reason), "The message is signed, and is kept apart because it cannot be used."),
            InboundResult.Quarantined => new Problem(ProblemCode.SignatureInvalid, "The message is not signed by the provider."),
            _ => new Problem(ProblemCode.NotFound, "There is no such provider."),
        };
    }
}

/// <summary>A message was taken.</summary>
/// <param name="Id"><c>ext_…</c>: the evidence as it is stored.</param>
/// <param name="Duplicate">Whether it was stored before.</param>
internal sealed record InboundBody(string Id, bool Duplicate);
