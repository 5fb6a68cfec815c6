namespace ChainExec.Server.Api;

/// <summary>One kind of problem: its stable code, HTTP status, title, and whether the same request may succeed later.</summary>
internal sealed record ProblemCode(string Code, int Status, string Title, bool Retryable = false)
{
    public static readonly ProblemCode InvalidRequest = new("invalid_request", 400, "The request is not valid");
    public static readonly ProblemCode InvalidJson = new("invalid_json", 400, "The body is not JSON");
    public static readonly ProblemCode InvalidParameter = new("invalid_parameter", 400, "A query parameter is not valid");
    public static readonly ProblemCode KeyRequired = new("idempotency_key_required", 400, "An Idempotency-Key header is required");
    public static readonly ProblemCode KeyInvalid = new("idempotency_key_invalid", 400, "The Idempotency-Key header is not valid");
    public static readonly ProblemCode Unauthorized = new("unauthorized", 401, "An API key is required");
    public static readonly ProblemCode SignatureInvalid = new("signature_invalid", 401, "The signature is not valid");
    public static readonly ProblemCode Forbidden = new("forbidden", 403, "This key may not do that");
    public static readonly ProblemCode NotFound = new("not_found", 404, "There is no such thing");
    public static readonly ProblemCode MethodNotAllowed = new("method_not_allowed", 405, "The method is not allowed here");
    public static readonly ProblemCode ReferenceUsed = new("client_reference_used", 409, "The client reference belongs to another intent");
    public static readonly ProblemCode IntentEnded = new("intent_ended", 409, "The intent has ended");
    public static readonly ProblemCode IntentShared = new("intent_shared", 409, "The intent's transaction carries others too");
    public static readonly ProblemCode ApprovalNotAsked = new("approval_not_asked", 409, "No approval is open");
    public static readonly ProblemCode StillRunning = new("still_running", 409, "A request with this key is running", Retryable: true);
    public static readonly ProblemCode BodyTooLarge = new("body_too_large", 413, "The body is too large");
    public static readonly ProblemCode UnsupportedMediaType = new("unsupported_media_type", 415, "The body's media type is not supported");
    public static readonly ProblemCode KeyReused = new("idempotency_key_reused", 422, "The idempotency key belongs to another request");
    public static readonly ProblemCode OtpLocked = new("otp_locked", 429, "Too many wrong one-time passwords", Retryable: true);
    public static readonly ProblemCode Internal = new("internal", 500, "Something went wrong on our side", Retryable: true);
    public static readonly ProblemCode NodeUnavailable = new("node_unavailable", 503, "No node of the chain answers", Retryable: true);
    public static readonly ProblemCode SignerUnavailable = new("signer_unavailable", 503, "The signer does not answer", Retryable: true);
    public static readonly ProblemCode DatabaseUnavailable =
        new("database_unavailable", 503, "The database does not answer", Retryable: true);
    public static readonly ProblemCode TooManyStreams = new("too_many_streams", 503, "Too many event streams are open", Retryable: true);
    public static readonly ProblemCode TimedOut = new("timed_out", 504, "The request took too long", Retryable: true);

    /// <summary>A request that was understood and is refused, for a reason that names itself.</summary>
    public static ProblemCode Refused(string code) => new(code, 422, "The request is refused");

    /// <summary>What a bare status of the framework means here.</summary>
    public static ProblemCode OfStatus(int status) => status switch
    {
        401 => Unauthorized,
        403 => Forbidden,
        404 => NotFound,
        405 => MethodNotAllowed,
        413 => BodyTooLarge,
        415 => UnsupportedMediaType,
        504 => TimedOut,
        >= 500 => Internal,
        _ => InvalidRequest with { Status = status },
    };
}
