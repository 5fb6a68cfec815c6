using ChainExec.Calls;
using ChainExec.Ethereum.Rpc;
using ChainExec.Storage;
using Microsoft.Extensions.Logging;

namespace ChainExec.Indexing.Gaps;

/// <summary>
/// Reads the native balances of watched accounts at our final block, some at a time, and compares each with the one before and the indexed
/// transactions since. What a contract pays has no transaction that the index sees: here it shows, as a difference that somebody is told.
/// The first balance of an account is believed as it is.
/// </summary>
internal sealed partial class NativeBalanceSweeper(
    ChainNodes nodes, FinalBalances told, ChainStore chains, NativeBalanceStore balances, AssetStore assets,
    IndexingOptions options, ILogger<NativeBalanceSweeper> logger) : IWorker
{
    private const int AccountsMax = FinalBalances.AskedMax;

    public string Name => $"indexing.native_balances.{nodes.Profile.Name}";

    /// <inheritdoc/>
    public TimeSpan Pace { get; } = TimeSpan.FromMilliseconds(250);

    /// <returns>How many differ.</returns>
    public async Task<int> RunTurnAsync(CancellationToken cancellationToken)
    {
        if (options.NativeCheckInterval <= TimeSpan.Zero)
            return 0;
        long chain = nodes.Profile.Id;
        try
        {
            if (await chains.PeekAsync(chain, cancellationToken) is not { IsHalted: false, Final: { } final }
                || (await assets.SnapshotAsync(chain, cancellationToken)).Native is null
                || await balances.NextAsync(chain, final, options.NativeCheckInterval, AccountsMax, cancellationToken) is not { } accounts)
                return 0;
            IReadOnlyList<TokenAmount> amounts = accounts.Count == 0
                ? []
                : await told.ReadAsync([.. accounts.Select(one => new BalanceAsked(one, Token: null))], final, cancellationToken);
            int differing = await balances.CompareAsync(
                chain, final, [.. accounts.Zip(amounts)], isEnd: accounts.Count < AccountsMax, cancellationToken);
            if (differing > 0)
                LogDiffers(chain, differing, final.Number);
            return differing;
        }
        catch (Exception exception) when (exception is RpcException or NodeFaultException or StaleWriteException)
        {
            // State of that block may be pruned by now: the next turn asks at a newer one.
            LogWaits(chain, exception);
            return 0;
        }
    }

    [LoggerMessage(EventId = 2120, Level = LogLevel.Error,
        Message = "Chain {Chain}: the native balances of {Accounts} accounts at block {Number} are not what was indexed")]
    private partial void LogDiffers(long chain, int accounts, long number);

    [LoggerMessage(EventId = 2121, Level = LogLevel.Information, Message = "Chain {Chain}: native balances could not be read")]
    private partial void LogWaits(long chain, Exception exception);
}
