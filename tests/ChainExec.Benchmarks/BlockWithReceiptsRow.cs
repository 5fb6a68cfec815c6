using System.Text;
using System.Text.Json;
using ChainExec.Benchmarks.Running;
using ChainExec.Ethereum;
using ChainExec.Ethereum.Rpc;

namespace ChainExec.Benchmarks;

/// <summary>
/// A block of 200 transactions in full and its 200 receipts with 300 logs, as a node answers them, read into our records; against
/// JsonDocument alone, parsed and walked: each member that we read is taken once as text, and nothing is decoded or kept.
/// </summary>
public sealed class BlockWithReceiptsRow : SpeedRow
{
    private const int TransactionCount = 200;
    private const int LogCount = 300;

    private static readonly string[] BlockMembers =
        ["number", "hash", "parentHash", "timestamp", "baseFeePerGas", "gasLimit", "gasUsed", "logsBloom", "receiptsRoot"];

    private static readonly string[] TransactionMembers =
    [
        "hash", "type", "from", "to", "nonce", "value", "gas", "gasPrice", "maxFeePerGas", "maxPriorityFeePerGas", "input", "blockHash",
        "blockNumber", "transactionIndex",
    ];

    private static readonly string[] ReceiptMembers =
    [
        "transactionHash", "transactionIndex", "type", "blockHash", "blockNumber", "from", "to", "status", "gasUsed", "effectiveGasPrice",
    ];

    private static readonly string[] LogMembers =
        ["address", "data", "logIndex", "transactionHash", "transactionIndex", "blockHash", "blockNumber"];

    private readonly Random _random = new(20261125);
    private byte[] _block = [];
    private byte[] _receipts = [];

    public override string Name => "JSON block with receipts";

    public override string BaselineName => "JsonDocument, walked";

    public override SpeedLimit Limit { get; } = new(TimesFasterMin: 1.5);

    public override void Prepare()
    {
        string blockHash = Data(32);
        string[] hashes = [.. Enumerable.Range(0, TransactionCount).Select(_ => Data(32))];
        _block = Encoding.UTF8.GetBytes(Block(blockHash, hashes));
        _receipts = Encoding.UTF8.GetBytes($"[{string.Join(',', hashes.Select((hash, i) => Receipt(blockHash, hash, i)))}]");

        RpcBlock block = RpcDocument.FullBlock(_block);
        IReadOnlyList<RpcReceipt> receipts = RpcDocument.Receipts(_receipts);
        bool whole = block.Transactions!.Select(transaction => transaction.Hash.ToString()).SequenceEqual(hashes)
            && receipts.Select(receipt => receipt.TransactionHash.ToString()).SequenceEqual(hashes)
            && receipts.Sum(receipt => receipt.Logs.Count) == LogCount;
        if (!whole)
            throw new InvalidOperationException($"{Name}: not everything was read.");
    }

    public override void Measure(int operations)
    {
        for (int i = 0; i < operations; i++)
        {
            RpcBlock block = RpcDocument.FullBlock(_block);
            IReadOnlyList<RpcReceipt> receipts = RpcDocument.Receipts(_receipts);
            Keep(block.Transactions!.Count + receipts.Count);
        }
    }

    public override void Baseline(int operations)
    {
        for (int i = 0; i < operations; i++)
        {
            using JsonDocument block = JsonDocument.Parse(_block);
            long length = Walk(block.RootElement, BlockMembers);
            foreach (JsonElement transaction in block.RootElement.GetProperty("transactions").EnumerateArray())
                length += Walk(transaction, TransactionMembers);

            using JsonDocument receipts = JsonDocument.Parse(_receipts);
            foreach (JsonElement receipt in receipts.RootElement.EnumerateArray())
            {
                length += Walk(receipt, ReceiptMembers);
                foreach (JsonElement log in receipt.GetProperty("logs").EnumerateArray())
                {
                    length += Walk(log, LogMembers);
                    foreach (JsonElement topic in log.GetProperty("topics").EnumerateArray())
                        length += topic.GetString()!.Length;
                }
            }

            Keep(length);
        }
    }

