namespace ChainExec.Custody;

/// <summary>
/// The signer gave no usable answer: not running, timed out, busy, or its journal failed. Retryable with the same request.
/// </summary>
/// <remarks>It never means "not signed": the answer may have been lost after the signature was journalled.</remarks>
internal sealed class SignerUnavailableException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">What happened, without secrets.</param>
    /// <param name="innerException">The transport error, if any.</param>
    public SignerUnavailableException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
