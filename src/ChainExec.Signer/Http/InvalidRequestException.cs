namespace ChainExec.Signer.Http;

/// <summary>A request that is not one; answered with 400 and the message, which names the field and never quotes its content.</summary>
internal sealed class InvalidRequestException : Exception
{
    /// <summary>Creates the exception.</summary>
    public InvalidRequestException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
