using ChainExec.Ethereum.Crypto;
using ChainExec.Ethereum.Rlp;

namespace ChainExec.Ethereum.Transactions;

/// <summary>An unsigned transaction with a gas price and an access list: type 1, EIP-2930. Equal when what is signed is equal.</summary>
/// <param name="ChainId">The chain it is valid on, above 0.</param>
/// <param name="Nonce">The sender's nonce, below 2^64-1 (EIP-2681).</param>
/// <param name="GasPrice">What is paid per gas, in wei.</param>
/// <param name="GasLimit">The most gas it may use.</param>
/// <param name="To">The account called; null creates a contract.</param>
/// <param name="Value">Wei moved to <paramref name="To"/>.</param>
/// <param name="Data">The call data or creation code.</param>
/// <param name="AccessList">The accounts and storage keys it announces; may be empty.</param>
public sealed record Eip2930Transaction(
    ulong ChainId,
    ulong Nonce,
    UInt256 GasPrice,
    ulong GasLimit,
    Address? To,
    UInt256 Value,
    ReadOnlyMemory<byte> Data,
    IReadOnlyList<AccessListEntry> AccessList)
    : Transaction(Nonce, GasLimit, To, Value, Data)
{
    /// <summary>The EIP-2718 type byte of such a transaction.</summary>
    public const byte TypeByte = 1;

    /// <inheritdoc/>
    public override byte Type => TypeByte;

    /// <inheritdoc/>
    public override ulong? SignedChainId => ChainId;

    /// <summary>True when both give the same bytes to sign.</summary>
    public bool Equals(Eip2930Transaction? other) => base.Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => base.GetHashCode();

    /// <summary>Reads the fields and the signature.</summary>
    internal static (Eip2930Transaction Transaction, Signature Signature) Read(ref RlpReader fields)
    {
        var transaction = new Eip2930Transaction(
            fields.ReadUInt64(),
            fields.ReadUInt64(),
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
        writer.WriteInteger(GasPrice);
        writer.WriteInteger(GasLimit);
        TransactionFields.WriteAddress(writer, To);
        writer.WriteInteger(Value);
        writer.WriteBytes(Data.Span);
        TransactionFields.WriteAccessList(writer, AccessList);
        TransactionFields.WriteSignature(writer, signature);
    }
}
