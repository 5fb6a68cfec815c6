using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using ChainExec.Ethereum;
using ChainExec.Ethereum.Crypto;
using ChainExec.Ethereum.Rpc;
using ChainExec.Ethereum.Transactions;
using ChainExec.TestKit;
using Xunit;

namespace ChainExec.IntegrationTests.Ethereum;

/// <summary>The hashes that we compute of a block's fields are those that a real node names it by.</summary>
public sealed class BlockProofOnAnvilTests : AnvilRpcTests
{
    private const ulong Chain = 31337;

    private static readonly UInt256 Fee = 5_000_000_000;
    private static readonly Address To = Address.Parse(DevNode.DevAccounts[7].ToLowerInvariant());
    private static readonly IReadOnlyList<AccessListEntry> Access = [new(To, [Hash32.Zero, Keccak256.Hash([1])]), new(Address.Zero, [])];

    [Fact]
    public async Task Block_with_transactions_of_each_type_proves_all_of_them_and_whatever_is_changed_in_it_shows()
    {
        using PrivateKey key = PrivateKey.FromBytes(Keccak256.Hash("somebody"u8).ToArray());
        await Node.FundAsync(key.Address.ToHex(), 1_000_000_000_000_000_000, Token);
        Transaction[] sent =
        [
            new LegacyTransaction(Chain, 0, Fee, 50_000, To, 1, new byte[] { 1, 2 }),
            new Eip2930Transaction(Chain, 1, Fee, 60_000, To, 2, ReadOnlyMemory<byte>.Empty, Access),
            new Eip1559Transaction(Chain, 2, 1, Fee, 60_000, To, 3, new byte[] { 9 }, Access),
            new Eip1559Transaction(Chain, 3, 1, Fee, 100_000, null, 0, new byte[] { 0x60, 0x00 }, []),
            new Eip7702Transaction(
                Chain, 4, 1, Fee, 100_000, To, 4, ReadOnlyMemory<byte>.Empty, [], [new Authorization(Chain, To, 5).Sign(key)]),
        ];
        foreach (Transaction transaction in sent)
            await Rpc.SendRawTransactionAsync(transaction.Encode(transaction.Sign(key).Signature), Token);
        await Node.MineAsync(1, Token);
        JsonElement raw = await Node.RpcAsync("eth_getBlockByNumber", ["latest", true], Token);
        RpcBlock? hashes = await Rpc.GetBlockAsync(BlockTag.Latest, fullTransactions: false, Token);
        JsonObject block = JsonNode.Parse(raw.GetRawText())!.AsObject();

        Assert.Equal(sent.Length, block["transactions"]!.AsArray().Count);
        Assert.Equal((RpcBlockProof.Transactions, RpcBlockProof.Header), (ProofOf(block), hashes!.Proof));
        foreach (string field in (string[])
            ["parentHash", "sha3Uncles", "miner", "stateRoot", "transactionsRoot", "receiptsRoot", "logsBloom", "difficulty", "number",
                "gasLimit", "gasUsed", "timestamp", "extraData", "mixHash", "nonce", "baseFeePerGas", "hash"])
        {
            Assert.True(ProofOf(Changed(block, field)) == RpcBlockProof.None, field);
        }

        for (int index = 0; index < sent.Length; index++)
        {
            foreach (string field in (string[])["hash", "nonce", "gas", "value", "input", "to", "r", "s"])
            {
                JsonObject changed = block.DeepClone().AsObject();
                JsonArray transactions = changed["transactions"]!.AsArray();
                if (transactions[index]![field] is null)
                    continue;
                transactions[index] = Changed(transactions[index]!.AsObject(), field);
                Assert.True(ProofOf(changed) == RpcBlockProof.Header, $"{field} of transaction {index}");
            }
        }

        JsonObject fewer = block.DeepClone().AsObject();
        fewer["transactions"]!.AsArray().RemoveAt(1);
        Assert.Equal(RpcBlockProof.Header, ProofOf(fewer));
    }

    [Fact]
    public async Task Block_with_fields_of_its_own_form_is_read_and_proves_nothing()
    {
        await Node.MineAsync(1, Token);
        JsonObject block = JsonNode.Parse(
            (await Node.RpcAsync("eth_getBlockByNumber", ["latest", true], Token)).GetRawText())!.AsObject();
        JsonObject odd = block.DeepClone().AsObject();
        odd["nonce"] = new JsonObject { ["of"] = "its own" };
        odd["mixHash"] = null;

        Assert.Equal(RpcBlockProof.Transactions, ProofOf(block));
        Assert.Equal(RpcBlockProof.None, ProofOf(odd));
    }

    private static RpcBlockProof ProofOf(JsonObject block) =>
        RpcDocument.FullBlock(Encoding.UTF8.GetBytes(block.ToJsonString())).Proof;

    // The last digit is another one.
    private static JsonObject Changed(JsonObject item, string field)
    {
        JsonObject changed = item.DeepClone().AsObject();
        string value = changed[field]!.GetValue<string>();
        changed[field] = value == "0x" ? "0x01" : value[..^1] + (value[^1] == '1' ? '2' : '1');
        return changed;
    }
}
