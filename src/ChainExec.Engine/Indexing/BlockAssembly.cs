using ChainExec.Calls;
using ChainExec.Ethereum;
using ChainExec.Ethereum.Rpc;
using ChainExec.Ethereum.Trie;
using ChainExec.Facts.Contracts;

namespace ChainExec.Indexing;

/// <summary>
/// Puts a block together from what one provider gave by hash, and believes it only when header, transactions, receipts and logs agree with
/// each other, and the receipts with the header as far as the chain's profile says that it proves them. Pure.
/// </summary>
internal static class BlockAssembly
{
    /// <exception cref="NodeFaultException">The provider contradicts itself; the message says how.</exception>
    public static FetchedBlock Of(string provider, ChainProfile profile, RpcBlock block, IReadOnlyList<RpcReceipt> receipts)
    {
        Hash32 hash = block.Hash;
        Require(block.Timestamp <= ChainNodes.TimestampMax, $"block {hash} has the time {block.Timestamp}");
        // An empty block looks the same whether or not its transactions were asked for in full.
        IReadOnlyList<RpcTransaction> transactions = block.Transactions
            ?? (block.TransactionHashes.Count == 0 ? [] : throw Fault($"block {hash} came without its transactions"));
        Require(receipts.Count == transactions.Count, $"block {hash} has {transactions.Count} transactions and {receipts.Count} receipts");

        var reference = new BlockRef((long)block.Number, hash);
        DateTimeOffset time = DateTimeOffset.FromUnixTimeSeconds((long)block.Timestamp);
        var fetched = new List<FetchedTransaction>(transactions.Count);
        int lastLogIndex = -1;
        for (int index = 0; index < transactions.Count; index++)
        {
            (RpcTransaction transaction, RpcReceipt receipt) = (transactions[index], receipts[index]);
            Require(
                receipt.TransactionHash == transaction.Hash && receipt.TransactionIndex == index && receipt.BlockHash == hash
                && receipt.From == transaction.From && transaction.Nonce <= long.MaxValue,
                $"transaction {index} of block {hash} and its receipt disagree");
            var logs = new List<ObservedLog>(receipt.Logs.Count);
            foreach (RpcLog log in receipt.Logs)
            {
                Require(
                    !log.Removed && log.TransactionHash == transaction.Hash && log.BlockHash == hash && log.Topics.Count <= 4
                    && log.LogIndex > lastLogIndex,
                    $"a log of transaction {transaction.Hash} in block {hash} is misplaced");
                lastLogIndex = log.LogIndex;
                logs.Add(new ObservedLog(log.LogIndex, log.Address, log.Topics, log.Data));
            }

            ChainTransaction converted = Convert(profile.Id, reference, time, transaction, receipt, index);
            fetched.Add(new FetchedTransaction(converted, Keccak256.Hash(transaction.Input.Span), logs));
        }

        return new FetchedBlock(profile.Id, reference, block.ParentHash, time, fetched, Prove(block, receipts));

        NodeFaultException Fault(string what) => new(provider, what);
        void Require(bool holds, string otherwise)
        {
            if (!holds)
                throw Fault(otherwise);
        }

        BlockProof Prove(RpcBlock header, IReadOnlyList<RpcReceipt> all)
        {
            switch (profile.Completeness)
            {
                case Completeness.Receipts:
                    Hash32 root = ReceiptProof.RootOf(all);
                    Require(root == header.ReceiptsRoot,
                        $"the receipts of block {hash} have the root {root}, its header {header.ReceiptsRoot}: they are not complete and "
                        + "unchanged, or the chain's receipts have a form of their own (Completeness)");
                    return BlockProof.Receipts;
                case Completeness.Bloom:
                    var bloom = new LogBloom();
                    foreach (RpcReceipt receipt in all)
                        bloom.Add(receipt.Logs);
                    Require(bloom.Bits.SequenceEqual(header.LogsBloom.Span),
                        $"the logs of block {hash} do not make up its header's bloom filter: some are missing or changed");
                    return BlockProof.Bloom;
                default:
                    return BlockProof.None;
            }
        }
    }

    private static ChainTransaction Convert(
        long chain, BlockRef block, DateTimeOffset time, RpcTransaction transaction, RpcReceipt receipt, int index) => new(
            chain,
            block.Number,
            block.Hash,
            Incarnation: 0,
            time,
            transaction.Hash,
            index,
            transaction.From,
            transaction.To,
            (long)transaction.Nonce,
            TokenAmount.From(transaction.Value),
            receipt.Status,
            TokenAmount.From(receipt.GasUsed),
            TokenAmount.From(receipt.EffectiveGasPrice),
            DataFeeOf(receipt));

    // All that a rollup takes beside gas: for publishing, and for its operator.
    private static TokenAmount? DataFeeOf(RpcReceipt receipt) => receipt is { L1Fee: null, OperatorFee: null }
        ? null
        : TokenAmount.From(receipt.L1Fee ?? UInt256.Zero) + TokenAmount.From(receipt.OperatorFee ?? UInt256.Zero);
}
