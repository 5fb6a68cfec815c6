namespace ChainExec.Signer.Signing;

/// <summary>The lock was not free in time; nothing was decided, and the same request may be sent again.</summary>
internal sealed class SignerBusyException : Exception
{
    /// <summary>Creates the exception.</summary>
    public SignerBusyException()
        : base("The signer is busy.")
    {
    }
}
