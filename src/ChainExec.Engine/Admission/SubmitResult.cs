using ChainExec.Calls;
using ChainExec.Execution;

namespace ChainExec.Admission;

/// <summary>What came of a request for an intent. Everything but <see cref="Accepted"/> stored nothing and left the key unused.</summary>
internal abstract record SubmitResult
{
    private SubmitResult()
    {
    }

    /// <summary>The intent is in the books with its hold.</summary>
    /// <param name="Response">The body of the first answer, word for word.</param>
    /// <param name="Replayed">The key was used before with this very request.</param>
    internal sealed record Accepted(IntentId Intent, string Response, bool Replayed) : SubmitResult;

    /// <summary>Fields are wrong.</summary>
    internal sealed record Invalid(IReadOnlyList<FieldError> Errors) : SubmitResult;

    /// <summary>Understood, and refused.</summary>
    internal sealed record Refused(string Code, string Detail, string? Pointer) : SubmitResult;

    /// <summary>The idempotency key belongs to another request.</summary>
    internal sealed record KeyReused(IntentId Existing) : SubmitResult;

    /// <summary>The client reference belongs to another intent, for ever.</summary>
    internal sealed record ReferenceUsed(IntentId Existing) : SubmitResult;

    /// <summary>
    /// Who of a pool pays is not drawn before its senders are compared with the signer's journal, which does not answer: repeat it.
    /// </summary>
    internal sealed record Uncompared : SubmitResult;

    /// <summary>A request with this key is being admitted right now.</summary>
    internal sealed record StillRunning : SubmitResult;
}
