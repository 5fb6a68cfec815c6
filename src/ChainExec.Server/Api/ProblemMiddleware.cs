using ChainExec.Ethereum.Rpc;
using ChainExec.Storage;

namespace ChainExec.Server.Api;

/// <summary>Every answer of 400 and above is problem+json, whoever made it. Exceptions are logged here and never shown.</summary>
internal sealed partial class ProblemMiddleware(RequestDelegate next, ILogger<ProblemMiddleware> logger)
{
    private const int StatusClientLeft = 499;
    private const int RetryAfterSeconds = 2;

    /// <summary>Handles one request.</summary>
    public async Task InvokeAsync(HttpContext context)
    {
        context.Response.Headers["Request-Id"] = context.TraceIdentifier;
        try
        {
            await next(context);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            if (!context.Response.HasStarted)
                context.Response.StatusCode = StatusClientLeft;
            return;
        }
        catch (Exception exception) when (!context.Response.HasStarted)
        {
            // The turn boundary of a request: whatever it was, this request ends with a problem and the others go on.
            Problem problem = Of(exception);
            if (problem.Kind.Status == StatusCodes.Status503ServiceUnavailable)
                LogUnavailable(context.Request.Method, context.Request.Path, problem.Kind.Code, exception.Message);
            else if (problem.Kind.Status >= StatusCodes.Status500InternalServerError)
                LogFailed(context.Request.Method, context.Request.Path, problem.Kind.Code, exception);
            await problem.ExecuteAsync(context);
            return;
        }

        if (context.Response is { HasStarted: false, StatusCode: >= 400, ContentLength: null, ContentType: null })
            await new Problem(ProblemCode.OfStatus(context.Response.StatusCode), DetailOf(context)).ExecuteAsync(context);
    }

    private static Problem Of(Exception exception) => exception switch
    {
        BadHttpRequestException { StatusCode: 413 } => RequestBody.TooLarge,
        BadHttpRequestException bad => new Problem(ProblemCode.OfStatus(bad.StatusCode), "The request could not be read."),
        RpcException => Later(ProblemCode.NodeUnavailable, "No node of the chain gave an answer; try again."),
        _ when UnitOfWork.IsDatabaseFault(exception) =>
            Later(ProblemCode.DatabaseUnavailable, "The database did not answer; repeat the request with the same key."),
        _ => new Problem(ProblemCode.Internal, "The request id leads to the cause in our logs."),
    };

    private static Problem Later(ProblemCode code, string detail) => new(code, detail) { RetryAfterSeconds = RetryAfterSeconds };

    private static string DetailOf(HttpContext context) => context.Response.StatusCode switch
    {
        StatusCodes.Status404NotFound => "Nothing is at this address.",
        StatusCodes.Status405MethodNotAllowed => $"{context.Request.Method} is not allowed here; the Allow header names what is.",
        StatusCodes.Status504GatewayTimeout => "The request was ended at its time limit; its outcome is unknown until it is repeated.",
        _ => "The request was refused before it was read.",
    };

    [LoggerMessage(EventId = 1401, Level = LogLevel.Error, Message = "{Method} {Path} failed with {Code}")]
    private partial void LogFailed(string method, string path, string code, Exception exception);

    [LoggerMessage(EventId = 1403, Level = LogLevel.Warning, Message = "{Method} {Path} was answered with {Code}: {Reason}")]
    private partial void LogUnavailable(string method, string path, string code, string reason);
}
