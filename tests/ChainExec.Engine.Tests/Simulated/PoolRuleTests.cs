using ChainExec.Ethereum;
using ChainExec.Ethereum.Rpc;
using ChainExec.TestKit.Simulated;
using Xunit;

namespace ChainExec.Engine.Tests.Simulated;

/// <summary>The rules of a simulated node's pool, its refusals as the product classifies them.</summary>
public sealed class PoolRuleTests : IDisposable
{
    private static readonly PoolRules Small = new() { AccountExecutable = 2, AccountQueuedMax = 3, ExecutableMax = 4, QueuedMax = 2 };
    private SimulationHarness _sim = new();

    public void Dispose() => _sim.Dispose();

    [Fact]
    public async Task Replacement_needs_ten_percent_on_both_fees()
    {
        await _sim.SendAsync(Fees(100, 10));

        Assert.Equal(RpcErrorClass.ReplacementUnderpriced, await _sim.RefusalAsync(Fees(109, 11)));
        Assert.Equal(RpcErrorClass.ReplacementUnderpriced, await _sim.RefusalAsync(Fees(200, 10)));
        SimulatedTransaction enough = Fees(110, 11);
        await _sim.SendAsync(enough);

        Assert.Equal(enough, Assert.Single(_sim.View.PoolContent));
        Assert.Equal(enough, Assert.Single(_sim.Chain.PendingTransactions));
        Assert.Equal(enough, Assert.Single(_sim.Chain.Mine().Receipts).Transaction);
    }

    [Fact]
    public async Task Same_bytes_again_are_already_known()
    {
        SimulatedTransaction sent = _sim.Pay(_sim.Alice, 0);
        await _sim.SendAsync(sent);

        Assert.Equal(RpcErrorClass.AlreadyKnown, await _sim.RefusalAsync(sent));
        _sim.Chain.Mine();
        Assert.Equal(RpcErrorClass.NonceTooLow, await _sim.RefusalAsync(sent));
    }

    [Fact]
    public async Task Transactions_behind_a_gap_wait_until_it_is_filled()
    {
        await _sim.SendAsync(_sim.Pay(_sim.Alice, 1));
        await _sim.SendAsync(_sim.Pay(_sim.Alice, 2));
        Assert.Empty(_sim.Chain.Mine().Receipts);
        Assert.Equal(0UL, await PendingAsync());

        await _sim.SendAsync(_sim.Pay(_sim.Alice, 0));

        Assert.Equal(3UL, await PendingAsync());
        Assert.Equal([0, 1, 2], _sim.Chain.Mine().Receipts.Select(receipt => (int)receipt.Transaction.Nonce));
    }

    [Fact]
    public async Task Queue_of_an_account_is_bounded_and_drops_in_silence()
    {
        Restart(Small with { QueuedMax = 100 });
        for (ulong nonce = 1; nonce <= 4; nonce++)
            await _sim.SendAsync(_sim.Pay(_sim.Alice, nonce));

        Assert.Equal([1, 2, 3], _sim.View.PoolContent.Select(transaction => (int)transaction.Nonce));
    }

    [Fact]
    public async Task Full_pool_gives_up_its_cheapest_and_refuses_what_is_cheaper()
    {
        Restart(Small);
        SimulatedTransaction cheapest = _sim.Pay(_sim.Bob, 0, capGwei: 3);
        await _sim.SendAsync(cheapest);
        foreach (Wallet wallet in Wallets(5))
            await _sim.SendAsync(_sim.Pay(wallet, 1, capGwei: 5));

        Assert.Equal(RpcErrorClass.Underpriced, await _sim.RefusalAsync(_sim.Pay(_sim.Alice, 0, capGwei: 2)));
        await _sim.SendAsync(_sim.Pay(_sim.Alice, 0, capGwei: 4));

        Assert.DoesNotContain(cheapest, _sim.View.PoolContent);
        Assert.Equal(6, _sim.View.PoolContent.Count);
    }

    [Fact]
    public async Task Pool_that_does_not_evict_says_that_it_is_full()
    {
        Restart(Small with { EvictsWhenFull = false });
        foreach (Wallet wallet in Wallets(6))
            await _sim.SendAsync(_sim.Pay(wallet, 1));

        Assert.Equal(RpcErrorClass.PoolFull, await _sim.RefusalAsync(_sim.Pay(_sim.Alice, 0, capGwei: 100)));
    }

    [Fact]
    public async Task Account_with_many_executable_ones_loses_its_last_when_there_are_too_many()
    {
        Restart(Small);
        for (ulong nonce = 0; nonce < 4; nonce++)
            await _sim.SendAsync(_sim.Pay(_sim.Alice, nonce));
        await _sim.SendAsync(_sim.Pay(_sim.Bob, 0));

        Assert.Equal([0, 1, 2], From(_sim.Alice));
        Assert.Equal([0], From(_sim.Bob));
    }

