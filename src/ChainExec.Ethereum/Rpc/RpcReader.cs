using System.Text.Json;

namespace ChainExec.Ethereum.Rpc;

/// <summary>Reads the objects of JSON-RPC answers. Everything malformed is a <see cref="FormatException"/> that names the field.</summary>
internal static class RpcReader
{
    private const int TopicsMax = 4;
    private const int BloomSize = 256;

    internal static RpcBlock Block(JsonElement json, bool fullTransactions)
    {
        JsonElement transactions = RpcJson.Get(json, "transactions");
        List<RpcTransaction>? read = fullTransactions ? RpcJson.List(transactions, "transactions", Transaction) : null;
        byte[] bloom = RpcJson.Bytes(RpcJson.Get(json, "logsBloom"), "logsBloom");
        return new RpcBlock(
            RpcJson.UInt64(RpcJson.Get(json, "number"), "number"),
            RpcJson.Hash(RpcJson.Get(json, "hash"), "hash"),
            RpcJson.Hash(RpcJson.Get(json, "parentHash"), "parentHash"),
            RpcJson.UInt64(RpcJson.Get(json, "timestamp"), "timestamp"),
            OptionalQuantity(json, "baseFeePerGas"),
            RpcJson.UInt64(RpcJson.Get(json, "gasLimit"), "gasLimit"),
            RpcJson.UInt64(RpcJson.Get(json, "gasUsed"), "gasUsed"),
            bloom.Length == BloomSize ? bloom : throw new FormatException("'logsBloom' has not 256 bytes"),
            RpcJson.Hash(RpcJson.Get(json, "receiptsRoot"), "receiptsRoot"),
            read?.ConvertAll(transaction => transaction.Hash)
                ?? RpcJson.List(transactions, "transactions", item => RpcJson.Hash(item, "transactions")),
            read);
    }

    internal static RpcTransaction Transaction(JsonElement json) => new(
        RpcJson.Hash(RpcJson.Get(json, "hash"), "hash"),
        OptionalIndex(json, "type") ?? 0,
        RpcJson.Address(RpcJson.Get(json, "from"), "from"),
        OptionalAddress(json, "to"),
        RpcJson.UInt64(RpcJson.Get(json, "nonce"), "nonce"),
        RpcJson.Quantity(RpcJson.Get(json, "value"), "value"),
        RpcJson.UInt64(RpcJson.Get(json, "gas"), "gas"),
        OptionalQuantity(json, "gasPrice"),
        OptionalQuantity(json, "maxFeePerGas"),
        OptionalQuantity(json, "maxPriorityFeePerGas"),
        RpcJson.Bytes(RpcJson.Get(json, "input"), "input"),
        RpcJson.TryGet(json, "blockHash", out JsonElement blockHash) ? RpcJson.Hash(blockHash, "blockHash") : null,
        RpcJson.TryGet(json, "blockNumber", out JsonElement number) ? RpcJson.UInt64(number, "blockNumber") : null,
        OptionalIndex(json, "transactionIndex"));

    internal static RpcReceipt Receipt(JsonElement json) => new(
        RpcJson.Hash(RpcJson.Get(json, "transactionHash"), "transactionHash"),
        RpcJson.Index(RpcJson.Get(json, "transactionIndex"), "transactionIndex"),
        OptionalIndex(json, "type") ?? 0,
        RpcJson.Hash(RpcJson.Get(json, "blockHash"), "blockHash"),
        RpcJson.UInt64(RpcJson.Get(json, "blockNumber"), "blockNumber"),
        RpcJson.Address(RpcJson.Get(json, "from"), "from"),
        OptionalAddress(json, "to"),
        Status(RpcJson.Get(json, "status")),
        RpcJson.UInt64(RpcJson.Get(json, "gasUsed"), "gasUsed"),
        RpcJson.Quantity(RpcJson.Get(json, "effectiveGasPrice"), "effectiveGasPrice"),
        OptionalAddress(json, "contractAddress"),
        RpcJson.List(RpcJson.Get(json, "logs"), "logs", Log));

    internal static RpcLog Log(JsonElement json)
    {
        List<Hash32> topics = RpcJson.List(RpcJson.Get(json, "topics"), "topics", topic => RpcJson.Hash(topic, "topics"));
        return new RpcLog(
            RpcJson.Address(RpcJson.Get(json, "address"), "address"),
            topics.Count <= TopicsMax ? topics : throw new FormatException("'topics' has more than 4 items"),
            RpcJson.Bytes(RpcJson.Get(json, "data"), "data"),
            RpcJson.Index(RpcJson.Get(json, "logIndex"), "logIndex"),
            RpcJson.Hash(RpcJson.Get(json, "transactionHash"), "transactionHash"),
            RpcJson.Index(RpcJson.Get(json, "transactionIndex"), "transactionIndex"),
            RpcJson.Hash(RpcJson.Get(json, "blockHash"), "blockHash"),
            RpcJson.UInt64(RpcJson.Get(json, "blockNumber"), "blockNumber"),
            RpcJson.TryGet(json, "removed", out JsonElement removed) && removed.ValueKind == JsonValueKind.True);
    }

    internal static RpcFeeHistory FeeHistory(JsonElement json) => new(
        RpcJson.UInt64(RpcJson.Get(json, "oldestBlock"), "oldestBlock"),
        RpcJson.List(RpcJson.Get(json, "baseFeePerGas"), "baseFeePerGas", fee => RpcJson.Quantity(fee, "baseFeePerGas")),
        RpcJson.List(RpcJson.Get(json, "gasUsedRatio"), "gasUsedRatio", Ratio),
        RpcJson.TryGet(json, "reward", out JsonElement reward)
            ? RpcJson.List(reward, "reward", block => RpcJson.List(block, "reward", fee => RpcJson.Quantity(fee, "reward")))
            : []);

    internal static RpcHead Head(JsonElement json) => new(
        RpcJson.UInt64(RpcJson.Get(json, "number"), "number"),
        RpcJson.Hash(RpcJson.Get(json, "hash"), "hash"),
        RpcJson.Hash(RpcJson.Get(json, "parentHash"), "parentHash"),
        RpcJson.UInt64(RpcJson.Get(json, "timestamp"), "timestamp"));

    private static bool Status(JsonElement value) => RpcJson.Index(value, "status") switch
    {
        0 => false,
        1 => true,
        _ => throw new FormatException("'status' is neither 0 nor 1"),
    };

    private static double Ratio(JsonElement value) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double ratio) && double.IsFinite(ratio)
            ? ratio
            : throw new FormatException("'gasUsedRatio' is no number");

    private static UInt256? OptionalQuantity(JsonElement json, string name) =>
        RpcJson.TryGet(json, name, out JsonElement value) ? RpcJson.Quantity(value, name) : null;

    private static int? OptionalIndex(JsonElement json, string name) =>
        RpcJson.TryGet(json, name, out JsonElement value) ? RpcJson.Index(value, name) : null;

    private static Address? OptionalAddress(JsonElement json, string name) =>
        RpcJson.TryGet(json, name, out JsonElement value) ? RpcJson.Address(value, name) : null;
}
