using ChainExec.Calls;
using ChainExec.Ethereum;
using ChainExec.Ethereum.Rpc;
using ChainExec.Indexing.Backfill;
using ChainExec.Storage;
using Microsoft.Extensions.Logging;

namespace ChainExec.Indexing.Gaps;

/// <summary>
/// Looks whether accounts that were registered after the first block held anything before: their balances of all listed assets are read at
/// a final block, and where one is not zero, or cannot be told, the blocks before it are read for them. CREATE2, derived and imported
/// addresses can be paid long before anybody registers them.
/// </summary>
internal sealed partial class AccountScanner(
    ChainNodes nodes, ChainEndpoints endpoints, ChainStore chains, AccountScanStore scans, GapStore gaps, AssetStore assets,
    Func<WatchSet, BackfillReader> readerOf, IndexingOptions options, TimeProvider clock, ILogger<AccountScanner> logger) : IWorker
{
    private const int AccountsMax = 100;

    private long? _lookedAt;

    public string Name => $"indexing.account_scanner.{nodes.Profile.Name}";

    /// <returns>Accounts that were checked, and blocks that were read for one.</returns>
    public async Task<int> RunTurnAsync(CancellationToken cancellationToken)
    {
        if (!nodes.Profile.ScansBack)
            return 0;
        long chain = nodes.Profile.Id;
        try
        {
            if (await chains.PeekAsync(chain, cancellationToken) is not { IsHalted: false } state)
                return 0;
            bool isDue = _lookedAt is not { } looked || clock.GetElapsedTime(looked) >= options.AccountCheckInterval;
            int moved = 0;
            if (isDue)
            {
                _lookedAt = clock.GetTimestamp();
                moved += await scans.TakeUpAsync(chain, cancellationToken);
            }

            if (state.Final is not { } final)
                return moved;
            if (isDue || moved > 0)
                moved += await CheckAsync(state, final, cancellationToken);
            return moved + await ScanAsync(state, cancellationToken);
        }
        catch (Exception exception) when (exception is RpcException or NodeFaultException or StaleWriteException)
        {
            // It is tried again: what is not known to be done is not done.
            LogWaits(chain, exception);
            return 0;
        }
    }

    private async Task<int> CheckAsync(ChainState state, BlockRef final, CancellationToken cancellationToken)
    {
        IReadOnlyList<Address> due = await scans.UncheckedAsync(state.Chain, final.Number, AccountsMax, cancellationToken);
        if (due.Count == 0)
            return 0;
        AssetSnapshot listed = await assets.SnapshotAsync(state.Chain, cancellationToken);
        var balances = new BalanceQuestion(due, [.. listed.All.Select(asset => asset.Contract).OfType<Address>()], final);
        RpcEndpointSet set = await endpoints.GetAsync(cancellationToken);
        RpcReadMode mode = nodes.Profile.FinalityQuorum > 1 ? RpcReadMode.Quorum(nodes.Profile.FinalityQuorum) : RpcReadMode.FreshestHead;
        RpcFinding<IReadOnlyList<bool>> finding = await set.ReadAsync(
            balances.AskAsync, mode, BalanceQuestion.Equality, atLeast: (ulong)final.Number, cancellationToken);
        if (finding is not RpcFound<IReadOnlyList<bool>> { Value: var holds })
            throw new NodeFaultException(provider: null, $"too few told the balances of {due.Count} accounts at block {final.Number}");
        await scans.CheckedAsync(
            state.Chain, final, state.Start, [.. due.Select((account, index) => (account, holds[index]))], cancellationToken);
        return due.Count;
    }

    private async Task<int> ScanAsync(ChainState state, CancellationToken cancellationToken)
    {
        IReadOnlyList<ScannedAccount> accounts = await scans.LowestAsync(state.Chain, AccountsMax, cancellationToken);
        if (accounts.Count == 0)
            return 0;
        long from = accounts[0].Next;
        int span = nodes.Profile.Backfill == BackfillReads.Transactions ? options.BackfillSpanMax : options.BackfillLogSpanMax;
        long to = Math.Min(from + span - 1, accounts.Min(account => account.Last));
        BackfillPiece piece = await readerOf(WatchSet.Of(state.Chain, accounts.Select(account => account.Address)))
            .ReadAsync(from, to, cancellationToken);
        int added = await gaps.CloseAsync(
            state.Chain, piece.Blocks,
            (session, missing, token) => AccountScanStore.MoveAsync(session, state.Chain, accounts, to, missing, token),
            cancellationToken);
        if (added > 0)
            LogFound(state.Chain, added, accounts.Count, from, to);
        return (int)(to - from + 1);
    }

    [LoggerMessage(EventId = 2117, Level = LogLevel.Information,
        Message = "Chain {Chain}: {Added} transactions of {Accounts} accounts from before they were registered, in blocks {From} to {To}")]
    private partial void LogFound(long chain, int added, int accounts, long from, long to);

    [LoggerMessage(
        EventId = 2118, Level = LogLevel.Warning, Message = "Chain {Chain}: accounts wait for being looked for in earlier blocks")]
    private partial void LogWaits(long chain, Exception exception);
}
