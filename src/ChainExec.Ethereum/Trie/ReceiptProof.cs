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
        if (receipts.Count == 0)
        {
            return OrderedTrie.EmptyRoot;
        }

        using var items = new TrieItems(receipts.Count);
        var writer = new RlpWriter(1024);
        byte[] bloom = new byte[LogBloom.Size];
        ulong gas = 0;
        for (int index = 0; index < receipts.Count; index++)
        {
            gas += receipts[index].GasUsed;
            writer.Clear();
            Encode(writer, bloom, receipts[index], gas);
            items.Add(writer.Written);
        }

        return items.Root();
    }

    private static void Encode(RlpWriter writer, byte[] bloom, RpcReceipt receipt, ulong cumulativeGas)
    {
        Span<byte> item = stackalloc byte[Hash32.Size];
        if (receipt.Type != LegacyType)
        {
            writer.WriteRaw((byte)receipt.Type);
        }

        Array.Clear(bloom);
        LogBloom.Add(bloom, receipt.Logs);
        writer.BeginList();
        writer.WriteBytes(receipt.Status ? [1] : []);
        writer.WriteInteger(cumulativeGas);
        writer.WriteBytes(bloom);
        writer.BeginList();
        for (int index = 0; index < receipt.Logs.Count; index++)
        {
            RpcLog log = receipt.Logs[index];
            writer.BeginList();
            log.Address.CopyTo(item);
            writer.WriteBytes(item[..Address.Size]);
            writer.BeginList();
            for (int topic = 0; topic < log.Topics.Count; topic++)
            {
                log.Topics[topic].CopyTo(item);
                writer.WriteBytes(item);
            }

            writer.EndList();
            writer.WriteBytes(log.Data.Span);
            writer.EndList();
        }

        writer.EndList();
        writer.EndList();
    }
}
