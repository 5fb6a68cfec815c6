using ChainExec.Ethereum.Crypto;
using ChainExec.Ethereum.Rlp;

namespace ChainExec.Ethereum.Transactions;

/// <summary>An unsigned fee-market transaction: type 2, EIP-1559. Equal when what is signed is equal.</summary>
/// <param name="ChainId">The chain it is valid on (EIP-155).</param>
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
{
    /// <summary>The EIP-2718 type byte of such a transaction.</summary>
    public const byte Type = 2;

    /// <summary>The hash that the sender signs.</summary>
    public Hash32 SigningHash() => Keccak256.Hash(EncodeUnsigned());

    /// <summary>The bytes that the sender signs the hash of: the type and the nine fields.</summary>
    public byte[] EncodeUnsigned() => Write(null);

    /// <summary>The bytes to send: the type, the nine fields and the signature.</summary>
    public byte[] Encode(Signature signature) => Write(signature);

    /// <summary>Decodes signed bytes strictly; see <see cref="SignedTransaction.Decode"/>.</summary>
    /// <exception cref="UnsupportedTransactionTypeException">The bytes are of another type.</exception>
    /// <exception cref="TransactionException">The bytes are no valid transaction.</exception>
    public static SignedTransaction Decode(ReadOnlySpan<byte> raw) => SignedTransaction.Decode(raw);

    /// <summary>True when both give the same bytes to sign.</summary>
    public bool Equals(Eip1559Transaction? other) => other is not null && EncodeUnsigned().AsSpan().SequenceEqual(other.EncodeUnsigned());

    /// <inheritdoc/>
    public override int GetHashCode() => SigningHash().GetHashCode();

    /// <summary>Reads the nine fields and leaves the reader at the signature.</summary>
    internal static Eip1559Transaction ReadFields(ref RlpReader fields)
    {
        ulong chainId = fields.ReadUInt64();
        ulong nonce = fields.ReadUInt64();
        if (nonce == ulong.MaxValue)
        {
            throw new TransactionException("The nonce is 2^64-1, which EIP-2681 refuses.");
        }

        UInt256 maxPriorityFeePerGas = fields.ReadInteger();
        UInt256 maxFeePerGas = fields.ReadInteger();
        if (maxPriorityFeePerGas > maxFeePerGas)
        {
            throw new TransactionException("The priority fee is above the fee cap.");
        }

        ulong gasLimit = fields.ReadUInt64();
        ReadOnlySpan<byte> to = fields.ReadBytes();
        if (to.Length is not (0 or Address.Size))
        {
            throw new TransactionException($"The recipient has {to.Length} bytes.");
        }

        return new Eip1559Transaction(
            chainId,
            nonce,
            maxPriorityFeePerGas,
            maxFeePerGas,
            gasLimit,
            to.IsEmpty ? null : Address.FromBytes(to),
            fields.ReadInteger(),
            fields.ReadBytes().ToArray(),
            ReadAccessList(fields.ReadList()));
    }

    private static List<AccessListEntry> ReadAccessList(RlpReader entries)
    {
        var accessList = new List<AccessListEntry>();
        while (!entries.AtEnd)
        {
            RlpReader entry = entries.ReadList();
            Address address = Address.FromBytes(entry.ReadBytes(Address.Size));
            RlpReader keys = entry.ReadList();
            entry.ExpectEnd();
            var storageKeys = new List<Hash32>();
            while (!keys.AtEnd)
            {
                storageKeys.Add(Hash32.FromBytes(keys.ReadBytes(Hash32.Size)));
            }

            accessList.Add(new AccessListEntry(address, storageKeys));
        }

        return accessList;
    }

    private byte[] Write(Signature? signature)
    {
        var writer = new RlpWriter(Data.Length + 256);
        writer.WriteRaw(Type);
        writer.BeginList();
        writer.WriteInteger(ChainId);
        writer.WriteInteger(Nonce);
        writer.WriteInteger(MaxPriorityFeePerGas);
        writer.WriteInteger(MaxFeePerGas);
        writer.WriteInteger(GasLimit);
        writer.WriteBytes(To is { } to ? to.ToArray() : []);
        writer.WriteInteger(Value);
        writer.WriteBytes(Data.Span);
        WriteAccessList(writer);
        if (signature is { } signed)
        {
            writer.WriteInteger(signed.YParity ? UInt256.One : UInt256.Zero);
            writer.WriteInteger(signed.R);
            writer.WriteInteger(signed.S);
        }

        writer.EndList();
        return writer.ToArray();
    }

    private void WriteAccessList(RlpWriter writer)
    {
        writer.BeginList();
        foreach (AccessListEntry entry in AccessList)
        {
            writer.BeginList();
            writer.WriteBytes(entry.Address.ToArray());
            writer.BeginList();
            foreach (Hash32 key in entry.StorageKeys)
            {
                writer.WriteBytes(key.ToArray());
            }

            writer.EndList();
            writer.EndList();
        }

        writer.EndList();
    }
}
