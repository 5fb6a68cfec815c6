using ChainExec.Ethereum.Rlp;
using ChainExec.Ethereum.Rpc;

namespace ChainExec.Ethereum.Trie;

/// <summary>
/// Tells whether receipts are all of a block's and unchanged: the root of their trie is the one in the header. It covers success, gas, and
/// every log with contract, topics and data; the hashes and addresses that a node adds to a receipt it does not cover.
/// </summary>
public static class ReceiptProof
{
    private const int LegacyType = 0;

    /// <summary>
    /// The root over a block's receipts in order, as since Byzantium (EIP-658, EIP-2718). Chains with receipts of a form of their own have
    /// another root.
    /// </summary>
    /// <param name="receipts">All receipts of one block, in order.</param>
    public static Hash32 RootOf(IReadOnlyList<RpcReceipt> receipts)
    {
        ArgumentNullException.ThrowIfNull(receipts);
        byte[][] items = new byte[receipts.Count][];
        ulong gas = 0;
        for (int index = 0; index < items.Length; index++)
        {
            gas += receipts[index].GasUsed;
            items[index] = Encode(receipts[index], gas);
        }

        return OrderedTrie.RootOf(items);
    }

    private static byte[] Encode(RpcReceipt receipt, ulong cumulativeGas)
    {
        var bloom = new LogBloom();
        bloom.Add(receipt.Logs);
        Span<byte> item = stackalloc byte[Hash32.Size];
        var writer = new RlpWriter(512);
        if (receipt.Type != LegacyType)
        {
            writer.WriteRaw((byte)receipt.Type);
        }

        writer.BeginList();
        writer.WriteInteger(receipt.Status ? UInt256.One : UInt256.Zero);
        writer.WriteInteger(cumulativeGas);
        writer.WriteBytes(bloom.Bits);
        writer.BeginList();
        foreach (RpcLog log in receipt.Logs)
        {
            writer.BeginList();
            log.Address.CopyTo(item);
            writer.WriteBytes(item[..Address.Size]);
            writer.BeginList();
            foreach (Hash32 topic in log.Topics)
            {
                topic.CopyTo(item);
                writer.WriteBytes(item);
            }

            writer.EndList();
            writer.WriteBytes(log.Data.Span);
            writer.EndList();
        }

        writer.EndList();
        writer.EndList();
        return writer.ToArray();
    }
}
