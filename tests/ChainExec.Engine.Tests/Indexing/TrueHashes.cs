using System.Buffers.Binary;
using System.Text.Json.Nodes;
using ChainExec.Ethereum;
using ChainExec.Ethereum.Crypto;
using ChainExec.Ethereum.Rlp;
using ChainExec.Ethereum.Transactions;
using ChainExec.Ethereum.Trie;

namespace ChainExec.Engine.Tests.Indexing;

/// <summary>
/// Scripted blocks as Ethereum names them: a transaction by its bytes, a block by the fields of its header. Signatures are made up; nobody
/// can see that from a hash.
/// </summary>
internal static class TrueHashes
{
    private static readonly UInt256 Fee = 1_000_000_000;

    public static ScriptedBlock Block(long number, Hash32 parent, IReadOnlyList<ScriptedTransaction> transactions, int salt)
    {
        ScriptedTransaction[] named =
            [.. transactions.Select(transaction => transaction with { Hash = Keccak256.Hash(BytesOf(transaction)) })];
        var block = new ScriptedBlock(number, Hash32.Zero, parent, named) { Salt = salt };
        return block with { Hash = HashOf(block) };
    }

    /// <summary>Adds what a header and its transactions are hashed with.</summary>
    public static void Complete(JsonObject rendered, ScriptedBlock block)
    {
        rendered["sha3Uncles"] = Hash32.Zero.ToString();
        rendered["miner"] = Address.Zero.ToHex();
        rendered["stateRoot"] = Hash32.Zero.ToString();
        rendered["transactionsRoot"] = RootOf(block).ToString();
        rendered["difficulty"] = "0x0";
        rendered["extraData"] = Hex.Encode(ExtraOf(block));
        rendered["mixHash"] = Hash32.Zero.ToString();
        rendered["nonce"] = "0x0000000000000000";
        rendered["withdrawalsRoot"] = OrderedTrie.EmptyRoot.ToString();
        foreach (JsonNode? transaction in rendered["transactions"]!.AsArray())
        {
            if (transaction is not JsonObject full)
                continue;
            full["chainId"] = "0x7a69";
            full["maxFeePerGas"] = Hex.EncodeQuantity(Fee);
            full["maxPriorityFeePerGas"] = Hex.EncodeQuantity(Fee);
            full["accessList"] = new JsonArray();
            full["yParity"] = "0x1";
            full["r"] = "0x2";
            full["s"] = "0x3";
        }
    }

    private static byte[] BytesOf(ScriptedTransaction transaction) => new Eip1559Transaction(
        31337, (ulong)transaction.Nonce, Fee, Fee, 21_000, transaction.To, UInt256.FromBigInteger(transaction.Value), transaction.Input, [])
        .Encode(new Signature(2, 3, true));

    private static Hash32 RootOf(ScriptedBlock block) => OrderedTrie.RootOf([.. block.Transactions.Select(BytesOf)]);

    private static byte[] ExtraOf(ScriptedBlock block)
    {
        byte[] extra = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(extra, block.Salt);
        return extra;
    }

    private static Hash32 HashOf(ScriptedBlock block)
    {
        var header = new RlpWriter();
        header.BeginList();
        header.WriteBytes(block.Parent.ToArray());
        header.WriteBytes(Hash32.Zero.ToArray());
        header.WriteBytes(Address.Zero.ToArray());
        header.WriteBytes(Hash32.Zero.ToArray());
        header.WriteBytes(RootOf(block).ToArray());
        header.WriteBytes(block.ReceiptsRoot.ToArray());
        header.WriteBytes(block.Bloom);
        header.WriteInteger(0);
        header.WriteInteger((ulong)block.Number);
        header.WriteInteger(30_000_000);
        header.WriteInteger(0);
        header.WriteInteger(ScriptedNode.FirstTimestamp + (ulong)block.Number);
        header.WriteBytes(ExtraOf(block));
        header.WriteBytes(Hash32.Zero.ToArray());
        header.WriteBytes(new byte[8]);
        header.WriteInteger(7);
        header.WriteBytes(OrderedTrie.EmptyRoot.ToArray());
        header.EndList();
        return Keccak256.Hash(header.ToArray());
    }
}
