using ChainExec.Ethereum.Crypto;
using ChainExec.Ethereum.Rlp;

namespace ChainExec.Ethereum.Transactions;

/// <summary>An unsigned transaction that sets the code of accounts: type 4, EIP-7702. Equal when what is signed is equal.</summary>
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
/// <param name="AuthorizationList">The signed authorizations, 1 or more. One that nobody can have signed is skipped by the chain and does
/// not make the transaction invalid.</param>
public sealed record Eip7702Transaction(
    ulong ChainId,
    ulong Nonce,
    UInt256 MaxPriorityFeePerGas,
    UInt256 MaxFeePerGas,
    ulong GasLimit,
    Address? To,
    UInt256 Value,
    ReadOnlyMemory<byte> Data,
    IReadOnlyList<AccessListEntry> AccessList,
    IReadOnlyList<SignedAuthorization> AuthorizationList)
    : Transaction(Nonce, GasLimit, To, Value, Data)
{
    /// <summary>The EIP-2718 type byte of such a transaction.</summary>
    public const byte TypeByte = 4;

    /// <inheritdoc/>
    public override byte Type => TypeByte;

    /// <inheritdoc/>
    public override ulong? SignedChainId => ChainId;

    /// <inheritdoc/>
    public override void Validate()
    {
        base.Validate();
        RequireFeeOrder(MaxPriorityFeePerGas, MaxFeePerGas);
        RequireRecipient("EIP-7702");
        if (AuthorizationList.Count == 0)
        {
            throw new TransactionException("There is no authorization, and EIP-7702 wants at least one.");
        }
    }

    /// <summary>True when both give the same bytes to sign.</summary>
    public bool Equals(Eip7702Transaction? other) => base.Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => base.GetHashCode();

    /// <summary>Reads the fields and the signature.</summary>
    internal static (Eip7702Transaction Transaction, Signature Signature) Read(ref RlpReader fields)
    {
        var transaction = new Eip7702Transaction(
            fields.ReadUInt64(),
            fields.ReadUInt64(),
            fields.ReadInteger(),
            fields.ReadInteger(),
            fields.ReadUInt64(),
            TransactionFields.ReadRecipient(ref fields),
            fields.ReadInteger(),
            fields.ReadBytes().ToArray(),
            TransactionFields.ReadAccessList(fields.ReadList()),
            SignedAuthorization.ReadList(fields.ReadList()));
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
        SignedAuthorization.WriteList(writer, AuthorizationList);
        TransactionFields.WriteSignature(writer, signature);
    }
}
