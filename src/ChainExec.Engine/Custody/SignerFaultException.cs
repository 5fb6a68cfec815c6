namespace ChainExec.Custody;

/// <summary>
/// The signer answered something that must not be trusted or that no retry cures: bytes that are not what was asked, a sender or hash that
/// does not match, an answer that cannot be read, or a refusal of the token. An operator is needed.
/// </summary>
internal sealed class SignerFaultException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">What is wrong, without secrets.</param>
    /// <param name="innerException">The parse error, if any.</param>
    public SignerFaultException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
