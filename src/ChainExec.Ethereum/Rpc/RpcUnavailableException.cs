using System.Net;

namespace ChainExec.Ethereum.Rpc;

/// <summary>
/// The node was not reached, did not answer in time, or asked to be left alone (HTTP 429, 5xx). Whether it acted on the request is unknown:
/// a transaction sent this way may still be mined.
/// </summary>
public sealed class RpcUnavailableException : RpcException
{
    /// <summary>Says what happened and, when the node answered at all, with which status and which wait it asks for.</summary>
    public RpcUnavailableException(
        string provider, string message, Exception? innerException = null, HttpStatusCode? statusCode = null, TimeSpan? retryAfter = null)
        : base(provider, message, innerException)
    {
        StatusCode = statusCode;
        RetryAfter = retryAfter;
    }

    /// <summary>The HTTP status; null when there was no HTTP answer.</summary>
    public HttpStatusCode? StatusCode { get; }

    /// <summary>The wait the node asked for, at most an hour; null when it named none.</summary>
    public TimeSpan? RetryAfter { get; }
}
