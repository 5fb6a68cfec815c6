using ChainExec.Ethereum.Crypto;
using ChainExec.Ethereum.Rlp;

namespace ChainExec.Ethereum.Transactions;

/// <summary>A signed transaction and what follows from its bytes.</summary>
/// <param name="Transaction">What was signed.</param>
/// <param name="Signature">The sender's signature, its s in the lower half of the curve's order (EIP-2).</param>
/// <param name="Hash">The transaction hash: Keccak-256 of the signed bytes.</param>
/// <param name="Sender">The account that signed, recovered from the signature.</param>
public sealed record SignedTransaction(Eip1559Transaction Transaction, Signature Signature, Hash32 Hash, Address Sender)
{
    /// <summary>
    /// Decodes signed bytes strictly: canonical RLP, every field in its range, nothing behind, s low, a sender recoverable.
    /// </summary>
    /// <exception cref="UnsupportedTransactionTypeException">The bytes are not of type 2.</exception>
    /// <exception cref="TransactionException">The bytes are no valid transaction.</exception>
    public static SignedTransaction Decode(ReadOnlySpan<byte> raw)
    {
        if (raw.IsEmpty)
        {
            throw new TransactionException("There are no bytes.");
        }

        if (raw[0] != Eip1559Transaction.Type)
        {
            throw raw[0] switch
            {
                >= 0xC0 => new UnsupportedTransactionTypeException(0),
                < 0x80 => new UnsupportedTransactionTypeException(raw[0]),
                _ => new TransactionException("The first byte is neither a transaction type nor the start of a list."),
            };
        }

        try
        {
            return DecodeFields(raw);
        }
        catch (RlpException error)
        {
            throw new TransactionException($"Not a canonical transaction: {error.Message}", error);
        }
        catch (SignatureException error)
        {
            throw new TransactionException($"Not a signature of this transaction: {error.Message}", error);
        }
    }

    private static SignedTransaction DecodeFields(ReadOnlySpan<byte> raw)
    {
        var envelope = new RlpReader(raw[1..]);
        RlpReader fields = envelope.ReadList();
        envelope.ExpectEnd();
        Eip1559Transaction transaction = Eip1559Transaction.ReadFields(ref fields);
        ulong parity = fields.ReadUInt64();
        UInt256 r = fields.ReadInteger();
        UInt256 s = fields.ReadInteger();
        fields.ExpectEnd();
        if (parity > 1)
        {
            throw new TransactionException("The signature's parity is neither 0 nor 1.");
        }

        var signature = new Signature(r, s, parity == 1);
        Address sender = Ecdsa.Recover(transaction.SigningHash(), signature);
        return new SignedTransaction(transaction, signature, Keccak256.Hash(raw), sender);
    }
}
