using ChainExec.Ethereum.Crypto;
using ChainExec.Ethereum.Rlp;

namespace ChainExec.Ethereum.Transactions;

/// <summary>What an account signs so that a transaction of type 4 may set its code (EIP-7702).</summary>
/// <param name="ChainId">The chain it is valid on; 0 is valid on every chain.</param>
/// <param name="Delegate">The contract whose code the account runs from then on; the zero address takes the code away again.</param>
/// <param name="Nonce">The account's nonce when it is applied, below 2^64-1. It is one more than the transaction's nonce when the account
/// also sends the transaction.</param>
public sealed record Authorization(UInt256 ChainId, Address Delegate, ulong Nonce)
{
    // MAGIC of EIP-7702, so that what is signed can be no transaction.
    private const byte Magic = 5;

    /// <summary>The hash that the account signs: of the byte 5 and the RLP list of the three fields.</summary>
    public Hash32 SigningHash()
    {
        var writer = new RlpWriter(72);
        writer.WriteRaw(Magic);
        writer.BeginList();
        WriteFields(writer);
        writer.EndList();
        return Keccak256.Hash(writer.ToArray());
    }

    /// <summary>Signs for the account of <paramref name="key"/>.</summary>
    /// <exception cref="TransactionException">The nonce is 2^64-1, with which the chain would skip it.</exception>
    /// <exception cref="ObjectDisposedException">The key was disposed.</exception>
    public SignedAuthorization Sign(PrivateKey key)
    {
        ArgumentNullException.ThrowIfNull(key);
        if (Nonce == ulong.MaxValue)
        {
            throw new TransactionException("The nonce of an authorization is 2^64-1, with which no chain applies it.");
        }

        Signature signature = key.Sign(SigningHash());
        return new SignedAuthorization(this, signature.YParity ? (byte)1 : (byte)0, signature.R, signature.S);
    }

    internal void WriteFields(RlpWriter writer)
    {
        writer.WriteInteger(ChainId);
        TransactionFields.WriteAddress(writer, Delegate);
        writer.WriteInteger(Nonce);
    }
}
