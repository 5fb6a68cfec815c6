using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using ChainExec.Ethereum.Rpc;
using ChainExec.Ethereum.Traces;
using FsCheck;
using FsCheck.Fluent;

namespace ChainExec.Ethereum.Tests.Rpc;

public sealed class RpcDocumentTests
{
    private static readonly string[] NullableFields = ["to", "gasPrice", "maxFeePerGas", "maxPriorityFeePerGas", "contractAddress"];

    [Fact]
    public void Block_is_read_as_it_was_written() => Prop.ForAll(
        ArbMap.Default.ArbFor<int>(),
        seed =>
        {
            JsonObject json = new Writer(seed).Block(transactions: 3);
            RpcBlock block = RpcDocument.FullBlock(Bytes(json));
            Assert.Equal(Text(json, "hash"), block.Hash.ToString());
            Assert.Equal(Text(json, "parentHash"), block.ParentHash.ToString());
            Assert.Equal(Text(json, "receiptsRoot"), block.ReceiptsRoot.ToString());
            Assert.Equal(Text(json, "number"), Hex.EncodeQuantity(block.Number));
            Assert.Equal(Text(json, "timestamp"), Hex.EncodeQuantity(block.Timestamp));
            Assert.Equal(Text(json, "gasLimit"), Hex.EncodeQuantity(block.GasLimit));
            Assert.Equal(Text(json, "gasUsed"), Hex.EncodeQuantity(block.GasUsed));
            Assert.Equal(Text(json, "baseFeePerGas"), Hex.EncodeQuantity(block.BaseFeePerGas!.Value));
            Assert.Equal(Text(json, "logsBloom"), Hex.Encode(block.LogsBloom.Span));
            Assert.Equal(3, block.Transactions!.Count);
            for (int i = 0; i < 3; i++)
            {
                AssertSame(json["transactions"]![i]!.AsObject(), block.Transactions[i]);
                Assert.Equal(block.Transactions[i].Hash, block.TransactionHashes[i]);
            }
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Receipts_and_their_logs_are_read_as_they_were_written() => Prop.ForAll(
        ArbMap.Default.ArbFor<int>(),
        seed =>
        {
            JsonObject json = new Writer(seed).Receipt(logs: 5);
            RpcReceipt receipt = RpcDocument.Receipts(Bytes(new JsonArray(json)))[0];
            Assert.Equal(Text(json, "transactionHash"), receipt.TransactionHash.ToString());
            Assert.Equal(Text(json, "transactionIndex"), Hex.EncodeQuantity((ulong)receipt.TransactionIndex));
            Assert.Equal(Text(json, "effectiveGasPrice"), Hex.EncodeQuantity(receipt.EffectiveGasPrice));
            Assert.Equal(Text(json, "status") == "0x1", receipt.Status);
            Assert.Equal(Text(json, "contractAddress"), receipt.ContractAddress?.ToHex());
            Assert.Equal(Text(json, "l1Fee"), receipt.L1Fee is { } l1Fee ? Hex.EncodeQuantity(l1Fee) : null);
            Assert.Equal(5, receipt.Logs.Count);
            for (int i = 0; i < 5; i++)
            {
                JsonNode log = json["logs"]![i]!;
                Assert.Equal(Text(log, "address"), receipt.Logs[i].Address.ToHex());
                Assert.Equal(Text(log, "data"), Hex.Encode(receipt.Logs[i].Data.Span));
                Assert.Equal(
                    log["topics"]!.AsArray().Select(topic => (string?)topic), receipt.Logs[i].Topics.Select(topic => topic.ToString()));
                Assert.Equal(Text(log, "logIndex"), Hex.EncodeQuantity((ulong)receipt.Logs[i].LogIndex));
                Assert.Equal((bool)log["removed"]!, receipt.Logs[i].Removed);
            }
        }).QuickCheckThrowOnFailure();

    // Isthmus: a millionth of the scalar for each gas; Jovian, whose receipts tell one member more: a hundred times the scalar.
    [Theory]
    [InlineData(null, null, null, null)]
    [InlineData("0xa", null, null, "0x5")]
    [InlineData(null, "0x7", null, "0x7")]
    [InlineData("0xa", "0x7", null, "0xc")]
    [InlineData("0xa", "0x7", "0x190", "0x1dcd6507")]
    public void Fee_of_a_rollups_operator_is_made_of_its_factors(string? scalar, string? constant, string? jovian, string? expected)
    {
        JsonObject json = new Writer(1).Receipt(logs: 0);
        json["gasUsed"] = "0x7a120";
        foreach ((string name, string? value) in new[]
            { ("operatorFeeScalar", scalar), ("operatorFeeConstant", constant), ("daFootprintGasScalar", jovian) })
        {
            if (value is not null)
                json[name] = value;
        }

        RpcReceipt receipt = RpcDocument.Receipts(Bytes(new JsonArray(json)))[0];
        Assert.Equal(expected, receipt.OperatorFee is { } fee ? Hex.EncodeQuantity(fee) : null);
    }

    [Fact]
    public void Changed_bytes_are_read_or_refused_by_the_one_exception()
    {
        byte[] block = Bytes(new Writer(1).Block(transactions: 2));
        byte[] receipts = Bytes(new JsonArray(new Writer(2).Receipt(logs: 2)));
        Prop.ForAll(
            ArbMap.Default.ArbFor<(PositiveInt At, byte Value)[]>(),
            changes =>
            {
                Try(() => RpcDocument.FullBlock(Changed(block, changes)));
                Try(() => RpcDocument.Receipts(Changed(receipts, changes)));
            }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Cut_bytes_are_refused_at_every_place()
    {
        byte[] block = Bytes(new Writer(1).Block(transactions: 1));
        for (int length = 0; length < block.Length; length++)
        {
            Assert.Throws<RpcFormatException>(() => RpcDocument.FullBlock(block.AsSpan(0, length)));
        }
    }

    [Fact]
    public void Member_that_comes_twice_is_refused_and_an_unknown_one_is_skipped()
    {
        string json = new Writer(1).Receipt(logs: 0).ToJsonString();
        Assert.Single(RpcDocument.Receipts(Encoding.UTF8.GetBytes($"[{json[..^1]},\"unheardOf\":{{\"a\":[1,{{}}]}}}}]")));
        RpcFormatException error = Assert.Throws<RpcFormatException>(
            () => RpcDocument.Receipts(Encoding.UTF8.GetBytes($"[{json[..^1]},\"status\":\"0x0\"}}]")));
        Assert.Contains("'status' comes twice", error.Message, StringComparison.Ordinal);
        Assert.InRange(error.Position, json.Length - 20, json.Length + 20);
    }

    [Theory]
    [InlineData("0x", "0x0")]
    [InlineData("0x0000000000000000000000000000000000000000000000000000000000000000000000000000001f", "0x1f")]
    [InlineData("0xABCDEF0123456789abcdef", "0xabcdef0123456789abcdef")]
    [InlineData("0xffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "0xffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff")]
    public void Quantity_is_read_however_nodes_pad_it(string text, string expected)
    {
        JsonObject receipt = new Writer(1).Receipt(logs: 0);
        receipt["effectiveGasPrice"] = text;
        Assert.Equal(expected, Hex.EncodeQuantity(RpcDocument.Receipts(Bytes(new JsonArray(receipt)))[0].EffectiveGasPrice));
    }

    [Theory]
    [InlineData("0x1ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff")]
    [InlineData("0xg")]
    [InlineData("0x0000000000000000000000000000000g")]
    [InlineData("12")]
    [InlineData("0X1")]
    [InlineData("")]
    [InlineData("-0x1")]
    public void What_is_no_quantity_is_refused(string text)
    {
        JsonObject receipt = new Writer(1).Receipt(logs: 0);
        receipt["effectiveGasPrice"] = text;
        Assert.Throws<RpcFormatException>(() => RpcDocument.Receipts(Bytes(new JsonArray(receipt))));
    }

    [Theory]
    [InlineData("[] x")]
    [InlineData("[],")]
    [InlineData("[null]")]
    [InlineData("[")]
    [InlineData("{}")]
    [InlineData("")]
    [InlineData("[{\"transactionHash\":\"0x\\u0030\"}]")]
    public void What_is_no_list_of_receipts_is_refused(string json) =>
        Assert.Throws<RpcFormatException>(() => RpcDocument.Receipts(Encoding.UTF8.GetBytes(json)));

    [Fact]
    public void Name_that_is_no_text_is_refused_by_the_one_exception()
    {
        const string Json = """{"txHash":null,"error":{"\ud800aaaaaa":1}}""";
        RpcFormatException error = Assert.Throws<RpcFormatException>(
            () => RpcDocument.Read(Encoding.UTF8.GetBytes(Json), CallTraceReader.Item));
        Assert.InRange(error.Position, 1, Json.Length);
    }

    [Fact]
    public void Reading_allocates_a_small_multiple_of_the_input()
    {
        byte[] logs = Encoding.UTF8.GetBytes(new JsonArray([.. new Writer(3).Logs(2_000)]).ToJsonString());
        RpcDocument.Logs(logs);
        long before = GC.GetAllocatedBytesForCurrentThread();
        RpcDocument.Logs(logs);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 1, logs.Length);
    }

    private static void AssertSame(JsonObject json, RpcTransaction transaction)
    {
        Assert.Equal(Text(json, "hash"), transaction.Hash.ToString());
        Assert.Equal(Text(json, "from"), transaction.From.ToHex());
        Assert.Equal(Text(json, "to"), transaction.To?.ToHex());
        Assert.Equal(Text(json, "nonce"), Hex.EncodeQuantity(transaction.Nonce));
        Assert.Equal(Text(json, "value"), Hex.EncodeQuantity(transaction.Value));
        Assert.Equal(Text(json, "gas"), Hex.EncodeQuantity(transaction.Gas));
        Assert.Equal(Text(json, "gasPrice"), Quantity(transaction.GasPrice));
        Assert.Equal(Text(json, "maxFeePerGas"), Quantity(transaction.MaxFeePerGas));
        Assert.Equal(Text(json, "maxPriorityFeePerGas"), Quantity(transaction.MaxPriorityFeePerGas));
        Assert.Equal(Text(json, "input"), Hex.Encode(transaction.Input.Span));
        Assert.Equal(Text(json, "blockHash"), transaction.BlockHash.ToString());
    }

    private static string? Quantity(UInt256? value) => value is { } number ? Hex.EncodeQuantity(number) : null;

    private static string? Text(JsonNode json, string name) => (string?)json[name];

    private static byte[] Bytes(JsonNode json) => Encoding.UTF8.GetBytes(json.ToJsonString());

    private static byte[] Changed(byte[] original, (PositiveInt At, byte Value)[] changes)
    {
        byte[] changed = (byte[])original.Clone();
        foreach ((PositiveInt at, byte value) in changes)
        {
            changed[at.Get * 37 % changed.Length] = value;
        }

        return changed;
    }

    private static void Try(Action read)
    {
        try
        {
            read();
        }
        catch (RpcFormatException)
        {
            // That is the other permitted outcome; any other exception fails the property.
        }
    }

    /// <summary>Writes what a node would, from a seed.</summary>
    private sealed class Writer(int seed)
    {
        private readonly Random _random = new(seed);

        public JsonObject Block(int transactions) => new()
        {
            ["number"] = Number(),
            ["hash"] = Data(32),
            ["parentHash"] = Data(32),
            ["miner"] = Data(20),
            ["withdrawals"] = new JsonArray(new JsonObject { ["hash"] = "0x1" }),
            ["timestamp"] = Number(),
            ["baseFeePerGas"] = Number(),
            ["gasLimit"] = Number(),
            ["gasUsed"] = Number(),
            ["logsBloom"] = Data(256),
            ["receiptsRoot"] = Data(32),
            ["transactions"] = new JsonArray([.. Enumerable.Range(0, transactions).Select(_ => Transaction())]),
        };

        public JsonObject Receipt(int logs)
        {
            JsonObject receipt = new()
            {
                ["transactionHash"] = Data(32),
                ["transactionIndex"] = Small(),
                ["type"] = "0x2",
                ["blockHash"] = Data(32),
                ["blockNumber"] = Number(),
                ["logsBloom"] = Data(256),
                ["from"] = Data(20),
                ["to"] = Data(20),
                ["status"] = _random.Next(2) == 0 ? "0x0" : "0x1",
                ["gasUsed"] = Number(),
                ["effectiveGasPrice"] = Number(),
                ["l1Fee"] = Number(),
                ["contractAddress"] = Data(20),
                ["logs"] = new JsonArray([.. Logs(logs)]),
            };
            return Absent(receipt);
        }

        public IEnumerable<JsonObject> Logs(int count) => Enumerable.Range(0, count).Select(_ => new JsonObject
        {
            ["address"] = Data(20),
            ["topics"] = new JsonArray([.. Enumerable.Range(0, _random.Next(5)).Select(_ => (JsonNode)Data(32))]),
            ["data"] = Data(_random.Next(100)),
            ["logIndex"] = Small(),
            ["transactionHash"] = Data(32),
            ["transactionIndex"] = Small(),
            ["blockHash"] = Data(32),
            ["blockNumber"] = Number(),
            ["removed"] = _random.Next(2) == 0,
        });

        private JsonObject Transaction() => Absent(new JsonObject
        {
            ["hash"] = Data(32),
            ["type"] = "0x2",
            ["from"] = Data(20),
            ["to"] = Data(20),
            ["nonce"] = Number(),
            ["value"] = "0x" + _random.NextInt64(1, long.MaxValue).ToString("x", CultureInfo.InvariantCulture) + Data(20)[2..],
            ["gas"] = Number(),
            ["gasPrice"] = Number(),
            ["maxFeePerGas"] = Number(),
            ["maxPriorityFeePerGas"] = Number(),
            ["accessList"] = new JsonArray(new JsonObject { ["address"] = "0x", ["storageKeys"] = new JsonArray() }),
            ["input"] = Data(_random.Next(100)),
            ["blockHash"] = Data(32),
            ["blockNumber"] = Number(),
            ["transactionIndex"] = Small(),
        });

        // Some nodes leave out what others set to null.
        private JsonObject Absent(JsonObject json)
        {
            foreach (string field in NullableFields)
            {
                switch (_random.Next(4))
                {
                    case 0: json.Remove(field); break;
                    case 1 when json.ContainsKey(field): json[field] = null; break;
                    default: break;
                }
            }

            return json;
        }

        private string Data(int length)
        {
            byte[] bytes = new byte[length];
            _random.NextBytes(bytes);
            return Hex.Encode(bytes);
        }

        private string Number() => "0x" + _random.NextInt64().ToString("x", CultureInfo.InvariantCulture);

        private string Small() => "0x" + _random.Next(100_000).ToString("x", CultureInfo.InvariantCulture);
    }
}
