namespace ChainExec.Ethereum.Rpc;

/// <summary>JSON that is not what was expected: malformed, a field missing, twice, or of another form.</summary>
public sealed class RpcFormatException : FormatException
{
    /// <summary>Says what is wrong and where.</summary>
    public RpcFormatException(string message, long position, Exception? innerException = null)
        : base($"{message} (at byte {position})", innerException) => Position = position;

    /// <summary>Where in the bytes, counted from 0.</summary>
    public long Position { get; }
}
