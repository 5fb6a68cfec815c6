using ChainExec.Ethereum;
using ChainExec.Ethereum.Rpc;
using ChainExec.TestKit;
using Xunit;

namespace ChainExec.IntegrationTests.Ethereum;

/// <summary>What Hardhat's pool refuses and keeps, and what the catalogue makes of its words.</summary>
public sealed class RpcErrorsOnHardhatTests(RpcErrorsOnHardhatTests.SharedNode shared)
    : RpcErrorTests, IAsyncLifetime, IClassFixture<RpcErrorsOnHardhatTests.SharedNode>
{
    public async ValueTask InitializeAsync() => _rpc = await ConnectAsync(shared.Node, "hardhat");

    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }

    [Theory]
    [InlineData(22 * Gwei - 1, 2 * Gwei)]
    [InlineData(22 * Gwei, 11 * Gwei / 10 - 1)]
    [InlineData(20 * Gwei, Gwei)]
    [InlineData(40 * Gwei, Gwei)]
    [InlineData(20 * Gwei, 2 * Gwei)]
    public async Task Replacement_below_a_tenth_more_on_either_field_is_underpriced(ulong feeCap, ulong tip)
    {
        await _rpc.SendRawTransactionAsync(Sign(nonce: 0, feeCap: 20 * Gwei, tip: Gwei), Token);
        await RefusedAsync(Sign(nonce: 0, value: 2, feeCap: feeCap, tip: tip), RpcErrorClass.ReplacementUnderpriced, "geth_replacement");
    }

    [Fact]
    public async Task Replacement_of_a_tenth_more_on_both_fields_takes_the_place()
    {
        await _rpc.SendRawTransactionAsync(Sign(nonce: 0, feeCap: 20 * Gwei, tip: Gwei), Token);
        Hash32 replacement = await _rpc.SendRawTransactionAsync(
            Sign(nonce: 0, value: 2, feeCap: 22 * Gwei, tip: 11 * Gwei / 10), Token);
        Assert.Equal([replacement.ToString()], await shared.Node.PendingAsync(_key.Address.ToString(), Token));
    }

    [Fact]
    public async Task Transaction_in_the_pool_is_already_known()
    {
        byte[] raw = Sign(nonce: 0);
        await _rpc.SendRawTransactionAsync(raw, Token);
        await RefusedAsync(raw, RpcErrorClass.AlreadyKnown, "besu_known_transaction");
    }

    [Fact]
    public async Task Mined_nonce_is_too_low()
    {
        byte[] raw = Sign(nonce: 0);
        await _rpc.SendRawTransactionAsync(raw, Token);
        await shared.Node.MineAsync(1, Token);
        await RefusedAsync(raw, RpcErrorClass.NonceTooLow, "geth_nonce_too_low");
        await RefusedAsync(Sign(nonce: 0, value: 2), RpcErrorClass.NonceTooLow, "geth_nonce_too_low");
    }

    [Fact]
    public async Task Value_above_the_balance_is_insufficient_funds() =>
        await RefusedAsync(Sign(nonce: 0, value: Ether * 2), RpcErrorClass.InsufficientFunds, "hardhat_enough_funds");

    [Fact]
    public async Task Nonce_above_the_next_waits_until_the_gap_is_filled()
    {
        Hash32 later = await _rpc.SendRawTransactionAsync(Sign(nonce: 1), Token);
        await shared.Node.MineAsync(1, Token);
        Assert.Null(await _rpc.GetTransactionReceiptAsync(later, Token));

        await _rpc.SendRawTransactionAsync(Sign(nonce: 0), Token);
        await shared.Node.MineAsync(1, Token);
        Assert.NotNull(await _rpc.GetTransactionReceiptAsync(later, Token));
    }

    [Fact]
    public async Task Fee_cap_below_the_base_fee_waits_until_the_fee_has_fallen()
    {
        await shared.Node.SetNextBaseFeeAsync(4 * Gwei, Token);
        await shared.Node.MineAsync(1, Token);
        Hash32 starved = await _rpc.SendRawTransactionAsync(Sign(nonce: 0, feeCap: 3 * Gwei, tip: Gwei), Token);
        await shared.Node.MineAsync(2, Token);
        Assert.Null(await _rpc.GetTransactionReceiptAsync(starved, Token));
        Assert.Equal([starved.ToString()], await shared.Node.PendingAsync(_key.Address.ToString(), Token));

        // An empty block lowers the base fee by an eighth: 4, 3.5, 3.06, 2.68.
        await shared.Node.MineAsync(1, Token);
        Assert.NotNull(await _rpc.GetTransactionReceiptAsync(starved, Token));
    }

    [Fact]
    public async Task Node_that_mines_at_once_queues_nothing_and_says_so()
    {
        await shared.Node.RpcAsync("evm_setAutomine", [true], Token);
        try
        {
            await RefusedAsync(Sign(nonce: 5), RpcErrorClass.NonceTooHigh, "geth_nonce_too_high");
            await RefusedAsync(Sign(nonce: 0, feeCap: 1, tip: 1), RpcErrorClass.FeeCapBelowBaseFee, "hardhat_fee_below_base");
        }
        finally
        {
            await shared.Node.RpcAsync("evm_setAutomine", [false], Token);
        }
    }

    [Fact]
    public async Task Gas_below_the_cost_before_running_is_intrinsic() =>
        await RefusedAsync(Sign(nonce: 0, gas: 20_999), RpcErrorClass.IntrinsicGas, "hardhat_intrinsic");

    [Fact]
    public async Task Gas_above_that_of_the_block_is_the_gas_limit() =>
        await RefusedAsync(Sign(nonce: 0, gas: 70_000_000, feeCap: Gwei), RpcErrorClass.GasLimit, "hardhat_gas_limit");

    /// <summary>One node for all of the tests: each has an account of its own.</summary>
    public sealed class SharedNode : IAsyncLifetime
    {
        public HardhatNode Node { get; private set; } = null!;

        public async ValueTask InitializeAsync() => Node = await HardhatNode.StartAsync(Token);

        public ValueTask DisposeAsync() => Node.DisposeAsync();
    }
}
