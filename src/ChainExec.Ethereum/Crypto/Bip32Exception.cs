namespace ChainExec.Ethereum.Crypto;

/// <summary>A text is no BIP-32 path, a seed is no seed, or the tree has no key at an index.</summary>
/// <param name="message">What is wrong; nothing of a key.</param>
/// <param name="position">See <see cref="Position"/>.</param>
public sealed class Bip32Exception(string message, int position) : FormatException($"{message} (position {position})")
{
    /// <summary>Where: the character of the path, the byte count of the seed, or the level of the tree below the key asked.</summary>
    public int Position { get; } = position;
}
