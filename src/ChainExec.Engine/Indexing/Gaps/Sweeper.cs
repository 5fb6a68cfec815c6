using ChainExec.Calls;
using ChainExec.Ethereum;
using ChainExec.Ethereum.Rpc;
using ChainExec.Indexing.Backfill;
using ChainExec.Storage;
using Microsoft.Extensions.Logging;

namespace ChainExec.Indexing.Gaps;

/// <summary>
/// Reads final blocks of one chain again, one at a time and spread over all heights, whole and with the proof that its profile demands,
/// and adds what is missing of them. Blocks without a row too: it is there that something could be missing. Accounts and tokens count that
/// were known when the block was indexed: for those that came later there is <see cref="AccountScanner"/>.
/// </summary>
internal sealed partial class Sweeper(
    ChainNodes nodes, BlockFetcher fetcher, ChainStore chains, SweepStore sweeps, GapStore gaps, UnitOfWork unitOfWork,
    AssetStore assets, WatchedEvents events, IndexingOptions options, ILogger<Sweeper> logger) : IWorker
{
    public string Name => $"indexing.sweeper.{nodes.Profile.Name}";

    /// <inheritdoc/>
    public TimeSpan Pace { get; } = TimeSpan.FromMilliseconds(250);

    /// <returns>How many transactions were missing.</returns>
    public async Task<int> RunTurnAsync(CancellationToken cancellationToken)
    {
        long chain = nodes.Profile.Id;
        try
        {
            if (await chains.PeekAsync(chain, cancellationToken) is not { IsHalted: false, Final: { } final } state
                || await sweeps.NextAsync(chain, state.Start, final.Number, options.SweepInterval, cancellationToken) is not { } height
                || await sweeps.IndexedAtAsync(chain, height, cancellationToken) is not { } indexed
                || await nodes.AgreedNowAsync(height, cancellationToken) is not { } agreed)
                return 0;
            FetchedBlock block = await fetcher.FetchAsync(agreed, cancellationToken);
            AssetSnapshot listed = await assets.SnapshotAsync(chain, indexed, cancellationToken);
            IReadOnlySet<Address> ours = await unitOfWork.RunAsync(
                (session, token) => OurAccounts.AmongAsync(session, chain, [.. BlockRelevance.Candidates(block)], indexed, token),
                cancellationToken);
            RelevantPart part = BlockRelevance.Select(block, ours.Contains, listed, events);
            int missing = await gaps.CloseAsync(
                chain, [new RelevantBlock(block with { Transactions = [] }, part)],
                (session, added, token) => sweeps.NoteAsync(session, block, part.Transactions.Count, added, token), cancellationToken);
            if (missing > 0)
                LogClosed(chain, missing, height, block.Ref.Hash, block.Proof);
            return missing;
        }
        catch (Exception exception) when (exception is RpcException or NodeFaultException or StaleWriteException)
        {
            // Pruned, away, or in the middle of something: another height is read next time.
            LogNotSwept(chain, exception);
            return 0;
        }
    }

    [LoggerMessage(EventId = 2115, Level = LogLevel.Error,
        Message = "Chain {Chain}: {Missing} transactions of ours were missing of the final block {Number} ({Hash}) and are added, with "
            + "proof {Proof}; whoever gave it first left them out")]
    private partial void LogClosed(long chain, int missing, long number, Hash32 hash, BlockProof proof);

    [LoggerMessage(EventId = 2116, Level = LogLevel.Information, Message = "Chain {Chain}: a final block could not be read again")]
    private partial void LogNotSwept(long chain, Exception exception);
}
