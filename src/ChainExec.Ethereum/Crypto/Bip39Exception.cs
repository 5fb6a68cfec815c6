namespace ChainExec.Ethereum.Crypto;

/// <summary>A text is no English BIP-39 mnemonic, or a passphrase cannot be normalised. Never says a word of either.</summary>
/// <param name="message">What is wrong.</param>
/// <param name="position">See <see cref="Position"/>.</param>
public sealed class Bip39Exception(string message, int position) : FormatException($"{message} (position {position})")
{
    /// <summary>Where: the word of the mnemonic, counted from 1, or the character of the passphrase, counted from 0; 0 when the
    /// whole mnemonic is meant.</summary>
    public int Position { get; } = position;
}
