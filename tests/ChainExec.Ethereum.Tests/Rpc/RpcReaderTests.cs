using System.Text;
using System.Text.Json.Nodes;
using ChainExec.Ethereum.Rpc;

namespace ChainExec.Ethereum.Tests.Rpc;

public sealed class RpcReaderTests
{
    private static readonly string Hash = "0x" + new string('a', 64);
    private static readonly string Account = "0x" + new string('b', 40);

    // Shaped as anvil answers it: blockTimestamp of the receipt is a JSON number, that of the log a quantity.
    private static JsonObject Receipt => new()
    {
        ["type"] = "0x2",
        ["status"] = "0x1",
        ["cumulativeGasUsed"] = "0x5208",
        ["logs"] = new JsonArray(Log),
        ["logsBloom"] = "0x00",
        ["transactionHash"] = Hash,
        ["transactionIndex"] = "0x0",
        ["blockHash"] = Hash,
        ["blockNumber"] = "0x10",
        ["blockTimestamp"] = 1795188703,
        ["gasUsed"] = 21000,
        ["effectiveGasPrice"] = "0x3b9aca07",
        ["from"] = Account,
        ["to"] = Account.ToUpperInvariant().Replace("0X", "0x", StringComparison.Ordinal),
        ["contractAddress"] = null,
    };

    private static JsonObject Log => new()
    {
        ["address"] = Account,
        ["topics"] = new JsonArray(Hash),
        ["data"] = "0x01",
        ["blockHash"] = Hash,
        ["blockNumber"] = "0x10",
        ["blockTimestamp"] = "0x6b0059df",
        ["transactionHash"] = Hash,
        ["transactionIndex"] = "0x0",
        ["logIndex"] = "0x3",
        ["removed"] = false,
    };

    [Fact]
    public void Receipt_is_read_whether_numbers_are_quantities_or_JSON_numbers()
    {
        RpcReceipt receipt = RpcDocument.Receipts(Bytes(new JsonArray(Receipt)))[0];
        Assert.True(receipt.Status);
        Assert.Equal((21000UL, 16UL, 2), (receipt.GasUsed, receipt.BlockNumber, receipt.Type));
        Assert.Equal(Address.Parse(Account), receipt.To);
        Assert.Null(receipt.ContractAddress);
        Assert.Equal(3, Assert.Single(receipt.Logs).LogIndex);
    }

    [Theory]
    [InlineData("status", "0x2")]
    [InlineData("status", null)]
    [InlineData("blockHash", "0x00")]
    [InlineData("blockNumber", "0x1ffffffffffffffff")]
    [InlineData("transactionIndex", "0x80000000")]
    [InlineData("from", "somebody")]
    [InlineData("gasUsed", "-1")]
    [InlineData("logs", "none")]
    [InlineData("effectiveGasPrice", null)]
    public void Field_that_is_missing_or_malformed_is_named(string field, string? value)
    {
        JsonObject receipt = Receipt;
        receipt[field] = value;
        RpcFormatException error = Assert.Throws<RpcFormatException>(() => RpcDocument.Receipts(Bytes(new JsonArray(receipt))));
        Assert.Contains($"'{field}'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Log_with_five_topics_is_refused()
    {
        JsonObject log = Log;
        log["topics"] = new JsonArray(Hash, Hash, Hash, Hash, Hash);
        Assert.Throws<RpcFormatException>(() => RpcDocument.Logs(Bytes(new JsonArray(log))));
    }

    private static byte[] Bytes(JsonNode json) => Encoding.UTF8.GetBytes(json.ToJsonString());
}
