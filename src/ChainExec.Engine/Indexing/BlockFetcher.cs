using ChainExec.Calls;
using ChainExec.Ethereum;
using ChainExec.Ethereum.Rpc;
using Microsoft.Extensions.Logging;

namespace ChainExec.Indexing;

/// <summary>
/// Reads a whole block by hash, so that a late answer cannot mix two forks, from the providers that named it.
/// </summary>
internal sealed partial class BlockFetcher(ChainProfile profile, ILogger<BlockFetcher> logger)
{
    /// <summary>Reads from the providers that named the block, in turn.</summary>
    /// <exception cref="NodeFaultException">Each of them contradicted itself or no longer has the block.</exception>
    /// <exception cref="RpcException">The last one could not be asked.</exception>
    public async Task<FetchedBlock> FetchAsync(AgreedBlock agreed, CancellationToken cancellationToken)
    {
        for (int index = 0; ; index++)
        {
            ChainProvider provider = agreed.Providers[index];
            try
            {
                return await FetchFromAsync(provider, agreed, cancellationToken);
            }
            catch (Exception exception) when (exception is RpcException or NodeFaultException && index + 1 < agreed.Providers.Count)
            {
                // The next provider that named the block is asked; the last one's fault is the caller's.
                LogTriesNext(profile.Id, agreed.Ref.Number, provider.Name, exception);
            }
        }
    }

    private async Task<FetchedBlock> FetchFromAsync(
        ChainProvider provider, AgreedBlock agreed, CancellationToken cancellationToken)
    {
        Hash32 hash = agreed.Ref.Hash;
        Task<RpcBlock?> blockTask = provider.Client.GetBlockAsync(hash, fullTransactions: true, cancellationToken);
        Task<IReadOnlyList<RpcReceipt>?> receiptsTask = provider.Client.GetBlockReceiptsAsync(hash, cancellationToken);
        await Task.WhenAll(blockTask, receiptsTask);
        RpcBlock block = await blockTask ?? throw Fault($"it named block {hash} and does not have it");
        IReadOnlyList<RpcReceipt> receipts = await receiptsTask ?? throw Fault($"it has no receipts of block {hash}");

        if (block.Hash != hash || block.Number != (ulong)agreed.Ref.Number || block.ParentHash != agreed.ParentHash)
            throw Fault($"asked for block {hash} it gave {block.Hash} at height {block.Number}");
        return BlockAssembly.Of(provider.Name, profile, block, receipts);

        NodeFaultException Fault(string what) => new(provider.Name, what);
    }

    [LoggerMessage(EventId = 2106, Level = LogLevel.Warning,
        Message = "Chain {Chain}: block {Number} could not be read from {Provider}; the next provider is asked")]
    private partial void LogTriesNext(long chain, long number, string provider, Exception exception);
}
