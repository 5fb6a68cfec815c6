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
        if (block.Timestamp > ChainNodes.TimestampMax)
            throw new NodeFaultException(provider, $"block {hash} has the time {block.Timestamp}");
        // An empty block looks the same whether or not its transactions were asked for in full.
        IReadOnlyList<RpcTransaction> transactions = block.Transactions
            ?? (block.TransactionHashes.Count == 0
                ? []
                : throw new NodeFaultException(provider, $"block {hash} came without its transactions"));
        if (receipts.Count != transactions.Count)
            throw new NodeFaultException(
                provider, $"block {hash} has {transactions.Count} transactions and {receipts.Count} receipts");

        if (profile.DemandsHeaderProof && block.Proof != RpcBlockProof.Transactions)
            throw new NodeFaultException(provider, ChainNodes.NotProved(block));

        var reference = new BlockRef((long)block.Number, hash);
        DateTimeOffset time = DateTimeOffset.FromUnixTimeSeconds((long)block.Timestamp);
        var fetched = new FetchedTransaction[transactions.Count];
        int lastLogIndex = -1;
        for (int index = 0; index < fetched.Length; index++)
        {
            (RpcTransaction transaction, RpcReceipt receipt) = (transactions[index], receipts[index]);
            if (receipt.TransactionHash != transaction.Hash || receipt.TransactionIndex != index || receipt.BlockHash != hash
                || receipt.From != transaction.From || transaction.Nonce > long.MaxValue)
                throw new NodeFaultException(provider, $"transaction {index} of block {hash} and its receipt disagree");
            fetched[index] = new FetchedTransaction(
                Convert(profile.Id, reference, time, transaction, receipt, index), Keccak256.Hash(transaction.Input.Span),
                LogsOf(provider, hash, transaction.Hash, receipt, ref lastLogIndex));
        }

        return new FetchedBlock(
            profile.Id, reference, block.ParentHash, time, fetched, Prove(provider, profile.Completeness, block, receipts))
        {
            HeaderProof = block.Proof,
        };
    }

    private static ObservedLog[] LogsOf(string provider, Hash32 block, Hash32 transaction, RpcReceipt receipt, ref int lastLogIndex)
    {
        if (receipt.Logs.Count == 0)
            return [];
        var logs = new ObservedLog[receipt.Logs.Count];
        for (int place = 0; place < logs.Length; place++)
        {
            RpcLog log = receipt.Logs[place];
            if (log.Removed || log.TransactionHash != transaction || log.BlockHash != block || log.Topics.Count > 4
                || log.LogIndex <= lastLogIndex)
                throw new NodeFaultException(provider, $"a log of transaction {transaction} in block {block} is misplaced");
            lastLogIndex = log.LogIndex;
            logs[place] = new ObservedLog(log.LogIndex, log.Address, log.Topics, log.Data);
        }

        return logs;
    }

    private static BlockProof Prove(
        string provider, Completeness completeness, RpcBlock header, IReadOnlyList<RpcReceipt> receipts)
    {
        switch (completeness)
        {
            case Completeness.Receipts:
                Hash32 root = ReceiptProof.RootOf(receipts);
                return root == header.ReceiptsRoot
                    ? BlockProof.Receipts
                    : throw new NodeFaultException(
                        provider,
                        $"the receipts of block {header.Hash} have the root {root}, its header {header.ReceiptsRoot}: they are not "
                        + "complete and unchanged, or the chain's receipts have a form of their own (Completeness)");
            case Completeness.Bloom:
                var bloom = new LogBloom();
                foreach (RpcReceipt receipt in receipts)
                    bloom.Add(receipt.Logs);
                return bloom.Bits.SequenceEqual(header.LogsBloom.Span)
                    ? BlockProof.Bloom
                    : throw new NodeFaultException(
                        provider,
                        $"the logs of block {header.Hash} do not make up its header's bloom filter: some are missing or changed");
            default:
                return BlockProof.None;
        }
    }

    private static ChainTransaction Convert(
        long chain, BlockRef block, DateTimeOffset time, RpcTransaction transaction, RpcReceipt receipt, int index) => new(
            chain,
            block.Number,
            block.Hash,
            FetchedTransaction.FirstIncarnation,
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
