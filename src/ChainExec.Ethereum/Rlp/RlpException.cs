namespace ChainExec.Ethereum.Rlp;

/// <summary>Bytes are not canonical RLP, or exceed a bound of the reader.</summary>
/// <param name="message">What is wrong.</param>
/// <param name="position">See <see cref="Position"/>.</param>
public sealed class RlpException(string message, int position) : FormatException($"{message} (byte {position})")
{
    /// <summary>The offset, from the start of the outermost input, of the item that is wrong.</summary>
    public int Position { get; } = position;
}
