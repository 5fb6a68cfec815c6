using System.Text.Json;
using System.Text.Json.Serialization;

namespace ChainExec.Client;

/// <summary>The service answered with a problem, or not at all.</summary>
public sealed class ChainExecException : Exception
{
    /// <summary>Makes the exception of a problem.</summary>
    /// <param name="code">The stable code; <c>unreachable</c> without an answer, <c>unreadable</c> for one that is not ours.</param>
    /// <param name="status">The HTTP status; 0 when there was no answer.</param>
    /// <param name="message">A sentence.</param>
    /// <param name="innerException">What failed underneath.</param>
    public ChainExecException(string code, int status, string message, Exception? innerException = null)
        : base(message, innerException) => (Code, Status) = (code, status);

    /// <summary>The stable code.</summary>
    public string Code { get; }

    /// <summary>The HTTP status; 0 when there was no answer.</summary>
    public int Status { get; }

    /// <summary>What is wrong with which field.</summary>
    public IReadOnlyList<ChainExecError> Errors { get; init; } = [];

    /// <summary>The intent that has the key or reference already.</summary>
    public string? Intent { get; init; }

    /// <summary>The id that leads to the request in the service's logs.</summary>
    public string? RequestId { get; init; }

    /// <summary>Whether the same request may succeed later.</summary>
    public bool Retryable { get; init; }

    internal static ChainExecException Of(int status, string body)
    {
        try
        {
            Problem? problem = JsonSerializer.Deserialize<Problem>(body, ClientJson.Options);
            if (problem?.Code is { } code)
            {
                return new ChainExecException(code, status, problem.Detail ?? problem.Title ?? code)
                {
                    Errors = problem.Errors ?? [],
                    Intent = problem.Intent,
                    RequestId = problem.RequestId,
                    Retryable = problem.Retryable,
                };
            }
        }
        catch (JsonException exception)
        {
            return new ChainExecException("unreadable", status, $"The answer with status {status} is not the service's.", exception);
        }

        return new ChainExecException("unreadable", status, $"The answer with status {status} is not the service's.");
    }

    private sealed record Problem(
        string? Title, string? Detail, string? Code, string? RequestId, bool Retryable,
        IReadOnlyList<ChainExecError>? Errors, string? Intent);
}

/// <summary>One wrong field or parameter.</summary>
/// <param name="Field">JSON pointer into the body.</param>
/// <param name="Parameter">Name of the query parameter.</param>
/// <param name="Code">The stable code.</param>
/// <param name="Message">A sentence.</param>
public sealed record ChainExecError(
    [property: JsonPropertyName("pointer")] string? Field, string? Parameter, string Code, string Message);
