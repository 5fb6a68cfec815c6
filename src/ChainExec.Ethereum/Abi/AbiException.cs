namespace ChainExec.Ethereum.Abi;

/// <summary>Text is no ABI signature, values do not fit their types, or bytes are no strict ABI encoding of the types asked for.</summary>
/// <param name="message">What is wrong.</param>
/// <param name="position">See <see cref="Position"/>.</param>
public sealed class AbiException(string message, int position) : FormatException($"{message} (position {position})")
{
    /// <summary>Where: the character of the text, the index of the argument when encoding, or the byte of the data when decoding.</summary>
    public int Position { get; } = position;
}
