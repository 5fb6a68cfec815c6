using ChainExec.Ethereum;
using ChainExec.Ethereum.Rpc;

namespace ChainExec.Indexing;

/// <summary>
/// The receipts of blocks, also of one that somebody filled with logs: for little gas anybody can make them larger than an answer usually
/// may be, and whoever cannot read that block stops at it for ever.
/// </summary>
internal static class LargeReceipts
{
    private const int BytesMax = 512 * 1024 * 1024;
    private static readonly TimeSpan Timeout = TimeSpan.FromMinutes(1);

    /// <summary>One block's; nothing when the node has no such block.</summary>
    public static async Task<IReadOnlyList<RpcReceipt>?> OfAsync(RpcClient client, Hash32 block, CancellationToken cancellationToken)
    {
        try
        {
            return await client.GetBlockReceiptsAsync(block, cancellationToken);
        }
        catch (RpcProtocolException exception) when (exception.AnswerTooLarge)
        {
            return await client.With(client.Options with { ResponseBytesMax = BytesMax, Timeout = Timeout })
                .GetBlockReceiptsAsync(block, cancellationToken);
        }
    }

    /// <summary>Those of many blocks, in batches where they are not too large.</summary>
    public static async Task<IReadOnlyList<IReadOnlyList<RpcReceipt>?>> OfAsync(
        RpcClient client, IReadOnlyList<Hash32> blocks, CancellationToken cancellationToken)
    {
        try
        {
            return await client.GetBlockReceiptsAsync(blocks, cancellationToken);
        }
        catch (RpcProtocolException exception) when (exception.AnswerTooLarge)
        {
            var receipts = new List<IReadOnlyList<RpcReceipt>?>(blocks.Count);
            foreach (Hash32 block in blocks)
                receipts.Add(await OfAsync(client, block, cancellationToken));
            return receipts;
        }
    }
}
