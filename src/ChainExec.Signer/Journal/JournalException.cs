namespace ChainExec.Signer.Journal;

/// <summary>The journal cannot be opened, is corrupt, or could not be written. In every case nothing more is signed.</summary>
internal sealed class JournalException : Exception
{
    /// <summary>Creates the exception.</summary>
    public JournalException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
