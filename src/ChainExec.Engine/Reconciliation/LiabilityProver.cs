using ChainExec.Calls;
using ChainExec.Ethereum.Rpc;
using ChainExec.Governance;
using ChainExec.Indexing;
using ChainExec.Indexing.Gaps;
using ChainExec.Ledger;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace ChainExec.Reconciliation;

/// <summary>
/// Answers whether we have what we owe: our books at one moment, and beside each wallet in them what nodes say that it holds at the block
/// that was final at that moment.
/// </summary>
internal sealed partial class LiabilityProver(
    LiabilityProofStore store, ChainDirectory chains, IServiceProvider services, TimeProvider clock, ILogger<LiabilityProver> logger)
{
    /// <summary>Waits between attempts at most.</summary>
    public const int AttemptsMax = 20;

    private static readonly TimeSpan BetweenAttempts = TimeSpan.FromSeconds(1);

    /// <summary>
    /// The proof, of one asset or of all. What is final and on its way through our own workers can differ for a moment: it is made anew
    /// until it closes, so many times; then it shows what differs.
    /// </summary>
    /// <param name="asset">Id of the asset; nothing for all.</param>
    /// <param name="attempts">1 to <see cref="AttemptsMax"/>.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="InvalidOperationException">The books are larger than one proof can hold.</exception>
    public async Task<LiabilityProof> ProveAsync(string? asset, int attempts, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(attempts, Math.Clamp(attempts, 1, AttemptsMax));
        for (int attempt = 1; ; attempt++)
        {
            LiabilityProof proof = await OnceAsync(asset, cancellationToken);
            if (proof.Closes || attempt == attempts)
                return proof;
            await Task.Delay(BetweenAttempts, clock, cancellationToken);
        }
    }

    private async Task<LiabilityProof> OnceAsync(string? only, CancellationToken cancellationToken)
    {
        ProofSnapshot snapshot = await store.ReadAsync(cancellationToken);
        ILookup<string, BookedAccount> accounts = snapshot.Accounts.ToLookup(account => account.Asset, StringComparer.Ordinal);
        ILookup<string, BookedWallet> wallets = snapshot.Wallets.ToLookup(wallet => wallet.Asset, StringComparer.Ordinal);
        var listed = snapshot.Assets.ToDictionary(one => one.Asset, StringComparer.Ordinal);
        var proved = new List<AssetProof>();
        foreach (string asset in listed.Keys.Union(accounts.Select(group => group.Key)).Union(wallets.Select(group => group.Key))
            .Where(asset => only is null || asset == only).Order(StringComparer.Ordinal))
        {
            ProvedAsset? on = listed.GetValueOrDefault(asset);
            BookedWallet[] ours = [.. wallets[asset].OrderBy(wallet => wallet.Address.ToHex(), StringComparer.Ordinal)];
            proved.Add(new AssetProof(
                asset, on?.Chain, on?.Final?.Number, on?.Final?.Hash, Terms(accounts[asset]),
                await WalletsAsync(on, ours, cancellationToken)));
        }

        return new LiabilityProof(snapshot.At, snapshot.Position, proved);
    }

    private static List<ProofTerm> Terms(IEnumerable<BookedAccount> accounts) =>
    [
        .. accounts.GroupBy(account => (account.Kind, Name: account.Code[..account.Code.IndexOf(':', StringComparison.Ordinal)]))
            .OrderBy(term => term.Key.Kind).ThenBy(term => term.Key.Name, StringComparer.Ordinal)
            .Select(term =>
            {
                ProofItem[] items = [.. term.OrderBy(account => account.Code, StringComparer.Ordinal).Select(Item)];
                return new ProofTerm(
                    term.Key.Kind, term.Key.Name, items.Aggregate(SignedAmount.Zero, (sum, item) => sum + item.Amount), items);
            }),
    ];

    private static ProofItem Item(BookedAccount account) => new(
        account.Code, account.Owner is { } owner ? new OwnerId(owner).ToString() : null,
        account.Kind is AccountKind.Asset or AccountKind.Expense ? account.Debits - account.Credits : account.Credits - account.Debits);

    private async Task<IReadOnlyList<WalletProof>> WalletsAsync(
        ProvedAsset? asset, IReadOnlyList<BookedWallet> wallets, CancellationToken cancellationToken)
    {
        if (wallets.Count == 0)
            return [];
        if (asset?.Final is not { } block)
        {
            // Nothing is final, or nobody lists it: nothing can be there by anybody's word.
            return
            [
                .. wallets.Select(wallet => new WalletProof(
                    wallet.Address, wallet.Booked, wallet.OnItsWay, SignedAmount.Zero, BalanceSource.Index)),
            ];
        }

        var proved = new List<WalletProof>();
        foreach (BookedWallet[] some in wallets.Chunk(FinalBalances.AskedMax))
        {
            (IReadOnlyList<SignedAmount> observed, BalanceSource source) = await ObserveAsync(asset, some, block, cancellationToken);
            proved.AddRange(some.Zip(
                observed, (wallet, there) => new WalletProof(wallet.Address, wallet.Booked, wallet.OnItsWay, there, source)));
        }

        return proved;
    }

    private async Task<(IReadOnlyList<SignedAmount> Observed, BalanceSource Source)> ObserveAsync(
        ProvedAsset asset, IReadOnlyList<BookedWallet> wallets, BlockRef block, CancellationToken cancellationToken)
    {
        if (chains.Find(asset.Chain.ToString(System.Globalization.CultureInfo.InvariantCulture)) is not null)
        {
            try
            {
                IReadOnlyList<TokenAmount> told = await services.GetRequiredKeyedService<FinalBalances>(asset.Chain).ReadAsync(
                    [.. wallets.Select(wallet => new BalanceAsked(wallet.Address, asset.Token))], block, cancellationToken);
                return ([.. told.Select(amount => (SignedAmount)amount)], BalanceSource.Node);
            }
            catch (Exception exception) when (exception is RpcException or NodeFaultException)
            {
                LogIndexed(asset.Asset, block.Number, exception);
            }
        }

        var indexed = new List<SignedAmount>();
        foreach (BookedWallet wallet in wallets)
            indexed.Add(await store.IndexedAsync(asset, wallet.Address, block.Number, cancellationToken));
        return (indexed, BalanceSource.Index);
    }

    [LoggerMessage(
        EventId = 2601, Level = LogLevel.Warning,
        Message = "No node tells balances of {Asset} at block {Number}: the proof takes the indexed transfers")]
    private partial void LogIndexed(string asset, long number, Exception exception);
}
