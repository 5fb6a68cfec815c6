namespace ChainExec.Ethereum.Rlp;

/// <summary>Bytes are not canonical RLP, or what is read or written exceeds a bound of the reader.</summary>
/// <param name="message">What is wrong.</param>
/// <param name="position">See <see cref="Position"/>.</param>
public sealed class RlpException(string message, int position) : FormatException($"{message} (byte {position})")
{
    /// <summary>
    /// When reading, the offset of the wrong item from the start of the outermost input; when writing, the length of what was written.
    /// </summary>
    public int Position { get; } = position;
}