    private static long Walk(JsonElement element, string[] members)
    {
        long length = 0;
        foreach (string member in members)
            length += element.GetProperty(member).GetString()!.Length;
        return length;
    }

    // The members that a node sends, read or not, in its order.
    private string Block(string blockHash, string[] hashes) => Object(
        ("hash", blockHash), ("parentHash", Data(32)), ("sha3Uncles", Data(32)), ("miner", Data(20)), ("stateRoot", Data(32)),
        ("transactionsRoot", Data(32)), ("receiptsRoot", Data(32)), ("logsBloom", Data(256)), ("difficulty", "0x0"),
        ("number", "0x112a880"), ("gasLimit", "0x1c9c380"), ("gasUsed", "0xf1b2c3"), ("timestamp", "0x655f1a2b"), ("extraData", Data(20)),
        ("mixHash", Data(32)), ("nonce", "0x0000000000000000"), ("baseFeePerGas", "0x6fc23ac00"), ("size", "0x1f000"))[..^1]
        + ",\"uncles\":[],\"withdrawals\":[],\"transactions\":["
        + string.Join(',', hashes.Select((hash, i) => Transaction(blockHash, hash, i))) + "]}";

    private string Transaction(string blockHash, string hash, int index) => Object(
        ("type", "0x2"), ("chainId", "0x1"), ("nonce", "0x1a4"), ("gas", "0x186a0"), ("maxFeePerGas", "0x9502f9000"),
        ("maxPriorityFeePerGas", "0x3b9aca00"), ("to", Data(20)), ("value", "0xde0b6b3a7640000"), ("input", Data(68)), ("r", Data(32)),
        ("s", Data(32)), ("yParity", "0x1"), ("v", "0x1"), ("hash", hash), ("blockHash", blockHash), ("blockNumber", "0x112a880"),
        ("transactionIndex", Hex.EncodeQuantity((ulong)index)), ("from", Data(20)), ("gasPrice", "0x737be7600"))[..^1]
        + ",\"accessList\":[]}";

    private string Receipt(string blockHash, string hash, int index)
    {
        int logs = index % 2 == 0 ? 1 : 2;
        return Object(
            ("type", "0x2"), ("status", "0x1"), ("cumulativeGasUsed", "0x5208"), ("logsBloom", Data(256)), ("transactionHash", hash),
            ("transactionIndex", Hex.EncodeQuantity((ulong)index)), ("blockHash", blockHash), ("blockNumber", "0x112a880"),
            ("gasUsed", "0xc350"), ("effectiveGasPrice", "0x737be7600"), ("from", Data(20)), ("to", Data(20)))[..^1]
            + ",\"contractAddress\":null,\"logs\":["
            + string.Join(',', Enumerable.Range(0, logs).Select(_ => Log(blockHash, hash, index))) + "]}";
    }

    private string Log(string blockHash, string hash, int index) => Object(
        ("address", Data(20)), ("data", Data(32)), ("blockHash", blockHash), ("blockNumber", "0x112a880"),
        ("blockTimestamp", "0x655f1a2b"), ("transactionHash", hash), ("transactionIndex", Hex.EncodeQuantity((ulong)index)),
        ("logIndex", "0x7b"))[..^1] + $",\"topics\":[\"{Data(32)}\",\"{Data(32)}\",\"{Data(32)}\"],\"removed\":false}}";

    private static string Object(params (string Name, string Value)[] members) =>
        $"{{{string.Join(',', members.Select(member => $"\"{member.Name}\":\"{member.Value}\""))}}}";

    private string Data(int length)
    {
        byte[] bytes = new byte[length];
        _random.NextBytes(bytes);
        return Hex.Encode(bytes);
    }
}
