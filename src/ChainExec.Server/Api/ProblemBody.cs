namespace ChainExec.Server.Api;

/// <summary>Problem details of RFC 9457.</summary>
/// <param name="Type">A reference that identifies the kind of problem.</param>
/// <param name="Title">The kind of problem in words.</param>
/// <param name="Status">The HTTP status.</param>
/// <param name="Detail">A sentence about this occurrence.</param>
/// <param name="Code">The stable code.</param>
/// <param name="RequestId">Leads to the request in the service's logs.</param>
/// <param name="Retryable">Whether the same request may succeed later.</param>
/// <param name="Errors">What is wrong with which field, when fields are wrong.</param>
/// <param name="Intent">The intent that has the key or reference already.</param>
internal sealed record ProblemBody(
    string Type, string Title, int Status, string Detail, string Code, string RequestId, bool Retryable,
    IReadOnlyList<ProblemError>? Errors, string? Intent);
