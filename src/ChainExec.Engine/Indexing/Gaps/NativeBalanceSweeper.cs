using System.Text.Json;
using ChainExec.Calls;
using ChainExec.Ethereum;
using ChainExec.Ethereum.Rpc;
using ChainExec.Indexing.Backfill;
using ChainExec.Storage;
using Microsoft.Extensions.Logging;

namespace ChainExec.Indexing.Gaps;

/// <summary>
/// Reads the native balances of watched accounts at our final block, some at a time, and compares each with the one before and the indexed
/// transactions since. What a contract pays has no transaction that the index sees: here it shows, as a difference that somebody is told.
/// The first balance of an account is believed as it is.
/// </summary>
internal sealed partial class NativeBalanceSweeper(
    ChainNodes nodes, ChainEndpoints endpoints, ChainStore chains, NativeBalanceStore balances, AssetStore assets,
    IndexingOptions options, ILogger<NativeBalanceSweeper> logger) : IWorker
{
    private const int AccountsMax = 100;

    private static readonly IEqualityComparer<IReadOnlyList<TokenAmount>> Equality =
        EqualityComparer<IReadOnlyList<TokenAmount>>.Create((left, right) => left!.SequenceEqual(right!), told => told.Count);

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
            IReadOnlyList<TokenAmount> told = accounts.Count == 0 ? [] : await ReadAsync(accounts, final, cancellationToken);
            int differing = await balances.CompareAsync(
                chain, final, [.. accounts.Zip(told)], isEnd: accounts.Count < AccountsMax, cancellationToken);
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

    private async Task<IReadOnlyList<TokenAmount>> ReadAsync(
        IReadOnlyList<Address> accounts, BlockRef at, CancellationToken cancellationToken)
    {
        RpcEndpointSet set = await endpoints.GetAsync(cancellationToken);
        int quorum = nodes.Profile.FinalityQuorum;
        string block = BlockTag.Number((ulong)at.Number).ToString();
        RpcFinding<IReadOnlyList<TokenAmount>> finding = await set.ReadAsync<IReadOnlyList<TokenAmount>>(
            async (client, token) =>
            {
                IReadOnlyList<RpcBatchAnswer> answers = await client.BatchAllAsync(
                    [.. accounts.Select(account => new RpcRequest("eth_getBalance", [account.ToHex(), block]))], token);
                return [.. answers.Select(answer => BalanceOf(client.Name, answer))];
            },
            quorum > 1 ? RpcReadMode.Quorum(quorum) : RpcReadMode.FreshestHead, Equality, atLeast: (ulong)at.Number, cancellationToken);
        return finding is RpcFound<IReadOnlyList<TokenAmount>> { Value: var told }
            ? told
            : throw new NodeFaultException(
                provider: null, $"too few told the native balances of {accounts.Count} accounts at block {at.Number}");
    }

    private static TokenAmount BalanceOf(string provider, RpcBatchAnswer answer)
    {
        if (answer.Error is { } error)
            throw error;
        try
        {
            return TokenAmount.From(Hex.DecodeQuantity(answer.Result.ValueKind == JsonValueKind.String ? answer.Result.GetString()! : ""));
        }
        catch (FormatException exception)
        {
            throw new RpcProtocolException(provider, "a balance is no quantity", exception);
        }
    }

    [LoggerMessage(EventId = 2120, Level = LogLevel.Error,
        Message = "Chain {Chain}: the native balances of {Accounts} accounts at block {Number} are not what was indexed")]
    private partial void LogDiffers(long chain, int accounts, long number);

    [LoggerMessage(EventId = 2121, Level = LogLevel.Information, Message = "Chain {Chain}: native balances could not be read")]
    private partial void LogWaits(long chain, Exception exception);
}
