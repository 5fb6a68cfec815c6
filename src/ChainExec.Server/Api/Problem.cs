using System.Text.Json;
using System.Text.Json.Serialization;
using ChainExec.Calls;

namespace ChainExec.Server.Api;

/// <summary>An error answer: problem details of RFC 9457 with a stable code.</summary>
/// <param name="Kind">What went wrong.</param>
/// <param name="Detail">A sentence about this occurrence.</param>
internal sealed record Problem(ProblemCode Kind, string Detail) : IResult
{
    private static readonly JsonSerializerOptions Json = new(ApiJson.Options)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    /// <summary>What is wrong with which field, when fields are wrong.</summary>
    public IReadOnlyList<ProblemError>? Errors { get; init; }

    /// <summary>The intent that has the key or the reference already.</summary>
    public string? Intent { get; init; }

    /// <summary>After how many seconds to try again.</summary>
    public int? RetryAfterSeconds { get; init; }

    /// <summary>Fields of the body.</summary>
    public static Problem OfFields(IReadOnlyList<FieldError> errors) => new(
        ProblemCode.InvalidRequest,
        errors.Count == 1 ? $"{Named(errors[0].Pointer)}: {errors[0].Message}" : $"{errors.Count} fields are wrong; errors names each.")
    {
        Errors = [.. errors.Select(error => new ProblemError(error.Pointer, Parameter: null, error.Code, error.Message))],
    };

    /// <summary>A query parameter.</summary>
    public static Problem OfParameter(string parameter, string code, string message) =>
        new(ProblemCode.InvalidParameter, $"{parameter}: {message}")
        {
            Errors = [new ProblemError(Pointer: null, parameter, code, message)],
        };

    /// <inheritdoc/>
    public Task ExecuteAsync(HttpContext httpContext)
    {
        HttpResponse response = httpContext.Response;
        response.StatusCode = Kind.Status;
        response.Headers.CacheControl = "no-store";
        if (RetryAfterSeconds is { } seconds)
            response.Headers.RetryAfter = seconds.ToString(System.Globalization.CultureInfo.InvariantCulture);
        var body = new ProblemBody(
            $"/problems/{Kind.Code}", Kind.Title, Kind.Status, Detail, Kind.Code, httpContext.TraceIdentifier, Kind.Retryable,
            Errors, Intent);
        return response.WriteAsJsonAsync(body, Json, "application/problem+json", httpContext.RequestAborted);
    }

    private static string Named(string pointer) => pointer.Length == 0 ? "The body" : pointer;
}

/// <summary>One wrong field of the body, by JSON pointer, or one wrong query parameter or header, by name.</summary>
internal sealed record ProblemError(string? Pointer, string? Parameter, string Code, string Message);
