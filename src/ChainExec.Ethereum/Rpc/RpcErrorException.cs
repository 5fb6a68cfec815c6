namespace ChainExec.Ethereum.Rpc;

/// <summary>The node answered with a JSON-RPC error.</summary>
public sealed class RpcErrorException : RpcException
{
    /// <summary>The longest <see cref="NodeMessage"/> kept, in characters.</summary>
    public const int MessageMax = 1024;

    /// <summary>Takes over the node's error, its message cut to <see cref="MessageMax"/> and freed of control characters.</summary>
    /// <param name="provider">The provider's name.</param>
    /// <param name="code">The node's error code.</param>
    /// <param name="nodeMessage">The node's words.</param>
    /// <param name="errorData">The bytes that came with them.</param>
    /// <param name="client">The node's software, when it is known, such as <c>geth</c>.</param>
    public RpcErrorException(string provider, int code, string nodeMessage, ReadOnlyMemory<byte> errorData, string? client = null)
        : base(provider, $"the node answered error {code}: {Cut(nodeMessage)}", null)
    {
        Code = code;
        NodeMessage = Cut(nodeMessage);
        ErrorData = errorData;
        Classification = RpcErrorClassifier.Classify(client, code, NodeMessage, errorData.Span);
    }

    /// <summary>The node's error code.</summary>
    public int Code { get; }

    /// <summary>The node's words. They can quote a contract's, so they are never to be trusted.</summary>
    public string NodeMessage { get; }

    /// <summary>The bytes that came with the error, usually revert data; empty when there are none.</summary>
    public ReadOnlyMemory<byte> ErrorData { get; }

    /// <summary>What the error means, and by which rule.</summary>
    public RpcErrorClassification Classification { get; }

    private static string Cut(string? message) =>
        string.Concat((message ?? "").Take(MessageMax).Select(character => char.IsControl(character) ? ' ' : character));
}
