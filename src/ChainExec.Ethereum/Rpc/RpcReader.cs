using System.Text.Json;
using ChainExec.Ethereum.Transactions;
using ChainExec.Ethereum.Trie;
using static ChainExec.Ethereum.Rpc.RpcField;

namespace ChainExec.Ethereum.Rpc;

/// <summary>
/// Reads the objects of JSON-RPC answers straight from their bytes into our records. Everything malformed is a
/// <see cref="FormatException"/> that names the field; members that we do not know are skipped, a known one that comes twice is refused.
/// </summary>
internal static class RpcReader
{
    private const int TopicsMax = 4;
    private const int BloomSize = 256;

    private static readonly UInt128 HeadFields = RpcFields.Set(Number, RpcField.Hash, ParentHash, Timestamp);
    private static readonly UInt128 BlockRequired =
        RpcFields.Set(Number, RpcField.Hash, ParentHash, Timestamp, GasLimit, GasUsed, LogsBloom, ReceiptsRoot, RpcField.Transactions);
    private static readonly UInt128 BlockFields = BlockRequired | RpcFields.Set(BaseFeePerGas) | RpcHeaderFields.Wanted;
    private static readonly UInt128 TransactionRequired = RpcFields.Set(RpcField.Hash, From, Nonce, Value, Gas, Input);
    private static readonly UInt128 TransactionFields = TransactionRequired | RpcFields.Set(
        RpcField.Type, To, GasPrice, MaxFeePerGas, MaxPriorityFeePerGas, BlockHash, BlockNumber, TransactionIndex);
    private static readonly UInt128 ReceiptRequired = RpcFields.Set(
        TransactionHash, TransactionIndex, BlockHash, BlockNumber, From, RpcField.Status, GasUsed, EffectiveGasPrice, Logs);
    private static readonly UInt128 ReceiptFields = ReceiptRequired | RpcFields.Set(
        RpcField.Type, To, ContractAddress, L1Fee, OperatorFeeScalar, OperatorFeeConstant, DaFootprintGasScalar);
    private static readonly UInt128 LogRequired =
        RpcFields.Set(RpcField.Address, RpcField.Topics, Data, LogIndex, TransactionHash, TransactionIndex, BlockHash, BlockNumber);
    private static readonly UInt128 LogFields = LogRequired | RpcFields.Set(Removed);
    private static readonly UInt128 AuthorizationRequired = RpcFields.Set(ChainId, RpcField.Address, Nonce, YParity, R, S);
    private static readonly UInt128 AuthorizationListFields = RpcFields.Set(RpcField.Hash, AuthorizationList);
    private static readonly UInt128 FeeRequired = RpcFields.Set(OldestBlock, BaseFeePerGas, GasUsedRatio);
    private static readonly UInt128 FeeFields = FeeRequired | RpcFields.Set(Reward);

    /// <summary>A block with its transactions in full.</summary>
    internal static RpcBlock FullBlock(ref Utf8JsonReader reader) => Block(ref reader, fullTransactions: true);

    /// <summary>A block with the hashes of its transactions.</summary>
    internal static RpcBlock BlockOfHashes(ref Utf8JsonReader reader) => Block(ref reader, fullTransactions: false);

    internal static RpcTransaction Transaction(ref Utf8JsonReader reader) => Transaction(ref reader, encoder: null);

    // With an encoder also what only its bytes hold.
    private static RpcTransaction Transaction(ref Utf8JsonReader reader, RpcTransactionEncoder? encoder)
    {
        encoder?.Begin();
        (Hash32 hash, int type, Address from, Address? to, ulong nonce, UInt256 value, ulong gas) =
            (default, 0, default, null, 0, default, 0);
        (UInt256? gasPrice, UInt256? feeCap, UInt256? tipCap, byte[] input) = (null, null, null, []);
        (Hash32? blockHash, ulong? blockNumber, int? index) = (null, null, null);
        RpcFields fields = RpcFields.Enter(ref reader);
        UInt128 wanted = encoder is null ? TransactionFields : TransactionFields | RpcTransactionEncoder.Wanted;
        while (fields.Next(ref reader, wanted, out RpcField field))
        {
            switch (field)
            {
                case RpcField.Hash: hash = RpcScalar.Hash(ref reader, field); break;
                case RpcField.Type: type = RpcScalar.Index(ref reader, field); break;
                case From: from = RpcScalar.Address(ref reader, field); break;
                case To: to = RpcScalar.Address(ref reader, field); break;
                case Nonce: nonce = RpcScalar.UInt64(ref reader, field); break;
                case Value: value = RpcScalar.Quantity(ref reader, field); break;
                case Gas: gas = RpcScalar.UInt64(ref reader, field); break;
                case GasPrice: gasPrice = RpcScalar.Quantity(ref reader, field); break;
                case MaxFeePerGas: feeCap = RpcScalar.Quantity(ref reader, field); break;
                case MaxPriorityFeePerGas: tipCap = RpcScalar.Quantity(ref reader, field); break;
                case Input: input = RpcScalar.Bytes(ref reader, field); break;
                case BlockHash: blockHash = RpcScalar.Hash(ref reader, field); break;
                case BlockNumber: blockNumber = RpcScalar.UInt64(ref reader, field); break;
                case TransactionIndex: index = RpcScalar.Index(ref reader, field); break;
                default: encoder!.Read(ref reader, field); break;
            }
        }

        fields.Require(TransactionRequired);
        return new RpcTransaction(
            hash, type, from, to, nonce, value, gas, gasPrice, feeCap, tipCap, input, blockHash, blockNumber, index);
    }

