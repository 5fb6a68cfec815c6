using ChainExec.Ethereum;
using ChainExec.Ethereum.Rpc;
using ChainExec.TestKit.Simulated;
using Xunit;

namespace ChainExec.Engine.Tests.Simulated;

/// <summary>Reorganisations of the simulated chain: state, hashes, transactions, finality.</summary>
public sealed class ChainReorgTests : IDisposable
{
    private static readonly Address Shop = SimulationHarness.Shop;
    private readonly SimulationHarness _sim = new();

    private SimulatedChain Chain => _sim.Chain;

    private static CancellationToken Token => SimulationHarness.Token;

    public void Dispose() => _sim.Dispose();

    [Fact]
    public async Task Orphaned_transaction_is_undone_exactly_and_waits_again()
    {
        Chain.Mine(3);
        AccountState before = Chain.Account(_sim.Alice.Address);
        SimulatedTransaction sent = _sim.Pay(_sim.Alice, nonce: 0);
        await _sim.SendAsync(sent);
        SimulatedBlock old = Chain.Mine();

        SimulatedBlock head = Chain.Reorg(1);

        Assert.Equal(5UL, head.Number);
        Assert.Equal(before, Chain.Account(_sim.Alice.Address));
        Assert.Equal(UInt256.Zero, Chain.Account(Shop).Balance);
        Assert.Empty(Chain.CanonicalTransfers);
        Assert.Null(await _sim.Client.GetTransactionReceiptAsync(sent.Hash, Token));
        Assert.NotEqual(old.Hash, (await _sim.Client.GetBlockAsync(4, fullTransactions: false, Token))!.Hash);
        Assert.NotNull(await _sim.Client.GetBlockAsync(old.Hash, fullTransactions: false, Token));
        Assert.Null((await _sim.Client.GetTransactionAsync(sent.Hash, Token))!.BlockHash);
        Assert.Contains(sent.Hash, Chain.Mine().Receipts.Select(receipt => receipt.Transaction.Hash));
        Assert.Single(Chain.CanonicalTransfers);
    }

    [Fact]
    public async Task Vanished_transaction_is_nowhere_and_can_be_sent_again()
    {
        SimulatedTransaction sent = _sim.Pay(_sim.Alice, nonce: 0);
        await _sim.SendAsync(sent);
        Chain.Mine();

        Chain.Reorg(new ReorgPlan { Depth = 1, Fate = _ => OrphanFate.Vanishes });

        Assert.Null(await _sim.Client.GetTransactionAsync(sent.Hash, Token));
        Assert.Empty(Chain.Mine().Receipts);
        Assert.Equal(sent.Hash, await _sim.SendAsync(sent));
    }

    [Fact]
    public async Task Transactions_included_again_stand_in_another_block_and_order_and_keep_their_nonces()
    {
        SimulatedTransaction[] sent =
            [_sim.Pay(_sim.Alice, 0, tipGwei: 3), _sim.Pay(_sim.Alice, 1, tipGwei: 3), _sim.Pay(_sim.Bob, 0, tipGwei: 2)];
        foreach (SimulatedTransaction transaction in sent)
            await _sim.SendAsync(transaction);
        SimulatedBlock old = Chain.Mine();

        Chain.Reorg(new ReorgPlan { Depth = 1, Fate = _ => OrphanFate.IncludedAgain, Order = list => list.Reverse() });

        SimulatedBlock now = Chain.Inclusion(sent[0].Hash)!.Value.Block;
        Assert.NotEqual(old.Hash, now.Hash);
        Assert.Equal([sent[0], sent[1], sent[2]], old.Receipts.Select(receipt => receipt.Transaction));
        Assert.Equal([sent[2], sent[0], sent[1]], now.Receipts.Select(receipt => receipt.Transaction));
    }

    [Fact]
    public async Task Foreign_transaction_of_the_new_branch_takes_our_nonce()
    {
        SimulatedTransaction ours = _sim.Pay(_sim.Alice, 0);
        await _sim.SendAsync(ours);
        Chain.Mine();
        SimulatedTransaction foreign = _sim.Alice.SpeedUp(ours);

        Chain.Reorg(new ReorgPlan { Depth = 1, First = [foreign] });

        Assert.NotNull(Chain.Inclusion(foreign.Hash));
        Assert.Null(Chain.Inclusion(ours.Hash));
        Assert.Equal(RpcErrorClass.NonceTooLow, await _sim.RefusalAsync(ours));
    }

