namespace ChainExec.Signer;

/// <summary>
/// The signer refuses to start or a command refuses to run; the message tells the operator what to repair and holds no secret.
/// </summary>
internal sealed class SignerStartException : Exception
{
    /// <summary>Creates the exception.</summary>
    public SignerStartException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
