using ChainExec.Ethereum.Crypto;
using ChainExec.Ethereum.Rlp;

namespace ChainExec.Ethereum.Transactions;

/// <summary>An unsigned fee-market transaction: type 2, EIP-1559. Equal when what is signed is equal.</summary>
/// <param name="ChainId">The chain it is valid on, above 0.</param>
/// <param name="Nonce">The sender's nonce, below 2^64-1 (EIP-2681).</param>
/// <param name="MaxPriorityFeePerGas">The most the block's producer gets per gas, in wei; not above <paramref
/// name="MaxFeePerGas"/>.</param>
/// <param name="MaxFeePerGas">The most paid per gas in all, in wei.</param>
/// <param name="GasLimit">The most gas it may use.</param>
/// <param name="To">The account called; null creates a contract.</param>
/// <param name="Value">Wei moved to <paramref name="To"/>.</param>
/// <param name="Data">The call data or creation code.</param>
/// <param name="AccessList">The EIP-2930 access list; usually empty.</param>
public sealed record Eip1559Transaction(
    ulong ChainId,
    ulong Nonce,
    UInt256 MaxPriorityFeePerGas,
    UInt256 MaxFeePerGas,
    ulong GasLimit,
    Address? To,
    UInt256 Value,
    ReadOnlyMemory<byte> Data,
    IReadOnlyList<AccessListEntry> AccessList)
    : Transaction(Nonce, GasLimit, To, Value, Data)
{
    /// <summary>The EIP-2718 type byte of such a transaction.</summary>
    public const byte TypeByte = 2;

    /// <inheritdoc/>
    public override byte Type => TypeByte;

    /// <inheritdoc/>
    public override ulong? SignedChainId => ChainId;

    /// <summary>Decodes signed bytes of type 2 and of no other type, as strictly as <see cref="SignedTransaction.Decode"/> does.</summary>
    /// <returns>A signed transaction whose <see cref="SignedTransaction.Transaction"/> is an <see cref="Eip1559Transaction"/>.</returns>
    /// <exception cref="UnsupportedTransactionTypeException">The bytes are of another type.</exception>
    /// <exception cref="TransactionException">The bytes are no valid transaction.</exception>
    public static SignedTransaction Decode(ReadOnlySpan<byte> raw)
    {
        byte type = SignedTransaction.TypeOf(raw);
        return type == TypeByte ? SignedTransaction.Decode(raw) : throw new UnsupportedTransactionTypeException(type);
    }

    /// <inheritdoc/>
    public override void Validate()
    {
        base.Validate();
        RequireFeeOrder(MaxPriorityFeePerGas, MaxFeePerGas);
    }

    /// <summary>True when both give the same bytes to sign.</summary>
    public bool Equals(Eip1559Transaction? other) => base.Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => base.GetHashCode();

    /// <summary>Reads the fields and the signature.</summary>
    internal static (Eip1559Transaction Transaction, Signature Signature) Read(ref RlpReader fields)
    {
        var transaction = new Eip1559Transaction(
            fields.ReadUInt64(),
            fields.ReadUInt64(),
            fields.ReadInteger(),
            fields.ReadInteger(),
            fields.ReadUInt64(),
            TransactionFields.ReadRecipient(ref fields),
            fields.ReadInteger(),
            fields.ReadBytes().ToArray(),
            TransactionFields.ReadAccessList(fields.ReadList()));
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
        TransactionFields.WriteSignature(writer, signature);
    }
}
