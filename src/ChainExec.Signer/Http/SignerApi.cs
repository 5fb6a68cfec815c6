using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using ChainExec.Ethereum;
using ChainExec.Signer.Journal;
using ChainExec.Signer.Keys;
using ChainExec.Signer.Signing;

namespace ChainExec.Signer.Http;

/// <summary>The five endpoints and what stands before them: the token, and the translation of failures.</summary>
internal sealed class SignerApi(SigningService signing, KeyRing keys, BearerToken token)
{
    private static readonly HashSet<string> s_policyCodes =
    [
        RefusalCode.UnknownFunction, RefusalCode.PolicyRefused, RefusalCode.PolicyRefusedSignedBefore, RefusalCode.InvalidFill,
        RefusalCode.InvalidBatch, RefusalCode.BatchUnderUserCustody, RefusalCode.UnknownAccount, RefusalCode.NotUserCustody,
        RefusalCode.ApprovalExpired, RefusalCode.OtpInvalid, RefusalCode.OtpLocked,
    ];

    /// <summary>Adds the pipeline to an application.</summary>
    internal void Map(WebApplication app)
    {
        app.Use(GuardAsync);
        app.UseRouting();
        app.MapGet("/v1/health", HealthAsync);
        app.MapPost("/v1/sign", SignAsync);
        app.MapPost("/v1/approve", ApproveAsync);
        app.MapPost("/v1/resolve", ResolveAsync);
        app.MapGet("/v1/journal", JournalAsync);
        app.MapFallback(context => ErrorAsync(context, StatusCodes.Status404NotFound, "not_found", "There is no such endpoint."));
    }

    private async Task GuardAsync(HttpContext context, RequestDelegate next)
    {
        if (!token.Matches(context.Request.Headers.Authorization))
        {
            await ErrorAsync(context, StatusCodes.Status401Unauthorized, "unauthorized", "The token is missing or wrong.");
            return;
        }

        try
        {
            await next(context);
        }
        catch (InvalidRequestException exception)
        {
            await ErrorAsync(context, StatusCodes.Status400BadRequest, "invalid_request", exception.Message);
        }
        catch (BadHttpRequestException exception)
        {
            await ErrorAsync(context, exception.StatusCode, "invalid_request", "The body cannot be read or is too long.");
        }
        catch (SignerBusyException exception)
        {
            await ErrorAsync(context, StatusCodes.Status503ServiceUnavailable, "busy", exception.Message);
        }
        catch (JournalException)
        {
            await ErrorAsync(
                context,
                StatusCodes.Status503ServiceUnavailable,
                "journal_failed",
                "The journal could not be written; nothing is signed until a restart.");
        }
    }

    private Task HealthAsync(HttpContext context) => AnswerAsync(
        context,
        StatusCodes.Status200OK,
        new SignerWire.Health(
            signing.JournalFailed ? "journal_failed" : "ok",
            [.. keys.Accounts.Select(account => account.ToString())],
            new SignerWire.Journal(signing.JournalId, signing.JournalEntries)),
        SignerWireContext.Default.Health);

    private async Task SignAsync(HttpContext context)
    {
        SignCommand command = RequestReader.Sign(await ReadAsync(context, SignerWireContext.Default.Sign));
        switch (await signing.SignAsync(command, context.RequestAborted))
        {
            case SignOutcome.Signed signed:
                await AnswerAsync(
                    context,
                    StatusCodes.Status200OK,
                    new SignerWire.Signed(Hex.Encode(signed.Bytes.Raw.Span), signed.Bytes.Hash.ToString(), signed.Replayed),
                    SignerWireContext.Default.Signed);
                break;
            case SignOutcome.Refused refused:
                await AnswerAsync(
                    context,
                    StatusOf(refused.Code),
                    new SignerWire.Error(
                        refused.Code,
                        refused.Message,
                        refused.Recorded,
                        refused.Conflict is null ? null : WireEntries.Of(refused.Conflict)),
                    SignerWireContext.Default.Error);
                break;
            default:
                throw new InvalidOperationException("An outcome of an unknown type.");
        }
    }

    private async Task ApproveAsync(HttpContext context)
    {
        (Approval approval, string otp) = RequestReader.Approve(await ReadAsync(context, SignerWireContext.Default.Approve));
        switch (await signing.ApproveAsync(approval, otp, context.RequestAborted))
        {
            case ApproveOutcome.Recorded recorded:
                await AnswerAsync(
                    context, StatusCodes.Status200OK, new SignerWire.Approved(recorded.Replayed), SignerWireContext.Default.Approved);
                break;
            case ApproveOutcome.Refused refused:
                await ErrorAsync(context, StatusOf(refused.Code), refused.Code, refused.Message);
                break;
            default:
                throw new InvalidOperationException("An outcome of an unknown type.");
        }
    }

    private async Task ResolveAsync(HttpContext context)
    {
        ResolvedRecord resolution = RequestReader.Resolve(await ReadAsync(context, SignerWireContext.Default.Resolve));
        switch (await signing.ResolveAsync(resolution, context.RequestAborted))
        {
            case ResolveOutcome.Recorded recorded:
                await AnswerAsync(
                    context, StatusCodes.Status200OK, new SignerWire.Resolved(recorded.Replayed), SignerWireContext.Default.Resolved);
                break;
            case ResolveOutcome.Refused refused:
                await ErrorAsync(context, StatusCodes.Status409Conflict, refused.Code, refused.Message);
                break;
            default:
                throw new InvalidOperationException("An outcome of an unknown type.");
        }
    }

    private async Task JournalAsync(HttpContext context)
    {
        JournalPage page = await signing.ReadAsync(RequestReader.Journal(context.Request.Query), context.RequestAborted);
        await AnswerAsync(
            context,
            StatusCodes.Status200OK,
            new SignerWire.Page([.. page.Entries.Select(WireEntries.Of)], RequestReader.WriteCursor(page.Next)),
            SignerWireContext.Default.Page);
    }

    private static int StatusOf(string code) =>
        s_policyCodes.Contains(code) ? StatusCodes.Status422UnprocessableEntity : StatusCodes.Status409Conflict;

    private static async Task<T> ReadAsync<T>(HttpContext context, JsonTypeInfo<T> type)
    {
        try
        {
            return await JsonSerializer.DeserializeAsync(context.Request.Body, type, context.RequestAborted)
                ?? throw new InvalidRequestException("The body is null.");
        }
        catch (JsonException exception)
        {
            // Only the place: the parser's own message can quote what was sent.
            throw new InvalidRequestException(
                $"The body is not the JSON that was expected, at {exception.Path ?? "the start"}.", exception);
        }
    }

    private static Task ErrorAsync(HttpContext context, int status, string code, string message) =>
        AnswerAsync(context, status, new SignerWire.Error(code, message), SignerWireContext.Default.Error);

    private static async Task AnswerAsync<T>(HttpContext context, int status, T body, JsonTypeInfo<T> type)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        await JsonSerializer.SerializeAsync(context.Response.Body, body, type, context.RequestAborted);
    }
}
