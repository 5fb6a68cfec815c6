using System.Numerics;
using ChainExec.Ledger;
using ChainExec.Reconciliation;
using ChainExec.TestKit;
using Xunit;

namespace ChainExec.IntegrationTests.Execution;

/// <summary>Whether we have what we owe, item by item, by the books and by what nodes say.</summary>
public sealed class LiabilityProofTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Proof_closes_after_payments_and_says_who_told_and_at_which_block()
    {
        await using EngineBench bench = await EngineBench.StartAsync(10_000_000, senders: 2);
        await bench.RunUntilAsync(await bench.PayAsync(1_500_000), "confirmed");
        LiabilityProof proof = await bench.Get<LiabilityProver>().ProveAsync(null, 1, Token);

        Assert.True(proof.Closes, $"{Dollars(proof)}");
        AssetProof dollars = Dollars(proof);
        Assert.Equal((18_500_000, 18_500_000, 0), (Units(dollars.Assets), Units(dollars.Liabilities), Units(dollars.Own)));
        Assert.Equal("1.000000", dollars.Coverage);
        Assert.Equal(2, dollars.Wallets.Count);
        Assert.All(dollars.Wallets, wallet => Assert.Equal(BalanceSource.Node, wallet.Source));
        Assert.Equal(
            await bench.ScalarAsync<long>("select final_number from indexing.chain"), dollars.Block);
        ProofTerm customers = Assert.Single(dollars.Terms);
        Assert.Equal(("customer", 18_500_000), (customers.Name, Units(customers.Amount)));
        Assert.StartsWith("own_", Assert.Single(customers.Items).Owner, StringComparison.Ordinal);

        // Gas is the house's: nobody is owed any, so there is no coverage.
        AssetProof ether = proof.Assets.Single(one => one.Asset == $"eth-{EngineBench.Chain}");
        Assert.Null(ether.Coverage);
        Assert.Contains(ether.Terms, term => term is { Kind: AccountKind.Expense, Name: "gas_expense" });
    }

    [Fact]
    public async Task What_nobody_indexed_what_is_not_booked_yet_and_what_the_books_lost_each_shows()
    {
        await using EngineBench bench = await EngineBench.StartAsync(10_000_000);
        LiabilityProver prover = bench.Get<LiabilityProver>();

        // Final, and the books have not come to it: no difference, but on its way.
        await bench.ExecuteAsync("update facts.cursor set position = position + 1000000 where consumer = 'flows'");
        await bench.Node.MintAsync(bench.Tokens.Tusd, AnvilNode.DevAccounts[3], 4_000_000, Token);
        await bench.Node.TransferFromDevAsync(3, bench.Tokens.Tusd, bench.Sender, 4_000_000, Token);
        await bench.Node.MineAsync(80, Token);
        await bench.SettleAsync();
        WalletProof onItsWay = Assert.Single(Dollars(await prover.ProveAsync(EngineBench.Dollar, 1, Token)).Wallets);
        Assert.Equal(
            (10_000_000, 4_000_000, 14_000_000, 0),
            (Units(onItsWay.Booked), Units(onItsWay.OnItsWay), Units(onItsWay.Observed), Units(onItsWay.Difference)));
        await bench.ExecuteAsync("update facts.cursor set position = position - 1000000 where consumer = 'flows'");
        await bench.SettleAsync();
        Assert.Equal(14_000_000, await bench.CustomerAsync());
        Assert.True((await prover.ProveAsync(EngineBench.Dollar, 1, Token)).Closes);

        // Coin given by nobody's transaction, as a contract's would be: the node tells it and no book does.
        await bench.Node.RpcAsync("anvil_setBalance", [bench.Sender, "0x29a2241af62c0000"], Token);
        await bench.Node.MineAsync(80, Token);
        await bench.SettleAsync();
        LiabilityProof given = await prover.ProveAsync(null, 1, Token);
        Assert.False(given.Closes);
        AssetProof ether = given.Assets.Single(one => one.Asset == $"eth-{EngineBench.Chain}");
        Assert.True(ether.Difference > SignedAmount.Zero);
        Assert.Equal(ether.Difference, Assert.Single(ether.Wallets).Difference);
        Assert.True(Dollars(given).Closes);
    }

    [Fact]
    public async Task Without_a_node_the_indexed_transfers_stand_in_and_the_proof_says_so()
    {
        await using EngineBench bench = await EngineBench.StartAsync(10_000_000);
        await bench.RunUntilAsync(await bench.PayAsync(2_000_000), "confirmed");
        bench.NodeProxy.Refuse();
        LiabilityProof proof = await bench.Get<LiabilityProver>().ProveAsync(EngineBench.Dollar, 1, Token);

        WalletProof wallet = Assert.Single(Dollars(proof).Wallets);
        Assert.Equal((BalanceSource.Index, 8_000_000), (wallet.Source, Units(wallet.Observed)));
        Assert.True(proof.Closes);
    }

    private static BigInteger Units(SignedAmount amount) => amount.BaseUnits;

    private static AssetProof Dollars(LiabilityProof proof) => proof.Assets.Single(one => one.Asset == EngineBench.Dollar);
}
