using System.Net;

namespace ChainExec.Ethereum.Rpc;

/// <summary>
/// The node answered something that is no answer to the question: not JSON-RPC, oversized, another id, a field missing or malformed.
/// </summary>
public sealed class RpcProtocolException : RpcException
{
    /// <summary>Says what is wrong; the answer itself is not quoted.</summary>
    public RpcProtocolException(string provider, string message, Exception? innerException = null, HttpStatusCode? statusCode = null)
        : base(provider, message, innerException) => StatusCode = statusCode;

    /// <summary>The HTTP status when it alone was the answer; else null.</summary>
    public HttpStatusCode? StatusCode { get; }

    /// <summary>True when the answer was refused for its size: asking for less may help.</summary>
    public bool AnswerTooLarge { get; private init; }

    /// <summary>True when the answer is well-formed and of something else than was asked: another block, transaction or hash.</summary>
    public bool AnswersAnother { get; private init; }

    internal static RpcProtocolException OfAnother(string provider, string what) =>
        new(provider, $"the node answered another {what} than the one asked for") { AnswersAnother = true };

    internal static RpcProtocolException TooLarge(string provider, int bytesMax) =>
        new(provider, $"the answer is larger than {bytesMax} bytes") { AnswerTooLarge = true };
}
