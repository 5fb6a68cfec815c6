using ChainExec.Calls;
using ChainExec.Storage;
using Microsoft.Extensions.Options;

namespace ChainExec.Indexing.Retention;

/// <summary>
/// Deletes old final blocks of one chain that hold nothing of ours, some heights at a time, where a retention is configured. Everything
/// that holds something of ours is evidence and stays (docs/decisions/0020).
/// </summary>
internal sealed class BlockPruner(long chain, ChainDirectory chains, UnitOfWork unitOfWork, IOptions<IndexingOptions> options) : IWorker
{
    private const int HeightsMax = 1000;

    public string Name => $"indexing.block_pruner.{chains.Get(chain).Name}";

    /// <returns>How many heights were passed.</returns>
    public async Task<int> RunTurnAsync(CancellationToken cancellationToken) => (int)await unitOfWork.RunAsync(
        (session, token) => session.Sql("select indexing.prune_blocks(@chain, @kept, @max)")
            .With("chain", chain).With("kept", options.Value.KeepEmptyBlocks).With("max", HeightsMax).ScalarAsync<long>(token),
        cancellationToken);
}
