using System.Text.Json;

namespace ChainExec.Ethereum.Rpc;

/// <summary>
/// Reads one value: it finds the reader at the value's first token and leaves it at the last. Everything malformed is a
/// <see cref="FormatException"/> that names the field, or the JSON reader's own exception.
/// </summary>
internal delegate T RpcRead<out T>(ref Utf8JsonReader reader);