    /// <summary>What a transaction authorizes (EIP-7702), and its hash; nothing else of it is looked at.</summary>
    internal static RpcAuthorizations Authorizations(ref Utf8JsonReader reader)
    {
        (Hash32 hash, List<SignedAuthorization> list) = (default, []);
        RpcFields fields = RpcFields.Enter(ref reader);
        while (fields.Next(ref reader, AuthorizationListFields, out RpcField field))
        {
            if (field == RpcField.Hash)
            {
                hash = RpcScalar.Hash(ref reader, field);
            }
            else
            {
                list = RpcScalar.List(ref reader, field, SignedAuthorization);
            }
        }

        fields.Require(RpcFields.Set(RpcField.Hash));
        return new RpcAuthorizations(hash, list);
    }

    internal static RpcReceipt Receipt(ref Utf8JsonReader reader)
    {
        (Hash32 hash, int index, int type, Hash32 blockHash, ulong blockNumber) = (default, 0, 0, default, 0);
        (Address from, Address? to, bool status, ulong gasUsed, UInt256 price) = (default, null, false, 0, default);
        (Address? created, List<RpcLog> logs, UInt256? l1Fee) = (null, [], null);
        (UInt256? operatorScalar, UInt256? operatorConstant, bool isJovian) = (null, null, false);
        RpcFields fields = RpcFields.Enter(ref reader);
        while (fields.Next(ref reader, ReceiptFields, out RpcField field))
        {
            switch (field)
            {
                case TransactionHash: hash = RpcScalar.Hash(ref reader, field); break;
                case TransactionIndex: index = RpcScalar.Index(ref reader, field); break;
                case RpcField.Type: type = RpcScalar.Index(ref reader, field); break;
                case BlockHash: blockHash = RpcScalar.Hash(ref reader, field); break;
                case BlockNumber: blockNumber = RpcScalar.UInt64(ref reader, field); break;
                case From: from = RpcScalar.Address(ref reader, field); break;
                case To: to = RpcScalar.Address(ref reader, field); break;
                case RpcField.Status: status = Status(ref reader); break;
                case GasUsed: gasUsed = RpcScalar.UInt64(ref reader, field); break;
                case EffectiveGasPrice: price = RpcScalar.Quantity(ref reader, field); break;
                case ContractAddress: created = RpcScalar.Address(ref reader, field); break;
                case L1Fee: l1Fee = RpcScalar.Quantity(ref reader, field); break;
                case OperatorFeeScalar: operatorScalar = RpcScalar.Quantity(ref reader, field); break;
                case OperatorFeeConstant: operatorConstant = RpcScalar.Quantity(ref reader, field); break;
                case DaFootprintGasScalar:
                    isJovian = true;
                    RpcScalar.Quantity(ref reader, field);
                    break;
                default: logs = RpcScalar.List(ref reader, field, Log); break;
            }
        }

        fields.Require(ReceiptRequired);
        return new RpcReceipt(
            hash, index, type, blockHash, blockNumber, from, to, status, gasUsed, price, created, logs, l1Fee,
            OperatorFee.Of(gasUsed, operatorScalar, operatorConstant, isJovian));
    }

