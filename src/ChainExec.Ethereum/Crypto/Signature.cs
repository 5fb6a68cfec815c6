namespace ChainExec.Ethereum.Crypto;

/// <summary>An ECDSA signature over secp256k1 from which the signer can be recovered.</summary>
/// <param name="R">The x coordinate of the nonce point, 1 to the order - 1.</param>
/// <param name="S">The proof, 1 to half the order when canonical (EIP-2).</param>
/// <param name="YParity">True when the y coordinate of the nonce point is odd.</param>
public readonly record struct Signature(UInt256 R, UInt256 S, bool YParity)
{
    /// <summary>Half the order of secp256k1, rounded down: the largest s that EIP-2 accepts.</summary>
    public static UInt256 LowSMax { get; } = UInt256.Parse("0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0");

    /// <summary>True when s is in the lower half, as every transaction's must be.</summary>
    public bool HasLowS => S <= LowSMax;
}
