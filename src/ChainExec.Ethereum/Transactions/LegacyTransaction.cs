using ChainExec.Ethereum.Crypto;
using ChainExec.Ethereum.Rlp;

namespace ChainExec.Ethereum.Transactions;

/// <summary>An unsigned transaction from before EIP-2718: type 0, bound to a chain by EIP-155 or to none. Equal when what is signed is
/// equal.</summary>
/// <param name="ChainId">The chain it is valid on (EIP-155), above 0; null signs as before EIP-155, valid on every chain.</param>
/// <param name="Nonce">The sender's nonce, below 2^64-1 (EIP-2681).</param>
/// <param name="GasPrice">What is paid per gas, in wei.</param>
/// <param name="GasLimit">The most gas it may use.</param>
/// <param name="To">The account called; null creates a contract.</param>
/// <param name="Value">Wei moved to <paramref name="To"/>.</param>
/// <param name="Data">The call data or creation code.</param>
public sealed record LegacyTransaction(
    ulong? ChainId,
    ulong Nonce,
    UInt256 GasPrice,
    ulong GasLimit,
    Address? To,
    UInt256 Value,
    ReadOnlyMemory<byte> Data)
    : Transaction(Nonce, GasLimit, To, Value, Data)
{
    // What v is for parity 0, without EIP-155 and with it (there, twice the chain id is added).
    private const ulong PlainV = 27;
    private const ulong ProtectedV = 35;

    /// <summary>Such a transaction has no type byte; it is type 0 where one must be named.</summary>
    public const byte TypeByte = 0;

    /// <inheritdoc/>
    public override byte Type => TypeByte;

    /// <inheritdoc/>
    public override ulong? SignedChainId => ChainId;

    /// <summary>True when both give the same bytes to sign.</summary>
    public bool Equals(LegacyTransaction? other) => base.Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => base.GetHashCode();

    /// <summary>Reads the fields and the signature.</summary>
    internal static (LegacyTransaction Transaction, Signature Signature) Read(ref RlpReader fields)
    {
        var transaction = new LegacyTransaction(
            null,
            fields.ReadUInt64(),
            fields.ReadInteger(),
            fields.ReadUInt64(),
            TransactionFields.ReadRecipient(ref fields),
            fields.ReadInteger(),
            fields.ReadBytes().ToArray());
        (ulong? chainId, bool yParity) = ReadV(fields.ReadInteger());
        UInt256 r = fields.ReadInteger();
        return (transaction with { ChainId = chainId }, new Signature(r, fields.ReadInteger(), yParity));
    }

    private protected override void WriteFields(RlpWriter writer, Signature? signature)
    {
        writer.WriteInteger(Nonce);
        writer.WriteInteger(GasPrice);
        writer.WriteInteger(GasLimit);
        TransactionFields.WriteAddress(writer, To);
        writer.WriteInteger(Value);
        writer.WriteBytes(Data.Span);
        if (signature is { } signed)
        {
            // 256 bits, because twice a chain id of 64 bits needs 65.
            UInt256 firstV = ChainId is { } chain ? (UInt256)chain + chain + ProtectedV : PlainV;
            writer.WriteInteger(firstV + (signed.YParity ? UInt256.One : UInt256.Zero));
            writer.WriteInteger(signed.R);
            writer.WriteInteger(signed.S);
        }
        else if (ChainId is { } chain)
        {
            writer.WriteInteger(chain);
            writer.WriteInteger(UInt256.Zero);
            writer.WriteInteger(UInt256.Zero);
        }
    }

    private static (ulong? ChainId, bool YParity) ReadV(UInt256 v)
    {
        if (v == PlainV || v == PlainV + 1)
        {
            return (null, v == PlainV + 1);
        }

        if (v < ProtectedV)
        {
            throw new TransactionException("v is neither 27, 28 nor bound to a chain as EIP-155 does.");
        }

        UInt256 chainId = (v - ProtectedV) >> 1;
        return chainId.BitLength <= 64
            ? ((ulong)chainId, !((v - ProtectedV) % 2UL).IsZero)
            : throw new TransactionException("v names a chain id of more than 64 bits.");
    }
}