    internal static RpcLog Log(ref Utf8JsonReader reader)
    {
        (Address address, Hash32[] topics, byte[] data, int logIndex) = (default, [], [], 0);
        (Hash32 hash, int index, Hash32 blockHash, ulong blockNumber, bool removed) = (default, 0, default, 0, false);
        RpcFields fields = RpcFields.Enter(ref reader);
        while (fields.Next(ref reader, LogFields, out RpcField field))
        {
            switch (field)
            {
                case RpcField.Address: address = RpcScalar.Address(ref reader, field); break;
                case RpcField.Topics: topics = Topics(ref reader); break;
                case Data: data = RpcScalar.Bytes(ref reader, field); break;
                case LogIndex: logIndex = RpcScalar.Index(ref reader, field); break;
                case TransactionHash: hash = RpcScalar.Hash(ref reader, field); break;
                case TransactionIndex: index = RpcScalar.Index(ref reader, field); break;
                case BlockHash: blockHash = RpcScalar.Hash(ref reader, field); break;
                case BlockNumber: blockNumber = RpcScalar.UInt64(ref reader, field); break;
                default: removed = RpcScalar.Boolean(ref reader, field); break;
            }
        }

        fields.Require(LogRequired);
        return new RpcLog(address, topics, data, logIndex, hash, index, blockHash, blockNumber, removed);
    }

    internal static SignedAuthorization SignedAuthorization(ref Utf8JsonReader reader)
    {
        (UInt256 chain, Address to, ulong nonce) = (default, default, 0);
        (ulong parity, UInt256 r, UInt256 s) = (0, default, default);
        RpcFields fields = RpcFields.Enter(ref reader);
        while (fields.Next(ref reader, AuthorizationRequired, out RpcField field))
        {
            switch (field)
            {
                case ChainId: chain = RpcScalar.Quantity(ref reader, field); break;
                case RpcField.Address: to = RpcScalar.Address(ref reader, field); break;
                case Nonce: nonce = RpcScalar.UInt64(ref reader, field); break;
                case YParity: parity = RpcScalar.UInt64(ref reader, field); break;
                case R: r = RpcScalar.Quantity(ref reader, field); break;
                default: s = RpcScalar.Quantity(ref reader, field); break;
            }
        }

        fields.Require(AuthorizationRequired);
        return parity <= byte.MaxValue
            ? new SignedAuthorization(new Authorization(chain, to, nonce), (byte)parity, r, s)
            : throw RpcScalar.Malformed(YParity, "parity");
    }

    /// <summary>0 to 4 topics.</summary>
    internal static Hash32[] Topics(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            throw RpcScalar.Malformed(RpcField.Topics, "list");
        }

