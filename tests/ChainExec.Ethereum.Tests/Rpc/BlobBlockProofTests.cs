using System.Text;
using System.Text.Json.Nodes;
using ChainExec.Ethereum.Crypto;
using ChainExec.Ethereum.Rlp;
using ChainExec.Ethereum.Rpc;
using ChainExec.Ethereum.Transactions;
using ChainExec.Ethereum.Trie;

namespace ChainExec.Ethereum.Tests.Rpc;

/// <summary>
/// A block with a blob transaction (type 3) and the header fields that came with it proves itself too. The bytes are those of the typed
/// transaction, which is held against viem; the test chain makes no blobs.
/// </summary>
public sealed class BlobBlockProofTests
{
    private static readonly Address To = Address.Parse("0x00000000000000000000000000000000000005b0");
    private static readonly Hash32[] Blobs = [Versioned(1), Versioned(2)];

    [Theory]
    [InlineData("maxFeePerBlobGas", "0x8")]
    [InlineData("maxFeePerGas", "0x65")]
    [InlineData("nonce", "0x5")]
    [InlineData("yParity", "0x0")]
    [InlineData("to", "0x00000000000000000000000000000000000005b1")]
    public void Changed_field_of_a_blob_transaction_shows(string field, string other)
    {
        JsonObject block = Block();
        RpcBlockProof honest = ProofOf(block);
        block["transactions"]![0]![field] = other;

        Assert.Equal((RpcBlockProof.Transactions, RpcBlockProof.Header), (honest, ProofOf(block)));
    }

    [Fact]
    public void Other_fewer_or_swapped_blobs_show()
    {
        Assert.Equal(RpcBlockProof.Header, ProofOf(WithBlobs(Blobs[0], Versioned(3))));
        Assert.Equal(RpcBlockProof.Header, ProofOf(WithBlobs(Blobs[0])));
        Assert.Equal(RpcBlockProof.Header, ProofOf(WithBlobs(Blobs[1], Blobs[0])));
        Assert.Equal(RpcBlockProof.Transactions, ProofOf(WithBlobs(Blobs)));
    }

    [Theory]
    [InlineData("blobGasUsed", "0x1")]
    [InlineData("excessBlobGas", "0x1")]
    [InlineData("parentBeaconBlockRoot", "0x00000000000000000000000000000000000000000000000000000000000000bb")]
    [InlineData("requestsHash", "0x00000000000000000000000000000000000000000000000000000000000000bb")]
    [InlineData("blobGasUsed", null)]
    public void Changed_blob_field_of_the_header_shows(string field, string? other)
    {
        JsonObject block = Block();
        block[field] = other;

        Assert.Equal(RpcBlockProof.None, ProofOf(block));
    }

    private static RpcBlockProof ProofOf(JsonObject block) =>
        RpcDocument.FullBlock(Encoding.UTF8.GetBytes(block.ToJsonString())).Proof;

    private static JsonObject WithBlobs(params Hash32[] blobs)
    {
        JsonObject block = Block();
        block["transactions"]![0]!["blobVersionedHashes"] = new JsonArray([.. blobs.Select(blob => (JsonNode)blob.ToString())]);
        return block;
    }

    private static JsonObject Block()
    {
        byte[] bytes = new Eip4844Transaction(1, 4, 1, 100, 21_000, To, 9, new byte[] { 7 }, [new(To, [Hash32.Zero])], 7, Blobs)
            .Encode(new Signature(2, 3, true));
        Hash32 root = OrderedTrie.RootOf([bytes]);
        var header = new RlpWriter();
        header.BeginList();
        Write(header, Hash32.Zero, Hash32.Zero);
        header.WriteBytes(Address.Zero.ToArray());
        Write(header, Hash32.Zero, root, Hash32.Zero);
        header.WriteBytes(new byte[256]);
        header.WriteInteger(0);
        header.WriteInteger(5);
        header.WriteInteger(30_000_000);
        header.WriteInteger(21_000);
        header.WriteInteger(1_700_000_000);
        header.WriteBytes([]);
        Write(header, Hash32.Zero);
        header.WriteBytes(new byte[8]);
        header.WriteInteger(7);
        Write(header, OrderedTrie.EmptyRoot);
        header.WriteInteger(262_144);
        header.WriteInteger(131_072);
        Write(header, Hash32.Zero, Keccak256.Hash([1]));
        header.EndList();
        string zero = Hash32.Zero.ToString();
        return new JsonObject
        {
            ["hash"] = Keccak256.Hash(header.ToArray()).ToString(), ["parentHash"] = zero, ["sha3Uncles"] = zero,
            ["miner"] = Address.Zero.ToHex(), ["stateRoot"] = zero, ["transactionsRoot"] = root.ToString(), ["receiptsRoot"] = zero,
            ["logsBloom"] = Hex.Encode(new byte[256]), ["difficulty"] = "0x0", ["number"] = "0x5", ["gasLimit"] = "0x1c9c380",
            ["gasUsed"] = "0x5208", ["timestamp"] = Hex.EncodeQuantity(1_700_000_000), ["extraData"] = "0x", ["mixHash"] = zero,
            ["nonce"] = "0x0000000000000000", ["baseFeePerGas"] = "0x7", ["withdrawalsRoot"] = OrderedTrie.EmptyRoot.ToString(),
            ["blobGasUsed"] = "0x40000", ["excessBlobGas"] = "0x20000", ["parentBeaconBlockRoot"] = zero,
            ["requestsHash"] = Keccak256.Hash([1]).ToString(),
            ["transactions"] = new JsonArray(new JsonObject
            {
                ["hash"] = Keccak256.Hash(bytes).ToString(), ["type"] = "0x3", ["chainId"] = "0x1", ["from"] = To.ToHex(),
                ["to"] = To.ToHex(), ["nonce"] = "0x4", ["value"] = "0x9", ["gas"] = "0x5208", ["input"] = "0x07",
                ["maxFeePerGas"] = "0x64", ["maxPriorityFeePerGas"] = "0x1", ["maxFeePerBlobGas"] = "0x7", ["yParity"] = "0x1",
                ["r"] = "0x2", ["s"] = "0x3",
                ["accessList"] = new JsonArray(new JsonObject { ["address"] = To.ToHex(), ["storageKeys"] = new JsonArray(zero) }),
                ["blobVersionedHashes"] = new JsonArray([.. Blobs.Select(blob => (JsonNode)blob.ToString())]),
            }),
        };
    }

    private static void Write(RlpWriter writer, params ReadOnlySpan<Hash32> hashes)
    {
        foreach (Hash32 hash in hashes)
            writer.WriteBytes(hash.ToArray());
    }

    private static Hash32 Versioned(byte number)
    {
        byte[] hash = Keccak256.Hash([number]).ToArray();
        hash[0] = 1;
        return Hash32.FromBytes(hash);
    }
}
