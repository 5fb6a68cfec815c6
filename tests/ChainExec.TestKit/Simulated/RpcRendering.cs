using System.Text.Json.Nodes;
using ChainExec.Ethereum;
using ChainExec.Ethereum.Transactions;

namespace ChainExec.TestKit.Simulated;

/// <summary>Blocks, transactions, receipts and logs as nodes write them.</summary>
internal static class RpcRendering
{
    public static JsonNode Quantity(UInt256 value) => Hex.EncodeQuantity(value);

    public static JsonNode Text(Hash32 hash) => hash.ToString();

    public static JsonObject Block(SimulatedBlock block, bool full) => new()
    {
        ["number"] = Quantity(block.Number),
        ["hash"] = Text(block.Hash),
        ["parentHash"] = Text(block.ParentHash),
        ["nonce"] = "0x0000000000000000",
        ["mixHash"] = Text(Hash32.Zero),
        ["miner"] = block.Environment.Coinbase.ToHex(),
        ["difficulty"] = "0x0",
        ["extraData"] = "0x",
        ["size"] = "0x400",
        ["stateRoot"] = Text(Hash32.Zero),
        ["transactionsRoot"] = Text(block.TransactionsRoot),
        ["receiptsRoot"] = Text(block.ReceiptsRoot),
        ["timestamp"] = Quantity(block.Timestamp),
        ["baseFeePerGas"] = Quantity(block.BaseFee),
        ["gasLimit"] = Quantity(block.GasLimit),
        ["gasUsed"] = Quantity(block.GasUsed),
        ["logsBloom"] = Hex.Encode(block.Bloom),
        ["uncles"] = new JsonArray(),
        ["transactions"] = new JsonArray(
        [
            .. block.Receipts.Select((receipt, index) =>
                full ? Transaction(receipt.Transaction, block, index) : Text(receipt.Transaction.Hash)),
        ]),
    };

    /// <summary>A transaction in a block, or a pending one when there is no block.</summary>
    public static JsonObject Transaction(SimulatedTransaction transaction, SimulatedBlock? block, int index) => new()
    {
        ["hash"] = Text(transaction.Hash),
        ["type"] = Quantity((ulong)transaction.Type),
        ["chainId"] = transaction.ChainId is { } chain ? Quantity(chain) : null,
        ["from"] = transaction.From.ToHex(),
        ["to"] = transaction.To?.ToHex(),
        ["nonce"] = Quantity(transaction.Nonce),
        ["value"] = Quantity(transaction.Value),
        ["gas"] = Quantity(transaction.GasLimit),
        ["gasPrice"] = Quantity(block?.Receipts[index].EffectiveGasPrice ?? transaction.MaxFeePerGas),
        ["maxFeePerGas"] = IsDynamic(transaction) ? Quantity(transaction.MaxFeePerGas) : null,
        ["maxPriorityFeePerGas"] = IsDynamic(transaction) ? Quantity(transaction.MaxPriorityFeePerGas) : null,
        ["input"] = Hex.Encode(transaction.Data.Span),
        ["accessList"] = new JsonArray(),
        ["blockHash"] = block is null ? null : Text(block.Hash),
        ["blockNumber"] = block is null ? null : Quantity(block.Number),
        ["transactionIndex"] = block is null ? null : Quantity((ulong)index),
    };

    private static bool IsDynamic(SimulatedTransaction transaction) => transaction.Type >= Eip1559Transaction.TypeByte;

    public static JsonArray Receipts(SimulatedBlock block) =>
        [.. Enumerable.Range(0, block.Receipts.Count).Select(index => Receipt(block, index))];

    public static JsonObject Receipt(SimulatedBlock block, int index)
    {
        SimulatedReceipt receipt = block.Receipts[index];
        IEnumerable<SimulatedReceipt> until = block.Receipts.Take(index + 1);
        return new JsonObject
        {
            ["transactionHash"] = Text(receipt.Transaction.Hash),
            ["transactionIndex"] = Quantity((ulong)index),
            ["type"] = Quantity((ulong)receipt.Transaction.Type),
            ["blockHash"] = Text(block.Hash),
            ["blockNumber"] = Quantity(block.Number),
            ["from"] = receipt.Transaction.From.ToHex(),
            ["to"] = receipt.Transaction.To?.ToHex(),
            ["status"] = receipt.Succeeded ? "0x1" : "0x0",
            ["gasUsed"] = Quantity(receipt.GasUsed),
            ["cumulativeGasUsed"] = Quantity(until.Aggregate(0UL, (sum, other) => sum + other.GasUsed)),
            ["effectiveGasPrice"] = Quantity(receipt.EffectiveGasPrice),
            ["contractAddress"] = receipt.Created?.ToHex(),
            ["logsBloom"] = Hex.Encode(LogsBloom.Of(receipt.Logs)),
            ["logs"] = new JsonArray([.. Logs(block, index)]),
        };
    }

    /// <summary>The logs of one transaction of a block, numbered through the block.</summary>
    public static IEnumerable<JsonObject> Logs(SimulatedBlock block, int index)
    {
        int first = block.Receipts.Take(index).Sum(receipt => receipt.Logs.Count);
        return block.Receipts[index].Logs.Select((log, offset) => new JsonObject
        {
            ["address"] = log.Contract.ToHex(),
            ["topics"] = new JsonArray([.. log.Topics.Select(Text)]),
            ["data"] = Hex.Encode(log.Data.Span),
            ["logIndex"] = Quantity((ulong)(first + offset)),
            ["transactionHash"] = Text(block.Receipts[index].Transaction.Hash),
            ["transactionIndex"] = Quantity((ulong)index),
            ["blockHash"] = Text(block.Hash),
            ["blockNumber"] = Quantity(block.Number),
            ["removed"] = false,
        });
    }
}