        Span<Hash32> topics = stackalloc Hash32[TopicsMax];
        for (int count = 0; ; count++)
        {
            reader.Read();
            if (reader.TokenType == JsonTokenType.EndArray)
            {
                return count == 0 ? [] : topics[..count].ToArray();
            }

            if (count == TopicsMax)
            {
                throw new FormatException("'topics' has more than 4 items");
            }

            topics[count] = RpcScalar.Hash(ref reader, RpcField.Topics);
        }
    }

    internal static RpcFeeHistory FeeHistory(ref Utf8JsonReader reader)
    {
        (ulong oldest, List<UInt256> baseFees, List<double> ratios, List<List<UInt256>> rewards) = (0, [], [], []);
        RpcFields fields = RpcFields.Enter(ref reader);
        while (fields.Next(ref reader, FeeFields, out RpcField field))
        {
            switch (field)
            {
                case OldestBlock: oldest = RpcScalar.UInt64(ref reader, field); break;
                case BaseFeePerGas: baseFees = Quantities(ref reader, field); break;
                case GasUsedRatio: ratios = RpcScalar.List(ref reader, field, Ratio); break;
                default: rewards = RpcScalar.List(ref reader, field, (ref Utf8JsonReader item) => Quantities(ref item, Reward)); break;
            }
        }

        fields.Require(FeeRequired);
        return new RpcFeeHistory(oldest, baseFees, ratios, rewards);
    }

    internal static RpcHead Head(ref Utf8JsonReader reader)
    {
        (ulong number, Hash32 hash, Hash32 parent, ulong timestamp) = (0, default, default, 0);
        RpcFields fields = RpcFields.Enter(ref reader);
        while (fields.Next(ref reader, HeadFields, out RpcField field))
        {
            switch (field)
            {
                case Number: number = RpcScalar.UInt64(ref reader, field); break;
                case RpcField.Hash: hash = RpcScalar.Hash(ref reader, field); break;
                case ParentHash: parent = RpcScalar.Hash(ref reader, field); break;
                default: timestamp = RpcScalar.UInt64(ref reader, field); break;
            }
        }

        fields.Require(HeadFields);
        return new RpcHead(number, hash, parent, timestamp);
    }

    private static RpcBlock Block(ref Utf8JsonReader reader, bool fullTransactions)
    {
        (ulong number, Hash32 hash, Hash32 parent, ulong timestamp, UInt256? baseFee) = (0, default, default, 0, null);
        (ulong gasLimit, ulong gasUsed, byte[] bloom, Hash32 receiptsRoot) = (0, 0, [], default);
        (List<Hash32> hashes, List<RpcTransaction>? transactions) = ([], null);
        (var header, Hash32? rebuiltRoot) = (new RpcHeaderFields(), null);
        RpcFields fields = RpcFields.Enter(ref reader);
        while (fields.Next(ref reader, BlockFields, out RpcField field))
        {
            switch (field)
            {
                case Number: number = RpcScalar.UInt64(ref reader, field); break;
                case RpcField.Hash: hash = RpcScalar.Hash(ref reader, field); break;
                case ParentHash: parent = RpcScalar.Hash(ref reader, field); break;
                case Timestamp: timestamp = RpcScalar.UInt64(ref reader, field); break;
                case BaseFeePerGas: baseFee = RpcScalar.Quantity(ref reader, field); break;
                case GasLimit: gasLimit = RpcScalar.UInt64(ref reader, field); break;
                case GasUsed: gasUsed = RpcScalar.UInt64(ref reader, field); break;
                case LogsBloom: bloom = RpcScalar.Bytes(ref reader, field); break;
                case ReceiptsRoot: receiptsRoot = RpcScalar.Hash(ref reader, field); break;
                case RpcField.Transactions when fullTransactions:
                    (transactions, rebuiltRoot) = TransactionsOf(ref reader);
                    break;
                case RpcField.Transactions:
                    hashes = RpcScalar.List(
                        ref reader, field, (ref Utf8JsonReader item) => RpcScalar.Hash(ref item, RpcField.Transactions));
                    break;
                default: header.Read(ref reader, field); break;
            }
        }

        fields.Require(BlockRequired);
        if (bloom.Length != BloomSize)
        {
            throw new FormatException("'logsBloom' has not 256 bytes");
        }

        bool isHeader = header.MakeUp(hash, parent, receiptsRoot, bloom, number, gasLimit, gasUsed, timestamp, baseFee);
        return new RpcBlock(
            number, hash, parent, timestamp, baseFee, gasLimit, gasUsed, bloom, receiptsRoot,
            transactions?.ConvertAll(transaction => transaction.Hash) ?? hashes, transactions,
            !isHeader ? RpcBlockProof.None
                : rebuiltRoot == header.TransactionsRoot ? RpcBlockProof.Transactions
                : RpcBlockProof.Header);
    }

    // A block's transactions, and the root over their bytes; no root when those of one cannot be made again or have another hash.
    private static (List<RpcTransaction> Transactions, Hash32? Root) TransactionsOf(ref Utf8JsonReader reader)
    {
        RpcScalar.EnterList(ref reader, RpcField.Transactions);
        var encoder = new RpcTransactionEncoder();
        var transactions = new List<RpcTransaction>();
        using var items = new TrieItems(expected: 128);
        bool isWhole = true;
        while (RpcScalar.NextItem(ref reader))
        {
            RpcTransaction transaction = Transaction(ref reader, encoder);
            transactions.Add(transaction);
            if (!isWhole)
            {
                continue;
            }

            ReadOnlySpan<byte> bytes = encoder.Encode(transaction);
            isWhole = !bytes.IsEmpty && Keccak256.Hash(bytes) == transaction.Hash;
            if (isWhole)
            {
                items.Add(bytes);
            }
        }

        return (transactions, isWhole ? items.Root() : null);
    }

    private static List<UInt256> Quantities(ref Utf8JsonReader reader, RpcField field) =>
        RpcScalar.List(ref reader, field, (ref Utf8JsonReader item) => RpcScalar.Quantity(ref item, field));

    private static bool Status(ref Utf8JsonReader reader) => RpcScalar.Index(ref reader, RpcField.Status) switch
    {
        0 => false,
        1 => true,
        _ => throw new FormatException("'status' is neither 0 nor 1"),
    };

    private static double Ratio(ref Utf8JsonReader reader) =>
        reader.TokenType == JsonTokenType.Number && reader.TryGetDouble(out double ratio) && double.IsFinite(ratio)
            ? ratio
            : throw RpcScalar.Malformed(GasUsedRatio, "number");
}
