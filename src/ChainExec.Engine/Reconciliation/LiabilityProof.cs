using System.Globalization;
using System.Numerics;
using ChainExec.Ethereum;
using ChainExec.Ledger;

namespace ChainExec.Reconciliation;

/// <summary>Who told what a wallet holds.</summary>
internal enum BalanceSource
{
    /// <summary>As many providers as finality asks for, from the state at the block.</summary>
    Node,

    /// <summary>The sum of the indexed movements up to the block: no provider had that state, or too few agreed.</summary>
    Index,
}

/// <summary>One of our addresses at the pinned block, in base units of the asset.</summary>
/// <param name="Booked">What the books say.</param>
/// <param name="OnItsWay">What moved in blocks up to it and is not booked yet; below zero when it left.</param>
/// <param name="Observed">What is there.</param>
internal sealed record WalletProof(
    Address Address, SignedAmount Booked, SignedAmount OnItsWay, SignedAmount Observed, BalanceSource Source)
{
    /// <summary>What is there and no book explains; below zero when it is missing.</summary>
    public SignedAmount Difference => Observed - OnItsWay - Booked;
}

/// <summary>An account of the books within a term.</summary>
/// <param name="Owner"><c>own_…</c>; nothing for the house's.</param>
internal sealed record ProofItem(string Account, string? Owner, SignedAmount Amount);

/// <summary>A chapter of the books, with every account in it that is not zero.</summary>
/// <param name="Name">As accounts' codes begin: customer, wallet, bank.</param>
internal sealed record ProofTerm(AccountKind Kind, string Name, SignedAmount Amount, IReadOnlyList<ProofItem> Items);

/// <summary>Whether we have what we owe, of one asset.</summary>
/// <param name="Chain">Where it lives; nothing for what lives at banks and custodians.</param>
/// <param name="Block">The final block at which wallets were read.</param>
/// <param name="Terms">Liabilities, equity, income, expenses, suspense and all assets but wallets.</param>
internal sealed record AssetProof(
    string Asset, long? Chain, long? Block, Hash32? BlockHash, IReadOnlyList<ProofTerm> Terms, IReadOnlyList<WalletProof> Wallets)
{
    private const int Millionths = 1_000_000;

    /// <summary>What we owe: to customers, and to whoever it turns out to be whose money is in suspense.</summary>
    public SignedAmount Liabilities => Sum(AccountKind.Liability) + Sum(AccountKind.Suspense);

    /// <summary>What is our own: put in and earned, less what was spent.</summary>
    public SignedAmount Own => Sum(AccountKind.Equity) + Sum(AccountKind.Income) - Sum(AccountKind.Expense);

    /// <summary>What is there: wallets as observed, without what is not booked yet, and what others hold for us by the books.</summary>
    public SignedAmount Assets =>
        Wallets.Aggregate(Sum(AccountKind.Asset), (sum, wallet) => sum + wallet.Observed - wallet.OnItsWay);

    /// <summary>Assets that nobody's claim explains; below zero when claims are not covered.</summary>
    public SignedAmount Difference => Assets - Liabilities - Own;

    /// <summary>Whether every wallet is what the books say and the sum is nought.</summary>
    public bool Closes => Difference.IsZero && Wallets.All(wallet => wallet.Difference.IsZero);

    /// <summary>Assets for each unit owed, with six decimals, rounded down; nothing when nothing is owed.</summary>
    public string? Coverage
    {
        get
        {
            if (Liabilities <= SignedAmount.Zero)
                return null;
            BigInteger millionths = BigInteger.Max(0, Assets.BaseUnits) * Millionths / Liabilities.BaseUnits;
            return string.Create(CultureInfo.InvariantCulture, $"{millionths / Millionths}.{(int)(millionths % Millionths):D6}");
        }
    }

    private SignedAmount Sum(AccountKind kind) =>
        Terms.Where(term => term.Kind == kind).Aggregate(SignedAmount.Zero, (sum, term) => sum + term.Amount);
}

/// <summary>The liability proof: per asset, at pinned final blocks, item by item.</summary>
/// <param name="At">When the books were read.</param>
/// <param name="Position">The end of the fact stream at that moment.</param>
internal sealed record LiabilityProof(DateTimeOffset At, long Position, IReadOnlyList<AssetProof> Assets)
{
    public bool Closes => Assets.All(asset => asset.Closes);
}
