using ChainExec.Calls;
using ChainExec.Ethereum;
using ChainExec.Ethereum.Rpc;
using ChainExec.Facts.Contracts;
using Microsoft.Extensions.Logging;

namespace ChainExec.Indexing;

/// <summary>
/// Reads a whole block by hash, so that a late answer cannot mix two forks, and believes it only when header, transactions, receipts and
/// logs agree with each other.
/// </summary>
internal sealed partial class BlockFetcher(ILogger<BlockFetcher> logger)
{
    // The last second of the year 9999; a header beyond it is nonsense.
    private const ulong TimestampMax = 253_402_300_799;

    /// <summary>Reads from the providers that named the block, in turn.</summary>
    /// <exception cref="NodeFaultException">Each of them contradicted itself or no longer has the block.</exception>
    /// <exception cref="RpcException">The last one could not be asked.</exception>
    public async Task<FetchedBlock> FetchAsync(long chain, AgreedBlock agreed, CancellationToken cancellationToken)
    {
        for (int index = 0; ; index++)
        {
            ChainProvider provider = agreed.Providers[index];
            try
            {
                return await FetchFromAsync(provider, chain, agreed, cancellationToken);
            }
            catch (Exception exception) when (exception is RpcException or NodeFaultException && index + 1 < agreed.Providers.Count)
            {
                // The next provider that named the block is asked; the last one's fault is the caller's.
                LogTriesNext(chain, agreed.Ref.Number, provider.Name, exception);
            }
        }
    }

    private static async Task<FetchedBlock> FetchFromAsync(
        ChainProvider provider, long chain, AgreedBlock agreed, CancellationToken cancellationToken)
    {
        Hash32 hash = agreed.Ref.Hash;
        Task<RpcBlock?> blockTask = provider.Client.GetBlockAsync(hash, fullTransactions: true, cancellationToken);
        Task<IReadOnlyList<RpcReceipt>?> receiptsTask = provider.Client.GetBlockReceiptsAsync(hash, cancellationToken);
        await Task.WhenAll(blockTask, receiptsTask);
        RpcBlock block = await blockTask ?? throw Fault($"it named block {hash} and does not have it");
        IReadOnlyList<RpcReceipt> receipts = await receiptsTask ?? throw Fault($"it has no receipts of block {hash}");

        Require(block.Hash == hash && block.Number == (ulong)agreed.Ref.Number && block.ParentHash == agreed.ParentHash,
            $"asked for block {hash} it gave {block.Hash} at height {block.Number}");
        Require(block.Timestamp <= TimestampMax, $"block {hash} has the time {block.Timestamp}");
        // An empty block looks the same whether or not its transactions were asked for in full.
        IReadOnlyList<RpcTransaction> transactions = block.Transactions
            ?? (block.TransactionHashes.Count == 0 ? [] : throw Fault($"block {hash} came without its transactions"));
        Require(receipts.Count == transactions.Count, $"block {hash} has {transactions.Count} transactions and {receipts.Count} receipts");

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

            ChainTransaction converted = Convert(chain, agreed.Ref, time, transaction, receipt, index);
            fetched.Add(new FetchedTransaction(converted, Keccak256.Hash(transaction.Input.Span), logs));
        }

        return new FetchedBlock(chain, agreed.Ref, block.ParentHash, time, fetched);

        NodeFaultException Fault(string what) => new(provider.Name, what);
        void Require(bool holds, string otherwise)
        {
            if (!holds)
                throw Fault(otherwise);
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
            receipt.L1Fee is { } dataFee ? TokenAmount.From(dataFee) : null);

    [LoggerMessage(EventId = 2106, Level = LogLevel.Warning,
        Message = "Chain {Chain}: block {Number} could not be read from {Provider}; the next provider is asked")]
    private partial void LogTriesNext(long chain, long number, string provider, Exception exception);
}
