using ChainExec.Ethereum.Crypto;
using ChainExec.Ethereum.Rlp;

namespace ChainExec.Ethereum.Transactions;

/// <summary>An unsigned blob transaction: type 3, EIP-4844, as blocks hold it, without the blobs. Equal when what is signed is equal.</summary>
/// <param name="ChainId">The chain it is valid on, above 0.</param>
/// <param name="Nonce">The sender's nonce, below 2^64-1 (EIP-2681).</param>
/// <param name="MaxPriorityFeePerGas">The most the block's producer gets per gas, in wei; not above <paramref
/// name="MaxFeePerGas"/>.</param>
/// <param name="MaxFeePerGas">The most paid per gas in all, in wei.</param>
/// <param name="GasLimit">The most gas it may use.</param>
/// <param name="To">The account called. Never null: such a transaction cannot create a contract.</param>
/// <param name="Value">Wei moved to <paramref name="To"/>.</param>
/// <param name="Data">The call data.</param>
/// <param name="AccessList">The EIP-2930 access list; usually empty.</param>
/// <param name="MaxFeePerBlobGas">The most paid per blob gas, in wei.</param>
/// <param name="BlobVersionedHashes">The versioned hash of each blob, 1 or more, each with version 1 in its first byte.</param>
public sealed record Eip4844Transaction(
    ulong ChainId,
    ulong Nonce,
    UInt256 MaxPriorityFeePerGas,
    UInt256 MaxFeePerGas,
    ulong GasLimit,
    Address? To,
    UInt256 Value,
    ReadOnlyMemory<byte> Data,
    IReadOnlyList<AccessListEntry> AccessList,
    UInt256 MaxFeePerBlobGas,
    IReadOnlyList<Hash32> BlobVersionedHashes)
    : Transaction(Nonce, GasLimit, To, Value, Data)
{
    // VERSIONED_HASH_VERSION_KZG of EIP-4844.
    private const byte HashVersion = 1;

    /// <summary>The EIP-2718 type byte of such a transaction.</summary>
    public const byte TypeByte = 3;

    /// <inheritdoc/>
    public override byte Type => TypeByte;

    /// <inheritdoc/>
    public override ulong? SignedChainId => ChainId;

    /// <inheritdoc/>
    public override void Validate()
    {
        base.Validate();
        RequireFeeOrder(MaxPriorityFeePerGas, MaxFeePerGas);
        RequireRecipient("EIP-4844");
        if (BlobVersionedHashes.Count == 0)
        {
            throw new TransactionException("There is no blob, and EIP-4844 wants at least one.");
        }

        Span<byte> bytes = stackalloc byte[Hash32.Size];
        foreach (Hash32 hash in BlobVersionedHashes)
        {
            hash.CopyTo(bytes);
            if (bytes[0] != HashVersion)
            {
                throw new TransactionException("The version of a blob's hash is not 1.");
            }
        }
    }

    /// <summary>True when both give the same bytes to sign.</summary>
    public bool Equals(Eip4844Transaction? other) => base.Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => base.GetHashCode();

    /// <summary>Reads the fields and the signature.</summary>
    internal static (Eip4844Transaction Transaction, Signature Signature) Read(ref RlpReader fields)
    {
        // On its way between nodes the list of fields stands inside another list, followed by blobs, commitments and proofs.
        if (fields.NextIsList)
        {
            throw new TransactionException(
                "This is the network form of a blob transaction, with its blobs; only the form without them is decoded.");
        }

        var transaction = new Eip4844Transaction(
            fields.ReadUInt64(),
            fields.ReadUInt64(),
            fields.ReadInteger(),
            fields.ReadInteger(),
            fields.ReadUInt64(),
            TransactionFields.ReadRecipient(ref fields),
            fields.ReadInteger(),
            fields.ReadBytes().ToArray(),
            TransactionFields.ReadAccessList(fields.ReadList()),
            fields.ReadInteger(),
            TransactionFields.ReadHashes(fields.ReadList()));
        return (transaction, TransactionFields.ReadSignature(ref fields));
    }

    private protected override void WriteFields(RlpWriter writer, Signature? signature)
    {
        writer.WriteInteger(ChainId);
        writer.WriteInteger(Nonce);
        writer.WriteInteger(MaxPriorityFeePerGas);
        writer.WriteInteger(MaxFeePerGas);
        writer.WriteInteger(GasLimit);
        TransactionFields.WriteAddress(writer, To);
        writer.WriteInteger(Value);
        writer.WriteBytes(Data.Span);
        TransactionFields.WriteAccessList(writer, AccessList);
        writer.WriteInteger(MaxFeePerBlobGas);
        TransactionFields.WriteHashes(writer, BlobVersionedHashes);
        TransactionFields.WriteSignature(writer, signature);
    }
}