    [Fact]
    public async Task Branch_that_comes_back_has_the_same_hashes_and_the_same_state()
    {
        SimulatedTransaction sent = _sim.Pay(_sim.Alice, 0);
        await _sim.SendAsync(sent);
        Chain.Mine(2);
        SimulatedBlock old = Chain.Head;
        AccountState after = Chain.Account(_sim.Alice.Address);

        SimulatedBlock fork = Chain.Reorg(new ReorgPlan { Depth = 2, Length = 2, Fate = _ => OrphanFate.Vanishes });
        Chain.SwitchTo(old);

        Assert.NotEqual(fork.Hash, old.Hash);
        Assert.Equal(old.Hash, (await _sim.Client.GetBlockAsync(BlockTag.Latest, fullTransactions: false, Token))!.Hash);
        Assert.Equal(after, Chain.Account(_sim.Alice.Address));
        Assert.Single(Chain.CanonicalTransfers);
    }

    [Fact]
    public void What_a_test_changed_from_outside_outlives_the_block_it_was_changed_in()
    {
        SimulatedToken token = Chain.DeployToken("USD", 6);
        Chain.Mine();
        token.Mint(Shop, 7);
        SimulatedBlock old = Chain.Head;

        Chain.Reorg(1);
        Assert.Equal((UInt256)7, token.BalanceOf(Shop));
        token.Paused = true;
        Chain.SwitchTo(old);

        Assert.Equal((UInt256)7, token.BalanceOf(Shop));
        Assert.True(token.Paused);
    }

    [Fact]
    public void Final_blocks_leave_only_when_it_is_said_so()
    {
        Chain.Mine(20);
        Assert.Equal(8UL, Chain.FinalizedHeight);
        Assert.Throws<InvalidOperationException>(() => Chain.Reorg(13));
        Chain.FinalizedHeight = 19;
        Assert.Throws<InvalidOperationException>(() => Chain.Reorg(2));
        Chain.FinalizeByDepth();
        Assert.Equal(8UL, Chain.FinalizedHeight);

        SimulatedBlock head = Chain.Reorg(new ReorgPlan { Depth = 20, BreaksFinality = true });

        Assert.Equal(21UL, head.Number);
        Assert.Equal(Chain.Blocks[0], Chain.Blocks[1].Parent);
    }

    [Fact]
    public async Task Tags_name_the_head_and_the_blocks_below_it()
    {
        Chain.Mine(20);

        async Task<ulong> Height(BlockTag tag) => (await _sim.Client.GetBlockAsync(tag, fullTransactions: false, Token))!.Number;
        Assert.Equal([20, 14, 8, 0], new[]
        {
            await Height(BlockTag.Latest), await Height(BlockTag.Safe), await Height(BlockTag.Finalized), await Height(BlockTag.Earliest),
        });
    }

    [Fact]
    public void Consumed_nonce_that_is_orphaned_is_consumed_again_with_the_next_block()
    {
        Chain.ConsumeNonce(_sim.Alice.Address, null);
        Chain.Mine();
        Chain.Reorg(1);
        Assert.Equal(0UL, Chain.Account(_sim.Alice.Address).Nonce);

        Chain.Mine();

        Assert.Equal(1UL, Chain.Account(_sim.Alice.Address).Nonce);
    }

    // The state after any history of blocks and reorganisations is what the blocks of the chain, and they alone, make of it.
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Balances_follow_from_the_canonical_blocks_after_any_history(int seed)
    {
        var random = new Random(seed);
        Wallet[] wallets = [_sim.Alice, _sim.Bob, Chain.CreateWallet("carol", Wei.Ether(10))];
        for (int step = 0; step < 60; step++)
        {
            if (random.Next(4) == 0)
            {
                int depth = random.Next((int)Math.Min(Chain.Head.Number, 4UL) + 1);
                Chain.Reorg(new ReorgPlan { Depth = depth, Fate = _ => (OrphanFate)random.Next(3), BreaksFinality = true });
                continue;
            }

            Chain.MineWith(wallets[random.Next(3)].Pay(Shop, (ulong)random.Next(1, 100)));
        }

        Assert.Equal(
            Chain.CanonicalTransfers.Aggregate(UInt256.Zero, (sum, move) => sum + move.Amount), Chain.Account(Shop).Balance);
        foreach (Wallet wallet in wallets)
        {
            List<SimulatedReceipt> own =
                [.. Chain.Blocks.SelectMany(block => block.Receipts).Where(receipt => receipt.Transaction.From == wallet.Address)];
            UInt256 spent = own.Aggregate(
                UInt256.Zero, (sum, receipt) => sum + receipt.Transaction.Value + receipt.EffectiveGasPrice * receipt.GasUsed);
            Assert.Equal(Wei.Ether(10) - spent, Chain.Account(wallet.Address).Balance);
            Assert.Equal(Enumerable.Range(0, own.Count).Select(nonce => (ulong)nonce), own.Select(receipt => receipt.Transaction.Nonce));
            Assert.Equal((ulong)own.Count, Chain.Account(wallet.Address).Nonce);
        }

        Assert.All(Chain.Blocks.Skip(1), block => Assert.Equal(block.Parent!.Hash, block.ParentHash));
        Assert.Equal(Chain.Blocks.Count, Chain.Blocks.Select(block => block.Hash).Distinct().Count());
    }
}
