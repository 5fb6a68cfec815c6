namespace ChainExec.Ethereum.Crypto;

/// <summary>
/// A signature cannot have been made by anybody: r or s out of range, s in the upper half of the order, or no such curve point.
/// </summary>
/// <param name="message">What is wrong.</param>
public sealed class SignatureException(string message) : FormatException(message);
