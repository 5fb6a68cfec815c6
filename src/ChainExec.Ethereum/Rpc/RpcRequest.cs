using System.Text.Json.Nodes;

namespace ChainExec.Ethereum.Rpc;

/// <summary>One call of a batch.</summary>
/// <param name="Method">The JSON-RPC method.</param>
/// <param name="Parameters">Its parameters, in order.</param>
public sealed record RpcRequest(string Method, JsonArray Parameters);