    [Fact]
    public async Task Delegated_account_has_one_in_flight_and_no_gap()
    {
        _sim.Chain.Delegate(_sim.Alice.Address, SimulationHarness.Shop);
        Assert.Equal(RpcErrorClass.DelegatedInFlightLimit, await _sim.RefusalAsync(_sim.Pay(_sim.Alice, 1)));
        await _sim.SendAsync(Fees(100, 10));

        Assert.Equal(RpcErrorClass.DelegatedInFlightLimit, await _sim.RefusalAsync(_sim.Pay(_sim.Alice, 1)));
        await _sim.SendAsync(Fees(120, 12));
    }

    [Fact]
    public async Task What_cannot_be_is_refused_in_the_words_of_geth()
    {
        Address shop = SimulationHarness.Shop;
        TransactionDraft good = new() { To = shop, GasLimit = 21_000 };

        Assert.Equal(RpcErrorClass.InsufficientFunds, await RefusalAsync(good with { Value = Wei.Ether(10) }));
        Assert.Equal(RpcErrorClass.IntrinsicGas, await RefusalAsync(good with { GasLimit = 20_999 }));
        Assert.Equal(RpcErrorClass.IntrinsicGas, await RefusalAsync(good with { Data = new byte[100], GasLimit = 21_500 }));
        Assert.Equal(RpcErrorClass.GasLimit, await RefusalAsync(good with { GasLimit = 30_000_001 }));
        Assert.Equal(RpcErrorClass.GasOverThePerTransactionCap, await RefusalAsync(good with { GasLimit = 16_777_217 }));
        Assert.Equal(RpcErrorClass.Underpriced, await RefusalAsync(good with { MaxPriorityFeePerGas = UInt256.Zero }));
    }

    [Fact]
    public async Task What_the_account_has_in_flight_counts_against_its_balance()
    {
        await _sim.SendAsync(_sim.Alice.Sign(new TransactionDraft { To = SimulationHarness.Shop, Value = Wei.Ether(6) }));

        Assert.Equal(
            RpcErrorClass.InsufficientFunds,
            await _sim.RefusalAsync(_sim.Alice.Sign(new TransactionDraft { To = SimulationHarness.Shop, Value = Wei.Ether(6) })));
    }

    [Fact]
    public async Task Transaction_that_can_no_longer_be_paid_leaves_the_pool()
    {
        SimulatedTransaction waiting = _sim.Alice.Sign(new TransactionDraft
        {
            To = SimulationHarness.Shop, Value = Wei.Ether(9), GasLimit = 21_000, Nonce = 1,
        });
        await _sim.SendAsync(waiting);

        _sim.Chain.MineWith(_sim.Alice.Sign(new TransactionDraft { To = SimulationHarness.Shop, Value = Wei.Ether(5), Nonce = 0 }));

        Assert.Empty(_sim.View.PoolContent);
    }

    [Fact]
    public async Task Dropped_transaction_is_unknown_and_can_be_sent_again()
    {
        SimulatedTransaction sent = _sim.Pay(_sim.Alice, 0);
        await _sim.SendAsync(sent);
        _sim.Chain.DropEverywhere(sent.Hash);

        Assert.Null(await _sim.Client.GetTransactionAsync(sent.Hash, SimulationHarness.Token));
        Assert.Empty(_sim.Chain.Mine().Receipts);
        await _sim.SendAsync(sent);
        Assert.Single(_sim.Chain.Mine().Receipts);
    }

    private SimulatedTransaction Fees(ulong capGwei, ulong tipGwei) => _sim.Pay(_sim.Alice, 0, capGwei, tipGwei);

    private IEnumerable<Wallet> Wallets(int count) =>
        Enumerable.Range(0, count).Select(number => _sim.Chain.CreateWallet($"wallet {number}", Wei.Ether(1)));

    private IEnumerable<int> From(Wallet wallet) => _sim.View.PoolContent
        .Where(transaction => transaction.From == wallet.Address).Select(transaction => (int)transaction.Nonce);

    private Task<RpcErrorClass> RefusalAsync(TransactionDraft draft) => _sim.RefusalAsync(_sim.Alice.Sign(draft));

    private Task<ulong> PendingAsync() =>
        _sim.Client.GetTransactionCountAsync(_sim.Alice.Address, BlockTag.Pending, SimulationHarness.Token);

    private void Restart(PoolRules rules)
    {
        _sim.Dispose();
        _sim = new SimulationHarness(new SimulatedChainOptions { Pool = rules });
    }
}
