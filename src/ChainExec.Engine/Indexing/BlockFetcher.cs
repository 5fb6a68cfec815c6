using ChainExec.Calls;
using ChainExec.Ethereum;
using ChainExec.Ethereum.Rpc;
using Microsoft.Extensions.Logging;

namespace ChainExec.Indexing;

/// <summary>
/// Reads a whole block by hash, so that a late answer cannot mix two forks, from the providers that named it. Believed is what as many of
/// them give as finality demands: the hash is a name, and what a transaction pays is in no receipt.
/// </summary>
internal sealed partial class BlockFetcher(ChainProfile profile, ILogger<BlockFetcher> logger)
{
    /// <summary>Reads from the providers that named the block, as many at once as must agree, then from the others in turn.</summary>
    /// <exception cref="NodeFaultException">Too few of them gave the same, or they contradicted themselves.</exception>
    /// <exception cref="RpcException">The last one could not be asked.</exception>
    public async Task<FetchedBlock> FetchAsync(AgreedBlock agreed, CancellationToken cancellationToken)
    {
        int quorum = profile.FinalityQuorum;
        var given = new List<FetchedBlock>(quorum);
        Exception? fault = null;
        for (int asked = 0; asked < agreed.Providers.Count;)
        {
            ChainProvider[] next = [.. agreed.Providers.Skip(asked).Take(Math.Max(1, quorum - given.Count))];
            asked += next.Length;
            Task<FetchedBlock>[] reads = [.. next.Select(provider => FetchFromAsync(provider, agreed, cancellationToken))];
            await ((Task)Task.WhenAll(reads)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            for (int index = 0; index < reads.Length; index++)
            {
                try
                {
                    given.Add(await reads[index]);
                }
                catch (Exception exception) when (exception is RpcException or NodeFaultException)
                {
                    // The next provider that named the block is asked; the last one's fault is the caller's.
                    fault = exception;
                    LogTriesNext(profile.Id, agreed.Ref.Number, next[index].Name, exception);
                }
            }

            if (given.GroupBy(block => block, BlockContent.Fetched).FirstOrDefault(group => group.Count() >= quorum) is { } same)
                return same.MaxBy(block => block.HeaderProof)!;
        }

        throw given.Count < quorum && fault is not null
            ? fault
            : new NodeFaultException(provider: null, $"they gave different contents of block {agreed.Ref.Hash}");
    }

    private async Task<FetchedBlock> FetchFromAsync(
        ChainProvider provider, AgreedBlock agreed, CancellationToken cancellationToken)
    {
        Hash32 hash = agreed.Ref.Hash;
        Task<RpcBlock?> blockTask = provider.Client.GetBlockAsync(hash, fullTransactions: true, cancellationToken);
        Task<IReadOnlyList<RpcReceipt>?> receiptsTask = LargeReceipts.OfAsync(provider.Client, hash, cancellationToken);
        await Task.WhenAll(blockTask, receiptsTask);
        RpcBlock block = await blockTask ?? throw Fault($"it named block {hash} and does not have it");
        IReadOnlyList<RpcReceipt> receipts = await receiptsTask ?? throw Fault($"it has no receipts of block {hash}");

        if (!BlockContent.HaveSameHeader(block, agreed.Header))
            throw Fault($"asked for block {hash} it gave {block.Hash} at height {block.Number}, with another header than before");
        return BlockAssembly.Of(provider.Name, profile, block, receipts);

        NodeFaultException Fault(string what) => new(provider.Name, what);
    }

    [LoggerMessage(EventId = 2106, Level = LogLevel.Warning,
        Message = "Chain {Chain}: block {Number} could not be read from {Provider}; the next provider is asked")]
    private partial void LogTriesNext(long chain, long number, string provider, Exception exception);
}
