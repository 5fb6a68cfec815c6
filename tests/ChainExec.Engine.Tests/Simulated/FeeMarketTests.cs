using ChainExec.Ethereum;
using ChainExec.Ethereum.Rpc;
using ChainExec.TestKit.Simulated;
using Xunit;

namespace ChainExec.Engine.Tests.Simulated;

/// <summary>Fees of the simulated chain: EIP-1559, what is mined first, what nodes tell.</summary>
public sealed class FeeMarketTests : IDisposable
{
    private readonly SimulationHarness _sim = new();

    private static CancellationToken Token => SimulationHarness.Token;

    public void Dispose() => _sim.Dispose();

    // The steps of EIP-1559 from 1 gwei: an eighth up when full, an eighth down when empty, nothing at half.
    [Theory]
    [InlineData(30_000_000, 1_125_000_000)]
    [InlineData(22_500_000, 1_062_500_000)]
    [InlineData(15_000_000, 1_000_000_000)]
    [InlineData(0, 875_000_000)]
    public void Base_fee_follows_the_fullness_of_the_block(ulong background, ulong expected)
    {
        _sim.Chain.SetNextBaseFee(Wei.Gwei(1));
        _sim.Chain.SetBackground(background, Wei.Gwei(1));
        _sim.Chain.Mine();

        Assert.Equal((UInt256)expected, _sim.Chain.NextBaseFee());
    }

    [Fact]
    public async Task Fee_cap_below_the_base_fee_stays_pending_until_the_base_fee_falls()
    {
        SimulatedTransaction starved = _sim.Pay(_sim.Alice, 0, capGwei: 2);
        _sim.Chain.SetNextBaseFee(Wei.Gwei(3));
        await _sim.SendAsync(starved);
        Assert.Empty(_sim.Chain.Mine().Receipts);
        Assert.Contains(starved, _sim.View.PoolContent);

        int blocks = 0;
        while (_sim.Chain.Mine().Receipts.Count == 0)
            blocks++;

        Assert.Equal(3, blocks);
        Assert.NotNull(_sim.Chain.Inclusion(starved.Hash));
    }

    [Fact]
    public async Task Miners_take_the_highest_tip_first_and_the_nonces_in_order()
    {
        SimulatedTransaction[] sent =
            [_sim.Pay(_sim.Alice, 0, tipGwei: 1), _sim.Pay(_sim.Alice, 1, tipGwei: 5), _sim.Pay(_sim.Bob, 0, tipGwei: 2)];
        foreach (SimulatedTransaction transaction in sent)
            await _sim.SendAsync(transaction);

        Assert.Equal([sent[2], sent[0], sent[1]], _sim.Chain.Mine().Receipts.Select(receipt => receipt.Transaction));
    }

    [Fact]
    public async Task Full_blocks_leave_out_what_pays_less_than_the_rest_of_the_world()
    {
        _sim.Chain.SetBackground(30_000_000, Wei.Gwei(2));
        SimulatedTransaction poor = _sim.Pay(_sim.Alice, 0, tipGwei: 1);
        SimulatedTransaction rich = _sim.Pay(_sim.Bob, 0, tipGwei: 3);
        await _sim.SendAsync(poor);
        await _sim.SendAsync(rich);

        Assert.Equal(rich, Assert.Single(_sim.Chain.Mine().Receipts).Transaction);
        Assert.Equal(30_000_000UL, _sim.Chain.Head.GasUsed);
    }

    [Fact]
    public async Task Block_gas_limit_bounds_what_is_in_a_block()
    {
        _sim.Chain.SetBlockGasLimit(50_000);
        for (ulong nonce = 0; nonce < 3; nonce++)
            _sim.Chain.Submit(_sim.Pay(_sim.Alice, nonce));

        Assert.Equal([2, 1], new[] { _sim.Chain.Mine(), _sim.Chain.Mine() }.Select(block => block.Receipts.Count));
        Assert.Equal(RpcErrorClass.GasLimit, await _sim.RefusalAsync(_sim.Alice.Sign(new TransactionDraft { GasLimit = 50_001 })));
    }

    [Fact]
    public async Task Fee_history_tells_base_fees_fullness_and_what_was_paid()
    {
        _sim.Chain.SetBackground(15_000_000, Wei.Gwei(2));
        _sim.Chain.Mine(3);

        RpcFeeHistory history = await _sim.Client.FeeHistoryAsync(3, BlockTag.Latest, [10, 50], Token);

        Assert.Equal(1UL, history.OldestBlock);
        Assert.Equal([.. _sim.Chain.Blocks.Skip(1).Select(block => block.BaseFee), _sim.Chain.NextBaseFee()], history.BaseFeePerGas);
        Assert.All(history.GasUsedRatio, ratio => Assert.Equal(0.5, ratio));
        Assert.All(history.Reward, reward => Assert.Equal([Wei.Gwei(2), Wei.Gwei(2)], reward));
        Assert.Equal(Wei.Gwei(2), await _sim.Client.MaxPriorityFeePerGasAsync(Token));
    }

    [Fact]
    public void Virtual_time_drives_blocks_and_their_timestamps()
    {
        ulong start = _sim.Chain.Head.Timestamp;
        using (_sim.Chain.MineEvery(TimeSpan.FromSeconds(12)))
            _sim.Clock.Advance(TimeSpan.FromMinutes(1));
        _sim.Clock.Advance(TimeSpan.FromMinutes(1));

        Assert.Equal([12, 24, 36, 48, 60], _sim.Chain.Blocks.Skip(1).Select(block => (int)(block.Timestamp - start)));
    }
}
