using System.Text.Json;
using ChainExec.Ethereum.Rlp;
using ChainExec.Ethereum.Transactions;
using static ChainExec.Ethereum.Rpc.RpcField;

namespace ChainExec.Ethereum.Rpc;

/// <summary>
/// Makes a transaction's bytes again from the fields that a node answers, of types 0 to 4, in buffers that one block's transactions share.
/// The signature is copied, not judged.
/// </summary>
internal sealed class RpcTransactionEncoder
{
    internal static readonly UInt128 Wanted = RpcFields.Set(
        ChainId, V, R, S, YParity, AccessList, MaxFeePerBlobGas, BlobVersionedHashes, AuthorizationList);

    private static readonly UInt128 AccessRequired = RpcFields.Set(RpcField.Address, StorageKeys);
    private static readonly UInt128 Signed = RpcFields.Set(R, S);

    private readonly RlpWriter _accessList = new();
    private readonly RlpWriter _blobHashes = new();
    private readonly RlpWriter _authorizations = new();
    private readonly RlpWriter _output = new(1024);
    private UInt128 _present;
    private UInt256 _chainId, _v, _yParity, _r, _s, _maxFeePerBlobGas;

    /// <summary>Forgets the last transaction.</summary>
    internal void Begin() => _present = 0;

    /// <summary>Reads one of the fields. What has another form than Ethereum's counts as absent.</summary>
    internal void Read(ref Utf8JsonReader reader, RpcField field)
    {
        Utf8JsonReader before = reader;
        try
        {
            switch (field)
            {
                case ChainId: _chainId = RpcScalar.Quantity(ref reader, field); break;
                case V: _v = RpcScalar.Quantity(ref reader, field); break;
                case R: _r = RpcScalar.Quantity(ref reader, field); break;
                case S: _s = RpcScalar.Quantity(ref reader, field); break;
                case YParity: _yParity = RpcScalar.Quantity(ref reader, field); break;
                case MaxFeePerBlobGas: _maxFeePerBlobGas = RpcScalar.Quantity(ref reader, field); break;
                case AccessList: ReadAccessList(ref reader); break;
                case BlobVersionedHashes: ReadHashes(ref reader, field, _blobHashes.Cleared()); break;
                default: ReadAuthorizations(ref reader); break;
            }

            _present |= RpcFields.Set(field);
        }
        catch (FormatException)
        {
            // A form of its own: then nothing is computed from it.
            reader = before;
            reader.Skip();
        }
    }

    /// <summary>The bytes whose hash is the transaction's; empty when fields are missing or the type is another one.</summary>
    internal ReadOnlySpan<byte> Encode(RpcTransaction transaction)
    {
        RlpWriter writer = _output.Cleared();
        if ((_present & Signed) != Signed || !CanEncode(transaction))
        {
            return [];
        }

        if (transaction.Type != 0)
        {
            writer.WriteRaw((byte)transaction.Type);
        }

        writer.BeginList();
        if (transaction.Type != 0)
        {
            writer.WriteInteger(_chainId);
        }

        writer.WriteInteger(transaction.Nonce);
        if (transaction.Type < Eip1559Transaction.TypeByte)
        {
            writer.WriteInteger(transaction.GasPrice!.Value);
        }
        else
        {
            writer.WriteInteger(transaction.MaxPriorityFeePerGas!.Value);
            writer.WriteInteger(transaction.MaxFeePerGas!.Value);
        }

        writer.WriteInteger(transaction.Gas);
        TransactionFields.WriteAddress(writer, transaction.To);
        writer.WriteInteger(transaction.Value);
        writer.WriteBytes(transaction.Input.Span);
        WriteTyped(writer, transaction.Type);
        writer.WriteInteger(transaction.Type == 0 ? _v : Has(YParity) ? _yParity : _v);
        writer.WriteInteger(_r);
        writer.WriteInteger(_s);
        writer.EndList();
        return writer.Written;
    }

    private void WriteTyped(RlpWriter writer, int type)
    {
        if (type >= Eip2930Transaction.TypeByte)
        {
            writer.WriteEncoded(_accessList.Written);
        }

        if (type == Eip4844Transaction.TypeByte)
        {
            writer.WriteInteger(_maxFeePerBlobGas);
            writer.WriteEncoded(_blobHashes.Written);
        }

        if (type == Eip7702Transaction.TypeByte)
        {
            writer.WriteEncoded(_authorizations.Written);
        }
    }

    private bool CanEncode(RpcTransaction transaction) => transaction.Type switch
    {
        0 => transaction.GasPrice is not null && Has(V),
        Eip2930Transaction.TypeByte => transaction.GasPrice is not null && IsTyped(),
        Eip1559Transaction.TypeByte => HasFees(transaction) && IsTyped(),
        Eip4844Transaction.TypeByte => HasFees(transaction) && IsTyped() && Has(MaxFeePerBlobGas) && Has(BlobVersionedHashes),
        Eip7702Transaction.TypeByte => HasFees(transaction) && IsTyped() && Has(AuthorizationList),
        _ => false,
    };

    private bool IsTyped() => Has(ChainId) && Has(AccessList) && (Has(YParity) || Has(V));

    private static bool HasFees(RpcTransaction transaction) =>
        transaction is { MaxFeePerGas: not null, MaxPriorityFeePerGas: not null };

    private bool Has(RpcField field) => (_present & RpcFields.Set(field)) != 0;

    private void ReadAccessList(ref Utf8JsonReader reader)
    {
        RlpWriter writer = _accessList.Cleared();
        Span<byte> address = stackalloc byte[Address.Size];
        RpcScalar.EnterList(ref reader, AccessList);
        writer.BeginList();
        while (RpcScalar.NextItem(ref reader))
        {
            // The address stands before the keys in the bytes, and may come after them in the answer.
            writer.BeginList();
            Utf8JsonReader entry = reader;
            RpcFields first = RpcFields.Enter(ref entry);
            while (first.Next(ref entry, AccessRequired, out RpcField field))
            {
                if (field == RpcField.Address)
                {
                    RpcScalar.Address(ref entry, field).CopyTo(address);
                }
                else
                {
                    entry.Skip();
                }
            }

            first.Require(AccessRequired);
            writer.WriteBytes(address);
            RpcFields second = RpcFields.Enter(ref reader);
            while (second.Next(ref reader, RpcFields.Set(StorageKeys), out RpcField field))
            {
                ReadHashes(ref reader, field, writer);
            }

            writer.EndList();
        }

        writer.EndList();
    }

    private static void ReadHashes(ref Utf8JsonReader reader, RpcField field, RlpWriter writer)
    {
        Span<byte> bytes = stackalloc byte[Hash32.Size];
        RpcScalar.EnterList(ref reader, field);
        writer.BeginList();
        while (RpcScalar.NextItem(ref reader))
        {
            RpcScalar.Hash(ref reader, field).CopyTo(bytes);
            writer.WriteBytes(bytes);
        }

        writer.EndList();
    }

    private void ReadAuthorizations(ref Utf8JsonReader reader) => Transactions.SignedAuthorization.WriteList(
        _authorizations.Cleared(), RpcScalar.List(ref reader, AuthorizationList, RpcReader.SignedAuthorization));
}
