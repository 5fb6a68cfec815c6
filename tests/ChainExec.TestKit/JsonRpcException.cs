namespace ChainExec.TestKit;

/// <summary>The node answered a call with a JSON-RPC error.</summary>
/// <param name="method">The method that was called.</param>
/// <param name="code">The error's code.</param>
/// <param name="message">The error's message.</param>
public sealed class JsonRpcException(string method, int code, string message) : Exception($"{method}: {message} ({code})")
{
    /// <summary>The error's code, such as -32003.</summary>
    public int Code { get; } = code;
}
