namespace ChainExec.TestKit.Simulated;

/// <summary>What a node answers as a JSON-RPC error.</summary>
/// <param name="code">The error's code.</param>
/// <param name="message">The error's words, as geth says them.</param>
/// <param name="data">What comes with it: revert data.</param>
public sealed class NodeErrorException(int code, string message, ReadOnlyMemory<byte>? data) : Exception(message)
{
    private const int ServerError = -32000;

    internal NodeErrorException(string message)
        : this(ServerError, message, null)
    {
    }

    /// <summary>The error's code.</summary>
    public int Code { get; } = code;

    /// <summary>Revert data; nothing with other errors.</summary>
    public ReadOnlyMemory<byte>? ErrorData { get; } = data;
}
