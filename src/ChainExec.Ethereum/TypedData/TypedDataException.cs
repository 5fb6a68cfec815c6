namespace ChainExec.Ethereum.TypedData;

/// <summary>Typed data (EIP-712) that has no hash: types that are not well-formed, or values that do not fit them exactly.</summary>
/// <param name="message">What is wrong.</param>
/// <param name="path">See <see cref="Path"/>.</param>
public sealed class TypedDataException(string message, string path) : FormatException($"{path}: {message}")
{
    /// <summary>Where it is wrong, such as <c>message.orders[2].maker</c> or <c>types.Order</c>.</summary>
    public string Path { get; } = path;
}
