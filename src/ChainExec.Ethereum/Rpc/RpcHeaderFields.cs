using System.Text.Json;
using ChainExec.Ethereum.Rlp;
using static ChainExec.Ethereum.Rpc.RpcField;

namespace ChainExec.Ethereum.Rpc;

/// <summary>
/// The fields of a header that nobody reads for themselves, to compute the block's hash with the others (Yellow Paper, section 4.4; the
/// fields that EIP-1559, 4895, 4844, 4788 and 7685 added stand behind in this order, each only with those before it).
/// </summary>
internal sealed class RpcHeaderFields
{
    private const int SealNonceSize = 8;

    internal static readonly UInt128 Wanted = RpcFields.Set(
        Sha3Uncles, Miner, StateRoot, RpcField.TransactionsRoot, Difficulty, ExtraData, MixHash, Nonce, WithdrawalsRoot, BlobGasUsed,
        ExcessBlobGas, ParentBeaconBlockRoot, RequestsHash);

    private static readonly UInt128 Required =
        RpcFields.Set(Sha3Uncles, Miner, StateRoot, RpcField.TransactionsRoot, Difficulty, ExtraData, MixHash, Nonce);

    private UInt128 _present;
    private Hash32 _uncles, _stateRoot, _transactionsRoot, _mixHash, _withdrawalsRoot, _beaconRoot, _requestsHash;
    private Address _miner;
    private UInt256 _difficulty, _blobGasUsed, _excessBlobGas;
    private byte[] _extraData = [];
    private byte[] _nonce = [];

    /// <summary>What the header says of its transactions.</summary>
    internal Hash32 TransactionsRoot => _transactionsRoot;

    /// <summary>Reads one of the fields. What has another form than Ethereum's counts as absent.</summary>
    internal void Read(ref Utf8JsonReader reader, RpcField field)
    {
        Utf8JsonReader before = reader;
        try
        {
            switch (field)
            {
                case Sha3Uncles: _uncles = RpcScalar.Hash(ref reader, field); break;
                case Miner: _miner = RpcScalar.Address(ref reader, field); break;
                case StateRoot: _stateRoot = RpcScalar.Hash(ref reader, field); break;
                case RpcField.TransactionsRoot: _transactionsRoot = RpcScalar.Hash(ref reader, field); break;
                case Difficulty: _difficulty = RpcScalar.Quantity(ref reader, field); break;
                case ExtraData: _extraData = RpcScalar.Bytes(ref reader, field); break;
                case MixHash: _mixHash = RpcScalar.Hash(ref reader, field); break;
                case Nonce: _nonce = RpcScalar.Bytes(ref reader, field); break;
                case WithdrawalsRoot: _withdrawalsRoot = RpcScalar.Hash(ref reader, field); break;
                case BlobGasUsed: _blobGasUsed = RpcScalar.Quantity(ref reader, field); break;
                case ExcessBlobGas: _excessBlobGas = RpcScalar.Quantity(ref reader, field); break;
                case ParentBeaconBlockRoot: _beaconRoot = RpcScalar.Hash(ref reader, field); break;
                default: _requestsHash = RpcScalar.Hash(ref reader, field); break;
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

    /// <summary>Whether these fields, with those that were read for themselves, make up the hash.</summary>
    internal bool MakeUp(
        Hash32 hash, Hash32 parent, Hash32 receiptsRoot, ReadOnlySpan<byte> logsBloom, ulong number, ulong gasLimit, ulong gasUsed,
        ulong timestamp, UInt256? baseFee)
    {
        if ((_present & Required) != Required || _nonce.Length != SealNonceSize)
        {
            return false;
        }

        var writer = new RlpWriter(1024);
        writer.BeginList();
        Write(writer, parent);
        Write(writer, _uncles);
        Span<byte> miner = stackalloc byte[Address.Size];
        _miner.CopyTo(miner);
        writer.WriteBytes(miner);
        Write(writer, _stateRoot);
        Write(writer, _transactionsRoot);
        Write(writer, receiptsRoot);
        writer.WriteBytes(logsBloom);
        writer.WriteInteger(_difficulty);
        writer.WriteInteger(number);
        writer.WriteInteger(gasLimit);
        writer.WriteInteger(gasUsed);
        writer.WriteInteger(timestamp);
        writer.WriteBytes(_extraData);
        Write(writer, _mixHash);
        writer.WriteBytes(_nonce);
        WriteLater(writer, baseFee);
        writer.EndList();
        return Keccak256.Hash(writer.Written) == hash;
    }

    private void WriteLater(RlpWriter writer, UInt256? baseFee)
    {
        if (baseFee is { } fee)
        {
            writer.WriteInteger(fee);
        }

        if (Has(WithdrawalsRoot))
        {
            Write(writer, _withdrawalsRoot);
        }

        if (Has(BlobGasUsed))
        {
            writer.WriteInteger(_blobGasUsed);
        }

        if (Has(ExcessBlobGas))
        {
            writer.WriteInteger(_excessBlobGas);
        }

        if (Has(ParentBeaconBlockRoot))
        {
            Write(writer, _beaconRoot);
        }

        if (Has(RequestsHash))
        {
            Write(writer, _requestsHash);
        }
    }

    private bool Has(RpcField field) => (_present & RpcFields.Set(field)) != 0;

    private static void Write(RlpWriter writer, Hash32 hash)
    {
        Span<byte> bytes = stackalloc byte[Hash32.Size];
        hash.CopyTo(bytes);
        writer.WriteBytes(bytes);
    }
}
