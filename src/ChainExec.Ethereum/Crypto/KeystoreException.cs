namespace ChainExec.Ethereum.Crypto;

/// <summary>
/// A keystore file cannot be opened: malformed, of another version or algorithm, beyond the bounds, or the password is wrong.
/// </summary>
public sealed class KeystoreException : FormatException
{
    /// <summary>Says what is wrong, and nothing of the key or the password.</summary>
    public KeystoreException(string message)
        : base(message)
    {
    }

    /// <summary>Says what is wrong and what showed it.</summary>
    public KeystoreException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
