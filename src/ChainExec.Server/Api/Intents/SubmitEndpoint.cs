using System.Text.Json;
using ChainExec.Admission;
using ChainExec.Calls;
using ChainExec.Execution;

namespace ChainExec.Server.Api.Intents;

/// <summary><c>POST /v1/intents</c>.</summary>
internal static class SubmitEndpoint
{
    /// <summary>Admits an intent, or repeats the answer that its key got before.</summary>
    public static async Task<IResult> HandleAsync(HttpContext context, AdmissionService admission, CancellationToken cancellationToken)
    {
        (string key, Problem? problem) = IdempotencyKey.Read(context.Request);
        if (problem is not null)
            return problem;
        (JsonElement body, problem) = await RequestBody.ReadAsync(context.Request, cancellationToken);
        if (problem is not null)
            return problem;

        SubmitResult result = await admission.SubmitAsync(
            context.Caller(), key, body, (intent, calls) => Render(intent, calls, body), cancellationToken);
        return Answer(context, result);
    }

    private static IResult Answer(HttpContext context, SubmitResult result)
    {
        switch (result)
        {
            case SubmitResult.Accepted accepted:
                context.Response.Headers.Location = $"/v1/intents/{accepted.Intent}";
                if (accepted.Replayed)
                    context.Response.Headers["Idempotent-Replayed"] = "true";
                return Results.Text(accepted.Response, "application/json", statusCode: StatusCodes.Status201Created);
            case SubmitResult.Invalid(var errors):
                return Problem.OfFields(errors);
            case SubmitResult.Refused(var code, var detail, var pointer):
                return new Problem(ProblemCode.Refused(code), detail)
                {
                    Errors = pointer is null ? null : [new ProblemError(pointer, Parameter: null, code, detail)],
                };
            case SubmitResult.KeyReused(var existing):
                return new Problem(ProblemCode.KeyReused, $"The key was used for {existing} with another body.")
                {
                    Intent = existing.ToString(),
                };
            case SubmitResult.ReferenceUsed(var existing):
                const string message = "The client reference was used before; it is unique for ever.";
                return new Problem(ProblemCode.ReferenceUsed, $"The client reference belongs to {existing}.")
                {
                    Intent = existing.ToString(),
                    Errors = [new ProblemError("/client_reference", Parameter: null, ProblemCode.ReferenceUsed.Code, message)],
                };
            case SubmitResult.StillRunning:
                return new Problem(ProblemCode.StillRunning, "Repeat it in a moment for its answer.") { RetryAfterSeconds = 1 };
            case SubmitResult.Uncompared:
                return new Problem(
                    ProblemCode.SignerUnavailable, "Who of the account's pool pays is not known now; nothing was stored. Repeat it.")
                {
                    RetryAfterSeconds = 2,
                };
            default:
                throw new InvalidOperationException($"Unhandled {result}.");
        }
    }

    private static string Render(Intent intent, IReadOnlyList<BlockchainCall> calls, JsonElement body) =>
        JsonSerializer.Serialize(IntentBody.Of(intent, calls, AfterOf(body)), ApiJson.Options);

    // Admission has read it already: an id, or a list of ids.
    private static IReadOnlyList<string> AfterOf(JsonElement body)
    {
        if (!body.TryGetProperty("after", out JsonElement after))
            return [];
        IEnumerable<JsonElement> ids = after.ValueKind == JsonValueKind.Array ? after.EnumerateArray() : [after];
        return [.. ids.Select(id => id.GetString()!).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
    }
}
