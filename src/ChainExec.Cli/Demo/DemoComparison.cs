using System.Numerics;
using ChainExec.Calls;
using ChainExec.Client;
using ChainExec.Ethereum;

namespace ChainExec.Cli.Demo;

/// <summary>The end of the story: the trial balance, and what lies on chain beside each wallet account.</summary>
internal sealed class DemoComparison(
    ChainExecClient house, bool wholeBook, OutsideWorld world, AssetSnapshot assets, DemoConsole console, TimeProvider clock)
{
    private const string WalletChapter = "wallet";
    private static readonly TimeSpan SettledWithin = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(500);

    private readonly Dictionary<string, Asset> _assets = assets.All.ToDictionary(asset => asset.Id, StringComparer.Ordinal);

    /// <summary>Whether the books balance and every wallet holds what they say.</summary>
    public async Task<bool> RunAsync(CancellationToken cancellationToken)
    {
        console.Chapter(wholeBook ? "Trial balance of the whole book" : "Trial balance of the owner's accounts");
        (TrialBalance balance, IReadOnlyList<Wallet> wallets) = await SettledAsync(cancellationToken);
        WriteBalance(balance);
        console.Chapter("The wallets' accounts, and the chain at its final block");
        Output.WriteTable(
            ["wallet", "asset", ">books", ">chain", ">difference"],
            [.. wallets.Select(wallet => (IReadOnlyList<string>)
            [
                wallet.Address.ToString(), wallet.Asset.Id, Show(wallet.Booked, wallet.Asset), Show(wallet.OnChain, wallet.Asset),
                Show(wallet.Difference, wallet.Asset),
            ])]);
        bool balanced = !wholeBook || balance.Totals.All(total => total.Balanced);
        bool equal = wallets.Count > 0 && wallets.All(wallet => wallet.Difference.IsZero);
        Console.Out.WriteLine();
        console.Verdict(balanced ? "Debits equal credits." : "Debits and credits differ.", balanced);
        console.Verdict(equal ? "Difference between books and chain: 0" : "The books and the chain differ.", equal);
        return balanced && equal;
    }

    // Gas and money that has just become final need a moment to be booked.
    private async Task<(TrialBalance Balance, IReadOnlyList<Wallet> Wallets)> SettledAsync(CancellationToken cancellationToken)
    {
        long began = clock.GetTimestamp();
        while (true)
        {
            TrialBalance balance = await house.TrialBalanceAsync(wholeBook, cancellationToken);
            List<Wallet> wallets = [];
            foreach (TrialBalanceLine line in balance.Data)
            {
                if (await WalletOfAsync(line, cancellationToken) is { } wallet)
                    wallets.Add(wallet);
            }

            if (wallets.TrueForAll(wallet => wallet.Difference.IsZero) || clock.GetElapsedTime(began) > SettledWithin)
                return (balance, wallets);
            await Task.Delay(Poll, clock, cancellationToken);
        }
    }

    private async Task<Wallet?> WalletOfAsync(TrialBalanceLine line, CancellationToken cancellationToken)
    {
        if (line.Code.Split(':') is not [WalletChapter, string account, _] || !_assets.TryGetValue(line.Asset, out Asset? asset)
            || !Address.TryParse(account, out Address address, out _))
            return null;
        return new Wallet(address, asset, line.Balance, await world.FinalBalanceAsync(asset.Contract, address, cancellationToken));
    }

    private void WriteBalance(TrialBalance balance) => Output.WriteTable(
        ["account", "kind", ">debits", ">credits", ">balance"],
        [
            .. balance.Data.Select(line => (IReadOnlyList<string>)
                [line.Code, line.Kind, Show(line.Debits, line.Asset), Show(line.Credits, line.Asset), Show(line.Balance, line.Asset)]),
            .. balance.Totals.Select(total => (IReadOnlyList<string>)
            [
                $"total {total.Asset}", "", Show(total.Debits, total.Asset), Show(total.Credits, total.Asset),
                Show(total.Debits - total.Credits, total.Asset),
            ]),
        ]);

    private string Show(BigInteger amount, string asset) =>
        _assets.TryGetValue(asset, out Asset? known) ? Show(amount, known) : $"{amount}";

    private static string Show(BigInteger amount, Asset asset) => Units.Show(amount, asset.Decimals);

    private sealed record Wallet(Address Address, Asset Asset, BigInteger Booked, BigInteger OnChain)
    {
        public BigInteger Difference => Booked - OnChain;
    }
}
