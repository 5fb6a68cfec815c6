using ChainExec.Ethereum.Crypto;
using ChainExec.Ethereum.Rlp;

namespace ChainExec.Ethereum.Transactions;

/// <summary>
/// An unsigned transaction of any type: <see cref="LegacyTransaction"/>, <see cref="Eip2930Transaction"/>, <see
/// cref="Eip1559Transaction"/>, <see cref="Eip4844Transaction"/> or <see cref="Eip7702Transaction"/>; there are no others. Equal when what
/// is signed is equal.
/// </summary>
/// <param name="Nonce">The sender's nonce, below 2^64-1 (EIP-2681).</param>
/// <param name="GasLimit">The most gas it may use.</param>
/// <param name="To">The account called; null creates a contract.</param>
/// <param name="Value">Wei moved to <paramref name="To"/>.</param>
/// <param name="Data">The call data or creation code.</param>
public abstract record Transaction(ulong Nonce, ulong GasLimit, Address? To, UInt256 Value, ReadOnlyMemory<byte> Data)
{
    /// <summary>The EIP-2718 type: 0 for a legacy transaction, which is written without it, up to 4.</summary>
    public abstract byte Type { get; }

    /// <summary>The chain that the signature is bound to; null for a legacy transaction without EIP-155, which every chain takes.</summary>
    public abstract ulong? SignedChainId { get; }

    /// <summary>The hash that the sender signs.</summary>
    /// <exception cref="RlpException">The transaction is larger than <see cref="RlpReader.SizeMax"/>.</exception>
    public Hash32 SigningHash() => Keccak256.Hash(EncodeUnsigned());

    /// <summary>The bytes that the sender signs the hash of.</summary>
    /// <exception cref="RlpException">The transaction is larger than <see cref="RlpReader.SizeMax"/>.</exception>
    public byte[] EncodeUnsigned() => Write(null);

    /// <summary>The bytes to send. Nothing is checked here; <see cref="Sign"/> and <see cref="SignedTransaction.Decode"/> do.</summary>
    /// <exception cref="RlpException">The transaction is larger than <see cref="RlpReader.SizeMax"/>.</exception>
    public byte[] Encode(Signature signature) => Write(signature);

    /// <summary>Signs, after <see cref="Validate"/>.</summary>
    /// <exception cref="TransactionException">No chain would take it.</exception>
    /// <exception cref="ObjectDisposedException">The key was disposed.</exception>
    public SignedTransaction Sign(PrivateKey key)
    {
        ArgumentNullException.ThrowIfNull(key);
        Validate();
        Signature signature = key.Sign(SigningHash());
        return new SignedTransaction(this, signature, Keccak256.Hash(Encode(signature)), key.Address);
    }

    /// <summary>Refuses what its type makes invalid on every chain, whatever the state of the chain is.</summary>
    /// <exception cref="TransactionException">A field is outside its range; the message names it.</exception>
    public virtual void Validate()
    {
        if (Nonce == ulong.MaxValue)
        {
            throw new TransactionException("The nonce is 2^64-1, which EIP-2681 refuses.");
        }

        if (SignedChainId == 0)
        {
            throw new TransactionException("The chain id is 0, which no chain has.");
        }
    }

    /// <summary>True when both give the same bytes to sign.</summary>
    public virtual bool Equals(Transaction? other) =>
        other is not null && Type == other.Type && EncodeUnsigned().AsSpan().SequenceEqual(other.EncodeUnsigned());

    /// <inheritdoc/>
    public override int GetHashCode() => SigningHash().GetHashCode();

    /// <summary>Writes the fields, and the signature when there is one, into the open list.</summary>
    private protected abstract void WriteFields(RlpWriter writer, Signature? signature);

    /// <summary>Refuses a transaction of a type that cannot create contracts when it has no recipient.</summary>
    private protected void RequireRecipient(string standard)
    {
        if (To is null)
        {
            throw new TransactionException($"There is no recipient: a transaction of type {Type} cannot create a contract ({standard}).");
        }
    }

    /// <summary>Refuses a priority fee above the fee cap (EIP-1559).</summary>
    private protected static void RequireFeeOrder(UInt256 maxPriorityFeePerGas, UInt256 maxFeePerGas)
    {
        if (maxPriorityFeePerGas > maxFeePerGas)
        {
            throw new TransactionException("The priority fee is above the fee cap.");
        }
    }

    private byte[] Write(Signature? signature)
    {
        // Room for the fixed fields of every type, so that only lists grow the buffer.
        var writer = new RlpWriter(Data.Length + 320);
        if (Type != 0)
        {
            writer.WriteRaw(Type);
        }

        writer.BeginList();
        WriteFields(writer, signature);
        writer.EndList();
        return writer.ToArray();
    }
}
