using ChainExec.Ethereum.Crypto;
using ChainExec.Ethereum.Rlp;

namespace ChainExec.Ethereum.Transactions;

/// <summary>A signed transaction and what follows from its bytes.</summary>
/// <param name="Transaction">What was signed.</param>
/// <param name="Signature">The sender's signature, its s in the lower half of the curve's order (EIP-2).</param>
/// <param name="Hash">The transaction hash: Keccak-256 of the signed bytes.</param>
/// <param name="Sender">The account that signed, recovered from the signature.</param>
public sealed record SignedTransaction(Transaction Transaction, Signature Signature, Hash32 Hash, Address Sender)
{
    /// <summary>The bytes to send.</summary>
    public byte[] Encode() => Transaction.Encode(Signature);

    /// <summary>
    /// Decodes signed bytes of any type strictly: canonical RLP, every field in its range, nothing behind, s low, a sender recoverable. A
    /// blob transaction is decoded in the form that blocks hold; with its blobs it is refused.
    /// </summary>
    /// <exception cref="UnsupportedTransactionTypeException">The bytes lead with a type above 4.</exception>
    /// <exception cref="TransactionException">The bytes are no valid transaction.</exception>
    public static SignedTransaction Decode(ReadOnlySpan<byte> raw)
    {
        byte type = TypeOf(raw);
        if (type > Eip7702Transaction.TypeByte)
        {
            throw new UnsupportedTransactionTypeException(type);
        }

        try
        {
            return DecodeFields(type, raw);
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

    /// <summary>The EIP-2718 type that the first byte stands for; 0 for a legacy transaction.</summary>
    /// <exception cref="TransactionException">The bytes start no transaction.</exception>
    internal static byte TypeOf(ReadOnlySpan<byte> raw)
    {
        if (raw.IsEmpty)
        {
            throw new TransactionException("There are no bytes.");
        }

        return raw[0] switch
        {
            >= 0xC0 => LegacyTransaction.TypeByte,
            > 0 and < 0x80 => raw[0],
            _ => throw new TransactionException("The first byte is neither a transaction type nor the start of a list."),
        };
    }

    private static SignedTransaction DecodeFields(byte type, ReadOnlySpan<byte> raw)
    {
        // Positions in messages count from the first byte after the type.
        var envelope = new RlpReader(type == LegacyTransaction.TypeByte ? raw : raw[1..]);
        RlpReader fields = envelope.ReadList();
        envelope.ExpectEnd();
        (Transaction transaction, Signature signature) = Read(type, ref fields);
        fields.ExpectEnd();
        transaction.Validate();
        Address sender = Ecdsa.Recover(transaction.SigningHash(), signature);
        return new SignedTransaction(transaction, signature, Keccak256.Hash(raw), sender);
    }

    private static (Transaction Transaction, Signature Signature) Read(byte type, ref RlpReader fields) => type switch
    {
        Eip2930Transaction.TypeByte => Eip2930Transaction.Read(ref fields),
        Eip1559Transaction.TypeByte => Eip1559Transaction.Read(ref fields),
        Eip4844Transaction.TypeByte => Eip4844Transaction.Read(ref fields),
        Eip7702Transaction.TypeByte => Eip7702Transaction.Read(ref fields),
        _ => LegacyTransaction.Read(ref fields),
    };
}
